"""Whether a schema of the input can be judged by: the API server would refuse one whose keywords have wrong types."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

_TEXTS = ("pattern", "format", "$ref")
_NUMBERS = (
    "maximum",
    "minimum",
    "multipleOf",
    "maxLength",
    "minLength",
    "maxItems",
    "minItems",
    "maxProperties",
    "minProperties",
)
_TEXT_LISTS = ("required", "x-kubernetes-list-map-keys")
_SCHEMAS = ("items", "additionalProperties", "not")
_SCHEMA_LISTS = ("allOf", "anyOf", "oneOf")


def require_schema(schema: object) -> None:
    """Raises TypeError, with the keyword, where it is none."""
    if isinstance(schema, bool):
        return
    if not isinstance(schema, Mapping):
        raise TypeError("a schema is a mapping")
    for keyword, value in schema.items():
        if keyword == "properties":
            if not isinstance(value, Mapping):
                raise TypeError("properties is no mapping")
            for each in value.values():
                require_schema(each)
        elif keyword in _SCHEMAS:
            for each in value if isinstance(value, list) else [value]:
                require_schema(each)
        elif keyword in _SCHEMA_LISTS and isinstance(value, list):
            for each in value:
                require_schema(each)
        elif not _fits(keyword, value):
            raise TypeError(f"{keyword} has the wrong type")


def _fits(keyword: str, value: Any) -> bool:
    if keyword in _TEXTS:
        return isinstance(value, str)
    if keyword in _NUMBERS:
        return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    if keyword in _TEXT_LISTS or (keyword == "type" and not isinstance(value, str)):
        return isinstance(value, list) and all(isinstance(each, str) for each in value)
    return isinstance(value, list) if keyword == "enum" or keyword in _SCHEMA_LISTS else True
