"""Places that are certainly strings and hold a plain scalar that Kubernetes reads as something else (YML003)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache

from crslint import address
from crslint.data import data_dir
from crslint.finding import Problem
from crslint.record import record
from crslint.source import scalars
from crslint.source.document import Json
from crslint.source.parser import parse

Steps = tuple[str | int, ...]

_EVERY = "*"
_KINDS = frozenset((bool, int, float))
_HIDDEN = "***"


# Below one value: the steps that end a place, those that go on with what is below them, and the same of every key or
# item. A plain tuple: a named one takes several times as long to take apart.
_Places = tuple[tuple[str, ...], "tuple[tuple[str, _Places], ...]", bool, "_Places | None"]


def not_strings(at: str, data: Json, written: Callable[[str, Json], str], *, payload: bool) -> list[Problem]:
    """A problem for each such place of a document at ``at``; ``written(address, value)`` is the text that stands there.

    A null is none: the API server drops it.
    """
    if not isinstance(data, dict):
        return []
    identifier = _identifier(data.get("apiVersion"), data.get("kind"))
    places = _places(identifier, payload)
    if _is_clean(data, places):
        return []
    problems = []
    for steps, value in _found(data, places, ()):
        place = address.at(at, steps)
        text = _HIDDEN if identifier in _table().hidden else written(place, value)
        problems.append(Problem("YML003", place, {"written": text, "read": scalars.NAMES[type(value)]}))
    return problems


def _is_clean(data: Json, places: _Places) -> bool:
    """The same as finding nothing, several times as fast: it runs for every document."""
    ends, inner, every_ends, every = places
    if data.__class__ is dict:
        if every_ends and not _KINDS.isdisjoint(map(type, data.values())):
            return False
        for step in ends:
            if type(data.get(step)) in _KINDS:
                return False
        for step, below in inner:
            value = data.get(step)
            if value and not _is_clean(value, below):
                return False
        if every is not None:
            for value in data.values():
                if not _is_clean(value, every):
                    return False
    elif data.__class__ is list:
        if every_ends and not _KINDS.isdisjoint(map(type, data)):
            return False
        if every is not None:
            for value in data:
                if not _is_clean(value, every):
                    return False
    return True


def _found(data: Json, places: _Places, steps: Steps) -> Iterator[tuple[Steps, Json]]:
    if isinstance(data, dict):
        entries: Iterable[tuple[str | int, Json]] = data.items()
    else:
        entries = enumerate(data) if isinstance(data, list) else ()
    ends, below_steps, every_ends, every = places
    inner = dict(below_steps)
    for step, value in entries:
        if type(value) in _KINDS and (every_ends or step in ends):
            yield (*steps, step), value
        for below in (inner.get(str(step)) if isinstance(data, dict) else None, every):
            if below is not None:
                yield from _found(value, below, (*steps, step))


@record
class _Table:
    identity: Sequence[str]
    objects: Sequence[str]
    kinds: Mapping[str, Sequence[str]]
    hidden: frozenset[str]


@cache
def _table() -> _Table:
    path = data_dir("schemas") / "strings.yaml"
    ((_, data),) = parse(path.read_text(encoding="utf-8"), str).documents
    lists = _lists(data)
    shapes, written = (_lists(data.get(key)) if isinstance(data, dict) else {} for key in ("shapes", "kinds"))
    kinds = {name: tuple(_expanded(places, shapes)) for name, places in written.items()}
    return _Table(lists["identity"], lists["objects"], kinds, frozenset(lists["hidden"]))


@lru_cache(maxsize=512)
def _places(identifier: str, payload: bool) -> _Places:
    table = _table()
    written = (*table.objects, *(() if payload else table.identity), *table.kinds.get(identifier, ()))
    return _grouped([place.split(".") for place in written])


def _grouped(places: Sequence[Sequence[str]]) -> _Places:
    ends = {place[0] for place in places if len(place) == 1}
    below: dict[str, list[Sequence[str]]] = {}
    for place in places:
        if len(place) > 1:
            below.setdefault(place[0], []).append(place[1:])
    every = below.pop(_EVERY, None)
    return (
        tuple(ends - {_EVERY}),
        tuple((step, _grouped(inner)) for step, inner in below.items()),
        _EVERY in ends,
        _grouped(every) if every is not None else None,
    )


def _expanded(places: Sequence[str], shapes: Mapping[str, Sequence[str]]) -> Iterator[str]:
    for place in places:
        head, bracket, shape = place.rstrip(")").partition("(")
        yield from (f"{head}.{inner}" for inner in _expanded(shapes[shape], shapes)) if bracket else (place,)


def _lists(data: Json) -> dict[str, list[str]]:
    entries = data.items() if isinstance(data, dict) else ()
    return {key: [str(item) for item in value] for key, value in entries if isinstance(value, list)}


def _identifier(version: Json, kind: Json) -> str:
    group = version.rpartition("/")[0] if isinstance(version, str) else ""
    return f"{group}/{kind}" if group else str(kind)
