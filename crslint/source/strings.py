"""Places that are certainly strings and hold a plain scalar that Kubernetes reads as something else (YML003)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from crslint import address
from crslint.data import data_dir
from crslint.finding import Problem
from crslint.source.document import Json
from crslint.source.parser import parse

Steps = tuple[str | int, ...]

# A step to the places below it; a step without any is the end of a place. "*" is every key or item.
Places = dict[str, "Places"]

_EVERY = "*"
_READ = {bool: "a boolean", int: "an integer", float: "a number"}
_HIDDEN = "***"


@dataclass(frozen=True, slots=True)
class _Table:
    identity: Places
    objects: Places
    kinds: Mapping[str, Places]
    hidden: frozenset[str]


def not_strings(at: str, data: Json, written: Callable[[str, Json], str], *, payload: bool) -> list[Problem]:
    """A problem for each such place of a document at ``at``; ``written(address, value)`` is the text that
    stands there."""
    if not isinstance(data, dict):
        return []
    kind = str(data.get("kind"))
    group = str(data.get("apiVersion")).rpartition("/")[0]
    identifier = f"{group}/{kind}" if group else kind
    table = _table()
    hits: list[tuple[Steps, Json]] = []
    for places in (table.objects, {} if payload else table.identity, table.kinds.get(identifier, {})):
        _find(data, places, (), hits)
    problems = []
    for steps, value in hits:
        place = address.at(at, steps)
        text = _HIDDEN if identifier in table.hidden else written(place, value)
        problems.append(Problem("YML003", place, {"written": text, "read": _READ[type(value)]}))
    return problems


def _find(data: Json, places: Places, steps: Steps, hits: list[tuple[Steps, Json]]) -> None:
    if isinstance(data, dict):
        for step, below in places.items():
            if step == _EVERY:
                for key, value in data.items():
                    _look(value, below, (*steps, key), hits)
            elif step in data:
                _look(data[step], below, (*steps, step), hits)
    elif isinstance(data, list) and _EVERY in places:
        for number, value in enumerate(data):
            _look(value, places[_EVERY], (*steps, number), hits)


def _look(value: Json, below: Places, steps: Steps, hits: list[tuple[Steps, Json]]) -> None:
    if below:
        _find(value, below, steps, hits)
    elif value.__class__ in _READ:
        hits.append((steps, value))


@cache
def _table() -> _Table:
    path = data_dir("schemas") / "strings.yaml"
    parsed = parse(path.read_text(encoding="utf-8"), str)
    data = parsed.documents[0][1]
    if not isinstance(data, dict):
        raise TypeError(f"{path} is no table")
    shapes = _lists(data["shapes"])
    kinds = {name: _places(places, shapes) for name, places in _lists(data["kinds"]).items()}
    identity, objects, hidden = (_lists(data)[key] for key in ("identity", "objects", "hidden"))
    return _Table(_places(identity, shapes), _places(objects, shapes), kinds, frozenset(hidden))


def _lists(data: Json) -> dict[str, list[str]]:
    entries = data.items() if isinstance(data, dict) else ()
    return {key: [str(item) for item in value] for key, value in entries if isinstance(value, list)}


def _places(written: Sequence[str], shapes: Mapping[str, Sequence[str]]) -> Places:
    places: Places = {}
    for place in _expanded(written, shapes):
        below = places
        for step in place.split("."):
            below = below.setdefault(step, {})
    return places


def _expanded(written: Sequence[str], shapes: Mapping[str, Sequence[str]]) -> Iterator[str]:
    for place in written:
        head, bracket, shape = place.rstrip(")").partition("(")
        yield from (f"{head}.{inner}" for inner in shapes[shape]) if bracket else (place,)
