"""CRDs to compact schemas: prose dropped, the releases of one version merged, shared shapes factored out.

A merged schema is the newest shape of every field, each with ``since`` and ``until`` (the first release without it)
where a release lacks it; what else differs between releases stands in ``by``: a list of ``{since, until, keywords}``.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from typing import Any

Schema = dict[str, Any]

_ORDER = {
    name: place
    for place, name in enumerate(
        ("$ref", "since", "until", "type", "nullable", "format", "enum", "pattern", "default", "required")
    )
}
_LAST = {name: 100 + place for place, name in enumerate(("by", "properties", "items", "additionalProperties"))}

# What neither validation, pruning nor defaulting reads. Status is no input of a user, yet the API server prunes it too.
_PROSE = frozenset(
    {
        "description",
        "example",
        "externalDocs",
        "title",
        "x-kubernetes-map-type",
        "x-kubernetes-validations",
    }
)
CHILDREN = ("properties", "items", "additionalProperties")
_STAY = ("since", "until")
DIFFERENCES = frozenset((*_STAY, "by"))


def compact(schema: Any) -> Any:
    """A structural schema without prose; `x-kubernetes-list-type: atomic` says nothing about a single object."""
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        # No CRD that the API server takes has one: it leads nowhere here, and nothing is fetched.
        return {"x-kubernetes-preserve-unknown-fields": True}
    result: Schema = {}
    for keyword, value in schema.items():
        if keyword in _PROSE or (keyword == "x-kubernetes-list-type" and value == "atomic"):
            continue
        if keyword == "properties":
            result[keyword] = {name: compact(each) for name, each in value.items()}
        elif keyword in ("items", "additionalProperties", "not"):
            result[keyword] = compact(value)
        elif keyword in ("allOf", "anyOf", "oneOf"):
            result[keyword] = [compact(each) for each in value]
        else:
            result[keyword] = value
    return result


@lru_cache(maxsize=1024)
def number(release: str) -> tuple[int, ...]:
    """``1.16.0`` as numbers to compare; a leading ``v`` and what follows ``-`` or ``+`` are left out."""
    core = release.removeprefix("v").partition("-")[0].partition("+")[0]
    return tuple(int(part) if part.isdigit() else 0 for part in core.split("."))


def merged(shapes: Sequence[tuple[str, Any]]) -> Any:
    """One schema for the shapes of a value in ascending releases: ``[("1.15.0", schema), ...]``."""
    releases = [release for release, _ in shapes]
    newest = shapes[-1][1]
    if all(shape == newest for _, shape in shapes):
        return newest
    if not all(isinstance(shape, dict) for _, shape in shapes):
        return {"by": _runs([(release, {"is": shape}) for release, shape in shapes], releases)}
    result: Schema = {}
    flat = [(release, without_children(shape)) for release, shape in shapes]
    common = {key: value for key, value in flat[-1][1].items() if all(_same(shape, key, value) for _, shape in flat)}
    result.update(common)
    varying = [(release, {k: v for k, v in shape.items() if k not in common}) for release, shape in flat]
    if any(shape for _, shape in varying):
        result["by"] = [run for run in _runs(varying, releases) if len(run) > _bounds(run)]
    names = dict.fromkeys(name for _, shape in reversed(shapes) for name in shape.get("properties", {}))
    if names or any("properties" in shape for _, shape in shapes):
        result["properties"] = {
            name: _member([(r, s["properties"][name]) for r, s in shapes if name in s.get("properties", {})], releases)
            for name in sorted(names)
        }
    for keyword in ("items", "additionalProperties"):
        present = [(release, shape[keyword]) for release, shape in shapes if keyword in shape]
        if present:
            result[keyword] = _member(present, releases)
    return result


def resolved(schema: Any, release: str) -> Any:
    """The shape of one release again, references left alone; the inverse of ``merged``. None where it has none."""
    return whole(schema, partial(node_at, release))


def node_at(release: str, schema: Any) -> Any:
    """What a node says in one release, its children left as they are; None where that has none."""
    if not isinstance(schema, dict) or DIFFERENCES.isdisjoint(schema):
        return schema
    if not _covers(schema, release):
        return None
    result = {key: value for key, value in schema.items() if key not in DIFFERENCES}
    for run in schema.get("by", ()):
        if _covers(run, release):
            if "is" in run:
                return run["is"]
            result.update({key: value for key, value in run.items() if key not in _STAY})
    return result


def whole(schema: Any, opened: Callable[[Any], Any]) -> Any:
    """A schema of which each node is ``opened``, without the children that are then None."""
    node = opened(schema)
    if not isinstance(node, dict):
        return node
    result = {key: value for key, value in node.items() if key not in CHILDREN}
    if "properties" in node:
        members = {name: whole(each, opened) for name, each in node["properties"].items()}
        kept = {name: each for name, each in members.items() if each is not None}
        if kept or not members:
            result["properties"] = kept
    for keyword in ("items", "additionalProperties"):
        if keyword in node:
            inner = whole(node[keyword], opened)
            if inner is not None:
                result[keyword] = inner
    return result


def _member(shapes: Sequence[tuple[str, Any]], releases: Sequence[str]) -> Any:
    """A field's schema, with the releases that have it where not all do."""
    have = [release for release, _ in shapes]
    member = merged(shapes)
    if len(have) == len(releases):
        return member
    spans = _spans(have, releases)
    if len(spans) == 1 and isinstance(member, dict):
        return {**_named_span(spans[0], releases), **member}
    # A field that went and came back, or a bare `true`: one entry for each stay.
    return {"by": [{**_named_span(span, releases), "is": dict(shapes)[releases[span[0]]]} for span in spans]}


def _runs(shapes: Sequence[tuple[str, Schema]], releases: Sequence[str]) -> list[Schema]:
    """Equal neighbours as one entry with its span."""
    runs: list[tuple[int, int, Schema]] = []
    for release, shape in shapes:
        place = releases.index(release)
        if runs and runs[-1][2] == shape and runs[-1][1] == place:
            runs[-1] = (runs[-1][0], place + 1, shape)
        else:
            runs.append((place, place + 1, shape))
    return [{**_named_span((start, end), releases), **shape} for start, end, shape in runs]


def _spans(have: Sequence[str], releases: Sequence[str]) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    for place in (releases.index(release) for release in have):
        if spans and spans[-1][1] == place:
            spans[-1] = (spans[-1][0], place + 1)
        else:
            spans.append((place, place + 1))
    return spans


def _named_span(span: tuple[int, int], releases: Sequence[str]) -> Schema:
    start, end = span
    named: Schema = {}
    if start > 0:
        named["since"] = releases[start]
    if end < len(releases):
        named["until"] = releases[end]
    return named


def _covers(entry: Mapping[str, Any], release: str) -> bool:
    place = number(release)
    starts = "since" not in entry or number(entry["since"]) <= place
    return starts and ("until" not in entry or place < number(entry["until"]))


def _bounds(run: Schema) -> int:
    return sum(key in run for key in ("since", "until"))


def without_children(schema: Schema) -> Schema:
    return {key: value for key, value in schema.items() if key not in CHILDREN}


def _same(schema: Schema, key: str, value: object) -> bool:
    return key in schema and schema[key] == value


def factored(schemas: Mapping[str, Schema], reserved: Mapping[str, Schema] | None = None) -> tuple[Schema, Schema]:
    """The same schemas with shapes that stand in several places moved to ``$defs``: ``(schemas, definitions)``."""
    parents: Counter[str] = Counter()
    names: dict[str, Counter[str]] = {}
    seen: set[str] = set()
    for schema in schemas.values():
        _count(schema, "", parents, names, seen)
    shared = [text for text, count in parents.items() if count > 1 and len(text) >= _WORTHWHILE]
    titles = _titles(sorted(shared, key=lambda text: (-len(text), text)), names, reserved or {})
    definitions = {title: _replaced(json.loads(text), titles, inside=text) for text, title in titles.items()}
    return (
        {name: _replaced(schema, titles) for name, schema in schemas.items()},
        dict(sorted(definitions.items())),
    )


_WORTHWHILE = 150


def _text(schema: Schema) -> str:
    """What two shapes must share to be one: when a field came is the field's own."""
    return json.dumps({key: value for key, value in schema.items() if key not in _STAY}, sort_keys=True)


def _count(schema: Any, name: str, parents: Counter[str], names: dict[str, Counter[str]], seen: set[str]) -> None:
    """Counts a shape once for each different place that holds it: what repeats only inside a shared shape does not."""
    if not isinstance(schema, dict):
        return
    text = _text(schema)
    parents[text] += 1
    names.setdefault(text, Counter())[name] += 1
    if text not in seen:
        seen.add(text)
        for child, each in _inner(schema):
            _count(each, child or name, parents, names, seen)


def _inner(schema: Schema) -> Iterator[tuple[str, Any]]:
    yield from schema.get("properties", {}).items()
    for keyword in ("items", "additionalProperties"):
        if keyword in schema:
            yield "", schema[keyword]
    for run in schema.get("by", ()):
        if "is" in run:
            yield "", run["is"]


def _titles(shared: Sequence[str], names: Mapping[str, Counter[str]], reserved: Mapping[str, Schema]) -> dict[str, str]:
    """A name for each shared shape: the field that holds it most often, numbered where shapes collide."""
    titles: dict[str, str] = {}
    taken: Counter[str] = Counter(reserved.keys())
    for text in shared:
        base = min(names[text].items(), key=lambda item: (-item[1], item[0]))[0] or "root"
        taken[base] += 1
        titles[text] = base if taken[base] == 1 else f"{base}{taken[base]}"
    return titles


def _place(keyword: str) -> tuple[int, str]:
    """The order in which a person reads a schema."""
    return _ORDER.get(keyword, _LAST.get(keyword, 50)), keyword


def _replaced(schema: Any, titles: Mapping[str, str], inside: str = "") -> Any:
    if not isinstance(schema, dict):
        return schema
    text = _text(schema)
    if text in titles and text != inside:
        return {"$ref": f"#/$defs/{titles[text]}", **{key: schema[key] for key in _STAY if key in schema}}
    result = {key: schema[key] for key in sorted(schema, key=_place)}
    if "properties" in schema:
        result["properties"] = {name: _replaced(each, titles) for name, each in schema["properties"].items()}
    for keyword in ("items", "additionalProperties"):
        if keyword in schema:
            result[keyword] = _replaced(schema[keyword], titles)
    if "by" in schema:
        result["by"] = [{**run, "is": _replaced(run["is"], titles)} if "is" in run else run for run in schema["by"]]
    return result
