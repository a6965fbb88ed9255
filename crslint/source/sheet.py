"""One text with its composed documents: where everything stands in it, and what its scalars hold."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from contextlib import suppress
from functools import cached_property

import yaml
from yaml.nodes import CollectionNode, MappingNode, ScalarNode, SequenceNode

from crslint.record import record, replace
from crslint.source import places, scalars
from crslint.source.goyaml import first_root
from crslint.source.layer import CharacterMap, character_map, content_start
from crslint.source.parser import SyntaxFault, compose
from crslint.source.payload import Chunk, chunks, is_json_list
from crslint.source.text import BREAK, BREAKS, Lines

Span = tuple[int, int]

_ALIAS = re.compile(r"(?:[\s,:?\[{-]|#[^\n\r]*)*(\*[\w-]+)", re.ASCII)
_BLANKS = " \t" + BREAKS
_BASE64 = re.compile(r"[A-Za-z0-9+/=\s]*")


@record
class Child:
    """One step down: where its key stands (an item of a sequence has none), and the alias that stands for it.

    ``merged`` is true where it is written in another mapping, which a merge key brings in.
    """

    node: yaml.Node
    key: Span | None
    alias: Span | None = None
    merged: bool = False


@record
class Place:
    """What an address comes to in its innermost text."""

    sheet: Sheet
    span: Span
    key: Span | None
    absent: bool = False


class Sheet:
    """One text, a file's or a layer's, with its composed documents."""

    def __init__(self, text: str, host: Host | None = None, *, single: bool = False) -> None:
        """``single`` is a layer that is read as one YAML text, not as the ClusterResourceSet controller reads it."""
        self.text = text
        self.host = host
        self.single = single
        self._roots: dict[int, tuple[yaml.Node | None, int]] = {}
        self._children: dict[int, dict[str, Child]] = {}
        self._layers: dict[tuple[int, tuple[str, ...]], Sheet | None] = {}

    @cached_property
    def lines(self) -> Lines:
        return Lines(self.text)

    def outward(self, span: Span) -> tuple[Span, bool]:
        """The span in the outermost text, and whether it is exact."""
        if self.host is None:
            return span, True
        outer = self.host.outward(span)
        there, exact = self.host.sheet.outward(outer or self.host.span)
        return there, exact and outer is not None

    def place(self, index: int, steps: tuple[str, ...]) -> Place:
        root, shift = self.document(index)
        if root is None or _is_nothing(root):
            start = shift if root is None else self._separator(shift + root.start_mark.index)
            return Place(self, (start, start), None, absent=bool(steps))
        node: yaml.Node = root
        key = site = None
        for step in steps:
            child = self.entries(node, shift).get(step)
            if child is None:
                start = (site or key or (shift + node.start_mark.index,))[0]
                return Place(self, (start, start), key, absent=True)
            node, key, site = child.node, child.key, site or child.alias
        return Place(self, site or self.span_of(node, shift), key)

    def _separator(self, end: int) -> int:
        """Where an empty document begins: the parser only knows where it ends."""
        return max(self.text.rfind("\n---", 0, end), self.text.rfind("\r---", 0, end)) + 1

    def layer(self, index: int, steps: tuple[str, ...]) -> Sheet | None:
        """The text inside the scalar at ``steps``; None where no scalar is there."""
        slot = (index, steps)
        if slot not in self._layers:
            self._layers[slot] = self._opened(index, steps)
        return self._layers[slot]

    def _opened(self, index: int, steps: tuple[str, ...]) -> Sheet | None:
        node, shift = self.document(index)
        for step in steps:
            child = self.entries(node, shift).get(step)
            node = child.node if child is not None else None
        if not isinstance(node, ScalarNode):
            return None
        single = places.holds_one_document(steps)
        decoded = None if single else _decoded(node.value)
        host = Host(self, self.span_of(node, shift), node, encoded=decoded is not None)
        return Sheet(node.value if decoded is None else decoded, host, single=single)

    def document(self, index: int) -> tuple[yaml.Node | None, int]:
        """The root of a document, and where the text starts that its marks count from."""
        if index in self._roots:
            return self._roots[index]
        if self.chunks is None:
            found: yaml.Node | None = self._whole.get(index)
            shift = 0
        else:
            chunk = self.chunks[index] if index < len(self.chunks) else Chunk(0, 0)
            found = first_root(self.text[chunk.start : chunk.end])
            shift = chunk.start
        self._roots[index] = found, shift
        return found, shift

    def roots(self) -> Iterator[int]:
        """The indexes of the documents."""
        return iter(range(len(self.chunks)) if self.chunks is not None else self._whole)

    @cached_property
    def chunks(self) -> list[Chunk] | None:
        """Where the documents of a payload stand; None where all documents are read together."""
        together = self.host is None or self.single or is_json_list(self.text)
        return None if together else list(chunks(self.text))

    @cached_property
    def _whole(self) -> dict[int, yaml.Node | None]:
        return dict(_readable(self.text))

    def entries(self, node: yaml.Node | None, shift: int) -> dict[str, Child]:
        """What one step leads to from a node, by step; nothing for a scalar."""
        if not isinstance(node, CollectionNode):
            return {}
        children = self._children.get(id(node))
        if children is None:
            if isinstance(node, MappingNode):
                children = self._read_mapping(node, shift)
            else:
                children = self._read_sequence(node, shift)
            self._children[id(node)] = children
        return children

    def _read_sequence(self, node: CollectionNode, shift: int) -> dict[str, Child]:
        children = {}
        previous = shift + node.start_mark.index
        for number, item in enumerate(node.value):
            alias = self._alias(item, previous, shift)
            children[str(number)] = Child(item, None, alias)
            previous = (alias or self.span_of(item, shift))[1]
        return children

    def pairs(self, node: MappingNode, shift: int) -> list[tuple[str, Child]]:
        """What is written in a mapping itself, in the order of the text; a key that is there twice comes twice."""
        found = []
        previous = shift + node.start_mark.index
        for key, value in node.value:
            written = self._alias(key, previous, shift) or self.span_of(key, shift)
            alias = self._alias(value, written[1], shift)
            previous = max(written[1], (alias or self.span_of(value, shift))[1])
            found.append((_name(key), Child(value, written, alias)))
        return found

    def _read_mapping(self, node: MappingNode, shift: int) -> dict[str, Child]:
        own = dict(self.pairs(node, shift))
        merged: dict[str, Child] = {}
        for key, value in node.value:
            if _is_merge(key):
                sources = value.value if isinstance(value, SequenceNode) else [value]
                for source in reversed(sources):
                    brought = self.entries(source, shift)
                    merged |= {step: replace(child, merged=True) for step, child in brought.items()}
        return merged | own

    def _alias(self, node: yaml.Node, previous: int, shift: int) -> Span | None:
        """Where the alias stands that stands for a node: a node that begins before what precedes it is elsewhere."""
        if shift + node.start_mark.index >= previous:
            return None
        match = _ALIAS.match(self.text, previous)
        return match.span(1) if match else None

    def span_of(self, node: yaml.Node, shift: int) -> Span:
        return shift + node.start_mark.index, self._end(node, shift)

    def _end(self, node: yaml.Node, shift: int) -> int:
        """Where a node ends: libyaml ends block collections and block scalars only where the next token begins."""
        while isinstance(node, CollectionNode) and node.value and not node.flow_style:
            last = node.value[-1]
            previous, following = (node, last) if not isinstance(last, tuple) else last
            before = shift + (previous.start_mark if previous is node else previous.end_mark).index
            alias = self._alias(following, before, shift)
            if alias is not None:
                return alias[1]
            if following.start_mark.index < node.start_mark.index:
                break
            node = following
        end = shift + int(node.end_mark.index)
        if isinstance(node, ScalarNode) and node.style in ("|", ">"):
            return self._end_of_block(node, shift + node.start_mark.index, end)
        return end

    def _end_of_block(self, node: ScalarNode, start: int, end: int) -> int:
        """Without the blank lines after it that are no part of the value, with the last line break if that is."""
        start = content_start(self.text, start)
        header = BREAK.search(self.text, start, end)
        if header is None or "+" in self.text[start : header.start()].partition("#")[0]:
            return end
        if not node.value.rstrip("\n").rpartition("\n")[2].strip(_BLANKS):
            return end if node.value else header.end()
        last = start + len(self.text[start:end].rstrip(_BLANKS))
        line_break = BREAK.search(self.text, last, end)
        if line_break is None:
            return end
        return line_break.end() if node.value.endswith("\n") else line_break.start()


class Host:
    """The scalar that holds a layer: where its value is ``encoded``, only the whole can be shown."""

    def __init__(self, sheet: Sheet, span: Span, node: ScalarNode, *, encoded: bool) -> None:
        self.sheet = sheet
        self.span = span
        self.node = node
        self.encoded = encoded
        self._map: CharacterMap | None = None

    def outward(self, span: Span) -> Span | None:
        if self.encoded:
            return None
        if self._map is None:
            start = content_start(self.sheet.text, self.span[0])
            self._map = character_map(self.sheet.text, start, self.span[1], self.node.style, self.node.value)
        return self._map.span(*span) if self._map is not None else None


def _readable(text: str) -> Iterator[tuple[int, yaml.Node | None]]:
    """The documents up to the first fault."""
    with suppress(SyntaxFault):
        yield from compose(text)


def _is_nothing(node: yaml.Node) -> bool:
    return isinstance(node, ScalarNode) and bool(node.start_mark.index == node.end_mark.index)


def _name(key: yaml.Node) -> str:
    """The step that a key makes, as the walk to data names it."""
    tag: object = key.tag
    if not isinstance(key, ScalarNode) or tag is False:
        return str(key.value)
    try:
        return scalars.key(scalars.tagged(tag, key.value) if isinstance(tag, str) else scalars.plain(key.value))
    except ValueError:
        return "null"


def _is_merge(key: yaml.Node) -> bool:
    return bool(key.value == "<<" and key.tag in (True, scalars.MERGE_TAG))


def _decoded(value: str) -> str | None:
    """The text of a base64 value: no document that anything is pointed at inside is spelt in its alphabet alone."""
    if not value or not _BASE64.fullmatch(value):
        return None
    try:
        return base64.b64decode(value).decode("utf-8", "surrogateescape")
    except ValueError:
        return None
