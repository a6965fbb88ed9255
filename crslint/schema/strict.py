"""The quick decision: a JSON Schema for jsonschema-rs that accepts only what the API server takes as it is.

What it accepts has no fault at all; what it refuses goes to `crslint.schema.structural`, which is exact (it prunes,
drops nulls and fills defaults first). Keys of list-maps, which JSON Schema cannot compare, are compared here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from crslint.schema.formats import INTEGER_RANGES, accepts
from crslint.schema.patterns import is_supported, options
from crslint.schema.structural import META_FIELDS, Schema, types_of

_SAME = (
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "multipleOf",
)
_STRING_FORMATS = (
    *("byte", "cidr", "date", "date-time", "datetime", "duration", "email", "hostname", "ipv4", "ipv6"),
    *("k8s-long-name", "k8s-short-name", "mac", "uri", "uuid"),
)


@dataclass(frozen=True, slots=True)
class ListMap:
    """A list whose entries must differ in their keys: ``steps`` lead to it, None standing for each item or member."""

    steps: tuple[str | None, ...]
    keys: tuple[str, ...]


def decider(schema: Schema, definitions: Mapping[str, Schema], metadata: Schema | None = None) -> Callable[[Any], bool]:
    """A function that is true for an object without a fault; raises ValueError for a schema that cannot be compiled."""
    import jsonschema_rs

    if "$ref" in schema:
        schema = definitions[schema["$ref"].removeprefix("#/$defs/")]
    document = {**strict(schema, root=True), "$defs": {name: strict(each) for name, each in definitions.items()}}
    if isinstance(document.get("properties"), dict):
        document["properties"]["metadata"] = True if metadata is None else strict(metadata)
    validator = jsonschema_rs.Draft202012Validator(
        document,
        pattern_options=options(),
        validate_formats=True,
        formats={name: _format(name) for name in _STRING_FORMATS},
        retriever=_refuse,
    )
    places = tuple(list_maps(schema, definitions))
    is_valid = validator.is_valid
    if not places:
        return is_valid

    def decide(data: Any) -> bool:
        return is_valid(data) and all(_distinct(data, place.steps, place.keys) for place in places)

    return decide


def strict(schema: Any, root: bool = False) -> Any:
    """The JSON Schema of one node; what it says is at least as strict as the API server."""
    if not isinstance(schema, Mapping):
        return schema
    if "$ref" in schema:
        return {"$ref": schema["$ref"]}
    result: dict[str, Any] = {key: schema[key] for key in _SAME if key in schema}
    types = types_of(schema)
    if types:
        result["type"] = [*types, "null"] if schema.get("nullable") else list(types)
    _bounds(schema, result)
    if "enum" in schema:
        result["enum"] = [*schema["enum"], None] if schema.get("nullable") else schema["enum"]
    if "pattern" in schema and is_supported(schema["pattern"]):
        result["pattern"] = schema["pattern"]
    for keyword in ("anyOf", "oneOf", "allOf"):
        if keyword in schema:
            result[keyword] = [strict(each, root=True) for each in schema[keyword]]
    if "not" in schema:
        result["not"] = strict(schema["not"], root=True)
    if "items" in schema:
        result["items"] = strict(schema["items"])
    if schema.get("x-kubernetes-list-type") == "set":
        result["uniqueItems"] = True
    _members(schema, result, root)
    return result


def _members(schema: Schema, result: dict[str, Any], root: bool) -> None:
    properties = schema.get("properties", {})
    open_ended = schema.get("additionalProperties", False)
    if properties:
        result["properties"] = {name: strict(each) for name, each in properties.items()}
    required = [name for name in schema.get("required", ()) if not _has_default(properties.get(name))]
    if required:
        result["required"] = required
    if isinstance(open_ended, Mapping) or open_ended is True:
        result["additionalProperties"] = strict(open_ended)
    elif "object" in types_of(schema) and not schema.get("x-kubernetes-preserve-unknown-fields"):
        embedded = schema.get("x-kubernetes-embedded-resource")
        if root or embedded:
            result["properties"] = {**dict.fromkeys(META_FIELDS, True), **result.get("properties", {})}
        result["additionalProperties"] = False


def _has_default(schema: Any) -> bool:
    return isinstance(schema, Mapping) and "default" in schema


def _bounds(schema: Schema, result: dict[str, Any]) -> None:
    for inclusive, exclusive in (("maximum", "exclusiveMaximum"), ("minimum", "exclusiveMinimum")):
        if schema.get(exclusive) and inclusive in result:
            result[exclusive] = result.pop(inclusive)
    name = schema.get("format")
    if name in INTEGER_RANGES and "integer" in types_of(schema):
        low, high = INTEGER_RANGES[name]
        result["minimum"] = max(low, schema.get("minimum", low))
        result["maximum"] = min(high, schema.get("maximum", high))
    elif name in _STRING_FORMATS:
        result["format"] = name


def list_maps(schema: Any, definitions: Mapping[str, Schema]) -> Iterator[ListMap]:
    """Every list-map of a schema; a recursive definition is followed once."""
    yield from _list_maps(schema, definitions, (), frozenset())


def _list_maps(
    schema: Any, definitions: Mapping[str, Schema], steps: tuple[str | None, ...], inside: frozenset[str]
) -> Iterator[ListMap]:
    if not isinstance(schema, Mapping):
        return
    if "$ref" in schema:
        name = schema["$ref"].removeprefix("#/$defs/")
        if name not in inside:
            yield from _list_maps(definitions[name], definitions, steps, inside | {name})
        return
    if schema.get("x-kubernetes-list-type") == "map":
        yield ListMap(steps, tuple(schema.get("x-kubernetes-list-map-keys", ())))
    for name, each in schema.get("properties", {}).items():
        yield from _list_maps(each, definitions, (*steps, name), inside)
    for keyword in ("items", "additionalProperties"):
        if keyword in schema:
            yield from _list_maps(schema[keyword], definitions, (*steps, None), inside)


def _distinct(data: Any, steps: tuple[str | None, ...], keys: tuple[str, ...]) -> bool:
    if not steps:
        if not isinstance(data, list) or len(data) < 2:
            return True
        named = {tuple(repr(item.get(key)) if isinstance(item, dict) else None for key in keys) for item in data}
        return len(named) == len(data)
    first, rest = steps[0], steps[1:]
    if first is not None:
        return not isinstance(data, dict) or first not in data or _distinct(data[first], rest, keys)
    inner = data.values() if isinstance(data, dict) else data if isinstance(data, list) else ()
    return all(_distinct(item, rest, keys) for item in inner)


def _format(name: str) -> Callable[[str], bool]:
    return lambda text: accepts(name, text)


def _refuse(uri: str) -> Any:
    raise ValueError(f"{uri} is not fetched")
