"""Plain YAML data against a JSON Schema, with a place for every fault.

Only what `schemas/config.json` and `schemas/answers.json` use is understood: type (object, array, string, integer),
properties, required, additionalProperties, propertyNames, items, enum, pattern, minLength, minItems, minimum, maximum
and local $ref.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeGuard

from crslint.record import record
from crslint.row import NamedTuple
from crslint.spelling import nearest

if TYPE_CHECKING:
    import yaml

Step = str | int


@record
class Fault:
    """``span`` is where, as offsets in the text that was composed."""

    path: tuple[Step, ...]
    reason: str
    span: tuple[int, int]


class Words(NamedTuple):
    """What messages call the data as a whole, a key of its top level, and its file."""

    whole: str = "the configuration"
    key: str = "configuration key"
    file: str = "a configuration"


@record
class Shape:
    """``schema`` is the whole JSON Schema; ``root`` the composed document. Without it faults have no places, and where
    there is none there would be none with it."""

    schema: Mapping[str, Any]
    root: yaml.Node | None
    words: Words = Words()

    def faults(self, data: object) -> list[Fault]:
        return list(self._value(self.schema, data, self.root, ()))

    def _value(
        self, schema: Mapping[str, Any], data: object, node: yaml.Node | None, path: tuple[Step, ...]
    ) -> Iterator[Fault]:
        schema = self._resolved(schema)
        kind = schema.get("type", "string")
        name = dotted(path, self.words.whole)
        # What is none of the choices is told so, whatever YAML reads it as.
        among = "enum" in schema and _is_scalar(node) and bool(node.value)
        if _kind_of(data) != kind and not among:
            yield Fault(path, _wrong_type(name, kind, data, node), span(node))
        elif isinstance(data, dict):
            yield from self._mapping(schema, data, node, path)
        elif isinstance(data, list):
            if len(data) < schema.get("minItems", 0):
                yield Fault(path, f"{name} is empty; it must have an entry", span(node))
            items = node.value if node and _node_kind(node) == "sequence" else [node] * len(data)
            for index, (item, inner) in enumerate(zip(data, items, strict=True)):
                yield from self._value(schema["items"], item, inner, (*path, index))
        elif kind == "integer" and isinstance(data, int):
            least, most = schema["minimum"], schema["maximum"]
            if not least <= data <= most:
                yield Fault(path, f"{name} is {data}; it must be a number from {least} to {most}", span(node))
        else:
            reason = _text_fault(schema, str(data), node)
            if reason:
                yield Fault(path, f"{name} is {_quoted(node)}; {reason}", span(node))

    def _mapping(
        self, schema: Mapping[str, Any], data: dict[str, object], node: yaml.Node | None, path: tuple[Step, ...]
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
                yield Fault((*path, key), _unknown_key(key, known, path, self.words), span(key_node))
            else:
                reason = _text_fault(names, key, key_node)
                if reason:
                    yield Fault(
                        (*path, key), f'"{key}" is no name for an entry of {dotted(path)}; {reason}', span(key_node)
                    )
                yield from self._value(other, value, value_node, (*path, key))
        for key in schema.get("required", ()):
            if key not in data:
                yield Fault(path, f"{dotted(path, self.words.whole)} lacks {key}", span(node))

    def _resolved(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        while "$ref" in schema:
            schema = self.schema["$defs"][schema["$ref"].rpartition("/")[2]]
        return schema


def dotted(path: Sequence[Step], whole: str = Words().whole) -> str:
    """How people write a place: ``paths["legacy/**"].ignore[0]``."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        elif re.fullmatch(r"[A-Za-z][\w-]*", step):
            text += f".{step}" if text else step
        else:
            text += f'["{step}"]'
    return text or whole


def span(node: yaml.Node | None) -> tuple[int, int]:
    """Start and end of a node; a block collection ends with its last member, not where libyaml says."""
    if node is None:
        return 0, 0
    last: Any = node
    while last.id != "scalar" and last.value and not last.flow_style:
        last = last.value[-1]
        last = last[1] if isinstance(last, tuple) else last
    return node.start_mark.index, last.end_mark.index


def _kind_of(data: object) -> str:
    if isinstance(data, bool):
        return "boolean"
    kinds = {dict: "object", list: "array", str: "string", int: "integer", float: "number"}
    return kinds.get(type(data), "null")


_KINDS = {
    "object": "a mapping",
    "array": "a list",
    "string": "text",
    "integer": "a number",
    "null": "empty",
    "boolean": "a boolean",
    "number": "a number",
}


def _node_kind(node: Any) -> str:
    """What `isinstance` would tell, at the price of importing yaml."""
    return str(node.id) if node is not None else ""


def _is_scalar(node: yaml.Node | None) -> TypeGuard[yaml.Node]:
    return _node_kind(node) == "scalar"


def _wrong_type(name: str, kind: str, data: object, node: yaml.Node | None) -> str:
    found = _KINDS[_kind_of(data)]
    wanted = "a whole number" if kind == "integer" else _KINDS[kind]
    if not _is_scalar(node) or not node.value:
        return f"{name} is {found}; it must be {wanted}"
    if isinstance(data, str):
        return f'{name} is "{data}"; it must be {wanted}'
    advice = f'; write it in quotes: "{node.value}"' if kind == "string" else ""
    return f"{name} is {node.value}, {found}; it must be {wanted}{advice}"


def _unknown_key(key: str, known: Mapping[str, Any], path: tuple[Step, ...], words: Words) -> str:
    where = f"no key of {dotted(path)}" if path else f"no {words.key}"
    best = nearest(key, known)
    return f'"{key}" is {where}; ' + (f'did you mean "{best}"?' if best else f"known are {', '.join(known)}")


def _text_fault(schema: Mapping[str, Any], text: str, node: yaml.Node | None) -> str | None:
    choices = schema.get("enum")
    if choices is not None:
        spelled = node.value if _is_scalar(node) else text
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


def _pairs(node: yaml.Node | None) -> dict[str, tuple[yaml.Node, yaml.Node]]:
    """Key and value nodes by key; the last one of equal keys, as in the data. A merged key is not among them."""
    pairs = node.value if node and _node_kind(node) == "mapping" else []
    return {key.value: (key, value) for key, value in pairs if _is_scalar(key)}


def _quoted(node: yaml.Node | None) -> str:
    return f'"{node.value}"' if _is_scalar(node) else "a collection"
