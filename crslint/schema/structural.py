"""The judgement of the API server on a custom resource, step by step.

An object is pruned of unknown fields, nulls of fields that are not nullable are dropped, defaults are filled in, and
the result is validated (apiextensions-apiserver `pkg/apiserver/schema/{pruning,defaulting,listtype}`, kube-openapi
`pkg/validation/validate`). This module is the exact and slow judgement: `crslint.schema.shape` decides first whether
there is anything to say.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from crslint.record import record
from crslint.schema.formats import INTEGER_RANGES, accepts
from crslint.schema.patterns import matches

Schema = Mapping[str, Any]
Steps = tuple[str | int, ...]

META_FIELDS = frozenset({"apiVersion", "kind", "metadata"})
ANYTHING: Schema = {"x-kubernetes-preserve-unknown-fields": True}
_LEAVE = object()
_UNSPECIFIED = object()
# Beyond this a division may not fit into a float.
_HUGE = 1e300


@record
class Fault:
    """``kind`` is the schema keyword that is violated, ``unknown`` for a field that would be pruned
    (``expected`` are then the known fields that are not written), ``duplicate`` and
    ``notObject`` for list-map entries, ``range`` for an integer beyond its format; ``expected`` what the keyword says;
    ``branches`` the faults of each alternative for anyOf and oneOf."""

    path: Steps
    kind: str
    value: object = None
    expected: object = None
    branches: tuple[tuple[Fault, ...], ...] = ()


class Judge:
    """Judges objects against one schema; ``definitions`` are its ``$defs``, ``metadata`` the schema of ObjectMeta."""

    def __init__(
        self, schema: Schema, definitions: Mapping[str, Schema] | None = None, metadata: Schema | None = None
    ) -> None:
        self._definitions = definitions or {}
        self._schema = self._deref(schema) or {}
        self._metadata = metadata

    def faults(self, data: dict[str, Any]) -> list[Fault]:
        """Unknown fields and violations; the object itself is not changed."""
        found: list[Fault] = []
        pruned = self._prune(data, self._schema, (), found, root=True)
        self._drop_nulls(pruned, self._schema)
        self._default(pruned, self._schema)
        found.extend(self._validate(pruned, self._schema, ()))
        found.extend(self._lists(pruned, self._schema, ()))
        if self._metadata is not None and isinstance(pruned.get("metadata"), dict):
            metadata = self._prune(pruned["metadata"], self._metadata, ("metadata",), found)
            self._drop_nulls(metadata, self._metadata)
            found.extend(self._validate(metadata, self._metadata, ("metadata",)))
        return found

    def _deref(self, schema: Schema | bool | None) -> Schema | None:
        """The schema that a reference leads to; None for none and for ``additionalProperties: true``."""
        while isinstance(schema, Mapping) and "$ref" in schema:
            reference = schema["$ref"]
            # A given JSON Schema may refer to what is not in it: nothing is fetched, anything is taken.
            target = self._definitions.get(str(reference).removeprefix("#/$defs/"), ANYTHING)
            rest = {key: value for key, value in schema.items() if key != "$ref"}
            schema = {**target, **rest} if rest else target
        return schema if isinstance(schema, Mapping) else None

    def _child(self, schema: Schema | None, key: str) -> Schema | None:
        """The schema of a mapping's member, None where it has none of its own."""
        if schema is None:
            return None
        properties = schema.get("properties")
        if properties is not None and key in properties:
            return self._deref(properties[key])
        return self._deref(schema.get("additionalProperties"))

    def _prune(self, value: Any, schema: Schema | None, path: Steps, found: list[Fault], root: bool = False) -> Any:
        if schema is not None and schema.get("x-kubernetes-preserve-unknown-fields"):
            return self._prune_preserved(value, schema, path, found, root)
        if isinstance(value, dict):
            embedded = root or bool(schema is not None and schema.get("x-kubernetes-embedded-resource"))
            kept = {}
            for key, item in value.items():
                if embedded and key in META_FIELDS:
                    kept[key] = copy.deepcopy(item)
                    continue
                properties = schema.get("properties", {}) if schema is not None else {}
                if key in properties or (schema is not None and _is_open(schema)):
                    kept[key] = self._prune(item, self._child(schema, key), (*path, key), found)
                else:
                    found.append(Fault((*path, key), "unknown", item, sorted(set(properties) - set(value))))
            return kept
        if isinstance(value, list):
            items = self._deref(schema.get("items")) if schema is not None else None
            return [self._prune(item, items, (*path, index), found) for index, item in enumerate(value)]
        return value

    def _prune_preserved(
        self, value: Any, schema: Schema | None, path: Steps, found: list[Fault], root: bool = False
    ) -> Any:
        if schema is None:
            return copy.deepcopy(value)
        if isinstance(value, dict):
            embedded = root or bool(schema.get("x-kubernetes-embedded-resource"))
            kept = {}
            for key, item in value.items():
                own = None if embedded and key in META_FIELDS else self._child(schema, key)
                listed = key in schema.get("properties", {}) or isinstance(schema.get("additionalProperties"), Mapping)
                inside = own is not None and listed
                kept[key] = self._prune(item, own, (*path, key), found) if inside else copy.deepcopy(item)
            return kept
        if isinstance(value, list):
            items = self._deref(schema.get("items"))
            return [self._prune_preserved(item, items, (*path, index), found) for index, item in enumerate(value)]
        return value

    def _drop_nulls(self, value: Any, schema: Schema | None) -> None:
        if isinstance(value, dict):
            for key in list(value):
                own = self._child(schema, key)
                if value[key] is None and own is not None and not own.get("nullable") and "default" not in own:
                    del value[key]
                else:
                    self._drop_nulls(value[key], own)
        elif isinstance(value, list):
            items = self._deref(schema.get("items")) if schema is not None else None
            for item in value:
                self._drop_nulls(item, items)

    def _default(self, value: Any, schema: Schema | None) -> None:
        if schema is None:
            return
        if isinstance(value, dict):
            for key, own in schema.get("properties", {}).items():
                resolved = self._deref(own)
                if resolved is not None and "default" in resolved and _is_due(value.get(key, _LEAVE), resolved):
                    value[key] = copy.deepcopy(resolved["default"])
            for key in value:
                own = self._child(schema, key)
                if value[key] is None and own is not None and "default" in own and not own.get("nullable"):
                    value[key] = copy.deepcopy(own["default"])
                self._default(value[key], own)
        elif isinstance(value, list):
            items = self._deref(schema.get("items"))
            for index, item in enumerate(value):
                if item is None and items is not None and not items.get("nullable"):
                    value[index] = copy.deepcopy(items.get("default"))
                self._default(value[index], items)

    def _validate(self, value: Any, schema: Schema | None, path: Steps) -> Iterator[Fault]:
        if schema is None:
            return
        yield from _type_faults(value, schema, path)
        if value is None:
            if "enum" in schema and not schema.get("nullable"):
                yield Fault(path, "enum", value, schema["enum"])
            return
        yield from self._combined(value, schema, path)
        if isinstance(value, str):
            yield from _string_faults(value, schema, path)
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            yield from _number_faults(value, schema, path)
        elif isinstance(value, list):
            items = self._deref(schema.get("items"))
            for index, item in enumerate(value):
                yield from self._validate(item, items, (*path, index))
            yield from _size_faults(len(value), schema, path, "minItems", "maxItems", value)
        if "enum" in schema and value not in schema["enum"]:
            yield Fault(path, "enum", value, schema["enum"])
        if isinstance(value, dict):
            yield from self._object_faults(value, schema, path)

    def _object_faults(self, value: dict[str, Any], schema: Schema, path: Steps) -> Iterator[Fault]:
        yield from _size_faults(len(value), schema, path, "minProperties", "maxProperties", value)
        properties = schema.get("properties", {})
        for key, item in value.items():
            if key in properties or isinstance(schema.get("additionalProperties"), Mapping):
                yield from self._validate(item, self._child(schema, key), (*path, key))
        for key in schema.get("required", ()):
            if key not in value:
                yield Fault((*path, key), "required", None, key)

    def _combined(self, value: Any, schema: Schema, path: Steps) -> Iterator[Fault]:
        """anyOf, oneOf, allOf and not; structural schemas use them for values only."""
        for keyword in ("anyOf", "oneOf"):
            if keyword in schema:
                branches = [tuple(self._validate(value, self._deref(each), path)) for each in schema[keyword]]
                passed = sum(not branch for branch in branches)
                if passed == 0 or (keyword == "oneOf" and passed > 1):
                    yield Fault(path, keyword, value, schema[keyword], tuple(branches))
        for each in schema.get("allOf", ()):
            yield from self._validate(value, self._deref(each), path)
        if "not" in schema and not any(self._validate(value, self._deref(schema["not"]), path)):
            yield Fault(path, "not", value, schema["not"])

    def _lists(self, value: Any, schema: Schema | None, path: Steps) -> Iterator[Fault]:
        """x-kubernetes-list-type map and set (apiextensions-apiserver listtype/validation.go)."""
        if schema is None:
            return
        if isinstance(value, dict):
            for key, item in value.items():
                yield from self._lists(item, self._child(schema, key), (*path, key))
        elif isinstance(value, list):
            kind = schema.get("x-kubernetes-list-type")
            if kind == "set":
                yield from _duplicates(value, value, path)
            elif kind == "map":
                yield from _list_map_faults(value, schema.get("x-kubernetes-list-map-keys", ()), path)
            items = self._deref(schema.get("items"))
            for index, item in enumerate(value):
                yield from self._lists(item, items, (*path, index))


def _is_open(schema: Schema) -> bool:
    return schema.get("additionalProperties", False) is not False


def _is_due(value: object, schema: Schema) -> bool:
    return value is _LEAVE or (value is None and not schema.get("nullable"))


def type_name(value: object) -> str:
    """The JSON type as the API server names it."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    names: dict[type, str] = {str: "string", int: "integer", float: "number", list: "array", dict: "object"}
    return names[type(value)]


def types_of(schema: Schema) -> tuple[str, ...]:
    if schema.get("x-kubernetes-int-or-string"):
        return ("integer", "string")
    types = schema.get("type", ())
    return (types,) if isinstance(types, str) else tuple(types)


def _type_faults(value: object, schema: Schema, path: Steps) -> Iterator[Fault]:
    types = types_of(schema)
    if value is None:
        if types and "null" not in types and not schema.get("nullable"):
            yield Fault(path, "type", value, types)
        return
    numeric = "number" in types or "integer" in types
    # kube-openapi validate/type.go: a string or list is not compared with the type where a format is given.
    if not types or (not numeric and schema.get("format") and isinstance(value, (str, list))):
        return
    actual = type_name(value)
    whole = isinstance(value, float) and value.is_integer() and "integer" in types
    if actual not in types and not whole and not (actual == "integer" and "number" in types):
        yield Fault(path, "type", value, types)


def _string_faults(value: str, schema: Schema, path: Steps) -> Iterator[Fault]:
    if len(value) > schema.get("maxLength", len(value)):
        yield Fault(path, "maxLength", value, schema["maxLength"])
    elif len(value) < schema.get("minLength", 0):
        yield Fault(path, "minLength", value, schema["minLength"])
    elif "pattern" in schema and not matches(schema["pattern"], value):
        yield Fault(path, "pattern", value, schema["pattern"])
    if "format" in schema and not accepts(schema["format"], value):
        yield Fault(path, "format", value, schema["format"])


def _number_faults(value: float, schema: Schema, path: Steps) -> Iterator[Fault]:
    low, high = INTEGER_RANGES.get(schema.get("format", ""), (None, None))
    if low is not None and high is not None and "integer" in types_of(schema) and not low <= value <= high:
        yield Fault(path, "range", value, schema["format"])
    maximum, minimum = schema.get("maximum"), schema.get("minimum")
    if maximum is not None and (value >= maximum if schema.get("exclusiveMaximum") else value > maximum):
        yield Fault(path, "maximum", value, maximum)
    if minimum is not None and (value <= minimum if schema.get("exclusiveMinimum") else value < minimum):
        yield Fault(path, "minimum", value, minimum)
    factor = schema.get("multipleOf")
    if factor and abs(value) < _HUGE and not float(value / factor).is_integer():
        yield Fault(path, "multipleOf", value, factor)


def _size_faults(size: int, schema: Schema, path: Steps, low: str, high: str, value: object) -> Iterator[Fault]:
    if size < schema.get(low, 0):
        yield Fault(path, low, value, schema[low])
    if size > schema.get(high, size):
        yield Fault(path, high, value, schema[high])


def _list_map_faults(value: Sequence[Any], keys: Sequence[str], path: Steps) -> Iterator[Fault]:
    for index, item in enumerate(value):
        if item is not None and not isinstance(item, dict):
            yield Fault((*path, index), "notObject", item)
            return
    named = [
        tuple(item.get(key, _UNSPECIFIED) if isinstance(item, dict) else _UNSPECIFIED for key in keys) for item in value
    ]
    yield from _duplicates(value, named, path)


def _duplicates(value: Sequence[Any], keys: Sequence[Any], path: Steps) -> Iterator[Fault]:
    """The first repetition of each key, as the API server counts them."""
    seen: dict[str, int] = {}
    for index, key in enumerate(keys):
        text = json.dumps(key, sort_keys=True, default=lambda _item: {})
        seen[text] = seen.get(text, 0) + 1
        if seen[text] == 2:
            yield Fault((*path, index), "duplicate", value[index])
