"""The quick decision: whether the API server takes objects as they are.

It says yes only where `crslint.schema.structural` would find no fault; what it does not take goes there, where the
judgement is exact (it prunes, drops nulls and fills defaults first). Objects of a kind are decided together, one field
of all of them after the other: the interpreter then takes a step for each field of the schema, not of each object. A
node of a schema is prepared when a document first reaches it: documents see a twentieth of most schemas.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Sized
from functools import cache, cached_property, lru_cache, partial
from itertools import chain
from operator import itemgetter
from typing import Any

from crslint.schema.formats import INTEGER_RANGES, accepts
from crslint.schema.patterns import matches
from crslint.schema.releases import Opener
from crslint.schema.structural import ANYTHING, META_FIELDS, Schema, types_of

Test = Callable[[Sequence[Any]], bool]
"""Whether it takes all of some values."""

_NULL = type(None)
_TYPES: Mapping[str, Sequence[type]] = {
    "string": (str,),
    "boolean": (bool,),
    "integer": (int, float),
    "number": (int, float),
    "object": (dict,),
    "array": (list,),
}
_PLAIN = frozenset({"type", "nullable"})
_SCALARS = ("string", "boolean", "integer", "number")
_CHOICES = frozenset({"anyOf", "allOf", "enum"})
_UNBOUNDED = float("inf")
_REMEMBERED = 1000


class Shape:
    """What takes values, by their type: None where the type is enough; a type that is not there is refused."""

    def __init__(self, tests: Mapping[type, Test | None]) -> None:
        self.tests = tests
        self._is_plain = not any(tests.values())

    def takes(self, values: Sequence[Any]) -> bool:
        kinds = set(map(type, values))
        if not kinds <= self.tests.keys():
            return False
        if self._is_plain:
            return True
        for kind in kinds:
            test = self.tests[kind]
            if test is not None and not test(values if len(kinds) == 1 else [v for v in values if type(v) is kind]):
                return False
        return True


ANY = Shape(dict.fromkeys((_NULL, *(kind for kinds in _TYPES.values() for kind in kinds))))
_NONE = Shape({})


def decider(
    schema: Schema,
    definitions: Mapping[str, Schema],
    metadata: Shape = ANY,
    opened: Opener = lambda node: node,
) -> Test:
    """True for objects that certainly have no fault; their ``metadata`` must pass that shape as well."""
    return _Shapes(definitions, opened, metadata).of(schema, root=True).takes


def metadata_shape(schema: Schema) -> Shape:
    """By the schema of ObjectMeta."""
    return _Shapes({}).of(schema)


def _never(_values: Sequence[Any]) -> bool:
    return False


def _each(test: Callable[[Any], bool]) -> Test:
    """For scalars, of which many are equal."""
    return lambda values: all(map(test, set(values)))


def _all(tests: Iterable[Test | None]) -> Test | None:
    asked = [test for test in tests if test is not None]
    if len(asked) > 1:
        return lambda values: all(test(values) for test in asked)
    return asked[0] if asked else None


@cache
def _scalar(name: str, is_nullable: bool) -> Shape:
    """Most nodes say no more than this."""
    return _Shapes({}).made({"type": name, "nullable": is_nullable}, pruned=True, root=False)


@lru_cache(maxsize=100)
def _kinds(types: tuple[str, ...]) -> Sequence[type]:
    """All of them where no type is named."""
    return [*dict.fromkeys(kind for name in types or _TYPES for kind in _TYPES.get(name, ()))]


def _has_default(schema: Any) -> bool:
    return isinstance(schema, dict) and "default" in schema


class _Shapes:
    """The shapes of the nodes of one schema."""

    def __init__(
        self,
        definitions: Mapping[str, Schema],
        opened: Opener = lambda node: node,
        metadata: Shape = ANY,
    ) -> None:
        self.metadata = metadata
        self._definitions = definitions
        self._opened = opened
        self._known: dict[tuple[str, bool, bool], Shape] = {}

    def of(self, schema: Any, pruned: bool = True, root: bool = False) -> Shape:
        """Unknown fields are refused where they would be ``pruned``."""
        if isinstance(schema, dict) and schema.keys() <= _PLAIN and schema.get("type") in _SCALARS:
            return _scalar(schema["type"], bool(schema.get("nullable")))
        if not isinstance(schema, dict) or len(schema) != 1 or "$ref" not in schema:
            return self.made(schema, pruned, root)
        key = (schema["$ref"], pruned, root)
        if key not in self._known:
            self._known[key] = self.made(schema, pruned, root)
        return self._known[key]

    def made(self, schema: Any, pruned: bool, root: bool) -> Shape:
        """Not one that was made before."""
        node = self._node(schema)
        if node is None or "oneOf" in node or "not" in node:
            # A branch that is refused here may be taken by the exact judgement, and then these do not hold.
            return _NONE
        kinds = _kinds(types_of(node))
        if not _CHOICES.isdisjoint(node):
            # For whole structures they are rare, and left to the exact judgement.
            kinds = [kind for kind in kinds if kind not in (dict, list)]
        shape: dict[type, Test | None] = {}
        for kind in kinds:
            if kind is dict:
                shape[kind] = self._mapping_test(node, pruned, root)
            elif kind is list:
                shape[kind] = _Items(self, node, pruned).take
            else:
                shape[kind] = _all(self._scalar_tests(kind, node))
        if node.get("nullable"):
            shape[_NULL] = None
        return Shape(shape)

    def _mapping_test(self, node: Schema, pruned: bool, root: bool) -> Test | None:
        if root or "properties" in node or "x-kubernetes-embedded-resource" in node:
            return _Entries(self, node, pruned, root).take
        values = _Values(self, node, pruned)
        return None if values.are_free else values.take

    def others(self, node: Schema, pruned: bool) -> Shape:
        """For the members of a mapping that have no schema of their own."""
        additional = node.get("additionalProperties", False)
        if isinstance(additional, Mapping):
            return self.of(additional, pruned)
        if _is_loose(node, pruned):
            return ANY
        return self.of({}) if additional else _NONE

    def _node(self, schema: Any) -> Schema | None:
        """What a node says, references resolved; nothing where it is true instead of a schema."""
        node = self._opened(schema)
        while isinstance(node, dict) and "$ref" in node:
            target = self._opened(self._definitions.get(str(node["$ref"]).removeprefix("#/$defs/"), ANYTHING))
            rest = {key: value for key, value in node.items() if key != "$ref"}
            node = {**target, **rest} if rest and isinstance(target, dict) else target
        return node if node is None or isinstance(node, dict) else {}

    def _scalar_tests(self, kind: type, node: Schema) -> Iterator[Test | None]:
        if kind is str:
            yield from map(_each, _text_tests(node))
        elif kind is not bool:
            yield from map(_each, _number_tests(node, kind))
        if "enum" in node:
            yield _each(node["enum"].__contains__)
        if "anyOf" in node:
            branches = [self.of(each, pruned=False) for each in node["anyOf"]]
            yield _each(lambda value: any(branch.takes((value,)) for branch in branches))
        for each in node.get("allOf", ()):
            yield self.of(each, pruned=False).tests.get(kind, _never)


class _Entries:
    """A mapping some of whose members have a schema of their own."""

    def __init__(self, shapes: _Shapes, node: Schema, pruned: bool, root: bool) -> None:
        self._shapes = shapes
        self._node = node
        self._pruned = pruned
        self._root = root
        self._properties = node.get("properties", {})
        self._unpruned = META_FIELDS if root or node.get("x-kubernetes-embedded-resource") else frozenset()
        self._members: dict[str, Shape] = {}
        # A default is filled in before anything is required or counted.
        self._required = [name for name in node.get("required", ()) if not _has_default(self._properties.get(name))]
        defaults = sum(map(_has_default, self._properties.values())) if "maxProperties" in node else 0
        self._is_sized = _size_test(node, "minProperties", "maxProperties", defaults)

    def take(self, values: Sequence[dict[str, Any]]) -> bool:
        names: set[str] = set().union(*values)
        if not names.issuperset(self._required):
            return False
        if self._is_sized is not None and not all(map(self._is_sized, values)):
            return False
        for name in names:
            try:
                column = [*map(itemgetter(name), values)]
            except KeyError:
                # Not all of them have it.
                if name in self._required:
                    return False
                column = [value[name] for value in values if name in value]
            if not (self._members.get(name) or self._member(name)).takes(column):
                return False
        return True

    def _member(self, name: str) -> Shape:
        """Kept once it is made; names that no schema has are kept within bounds."""
        if name in self._properties:
            shape = self._shapes.of(self._properties[name], self._pruned and name not in self._unpruned)
        else:
            shape = ANY if name in self._unpruned else self._others
        if self._root and name == "metadata":
            whole = self._shapes.metadata
            both = shape.tests.keys() & whole.tests
            shape = Shape({kind: _all((shape.tests[kind], whole.tests[kind])) for kind in both})
        if len(self._members) < _REMEMBERED:
            self._members[name] = shape
        return shape

    @cached_property
    def _others(self) -> Shape:
        return self._shapes.others(self._node, self._pruned)


class _Values:
    """A mapping whose members have one schema, whatever their names are."""

    def __init__(self, shapes: _Shapes, node: Schema, pruned: bool) -> None:
        self._shapes = shapes
        self._node = node
        self._pruned = pruned
        self._required = node.get("required", ())
        self._is_sized = _size_test(node, "minProperties", "maxProperties")
        is_loose = _is_loose(node, pruned) and not isinstance(node.get("additionalProperties"), Mapping)
        self.are_free = is_loose and not self._required and self._is_sized is None

    @cached_property
    def _shape(self) -> Shape:
        return self._shapes.others(self._node, self._pruned)

    def take(self, values: Sequence[dict[str, Any]]) -> bool:
        for name in self._required:
            if not all(name in value for value in values):
                return False
        if self._is_sized is not None and not all(map(self._is_sized, values)):
            return False
        return self._shape.takes([*chain.from_iterable(map(dict.values, values))])


class _Items:
    """A list."""

    def __init__(self, shapes: _Shapes, node: Schema, pruned: bool) -> None:
        self._shapes = shapes
        self._node = node
        self._pruned = pruned
        self._is_sized = _size_test(node, "minItems", "maxItems")
        kind = node.get("x-kubernetes-list-type")
        self._is_distinct = kind in ("set", "map")
        self._keys: Sequence[str] | None = node.get("x-kubernetes-list-map-keys", ()) if kind == "map" else None

    @cached_property
    def _shape(self) -> Shape:
        if "items" in self._node:
            return self._shapes.of(self._node["items"], self._pruned)
        return ANY if _is_loose(self._node, self._pruned) else self._shapes.of({})

    def take(self, values: Sequence[list[Any]]) -> bool:
        if self._is_sized is not None and not all(map(self._is_sized, values)):
            return False
        if self._is_distinct and any(len(value) > 1 and _repeats(value, self._keys) for value in values):
            return False
        return self._shape.takes([*chain.from_iterable(values)])


def _repeats(value: list[Any], keys: Sequence[str] | None) -> bool:
    """Whether two items are equal, or two mappings in their ``keys``."""
    if keys is not None:
        if not all(isinstance(each, dict) for each in value):
            return True
        value = [[each.get(key) for key in keys] for each in value]
    return len(set(map(_written, value))) < len(value)


_written = json.JSONEncoder(sort_keys=True).encode


def _size_test(node: Schema, low: str, high: str, filled: int = 0) -> Callable[[Sized], bool] | None:
    """``filled``: so many members may be added before they are counted."""
    least, most = node.get(low, 0), node.get(high, _UNBOUNDED) - filled
    return None if least <= 0 and most == _UNBOUNDED else lambda value: bool(least <= len(value) <= most)


def _is_loose(node: Schema, pruned: bool) -> bool:
    """Whether what a node does not describe stays as it is."""
    return not pruned or bool(node.get("x-kubernetes-preserve-unknown-fields"))


def _text_tests(node: Schema) -> Iterator[Callable[[Any], bool]]:
    if "maxLength" in node or "minLength" in node:
        least, most = node.get("minLength", 0), node.get("maxLength", _UNBOUNDED)
        yield lambda text: bool(least <= len(text) <= most)
    if "pattern" in node:
        yield partial(matches, node["pattern"])
    if "format" in node:
        yield partial(accepts, node["format"])


def _number_tests(node: Schema, kind: type) -> Iterator[Callable[[Any], bool]]:
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
