"""The items of a list that the controller does not take apart become documents of their own."""

from __future__ import annotations

from collections.abc import Sequence

from yaml.nodes import CollectionNode, MappingNode, SequenceNode

from crslint import address
from crslint.finding import Finding
from crslint.fix.change import CannotFix, Change, Splice, TextChange
from crslint.fix.layout import comments, entries, line_end, line_start
from crslint.fix.sites import Sheets, Site, anchored
from crslint.fleet.fleet import Fleet
from crslint.source.text import BREAK

_ITEMS = "items"


def changes(finding: Finding, _fleet: Fleet, sheets: Sheets) -> Sequence[Change]:
    at = address.document_of(finding.at)
    site = sheets.site(at)
    if isinstance(site.node, MappingNode):
        site = sheets.site(address.at(at, (_ITEMS,)))
    node = site.node
    if site.missing or not isinstance(node, SequenceNode) or not node.value:
        raise CannotFix("it has no items")
    if site.sheet.chunks is None:
        raise CannotFix("it is an element of a JSON list")
    if any(anchored(site, item) for item in node.value):
        raise CannotFix("its items share anchors")
    return (_expanded(at, site, sheets.style(site).line_break),)


def _expanded(at: str, site: Site, line_break: str) -> TextChange:
    sheet, text = site.sheet, site.sheet.text
    assert sheet.chunks is not None  # asked before
    chunk = sheet.chunks[site.number]
    found = entries(site)
    documents = []
    outside = chunk.start
    kept: list[str] = []
    for number, entry in enumerate(found):
        start = entry.value[0]
        end = found[number + 1].start if number + 1 < len(found) else line_end(text, entry.end)[0]
        end = max(entry.end, end) if _is_block(site) else entry.end
        kept += comments(site, outside, start)
        documents.append(_dedented(text[start:end], start - line_start(text, start)).rstrip())
        outside = end
    kept += comments(site, outside, chunk.end)
    body = f"{line_break}---{line_break}".join(documents)
    head = "".join(f"{comment}{line_break}" for comment in kept)
    ending = line_break if text[chunk.start : chunk.end].endswith(("\n", "\r")) else ""
    return TextChange(at, (Splice(chunk.start, chunk.end, head + body + ending),), site.number, site.number)


def _is_block(site: Site) -> bool:
    return isinstance(site.node, CollectionNode) and not site.node.flow_style


def _dedented(text: str, column: int) -> str:
    """The lines of an item, each as far left as its first."""
    parts = []
    position = 0
    for match in BREAK.finditer(text):
        parts.append(text[position : match.end()])
        position = match.end()
    parts.append(text[position:])
    first, *rest = parts
    margin = " " * column
    if any(line.strip() and not line.startswith(margin) and not line.lstrip().startswith("#") for line in rest):
        raise CannotFix("the lines of an item stand left of it")
    return first + "".join(line.removeprefix(margin) if line.startswith(margin) else line.lstrip(" ") for line in rest)
