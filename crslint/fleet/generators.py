"""The elements that the generators of an ApplicationSet give, as far as the input says (facts/argocd.md 2.11)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from crslint import address
from crslint.fleet import gitgenerator, values
from crslint.fleet.entity import UNKNOWN, Unknown
from crslint.fleet.gitgenerator import Checkouts
from crslint.fleet.gofunctions import sanitized
from crslint.fleet.repositories import Repositories
from crslint.fleet.selector import Invalid, match, read_selector
from crslint.fleet.templating import Params, render, rendered, texts
from crslint.record import record, replace

KINDS = (
    "list",
    "clusters",
    "git",
    "matrix",
    "merge",
    "scmProvider",
    "pullRequest",
    "clusterDecisionResource",
    "plugin",
)

_MOST = 500
_FEW = 20
_TEXTS = 20_000
# Argo CD takes a matrix or merge inside of another one, and no deeper.
_DEEPEST = 3
_AT_HAND = (None, "", "HEAD", "main", "master")
_METADATA = ("metadata.labels.", "metadata.annotations.")
_LOCAL = {"name": "in-cluster", "nameNormalized": "in-cluster", "server": "https://kubernetes.default.svc"}


@record
class Registered:
    """A cluster that a Secret of the input registers with Argo CD."""

    name: str | Unknown
    server: str | Unknown
    labels: Mapping[str, Any]
    annotations: Mapping[str, Any]


@record
class Surroundings:
    """What generators read: repositories at hand, and the clusters that the input registers."""

    repositories: Repositories
    checkouts: Checkouts
    clusters: Sequence[Registered] = ()


@record
class Elements:
    """``params`` of the elements, samples included; not ``complete`` where there may be others."""

    params: tuple[Params, ...]
    complete: bool

    @property
    def known(self) -> list[Params]:
        return [item for item in self.params if not item.sample]


def kind_of(generator: object) -> str | None:
    """The one kind of a generator; None where there is none that Argo CD knows, or several."""
    if not isinstance(generator, dict):
        return None
    found = [kind for kind in KINDS if generator.get(kind) is not None]
    return found[0] if len(found) == 1 else None


def elements(generator: object, at: str, surroundings: Surroundings, *, go: bool) -> Elements:
    """Those of one generator; ``at`` is its address."""
    kind = kind_of(generator)
    if not isinstance(generator, dict) or kind is None or at.count("/generators/") > _DEEPEST:
        return _nothing(at)
    data = generator[kind]
    if not isinstance(data, dict):
        return _nothing(at)
    inner = address.at(at, (kind,))
    made = _GENERATORS.get(kind, _unknown)(data, inner, surroundings, go)
    made = Elements(made.params[:_MOST], made.complete and len(made.params) <= _MOST)
    if isinstance(data.get("values"), dict):
        made = replace(made, params=tuple(_with_values(item, data["values"], go=go) for item in made.params))
    return _selected(made, generator.get("selector"))


def _nothing(at: str) -> Elements:
    return Elements((Params({}, open=("",), sample=True, at=at),), False)


def _unknown(_data: dict[str, Any], at: str, _surroundings: Surroundings, _go: bool) -> Elements:
    return _nothing(at)


def _list(data: dict[str, Any], at: str, _surroundings: Surroundings, go: bool) -> Elements:
    rows = values.items(data, "elements")
    if isinstance(rows, Unknown):
        return _nothing(at)
    made = [_element(row, address.at(at, ("elements", number)), go=go) for number, row in enumerate(rows)]
    text = data.get("elementsYaml")
    if text in (None, ""):
        return Elements(tuple(made), True)
    return Elements((*made, *_nothing(at).params), False)


def _element(row: object, at: str, *, go: bool) -> Params:
    if not isinstance(row, dict):
        return Params({}, open=("",), sample=True, at=at)
    if go:
        return Params(row, at=at)
    found: dict[str, Any] = {}
    for key, value in row.items():
        if key == "values" and isinstance(value, dict):
            found |= {f"values.{name}": _string(inner) for name, inner in value.items()}
        else:
            found[key] = _string(value)
    return Params(found, at=at)


def _string(value: object) -> Any:
    return value if isinstance(value, str) else UNKNOWN


def _clusters(data: dict[str, Any], at: str, surroundings: Surroundings, go: bool) -> Elements:
    if data.get("flatList"):
        return _nothing(at)
    written = data.get("selector")
    selective = isinstance(written, dict) and any(written.values())
    selector = read_selector(written) if selective else None
    made = []
    own = any(item.server == _LOCAL["server"] for item in surroundings.clusters)
    if not selective and not own:
        # A Secret elsewhere may register it too, with labels.
        made.append(Params(dict(_LOCAL), open=_METADATA, at=at))
    for item in surroundings.clusters:
        labels = values.label_map(item.labels)
        if selector is None or (not isinstance(selector, (Invalid, Unknown)) and match(selector, labels) is True):
            made.append(_cluster(item, at, go=go))
    return Elements((*made, _any_cluster(at, go=go)), False)


def _cluster(item: Registered, at: str, *, go: bool) -> Params:
    name = item.name
    normalized = UNKNOWN if isinstance(name, Unknown) else sanitized(name)
    found: dict[str, Any] = {"name": name, "nameNormalized": normalized, "server": item.server, "project": UNKNOWN}
    if go:
        found["metadata"] = {"labels": dict(item.labels), "annotations": dict(item.annotations)}
    else:
        for kind, entries in (("labels", item.labels), ("annotations", item.annotations)):
            found |= {f"metadata.{kind}.{key}": _string(value) for key, value in entries.items()}
    return Params(found, at=at)


def _any_cluster(at: str, *, go: bool) -> Params:
    found: dict[str, Any] = dict.fromkeys(("name", "nameNormalized", "server", "project"), UNKNOWN)
    if go:
        found["metadata"] = {"labels": {}, "annotations": {}}
    return Params(found, open=_METADATA, sample=True, at=at)


def _git(data: dict[str, Any], at: str, surroundings: Surroundings, go: bool) -> Elements:
    directories, files = (gitgenerator.wanted(data, field) for field in ("directories", "files"))
    url, revision = values.text(data, "repoURL"), values.text(data, "revision")
    place = surroundings.repositories.of(url) if isinstance(url, str) else None
    at_hand = place is not None and revision in _AT_HAND
    checkouts = surroundings.checkouts
    if directories != []:
        found = checkouts.directories(place.folder, directories) if place and at_hand and directories else None
        sample = gitgenerator.directory_sample(data, at, go=go)
        if found is None:
            return Elements((sample,), False)
        made = gitgenerator.directory_params(data, found, at, go=go)
        return Elements((*made, *(() if found.complete else (sample,))), found.complete)
    if not files or not at_hand or place is None:
        return _nothing(at)
    found = checkouts.files(place.folder, files)
    if found is None:
        return _nothing(at)
    made = [
        item
        for path in found.paths
        for item in gitgenerator.file_params(data, path, checkouts, place.folder, at, go=go)
    ]
    complete = found.complete and not any(item.sample for item in made)
    return Elements((*made, *(() if found.complete else _nothing(at).params)), complete)


def _matrix(data: dict[str, Any], at: str, surroundings: Surroundings, go: bool) -> Elements:
    children = values.items(data, "generators")
    if isinstance(children, Unknown) or len(children) != 2:
        return _nothing(at)
    ats = [address.at(at, ("generators", number)) for number in range(2)]
    first = elements(children[0], ats[0], surroundings, go=go)
    written = [text for _, text in texts(children[1])]
    templated = any("{{" in text for text in written)
    second = None if templated else elements(children[1], ats[1], surroundings, go=go)
    made: list[Params] = []
    # It is evaluated for each element of the first one, and inside of another matrix for each element of that too.
    most = min(_FEW if at.count("/generators/") > 1 else _MOST, max(1, _TEXTS // max(1, len(written))))
    followed = first.params[:most] if templated else first.params
    complete = first.complete and len(followed) == len(first.params)
    for one in followed:
        others = second or elements(rendered(children[1], one, go=go), ats[1], surroundings, go=go)
        complete = complete and others.complete
        for other in others.params:
            if len(made) > _MOST:
                return Elements(tuple(made), False)
            made.append(_combined(one, other))
    return Elements(tuple(made), complete)


def _combined(one: Params, other: Params) -> Params:
    """What is given twice and differently is an error, or one of the two by release."""
    sample = one.sample or other.sample
    merged = _merged(one.values, other.values, _differing)
    return Params(merged, open=(*one.open, *other.open), sample=sample, at=one.at if other.sample else other.at)


def _differing(one: Any, other: Any) -> Any:
    return one if one == other else UNKNOWN


def _merge(data: dict[str, Any], at: str, surroundings: Surroundings, go: bool) -> Elements:
    children, keys = values.items(data, "generators"), values.texts(data, "mergeKeys")
    if isinstance(children, Unknown) or isinstance(keys, Unknown) or len(children) < 2 or not keys:
        return _nothing(at)
    every = [
        elements(child, address.at(at, ("generators", number)), surroundings, go=go)
        for number, child in enumerate(children)
    ]
    base = list(every[0].params)
    complete = every[0].complete
    for overriding in every[1:]:
        by_key = {_merge_key(item, keys): item for item in overriding.known}
        sure = overriding.complete and None not in by_key
        others = [item for item in overriding.params if item.sample]
        for number, item in enumerate(base):
            key = _merge_key(item, keys)
            if key is not None and key in by_key:
                base[number] = _overridden(item, by_key[key])
            elif not sure or key is None:
                # An element that is not known may add to it and override it.
                base[number] = _overridden_by_some(item, [*others, *overriding.known])
    return Elements(tuple(base), complete)


def _merge_key(item: Params, keys: Iterable[str]) -> str | None:
    found = [item.values.get(key) for key in keys]
    try:
        return json.dumps(found)
    except TypeError:
        return None


def _overridden(base: Params, over: Params) -> Params:
    return replace(
        base, values=_merged(base.values, over.values, lambda _one, other: other), open=(*base.open, *over.open)
    )


def _overridden_by_some(base: Params, others: Sequence[Params]) -> Params:
    named = {name for item in others for name in item.values}
    found = {name: UNKNOWN if name in named else value for name, value in base.values.items()}
    prefixes = tuple(prefix for item in others for prefix in item.open)
    return replace(base, values=found | dict.fromkeys(named, UNKNOWN), open=(*base.open, *prefixes))


def _merged(one: Mapping[str, Any], other: Mapping[str, Any], decide: Callable[[Any, Any], Any]) -> dict[str, Any]:
    found = dict(one)
    for key, value in other.items():
        if key not in found:
            found[key] = value
        elif isinstance(found[key], dict) and isinstance(value, dict):
            found[key] = _merged(found[key], value, decide)
        else:
            found[key] = decide(found[key], value)
    return found


def _with_values(params: Params, written: Mapping[str, Any], *, go: bool) -> Params:
    """`values` of a generator: texts that its other parameters fill in."""
    made = {
        name: render(text, params, go=go).text if isinstance(text, str) else UNKNOWN for name, text in written.items()
    }
    added = {"values": made} if go else {f"values.{name}": value for name, value in made.items()}
    return replace(params, values={**params.values, **added})


def _selected(made: Elements, written: object) -> Elements:
    """What a generator's own selector leaves; an element of which it cannot be told becomes a sample."""
    if not isinstance(written, dict) or not any(written.values()):
        return made
    selector = read_selector(written)
    kept: list[Params] = []
    complete = made.complete
    for item in made.params:
        labels = {key: value for key, value in item.values.items() if isinstance(value, str)}
        plain = len(labels) == len(item.values)
        answer = UNKNOWN if isinstance(selector, (Invalid, Unknown)) else match(selector, labels)
        if item.sample or not plain or isinstance(answer, Unknown):
            kept.append(replace(item, sample=True))
            complete = False
        elif answer:
            kept.append(item)
    return Elements(tuple(kept), complete)


_GENERATORS: dict[str, Callable[[dict[str, Any], str, Surroundings, bool], Elements]] = {
    "list": _list,
    "clusters": _clusters,
    "git": _git,
    "matrix": _matrix,
    "merge": _merge,
}
