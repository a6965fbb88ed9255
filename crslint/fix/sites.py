"""Where an edit lands: the nodes that an address leads through, and why it may not be edited there."""

from __future__ import annotations

import re
from collections.abc import Callable

import yaml
from yaml.nodes import CollectionNode, MappingNode, ScalarNode, SequenceNode

from crslint import address
from crslint.fix.change import CannotFix
from crslint.fix.style import Style, style_of
from crslint.row import NamedTuple
from crslint.source.collector import collector_paused
from crslint.source.sheet import Child, Sheet, Span

_PROPERTIES = re.compile(r"(?:(?:![^\s,\[\]{}]*|&([^\s,\[\]{}]+))\s+)*")


class Site(NamedTuple):
    """``number`` is the document's index; ``children`` are the steps that exist, each from the node before it."""

    sheet: Sheet
    number: int
    shift: int
    root: yaml.Node
    children: tuple[Child, ...]
    steps: tuple[str, ...]

    @property
    def missing(self) -> tuple[str, ...]:
        return self.steps[len(self.children) :]

    @property
    def node(self) -> yaml.Node:
        """The deepest that exists."""
        return self.children[-1].node if self.children else self.root

    @property
    def parent(self) -> yaml.Node | None:
        if not self.children:
            return None
        return self.children[-2].node if len(self.children) > 1 else self.root

    @property
    def span(self) -> Span:
        """Where it is written; an alias where one stands for it."""
        alias = self.children[-1].alias if self.children else None
        return alias or self.sheet.span_of(self.node, self.shift)

    @property
    def name(self) -> str:
        return address.pointer(self.steps[: len(self.children)]) or "the document"

    def up(self) -> Site:
        return self._replace(children=self.children[:-1], steps=self.steps[: len(self.children) - 1])

    def entries(self) -> dict[str, Child]:
        """Of the node that is there."""
        return self.sheet.entries(self.node, self.shift)

    def in_flow(self) -> bool:
        """Whether the node stands inside a flow collection."""
        above = (self.root, *(child.node for child in self.children))[:-1]
        return any(isinstance(node, CollectionNode) and node.flow_style for node in above)


class Sheets:
    """The texts that edits are made in; ``text_of`` gives a file's by its path."""

    def __init__(self, text_of: Callable[[str], str]) -> None:
        self._text_of = text_of
        self._files: dict[str, Sheet] = {}
        self._styles: dict[tuple[int, int], Style] = {}

    def file(self, path: str) -> Sheet:
        sheet = self._files.get(path)
        if sheet is None:
            try:
                sheet = self._files[path] = Sheet(self._text_of(path))
            except (OSError, UnicodeError, KeyError):
                raise CannotFix(f"{path} cannot be read") from None
        return sheet

    def layer(self, at: str) -> tuple[Sheet, int]:
        """The text that an address lies in, and the index of its document there."""
        target = address.parse(at)
        sheet, index = self.file(target.path), target.index
        with collector_paused():
            for host, inner in target.layers:
                site = _walked(sheet, index, host)
                _refuse_shared(site)
                layer = None if site.missing else sheet.layer(index, host)
                if layer is None:
                    raise CannotFix(f"{address.pointer(host)} holds no document")
                sheet, index = layer, inner
        return sheet, index

    def site(self, at: str) -> Site:
        """Raises CannotFix where the document is not there."""
        sheet, index = self.layer(at)
        with collector_paused():
            return _walked(sheet, index, address.parse(at).pointer)

    def style(self, site: Site) -> Style:
        key = (id(site.sheet), site.number)
        if key not in self._styles:
            self._styles[key] = style_of(site.sheet.text, site.root, site.shift)
        return self._styles[key]


def host_steps(at: str) -> list[tuple[int, tuple[str, ...]]]:
    """The hosts of an address from the file inward: index of the document, steps to the scalar."""
    target = address.parse(at)
    indexes = [target.index, *(number for _, number in target.layers)]
    return [(index, host) for index, (host, _) in zip(indexes, target.layers, strict=False)]


def editable(site: Site) -> None:
    """Raises CannotFix where a change there would change something else too, or could not be written."""
    _refuse_shared(site)
    if not isinstance(site.node, ScalarNode | MappingNode | SequenceNode):
        raise CannotFix(f"{site.name} cannot be edited")


def anchored(site: Site, node: yaml.Node) -> str | None:
    """The anchor of a node that an alias elsewhere repeats."""
    text, start = site.sheet.text, site.shift + node.start_mark.index
    match = _PROPERTIES.match(text, start) if text[start : start + 1] in ("&", "!") else None
    name = match[1] if match else None
    return name if name and re.search(rf"\*{re.escape(name)}(?![^\s,\[\]{{}}:])", text) else None


def _walked(sheet: Sheet, index: int, steps: tuple[str, ...]) -> Site:
    root, shift = sheet.document(index)
    if root is None:
        raise CannotFix("the document cannot be read")
    children: list[Child] = []
    node: yaml.Node = root
    for step in steps:
        child = sheet.entries(node, shift).get(step)
        if child is None:
            break
        children.append(child)
        node = child.node
    return Site(sheet, index, shift, root, tuple(children), steps)


def _refuse_shared(site: Site) -> None:
    """The last step may be an alias or merged: what it leads to is then replaced, not changed."""
    for number, child in enumerate(site.children):
        last = number == len(site.children) - 1 and not site.missing
        if (child.alias or child.merged) and not last:
            where = address.pointer(site.steps[: number + 1])
            kind = "an alias" if child.alias else "a merge key"
            raise CannotFix(f"{where} comes from {kind}: what it stands for is used elsewhere too")
        name = None if child.alias or child.merged else anchored(site, child.node)
        if name:
            where = address.pointer(site.steps[: number + 1])
            raise CannotFix(f"{where} has the anchor &{name}, and what has it is used elsewhere too")
