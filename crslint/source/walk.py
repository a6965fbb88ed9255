"""Nodes to plain data: a fast walk for what documents usually are, and one that handles everything."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

import yaml
from yaml.nodes import MappingNode, SequenceNode

from crslint import address
from crslint.finding import Problem, Related
from crslint.source import places, scalars
from crslint.source.document import Json
from crslint.source.fault import DEPTH_LIMIT, LimitFault, SyntaxFault, too_deep

# A node as the composer makes it: unlike what its stubs say, a tag may be True, False or None.
_Node = Any

# Nodes that aliases and merges may add to a document; go-yaml v2 stops near 400,000.
ALIAS_LIMIT = 100_000

_ALIAS = re.compile(r"\*[0-9A-Za-z_-]")


def may_alias(text: str) -> bool:
    """Whether a text may hold an alias: never wrongly false."""
    if "&" not in text:
        return False
    before = (text[max(match.start() - 1, 0) : match.start()] for match in _ALIAS.finditer(text))
    return any(char.isspace() or char in "[]{},:?-" for char in before)


def data(root: yaml.Node, index: int, at: Callable[[int], str], problems: list[Problem], *, aliases: bool) -> Json:
    """The data of a composed document; ``at(index)`` is its address. Duplicate keys are added to ``problems``.

    Raises SyntaxFault where the document cannot be data. ``aliases`` is false where no node comes twice.
    """
    if not aliases:
        try:
            return _value(root, 1)
        except scalars.UnusualError:
            pass
    return _Walk(root, at(index), problems).read()


def _value(node: _Node, depth: int) -> Json:
    tag = node.tag
    if tag is True:
        return scalars.VALUES[node.value]
    if tag is False:
        return str(node.value)
    if node.__class__ is MappingNode:
        return _mapping(node.value, depth)
    if node.__class__ is SequenceNode:
        return _sequence(node.value, depth)
    raise scalars.UnusualError


def _mapping(pairs: list[tuple[_Node, _Node]], depth: int) -> dict[str, Json]:
    # The two loops repeat _value(): a call for each scalar would cost a third of the walk.
    if depth > DEPTH_LIMIT:
        raise scalars.UnusualError
    values, keys = scalars.VALUES, scalars.KEYS
    result: dict[str, Json] = {}
    for key_node, node in pairs:
        tag = key_node.tag
        if tag is True:
            key = keys[key_node.value]
        elif tag is False:
            key = key_node.value
        else:
            raise scalars.UnusualError
        tag = node.tag
        if tag is True:
            result[key] = values[node.value]
        elif tag is False:
            result[key] = node.value
        elif node.__class__ is MappingNode:
            result[key] = _mapping(node.value, depth + 1)
        elif node.__class__ is SequenceNode:
            result[key] = _sequence(node.value, depth + 1)
        else:
            raise scalars.UnusualError
    if len(result) != len(pairs):
        raise scalars.UnusualError
    return result


def _sequence(nodes: list[_Node], depth: int) -> list[Json]:
    if depth > DEPTH_LIMIT:
        raise scalars.UnusualError
    values = scalars.VALUES
    result: list[Json] = []
    append = result.append
    for node in nodes:
        tag = node.tag
        if tag is True:
            append(values[node.value])
        elif tag is False:
            append(node.value)
        else:
            append(_value(node, depth + 1))
    return result


class _Walk:
    """One document with tags, aliases, merges, duplicate keys, or keys that are no strings."""

    def __init__(self, root: _Node, at: str, problems: list[Problem]) -> None:
        self._root = root
        self._at = at
        self._problems = problems
        self._path: list[str | int] = []
        self._known: dict[int, tuple[Json, int, int]] = {}
        self._open: set[int] = set()
        self._nodes = 0
        self._aliased = 0

    def read(self) -> Json:
        return self._value(self._root)[0]

    def _value(self, node: _Node) -> tuple[Json, int]:
        """The data and how many levels it has."""
        self._nodes += 1
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node), 0
        if id(node) in self._open:
            _refuse("the anchored value contains itself", node)
        depth = len(self._path)
        if id(node) in self._known:
            value, nodes, height = self._known[id(node)]
            self._spend(nodes, node)
        else:
            before = self._nodes
            if depth >= DEPTH_LIMIT:
                raise too_deep(node.start_mark.index)
            self._open.add(id(node))
            value, height = self._entries(node) if isinstance(node, MappingNode) else self._items(node)
            self._open.discard(id(node))
            self._known[id(node)] = (value, self._nodes - before, height)
        if depth + height > DEPTH_LIMIT:
            raise too_deep(node.start_mark.index)
        return value, height

    def _items(self, node: _Node) -> tuple[list[Json], int]:
        items, height = [], 0
        for number, child in enumerate(node.value):
            self._path.append(number)
            item, below = self._value(child)
            self._path.pop()
            items.append(item)
            height = max(height, below)
        return items, height + 1

    def _entries(self, node: _Node) -> tuple[dict[str, Json], int]:
        merged: dict[str, Json] = {}
        own: dict[str, Json] = {}
        written: dict[str, _Node] = {}
        again: list[tuple[str, _Node]] = []
        height = 0
        for key_node, child in node.value:
            if _is_merge(key_node):
                height = max(height, self._merge(merged, child))
                continue
            key = self._key(key_node)
            if key in written:
                again.append((key, key_node))
            else:
                written[key] = key_node
            self._path.append(key)
            own[key], below = self._value(child)
            self._path.pop()
            height = max(height, below)
        if again:
            self._report(again, written)
        return (merged | own if merged else own), height + 1

    def _merge(self, merged: dict[str, Json], node: _Node) -> int:
        """Later merges win over earlier ones, within a list the earlier mapping: as PyYAML does it."""
        sources = node.value if isinstance(node, SequenceNode) else [node]
        height = 0
        for source in reversed(sources):
            if not isinstance(source, MappingNode):
                _refuse("a merge needs a mapping or a list of mappings", source)
            self._path.append("<<")
            value, below = self._value(source)
            self._path.pop()
            if isinstance(value, dict):
                self._spend(len(value), source)
                merged.update(value)
            height = max(height, below - 1)
        return height

    def _key(self, node: _Node) -> str:
        if not isinstance(node, yaml.ScalarNode):
            _refuse("a key is a mapping or a list; quote a value that begins with a bracket", node)
        try:
            return scalars.key(self._scalar(node))
        except ValueError as error:
            if self._is_object():
                _refuse(str(error), node)
            return "null"

    def _scalar(self, node: _Node) -> scalars.Scalar:
        tag: object = node.tag
        if tag is False:
            return str(node.value)
        try:
            value = scalars.tagged(tag, node.value) if isinstance(tag, str) else scalars.plain(node.value)
        except ValueError as error:
            _refuse(str(error), node)
        if isinstance(value, float) and not scalars.is_finite(value) and self._is_object():
            _refuse(f"{node.value} is a number that JSON and Kubernetes do not have; quote it", node)
        return value

    def _is_object(self) -> bool:
        """Whether Kubernetes will ever read the document: only then does its dislike of a value matter."""
        root = self._root
        if not isinstance(root, MappingNode):
            return False
        keys = {key.value for key, _ in root.value if isinstance(key, yaml.ScalarNode)}
        return keys.issuperset(places.TYPE_KEYS)

    def _spend(self, nodes: int, node: _Node) -> None:
        self._nodes += nodes
        self._aliased += nodes
        if self._aliased > ALIAS_LIMIT:
            raise LimitFault(f"aliases expand to more than {ALIAS_LIMIT} values", node.start_mark.index)

    def _report(self, again: Sequence[tuple[str, _Node]], written: dict[str, _Node]) -> None:
        separator = not self._path and len({key for key, _ in again if key in places.IDENTITY}) > 1
        if separator:
            consequence = "a second object begins here, with --- missing before it"
            label, remedy = "the first object of the same document", "insert --- before it"
        else:
            consequence = "the last one wins"
            label, remedy = "written here before", "drop the earlier one"
        for key, node in again[:1] if separator else again:
            at = address.at(self._at, (*self._path, key))
            related = Related(at, label, _span(written[key]))
            parameters = {"key": key, "separator": separator, "consequence": consequence, "remedy": remedy}
            self._problems.append(Problem("YML002", at, parameters, _span(node), (related,)))


def _is_merge(node: _Node) -> bool:
    return bool(node.value == "<<" and (node.tag is True or node.tag == scalars.MERGE_TAG))


def _span(node: _Node) -> tuple[int, int]:
    return node.start_mark.index, node.end_mark.index


def _refuse(reason: str, node: _Node) -> NoReturn:
    raise SyntaxFault(reason, *_span(node))
