"""Plain YAML data against a JSON Schema, with a place for every fault.

Only what `schemas/config.json` uses is understood: type (object, array, string), properties, required,
additionalProperties, propertyNames, items, enum, pattern, minLength and local $ref.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import yaml

from crslint.record import record
from crslint.spelling import nearest

Step = str | int


@record
class Fault:
    """``span`` is where, as offsets in the text that was composed."""

    path: tuple[Step, ...]
    reason: str
    span: tuple[int, int]


@record
class Shape:
    """``schema`` is the whole JSON Schema; ``root`` the composed document."""

    schema: Mapping[str, Any]
    root: yaml.Node

    def faults(self, data: object) -> list[Fault]:
        return list(self._value(self.schema, data, self.root, ()))

    def _value(
        self, schema: Mapping[str, Any], data: object, node: yaml.Node, path: tuple[Step, ...]
    ) -> Iterator[Fault]:
        schema = self._resolved(schema)
        kind = schema.get("type", "string")
        if _kind_of(data) != kind and not _is_choice(schema, node):
            yield Fault(path, _wrong_type(dotted(path), kind, data, node), span(node))
        elif isinstance(data, dict):
            yield from self._mapping(schema, data, node, path)
        elif isinstance(data, list):
            items = node.value if isinstance(node, yaml.SequenceNode) else []
            for index, (item, inner) in enumerate(zip(data, items, strict=True)):
                yield from self._value(schema["items"], item, inner, (*path, index))
        else:
            reason = _text_fault(schema, str(data), node)
            if reason:
                yield Fault(path, f"{dotted(path)} is {_quoted(node)}; {reason}", span(node))

    def _mapping(
        self, schema: Mapping[str, Any], data: dict[str, object], node: yaml.Node, path: tuple[Step, ...]
    ) -> Iterator[Fault]:
        known = schema.get("properties", {})
        other = schema.get("additionalProperties", False)
        names = schema.get("propertyNames", {})
        pairs = _pairs(node)
        for key, value in data.items():
            key_node, value_node = pairs.get(key, (node, node))
            if key in known:
                yield from self._value(known[key], value, value_node, (*path, key))
            elif other is False:
                yield Fault((*path, key), _unknown_key(key, known, path), span(key_node))
            else:
                reason = _text_fault(names, key, key_node)
                if reason:
                    yield Fault(
                        (*path, key), f'"{key}" is no name for an entry of {dotted(path)}; {reason}', span(key_node)
                    )
                yield from self._value(other, value, value_node, (*path, key))
        for key in schema.get("required", ()):
            if key not in data:
                yield Fault(path, f"{dotted(path)} lacks {key}", span(node))

    def _resolved(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        while "$ref" in schema:
            schema = self.schema["$defs"][schema["$ref"].rpartition("/")[2]]
        return schema


def dotted(path: Sequence[Step]) -> str:
    """How people write a place: ``paths["legacy/**"].ignore[0]``."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        elif re.fullmatch(r"[A-Za-z][\w-]*", step):
            text += f".{step}" if text else step
        else:
            text += f'["{step}"]'
    return text or "the configuration"


def span(node: yaml.Node) -> tuple[int, int]:
    """Start and end of a node; a block collection ends with its last member, not where libyaml says."""
    last = node
    while isinstance(last, yaml.CollectionNode) and last.value and not last.flow_style:
        last = last.value[-1]
        last = last[1] if isinstance(last, tuple) else last
    return node.start_mark.index, last.end_mark.index


def _kind_of(data: object) -> str:
    if isinstance(data, bool):
        return "boolean"
    kinds = {dict: "object", list: "array", str: "string", int: "number", float: "number"}
    return kinds.get(type(data), "null")


_KINDS = {
    "object": "a mapping",
    "array": "a list",
    "string": "text",
    "null": "empty",
    "boolean": "a boolean",
    "number": "a number",
}


def _is_choice(schema: Mapping[str, Any], node: yaml.Node) -> bool:
    """Whether a scalar spells one of the choices although YAML reads it as something else (`off` is a boolean)."""
    return isinstance(node, yaml.ScalarNode) and node.value in schema.get("enum", ())


def _wrong_type(name: str, kind: str, data: object, node: yaml.Node) -> str:
    found = _KINDS[_kind_of(data)]
    if not isinstance(node, yaml.ScalarNode) or not node.value:
        return f"{name} is {found}; it must be {_KINDS[kind]}"
    if isinstance(data, str):
        return f'{name} is "{data}"; it must be {_KINDS[kind]}'
    advice = f'; write it in quotes: "{node.value}"' if kind == "string" else ""
    return f"{name} is {node.value}, {found}; it must be {_KINDS[kind]}{advice}"


def _unknown_key(key: str, known: Mapping[str, Any], path: tuple[Step, ...]) -> str:
    where = f"no key of {dotted(path)}" if path else "no configuration key"
    best = nearest(key, known)
    return f'"{key}" is {where}; ' + (f'did you mean "{best}"?' if best else f"known are {', '.join(known)}")


def _text_fault(schema: Mapping[str, Any], text: str, node: yaml.Node) -> str | None:
    choices = schema.get("enum")
    if choices is not None:
        spelled = node.value if isinstance(node, yaml.ScalarNode) else text
        if spelled in choices:
            return None
        best = nearest(spelled, choices)
        return f"it must be {', '.join(choices[:-1])} or {choices[-1]}" + (f'; did you mean "{best}"?' if best else "")
    if len(text) < schema.get("minLength", 0):
        return "it must not be empty"
    pattern = schema.get("pattern")
    if pattern and not re.search(pattern, text):
        return f"it must be {schema['description']}"
    return None


def _pairs(node: yaml.Node) -> dict[str, tuple[yaml.Node, yaml.Node]]:
    """Key and value nodes by key; the last one of equal keys, as in the data. A merged key is not among them."""
    pairs = node.value if isinstance(node, yaml.MappingNode) else []
    return {key.value: (key, value) for key, value in pairs if isinstance(key, yaml.ScalarNode)}


def _quoted(node: yaml.Node) -> str:
    return f'"{node.value}"' if isinstance(node, yaml.ScalarNode) else "a collection"
