"""One schema for all releases, and what a field needs of a release."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from crslint.record import record
from crslint.schema.convert import merged, number, resolved
from crslint.schema.structural import Schema, Steps


@record
class Need:
    """The releases that have a field: ``since`` brought it, ``until`` is the first without it; None for no bound."""

    path: Steps
    since: str | None
    until: str | None


def at_release(
    schema: Schema, definitions: Mapping[str, Schema], release: str, releases: Sequence[str]
) -> tuple[Schema, dict[str, Schema]]:
    """The schema and its definitions at a release.

    ``releases`` are those whose CRDs were read. Between two of them it is not known which one brought a change: then
    what either takes is taken.
    """
    around = _around(release, releases)
    shapes = {name: _joined(each, around) for name, each in definitions.items()}
    return _joined(schema, around), {name: each for name, each in shapes.items() if each is not None}


def _around(release: str, releases: Sequence[str]) -> tuple[str, ...]:
    """The release itself where it was read, else its neighbours."""
    wanted = number(release)
    exact = [known for known in releases if number(known) == wanted]
    older = [known for known in releases if number(known) < wanted]
    newer = [known for known in releases if number(known) > wanted]
    return tuple(exact[:1] or older[-1:] + newer[:1])


def _joined(schema: Schema, around: Sequence[str]) -> Any:
    shapes = [(release, resolved(schema, release)) for release in around]
    present = [(release, shape) for release, shape in shapes if shape is not None]
    return united(merged(present)) if present else None


def united(schema: Any) -> Any:
    """A schema that takes what any release takes: every field, and only what all releases demand of it."""
    if not isinstance(schema, dict):
        return schema
    result = {key: value for key, value in schema.items() if key not in ("since", "until", "by")}
    runs = schema.get("by", ())
    if any("is" in run for run in runs):
        shapes = [united(run["is"]) for run in runs if "is" in run]
        result.update(shapes[-1] if isinstance(shapes[-1], dict) else {})
    elif runs:
        _loosen(result, runs)
    for keyword in ("items", "additionalProperties"):
        if keyword in result:
            result[keyword] = united(result[keyword])
    if "properties" in result:
        result["properties"] = {name: united(each) for name, each in result["properties"].items()}
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
