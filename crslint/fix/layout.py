"""How a collection is laid out in its text: entries, margins, the comments between."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from yaml.nodes import CollectionNode, MappingNode, ScalarNode

from crslint.fix.change import CannotFix
from crslint.fix.sites import Site
from crslint.row import NamedTuple
from crslint.source.layer import content_start
from crslint.source.sheet import Child, Span
from crslint.source.text import BREAK, BREAKS

_REST = re.compile(r"[ \t]*(?:(?<=[ \t])#[^\n\r]*)?")
_COMMENT = re.compile(r"(?:^|(?<=[\s,\[\]{}]))#[^\n\r]*")
_BLANK = " \t\ufeff"


class Entry(NamedTuple):
    """One entry of a mapping, from its key, or one item of a list, from its dash in a block; ``value`` is its value."""

    start: int
    end: int
    child: Child
    value: Span


def entries(site: Site) -> list[Entry]:
    """Of the collection at a site, in the order of the text, without what merge keys bring."""
    node, sheet = site.node, site.sheet
    found: list[Entry] = []
    if not isinstance(node, CollectionNode):
        return found
    if isinstance(node, MappingNode):
        own = [child for _, child in sheet.pairs(node, site.shift)]
    else:
        own = list(site.entries().values())
    start = content_start(sheet.text, site.shift + node.start_mark.index)
    column = start - line_start(sheet.text, start)
    previous = start
    for child in own:
        value = child.alias or sheet.span_of(child.node, site.shift)
        if child.key is not None:
            begin = child.key[0]
        elif node.flow_style:
            begin = value[0]
        else:
            begin = _dash(sheet.text, column, previous, value[0])
        found.append(Entry(begin, max(value[1], (child.key or value)[1]), child, value))
        previous = value[1]
    return sorted(found, key=lambda entry: entry.start)


def _dash(text: str, column: int, after: int, before: int) -> int:
    position = line_start(text, after)
    while position <= before:
        offset = position + column
        if offset >= after and text[offset : offset + 1] == "-" and not text[position:offset].strip(f"{_BLANK}-?:"):
            return offset
        line_break = BREAK.search(text, position, before)
        if line_break is None:
            break
        position = line_break.end()
    raise CannotFix("its dash cannot be found")


def line_start(text: str, offset: int) -> int:
    while offset > 0 and text[offset - 1] not in BREAKS:
        offset -= 1
    return offset


def margin(text: str, offset: int) -> str:
    """What a further line begins with that is to stand below ``offset``."""
    return " " * len(text[line_start(text, offset) : offset].lstrip("\ufeff"))


def begins_line(text: str, offset: int) -> bool:
    return not text[line_start(text, offset) : offset].strip(_BLANK)


def line_end(text: str, offset: int) -> tuple[int, str]:
    """Where the line ends that a value ends in, and the comment behind it; raises CannotFix where more follows."""
    match = _REST.match(text, offset)
    end = match.end() if match else offset
    if end < len(text) and text[end] not in BREAKS:
        raise CannotFix("more stands in the same line")
    return end, text[offset:end].strip()


def break_at(text: str, offset: int) -> str:
    """The line break at an offset, empty where there is none."""
    match = BREAK.match(text, offset)
    return match[0] if match else ""


def ends_its_line(text: str, entry: Entry) -> bool:
    """Whether an entry ends in a block scalar to which the line break at its end belongs."""
    return text[entry.end - 1 : entry.end] in tuple(BREAKS)


def is_open_block(text: str, entry: Entry) -> bool:
    """Whether an entry ends in a block scalar at the end of the text: what followed would add a line break to it."""
    node = entry.child.node
    while isinstance(node, CollectionNode) and node.value and not node.flow_style:
        last = node.value[-1]
        node = last[1] if isinstance(last, tuple) else last
    if not isinstance(node, ScalarNode) or node.style not in ("|", ">") or entry.end < len(text):
        return False
    return not ends_its_line(text, entry) and node.value != ""


def comments(site: Site, start: int, end: int) -> list[str]:
    """The comments in a part of a document, which are no part of its values."""
    text = site.sheet.text
    found = []
    position = start
    for first, last in sorted(_leaves(site, site.root)):
        if last <= start:
            continue
        if first >= end:
            break
        found += [match[0] for match in _COMMENT.finditer(text, position, max(position, first))]
        position = max(position, last)
    found += [match[0] for match in _COMMENT.finditer(text, position, max(position, end))]
    return [comment.rstrip() for comment in found]


def _leaves(site: Site, root: object) -> Iterator[Span]:
    waiting: list[object] = [root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ScalarNode):
            start, end = site.sheet.span_of(node, site.shift)
            # A comment may stand behind the header of a block scalar.
            if node.style in ("|", ">"):
                header = BREAK.search(site.sheet.text, start, end)
                yield start, content_start(site.sheet.text, start) + 1
                start = header.end() if header else end
            yield start, end
        elif isinstance(node, CollectionNode):
            for child in site.sheet.entries(node, site.shift).values():
                if child.merged:
                    continue
                if child.key is not None:
                    yield child.key
                if child.alias is not None:
                    yield child.alias
                else:
                    waiting.append(child.node)


def as_lines(lines: Sequence[str], indentation: str) -> list[str]:
    return [f"{indentation}{line}" if line else line for line in lines]
