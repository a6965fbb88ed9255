"""Addresses to places: the exact range of a value in its file, through any depth of layers.

Parsing keeps plain data only; a file is composed again, once, when the first of its addresses is asked for.
"""

from __future__ import annotations

import base64
import gc
import re
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import yaml
from yaml.nodes import CollectionNode, MappingNode, ScalarNode

from crslint import address
from crslint.finding import Location, Range
from crslint.source import scalars
from crslint.source.layer import CharacterMap, character_map
from crslint.source.parser import SyntaxFault, compose
from crslint.source.payload import chunks, is_json_list
from crslint.source.text import Lines

Span = tuple[int, int]

_KEPT_FILES = 4
_ALIAS = re.compile(r"(?:[\s,:?-]|#[^\n\r]*)*(\*[^\s,\[\]{}]+)")
_BASE64 = re.compile(r"[A-Za-z0-9+/=\s]*")


@dataclass(slots=True)
class _Child:
    """One step down: ``key`` is where its key stands (an item of a sequence has none), ``alias`` where it is an alias."""

    node: yaml.Node
    key: Span | None
    alias: Span | None = None


@dataclass(slots=True)
class _Place:
    """What an address comes to in its innermost text."""

    sheet: _Sheet
    span: Span
    key: Span | None
    absent: bool = False


class Locator:
    """Finds the places of addresses; ``text_of`` gives the decoded text of a file by its path.

    The most recently used files stay composed. Nothing is raised for an address: what cannot be found is shown at its
    nearest existing parent, a file that cannot be read at its start.
    """

    def __init__(self, text_of: Callable[[str], str]) -> None:
        self._text_of = text_of
        self._files: OrderedDict[str, _Sheet] = OrderedDict()

    def locate(self, at: str, span: Span | None = None) -> Location:
        """The place of an address, or of ``span`` in the innermost text that the address lies in."""
        try:
            target = address.parse(at)
        except ValueError:
            return Location(at, Range(1, 1, 1, 1), at, absent=True)
        place = self._place(target)
        if span is not None:
            place = _Place(place.sheet, span, None)
        outer, exact = place.sheet.outward(place.span)
        return Location(
            path=target.path,
            range=self._file(target.path).lines.range(*outer),
            address=at,
            layer="!".join(address.pointer(host) for host, _ in target.layers) or None,
            inner=place.sheet.lines.range(*place.span) if target.layers else None,
            exact=exact,
            absent=place.absent,
        )

    def key_range(self, at: str) -> Range | None:
        """Where the key of a mapping's entry stands in the outer file; None for what has no key, or is not there."""
        try:
            target = address.parse(at)
        except ValueError:
            return None
        place = self._place(target)
        if place.absent or place.key is None:
            return None
        outer, exact = place.sheet.outward(place.key)
        return self._file(target.path).lines.range(*outer) if exact else None

    def text(self, path: str) -> str:
        """The decoded text of a file, empty where it cannot be read."""
        return self._file(path).text

    def _file(self, path: str) -> _Sheet:
        sheet = self._files.get(path)
        if sheet is None:
            try:
                text = self._text_of(path)
            except (OSError, UnicodeError, KeyError):
                text = ""
            sheet = self._files[path] = _Sheet(text)
            if len(self._files) > _KEPT_FILES:
                self._files.popitem(last=False)
        else:
            self._files.move_to_end(path)
        return sheet

    def _place(self, target: address.Address) -> _Place:
        sheet = self._file(target.path)
        index = target.index
        for host, inner_index in target.layers:
            layer = sheet.layer(index, host)
            if layer is None:
                place = sheet.place(index, host)
                return _Place(sheet, place.span, place.key, absent=True)
            sheet, index = layer, inner_index
        return sheet.place(index, target.pointer)


class _Sheet:
    """One text, a file's or a layer's, with its composed documents."""

    def __init__(self, text: str, host: _Host | None = None) -> None:
        self.text = text
        self.host = host
        self._lines: Lines | None = None
        self._roots: dict[int, tuple[yaml.Node | None, int, int]] | None = None
        self._children: dict[int, dict[str, _Child]] = {}
        self._layers: dict[tuple[int, tuple[str, ...]], _Sheet | None] = {}

    @property
    def lines(self) -> Lines:
        if self._lines is None:
            self._lines = Lines(self.text)
        return self._lines

    def outward(self, span: Span) -> tuple[Span, bool]:
        """The span in the outermost text, and whether it is exact."""
        if self.host is None:
            return span, True
        outer = self.host.outward(span)
        there, exact = self.host.sheet.outward(outer or self.host.span)
        return there, exact and outer is not None

    def place(self, index: int, steps: tuple[str, ...]) -> _Place:
        roots = self._composed()
        if index not in roots:
            return _Place(self, (0, 0), None, absent=True)
        root, start, end = roots[index]
        if root is None:
            return _Place(self, (start, start), None, absent=bool(steps))
        node, key, site = root, None, None
        shift = start
        for step in steps:
            child = self._child(node, step, shift)
            if child is None:
                span = site or key or self._span(node, shift)
                return _Place(self, (span[0], span[0]), key, absent=True)
            node, key = child.node, child.key
            site = site or child.alias
        return _Place(self, site or self._span(node, shift), key)

    def layer(self, index: int, steps: tuple[str, ...]) -> _Sheet | None:
        """The text inside the scalar at ``steps``; None where no scalar is there."""
        slot = (index, steps)
        if slot not in self._layers:
            self._layers[slot] = self._opened(index, steps)
        return self._layers[slot]

    def _opened(self, index: int, steps: tuple[str, ...]) -> _Sheet | None:
        root, shift, _ = self._composed().get(index, (None, 0, 0))
        node = root
        for step in steps:
            child = self._child(node, step, shift) if node is not None else None
            node = child.node if child else None
        if not isinstance(node, ScalarNode):
            return None
        span = self._span(node, shift)
        decoded = _decoded(node.value)
        if decoded is not None:
            return _Sheet(decoded, _Host(self, span, None, ""))
        return _Sheet(node.value, _Host(self, span, node, node.value))

    def _composed(self) -> dict[int, tuple[yaml.Node | None, int, int]]:
        """Per document its root, where its text starts (marks count from there), and where it ends."""
        if self._roots is None:
            collecting = gc.isenabled()
            gc.disable()
            try:
                if self.host is None or is_json_list(self.text):
                    self._roots = {index: (root, 0, len(self.text)) for index, root in _readable(self.text)}
                else:
                    self._roots = {}
                    for index, chunk in enumerate(chunks(self.text)):
                        first = next(_readable(self.text[chunk.start : chunk.end]), (0, None))
                        self._roots[index] = (first[1], chunk.start, chunk.end)
            finally:
                if collecting:
                    gc.enable()
        return self._roots

    def _child(self, node: yaml.Node, step: str, shift: int) -> _Child | None:
        if not isinstance(node, CollectionNode):
            return None
        children = self._children.get(id(node))
        if children is None:
            children = self._children[id(node)] = self._indexed(node, shift)
        return children.get(step)

    def _indexed(self, node: CollectionNode, shift: int) -> dict[str, _Child]:
        children: dict[str, _Child] = {}
        merged: dict[str, _Child] = {}
        previous = node.start_mark.index
        if not isinstance(node, MappingNode):
            for number, item in enumerate(node.value):
                alias = self._alias(item, previous, shift)
                children[str(number)] = _Child(item, None, alias)
                previous = alias[1] - shift if alias else _end(item)
            return children
        for key, value in node.value:
            alias = self._alias(key, previous, shift)
            written = alias or self._span(key, shift)
            site = self._alias(value, written[1] - shift, shift)
            previous = site[1] - shift if site else max(_end(value), written[1] - shift)
            name = _key(key)
            if name is None:
                continue
            if name == "<<" and key.style is None:
                for source in value.value if not isinstance(value, MappingNode) else (value,):
                    if isinstance(source, MappingNode):
                        for inherited, child in self._indexed(source, shift).items():
                            merged.setdefault(inherited, child)
            children[name] = _Child(value, written, site)
        return merged | children

    def _alias(self, node: yaml.Node, previous: int, shift: int) -> Span | None:
        """Where the alias stands that stands for a node: one that begins before what comes before it is elsewhere."""
        if node.start_mark.index >= previous:
            return None
        match = _ALIAS.match(self.text, previous + shift)
        return match.span(1) if match else None

    def _span(self, node: yaml.Node, shift: int) -> Span:
        return shift + node.start_mark.index, shift + _end(node)


class _Host:
    """The scalar that holds a layer: ``node`` is None where its value is encoded and only the whole can be shown."""

    def __init__(self, sheet: _Sheet, span: Span, node: ScalarNode | None, value: str) -> None:
        self.sheet = sheet
        self.span = span
        self._node = node
        self._value = value
        self._map: CharacterMap | None = None

    def outward(self, span: Span) -> Span | None:
        if self._node is None:
            return None
        if self._map is None:
            self._map = character_map(self.sheet.text, *self.span, self._node.style or "", self._value)
        return self._map.span(*span) if self._map is not None else None


def _readable(text: str) -> Iterator[tuple[int, yaml.Node | None]]:
    """The documents up to the first fault."""
    try:
        yield from compose(text)
    except SyntaxFault:
        return


def _end(node: yaml.Node) -> int:
    """Where a node ends: libyaml ends a block collection only where the next token begins."""
    while isinstance(node, CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        following = last[1] if isinstance(last, tuple) else last
        if following.start_mark.index < node.start_mark.index:
            break
        node = following
    return int(node.end_mark.index)


def _key(node: yaml.Node) -> str | None:
    if not isinstance(node, ScalarNode):
        return None
    if node.style is not None:
        return str(node.value)
    try:
        return scalars.key(scalars.plain(node.value))
    except ValueError:
        return None


def _decoded(value: str) -> str | None:
    """The text of a base64 value: no document that anything is pointed at inside is spelt in its alphabet alone."""
    if not value or not _BASE64.fullmatch(value):
        return None
    try:
        return base64.b64decode(value).decode("utf-8", "surrogateescape")
    except ValueError:
        return None
