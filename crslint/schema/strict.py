"""The quick decision: a JSON Schema for jsonschema-rs that accepts only what the API server takes as it is.

What it accepts has no fault at all; what it refuses goes to `crslint.schema.structural`, which is exact (it prunes,
drops nulls and fills defaults first). Keys of list-maps, which JSON Schema cannot compare, are compared here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
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


@dataclass(slots=True)
class ListMaps:
    """Where a schema has lists whose entries must differ in ``keys``: here, below ``members`` by name, and below
    ``each`` item or other member."""

    keys: tuple[str, ...] | None = None
    members: dict[str, ListMaps] = field(default_factory=dict)
    each: ListMaps | None = None


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
    places = list_maps(schema, definitions)
    is_valid = validator.is_valid
    if places is None:
        return is_valid
    return lambda data: is_valid(data) and _distinct(data, places)


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


def list_maps(schema: Any, definitions: Mapping[str, Schema], inside: frozenset[str] = frozenset()) -> ListMaps | None:
    """None where there are none; a recursive definition is followed once."""
    if not isinstance(schema, Mapping):
        return None
    if "$ref" in schema:
        name = schema["$ref"].removeprefix("#/$defs/")
        return None if name in inside else list_maps(definitions[name], definitions, inside | {name})
    places = ListMaps()
    if schema.get("x-kubernetes-list-type") == "map":
        places.keys = tuple(schema.get("x-kubernetes-list-map-keys", ()))
    for name, each in schema.get("properties", {}).items():
        below = list_maps(each, definitions, inside)
        if below is not None:
            places.members[name] = below
    for keyword in ("items", "additionalProperties"):
        places.each = places.each or list_maps(schema.get(keyword), definitions, inside)
    return places if places.keys is not None or places.members or places.each else None


def _distinct(data: Any, places: ListMaps) -> bool:
    if isinstance(data, dict):
        members, each = places.members, places.each
        for key, value in data.items():
            below = members.get(key, each)
            if below is not None and not _distinct(value, below):
                return False
    elif isinstance(data, list):
        if places.keys is not None and len(data) > 1:
            keys = places.keys
            named = {tuple(repr(item.get(key)) for key in keys) if isinstance(item, dict) else () for item in data}
            if len(named) < len(data):
                return False
        if places.each is not None:
            return all(_distinct(item, places.each) for item in data)
    return True


def _format(name: str) -> Callable[[str], bool]:
    return lambda text: accepts(name, text)


def _refuse(uri: str) -> Any:
    raise ValueError(f"{uri} is not fetched")
