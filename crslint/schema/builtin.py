"""Kubernetes' own kinds: kubernetes-validate's schema files, one kind's closure at a time.

Its `validate()` reads 1.6 MB for each object, drops the domain of the API group and reports one error; only its files
are used. What the API server does with a built-in object differs from a custom resource: null means absent everywhere,
and status is dropped.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from crslint.record import record
from crslint.schema.decoded import Decoded
from crslint.schema.structural import Schema

_OPEN: Schema = {"x-kubernetes-preserve-unknown-fields": True, "nullable": True}
# List types of built-in kinds matter to server-side apply alone.
_DROPPED = frozenset(
    {
        *("description", "$schema", "x-kubernetes-group-version-kind", "x-kubernetes-map-type"),
        *("x-kubernetes-list-type", "x-kubernetes-list-map-keys"),
    }
)
_REFERENCE = "#/$defs/"
# Go's encoding/base64 skips line ends.
_BASE64 = r"^[A-Za-z0-9+/\r\n]*=?[\r\n]*=?[\r\n]*$"


@record
class Closure:
    """A kind's schema and the definitions that it reaches."""

    schema: Schema
    definitions: Mapping[str, Schema]


def minors() -> tuple[str, ...]:
    """The Kubernetes versions whose schemas are installed, ascending: ``1.25``, ``1.26``, ..."""
    found = {path.name.removeprefix("v").split(".0-")[0] for path in _folder().glob("v*-local-strict")}
    return tuple(sorted(found, key=lambda minor: tuple(map(int, minor.split(".")))))


@cache
def stamp() -> str:
    """What a kept closure depends on: the installed files, told apart by their folder's time of change, and this
    module's way of converting them (raise the number when it changes)."""
    return f"3-{int(_folder().stat().st_mtime)}"


def closure(minor: str, group: str, version: str, kind: str) -> Closure | None:
    """None for a kind that this Kubernetes does not have; the group is compared in full."""
    definitions = _definitions(minor)
    name = _index(minor).get((group, version, kind))
    if name is None:
        return None
    reached: dict[str, Schema] = {}
    waiting = [name]
    while waiting:
        each = waiting.pop()
        if each not in reached:
            reached[each] = _converted(definitions[each])
            waiting.extend(_references(definitions[each]))
    root = reached.pop(name)
    properties = {key: value for key, value in root.get("properties", {}).items() if key not in _ROOT}
    if "status" in properties:
        properties["status"] = _OPEN
    required = [key for key in root.get("required", ()) if key in properties and key != "status"]
    return Closure({**root, "properties": {**_ROOT, **properties}, "required": required}, reached)


def written_closure(found: Closure | None) -> bytes:
    """A line of the schema, and one of each definition behind its name; no line for none."""
    if found is None:
        return b""
    lines = [f"{name}\t{json.dumps(each)}" for name, each in found.definitions.items()]
    return "\n".join([json.dumps(found.schema), *lines]).encode()


def read_closure(content: bytes) -> Closure | None:
    """What `written_closure` wrote."""
    if not content:
        return None
    schema, *lines = content.decode().split("\n")
    return Closure(json.loads(schema), Decoded(dict(line.split("\t", 1) for line in lines)))


_ROOT: dict[str, Schema] = {"apiVersion": {"type": "string"}, "kind": {"type": "string"}, "metadata": _OPEN}


def kinds(minor: str) -> Iterator[tuple[str, str, str]]:
    """Every (group, version, kind)."""
    yield from _index(minor)


@cache
def _folder() -> Path:
    spec = find_spec("kubernetes_validate")
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError("kubernetes-validate is not installed")
    return Path(spec.submodule_search_locations[0]) / "kubernetes-json-schema"


@lru_cache(maxsize=2)
def _definitions(minor: str) -> dict[str, Any]:
    path = _folder() / f"v{minor}.0-local-strict" / "_definitions.json"
    definitions = json.loads(path.read_bytes())["$defs"]
    assert isinstance(definitions, dict)
    return definitions


@lru_cache(maxsize=2)
def _index(minor: str) -> dict[tuple[str, str, str], str]:
    return {
        (entry["group"], entry["version"], entry["kind"]): name
        for name, schema in _definitions(minor).items()
        for entry in schema.get("x-kubernetes-group-version-kind", ())
        if len(schema["x-kubernetes-group-version-kind"]) == 1 and not entry["kind"].endswith("List")
    }


def _references(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        for key, value in schema.items():
            if key == "$ref" and isinstance(value, str):
                yield value.removeprefix(_REFERENCE)
            else:
                yield from _references(value)
    elif isinstance(schema, list):
        for each in schema:
            yield from _references(each)


def _converted(schema: Any) -> Any:
    """JSON Schema of the OpenAPI document as a structural schema in which everything is nullable."""
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return {"$ref": schema["$ref"]}
    alternatives = schema.get("oneOf")
    if alternatives is not None:
        types = [_plain_type(each.get("type")) for each in alternatives]
        return {"type": [each for each in types if each], "nullable": True}
    kind = _plain_type(schema.get("type"))
    result: dict[str, Any] = {key: value for key, value in schema.items() if key not in _DROPPED}
    if kind is not None:
        result["type"] = kind
    result["nullable"] = True
    if result.get("format") == "byte":
        del result["format"]
        result["pattern"] = _BASE64
    if "properties" in result:
        result["properties"] = {name: _converted(each) for name, each in result["properties"].items()}
    if "items" in result:
        result["items"] = _converted(result["items"])
    additional = result.pop("additionalProperties", None)
    if isinstance(additional, dict):
        result["additionalProperties"] = _converted(additional)
    elif kind in ("object", None) and "properties" not in result:
        # Free-form objects, and what OpenAPI cannot express: `items` of a JSON Schema, raw extensions.
        return _OPEN
    return result


def _plain_type(types: Any) -> str | None:
    if isinstance(types, list):
        return next((each for each in types if each != "null"), None)
    return types if isinstance(types, str) else None
