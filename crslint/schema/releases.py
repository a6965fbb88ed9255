"""One schema for all releases, and what a field needs of a release."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import pairwise
from typing import Any

from crslint.record import record
from crslint.schema.convert import CHILDREN, DIFFERENCES, merged, node_at, number, resolved, whole, without_children
from crslint.schema.structural import Schema, Steps

Opener = Callable[[Any], Any]
"""What a node says, its children left as they are; None where it is not there."""


@record
class Need:
    """The releases that have a field: ``since`` brought it, ``until`` is the first without it; None for no bound."""

    path: Steps
    since: str | None
    until: str | None


def at_release(
    schema: Schema, definitions: Mapping[str, Schema], release: str, releases: Sequence[str]
) -> tuple[Schema, dict[str, Schema]]:
    """The schema and its definitions at a release; ``releases`` are those whose CRDs were read."""
    opened = opener(release, releases)
    shapes = {name: whole(each, opened) for name, each in definitions.items()}
    return whole(schema, opened), {name: each for name, each in shapes.items() if each is not None}


def opener(release: str | None, releases: Sequence[str]) -> Opener:
    """What reads the nodes of a schema that ``releases`` were merged into: at one release, or at all where it is None.

    Between two of them it is not known which one brought a change: then what either takes is taken.
    """
    if release is None or not releases:
        return united_node
    around = _around(release, releases)
    return partial(node_at, around[0]) if len(around) == 1 else partial(_joined_node, around)


def _around(release: str, releases: Sequence[str]) -> tuple[str, ...]:
    """The release itself where it was read, else its neighbours."""
    wanted = number(release)
    exact = [known for known in releases if number(known) == wanted]
    older = [known for known in releases if number(known) < wanted]
    newer = [known for known in releases if number(known) > wanted]
    return tuple(exact[:1] or older[-1:] + newer[:1])


def _joined_node(around: Sequence[str], schema: Any) -> Any:
    if not isinstance(schema, dict):
        return schema
    replaced = any("is" in run for run in schema.get("by", ()))
    shapes = [(release, resolved(schema, release) if replaced else node_at(release, schema)) for release in around]
    present = [(release, shape) for release, shape in shapes if shape is not None]
    if not present:
        return None
    if replaced:
        return united(merged(present))
    flat = merged([(release, without_children(shape)) for release, shape in present])
    return {**united_node(flat), **{key: schema[key] for key in CHILDREN if key in schema}}


def united(schema: Any) -> Any:
    """A schema that takes what any release takes: every field, and only what all releases demand of it."""
    return whole(schema, united_node)


def united_node(schema: Any) -> Any:
    """``united`` for a node alone, its children left as they are."""
    if not isinstance(schema, dict) or DIFFERENCES.isdisjoint(schema):
        return schema
    result = {key: value for key, value in schema.items() if key not in DIFFERENCES}
    runs = schema.get("by", ())
    shapes = [run["is"] for run in runs if "is" in run]
    if shapes:
        newest = united_node(shapes[-1])
        result.update(newest if isinstance(newest, dict) else {})
    elif runs:
        _loosen(result, runs)
    return result


def _loosen(result: dict[str, Any], runs: Sequence[Schema]) -> None:
    whole = "since" not in runs[0] and "until" not in runs[-1] and _adjoin(runs)
    for keyword in {key for run in runs for key in run} - {"since", "until"}:
        said = [run[keyword] for run in runs if keyword in run]
        if keyword == "default" or keyword.startswith("x-kubernetes-"):
            result[keyword] = said[-1]
        elif whole and len(said) == len(runs):
            loosest = _loosest(keyword, said)
            if loosest is not None:
                result[keyword] = loosest


def _adjoin(runs: Sequence[Schema]) -> bool:
    return all(left.get("until") == right.get("since") for left, right in pairwise(runs))


def _loosest(keyword: str, said: Sequence[Any]) -> Any:
    if keyword == "required":
        return sorted(set.intersection(*map(set, said)))
    if keyword == "enum":
        return list(dict.fromkeys(value for values in said for value in values))
    if keyword.startswith("max"):
        return max(said)
    if keyword.startswith("min"):
        return min(said)
    return None


def node(schema: Any, definitions: Mapping[str, Schema], path: Steps) -> Schema | None:
    """The schema at a path of a document, None where it knows no such field."""
    for step in path:
        inner = _plain(schema, definitions)
        if inner is None:
            return None
        if isinstance(step, int):
            schema = inner.get("items")
        else:
            schema = inner.get("properties", {}).get(step, inner.get("additionalProperties"))
    return _plain(schema, definitions)


def need(schema: Any, definitions: Mapping[str, Schema], path: Steps) -> Need | None:
    """Which releases have a field: the narrowest bounds on the way to it; None where no release has it."""
    since = until = None
    for length in range(len(path) + 1):
        found = node(schema, definitions, path[:length])
        if found is None:
            return None
        since, until = found.get("since", since), found.get("until", until)
    return Need(path, since, until)


def _plain(schema: Any, definitions: Mapping[str, Schema]) -> Schema | None:
    if isinstance(schema, Mapping) and "$ref" in schema:
        stay = {key: value for key, value in schema.items() if key != "$ref"}
        return {**definitions[schema["$ref"].removeprefix("#/$defs/")], **stay}
    return schema if isinstance(schema, Mapping) else None
