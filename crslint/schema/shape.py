"""The quick decision: whether the API server takes an object as it is.

It says yes only where `crslint.schema.structural` would find no fault; what it does not take goes there, where the
judgement is exact (it prunes, drops nulls and fills defaults first). A node of a schema is prepared when a document
first reaches it: documents see a twentieth of most schemas, and to prepare all of one takes longer than to judge a
thousand objects.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from typing import Any

from crslint.schema.formats import INTEGER_RANGES, accepts
from crslint.schema.patterns import matches
from crslint.schema.releases import Opener
from crslint.schema.structural import ANYTHING, META_FIELDS, Schema, types_of

Test = Callable[[Any], bool]
Shape = Mapping[type, Sequence[Test]]
"""What a value must pass, by its type; a type that is not there is refused."""

_NULL = type(None)
_TYPES: Mapping[str, Sequence[type]] = {
    "string": (str,),
    "boolean": (bool,),
    "integer": (int, float),
    "number": (int, float),
    "object": (dict,),
    "array": (list,),
}
_ANY: Shape = dict.fromkeys((_NULL, *(kind for kinds in _TYPES.values() for kind in kinds)), ())
_NONE: Shape = {}
_UNBOUNDED = float("inf")
_REMEMBERED = 1000


def decider(
    schema: Schema,
    definitions: Mapping[str, Schema],
    metadata: Schema | None = None,
    opened: Opener = lambda node: node,
) -> Test:
    """True for an object that certainly has no fault; ``metadata`` is the schema of ObjectMeta."""
    root = _Shapes(definitions, opened).of(schema, root=True)
    if metadata is None:
        return partial(_passes, root)
    meta = _Shapes({}).of(metadata)
    return lambda data: _passes(root, data) and ("metadata" not in data or _passes(meta, data["metadata"]))


def _passes(shape: Shape, value: Any) -> bool:
    tests = shape.get(type(value))
    if tests is None:
        return False
    for test in tests:  # noqa: SIM110  # a generator for each value takes longer than most tests
        if not test(value):
            return False
    return True


class _Shapes:
    """The shapes of the nodes of one schema."""

    def __init__(self, definitions: Mapping[str, Schema], opened: Opener = lambda node: node) -> None:
        self._definitions = definitions
        self._opened = opened
        self._known: dict[tuple[str, bool, bool], Shape] = {}

    def of(self, schema: Any, pruned: bool = True, root: bool = False) -> Shape:
        """Unknown fields are refused where they would be ``pruned``."""
        if not isinstance(schema, dict) or len(schema) != 1 or "$ref" not in schema:
            return self._made(schema, pruned, root)
        key = (schema["$ref"], pruned, root)
        if key not in self._known:
            self._known[key] = self._made(schema, pruned, root)
        return self._known[key]

    def _made(self, schema: Any, pruned: bool, root: bool) -> Shape:
        node = self._node(schema)
        if node is None or "oneOf" in node or "not" in node:
            # A branch that is refused here may be taken by the exact judgement, and then these do not hold.
            return _NONE
        types = types_of(node)
        kinds = dict.fromkeys(kind for name in types or _TYPES for kind in _TYPES.get(name, ()))
        if any(keyword in node for keyword in ("anyOf", "allOf", "enum")):
            # For whole structures they are rare, and left to the exact judgement.
            kinds = {kind: None for kind in kinds if kind not in (dict, list)}
        shape: dict[type, Sequence[Test]] = {}
        for kind in kinds:
            if kind is dict:
                shape[kind] = (_Entries(self, node, pruned, root).takes,)
            elif kind is list:
                shape[kind] = (_Items(self, node, pruned).takes,)
            else:
                shape[kind] = tuple(self._scalar_tests(kind, node))
        if node.get("nullable"):
            shape[_NULL] = ()
        return shape

    def _node(self, schema: Any) -> Schema | None:
        """What a node says, references resolved; nothing where it is true instead of a schema."""
        node = self._opened(schema)
        while isinstance(node, Mapping) and "$ref" in node:
            target = self._opened(self._definitions.get(str(node["$ref"]).removeprefix("#/$defs/"), ANYTHING))
            rest = {key: value for key, value in node.items() if key != "$ref"}
            node = {**target, **rest} if rest and isinstance(target, Mapping) else target
        return node if node is None or isinstance(node, Mapping) else {}

    def _scalar_tests(self, kind: type, node: Schema) -> Iterator[Test]:
        if kind is str:
            yield from _text_tests(node)
        elif kind is not bool:
            yield from _number_tests(node, kind)
        if "enum" in node:
            allowed = node["enum"]
            yield lambda value: value in allowed
        if "anyOf" in node:
            branches = [self.of(each, pruned=False) for each in node["anyOf"]]
            yield lambda value: any(_passes(branch, value) for branch in branches)
        for each in node.get("allOf", ()):
            yield partial(_passes, self.of(each, pruned=False))


class _Entries:
    """A mapping."""

    def __init__(self, shapes: _Shapes, node: Schema, pruned: bool, root: bool) -> None:
        self._members = _Members(shapes, node, pruned, root)
        properties = node.get("properties", {})
        # A default is filled in before anything is required or counted.
        defaults = {name for name, each in properties.items() if isinstance(each, dict) and "default" in each}
        self._required = [name for name in node.get("required", ()) if name not in defaults]
        self._least = node.get("minProperties", 0)
        self._most = node.get("maxProperties", _UNBOUNDED) - len(defaults)
        self._is_counted = self._least > 0 or self._most < _UNBOUNDED

    def takes(self, value: dict[str, Any]) -> bool:
        members = self._members
        for key, item in value.items():
            tests = members[key].get(type(item))
            if tests is None:
                return False
            for test in tests:
                if not test(item):
                    return False
        for name in self._required:
            if name not in value:
                return False
        return not self._is_counted or bool(self._least <= len(value) <= self._most)


class _Members(dict[str, Shape]):
    """The shapes of a mapping's members by name, kept once they are made; names that no schema has are kept within
    bounds."""

    def __init__(self, shapes: _Shapes, node: Schema, pruned: bool, root: bool) -> None:
        self._shapes = shapes
        self._node = node
        self._properties = node.get("properties", {})
        self._pruned = pruned
        self._unpruned = META_FIELDS if root or node.get("x-kubernetes-embedded-resource") else frozenset()

    def __missing__(self, name: str) -> Shape:
        if name in self._properties:
            pruned = self._pruned and name not in self._unpruned
            self[name] = shape = self._shapes.of(self._properties[name], pruned)
            return shape
        shape = _ANY if name in self._unpruned else self._others
        if len(self) < _REMEMBERED:
            self[name] = shape
        return shape

    @cached_property
    def _others(self) -> Shape:
        additional = self._node.get("additionalProperties", False)
        if isinstance(additional, Mapping):
            return self._shapes.of(additional, self._pruned)
        if _is_loose(self._node, self._pruned):
            return _ANY
        return self._shapes.of({}) if additional else _NONE


class _Items:
    """A list."""

    def __init__(self, shapes: _Shapes, node: Schema, pruned: bool) -> None:
        self._shapes = shapes
        self._node = node
        self._pruned = pruned
        self._least = node.get("minItems", 0)
        self._most = node.get("maxItems", _UNBOUNDED)
        kind = node.get("x-kubernetes-list-type")
        self._is_distinct = kind in ("set", "map")
        self._keys: Sequence[str] | None = node.get("x-kubernetes-list-map-keys", ()) if kind == "map" else None

    @cached_property
    def _item(self) -> Shape:
        if "items" in self._node:
            return self._shapes.of(self._node["items"], self._pruned)
        return _ANY if _is_loose(self._node, self._pruned) else self._shapes.of({})

    def takes(self, value: list[Any]) -> bool:
        item = self._item
        for each in value:
            tests = item.get(type(each))
            if tests is None:
                return False
            for test in tests:
                if not test(each):
                    return False
        if self._is_distinct and len(value) > 1 and _repeats(value, self._keys):
            return False
        return bool(self._least <= len(value) <= self._most)


def _repeats(value: list[Any], keys: Sequence[str] | None) -> bool:
    """Whether two items are equal, or two mappings in their ``keys``."""
    if keys is not None:
        if not all(isinstance(each, dict) for each in value):
            return True
        value = [[each.get(key) for key in keys] for each in value]
    return len(set(map(_written, value))) < len(value)


_written = json.JSONEncoder(sort_keys=True).encode


def _is_loose(node: Schema, pruned: bool) -> bool:
    """Whether what a node does not describe stays as it is."""
    return not pruned or bool(node.get("x-kubernetes-preserve-unknown-fields"))


def _text_tests(node: Schema) -> Iterator[Test]:
    if "maxLength" in node or "minLength" in node:
        least, most = node.get("minLength", 0), node.get("maxLength", _UNBOUNDED)
        yield lambda text: bool(least <= len(text) <= most)
    if "pattern" in node:
        yield partial(matches, node["pattern"])
    if "format" in node:
        yield partial(accepts, node["format"])


def _number_tests(node: Schema, kind: type) -> Iterator[Test]:
    types = types_of(node)
    if kind is float and "integer" in types and "number" not in types:
        yield float.is_integer
    least, most = node.get("minimum", -_UNBOUNDED), node.get("maximum", _UNBOUNDED)
    if "integer" in types and node.get("format") in INTEGER_RANGES:
        low, high = INTEGER_RANGES[node["format"]]
        least, most = max(least, low), min(most, high)
    if least > -_UNBOUNDED or most < _UNBOUNDED:
        yield lambda number: bool(least <= number <= most)
    if node.get("exclusiveMinimum"):
        yield lambda number: bool(number > least)
    if node.get("exclusiveMaximum"):
        yield lambda number: bool(number < most)
    if node.get("multipleOf"):
        yield lambda number: float(number / node["multipleOf"]).is_integer()
