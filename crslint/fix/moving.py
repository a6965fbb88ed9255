"""Items of a list that change places, with the comments that belong to them."""

from __future__ import annotations

from typing import Any

from yaml.nodes import CollectionNode

from crslint import address
from crslint.finding import Edit
from crslint.fix.change import CannotFix, Change, Splice, TextChange
from crslint.fix.edits import value_at
from crslint.fix.layout import Entry, begins_line, break_at, ends_its_line, entries, line_end, line_start
from crslint.fix.sites import Site, editable


def moved_before(site: Site, at: str, number: int, before: int) -> list[Change]:
    """The item ``number`` of the list at a site comes before an earlier one."""
    editable(site)
    node = site.node
    if not isinstance(node, CollectionNode):
        raise CannotFix(f"{site.name} is no list")
    if node.flow_style:
        values: Any = value_at(site)
        value = values[number]
        return [Edit("remove", address.at(at, (number,))), Edit("insert-before", address.at(at, (before,)), value)]
    found = entries(site)
    start, end = _lines(site, found[number])
    target, _ = _lines(site, found[before])
    moved = site.sheet.text[start:end]
    if not moved.endswith(("\n", "\r")):
        raise CannotFix("the text has no line break at its end")
    return [TextChange(at, (Splice(target, target, moved), Splice(start, end, "")), site.number, site.number)]


def _lines(site: Site, entry: Entry) -> tuple[int, int]:
    """The lines of an item, and those of comments right above it."""
    text = site.sheet.text
    if not begins_line(text, entry.start):
        raise CannotFix("an item does not begin its line")
    start = line_start(text, entry.start)
    while start > 0:
        above = line_start(text, start - (2 if text.endswith("\r\n", 0, start) else 1))
        if not text[above:start].lstrip(" ").startswith("#"):
            break
        start = above
    if ends_its_line(text, entry):
        return start, entry.end
    end, _ = line_end(text, entry.end)
    return start, end + len(break_at(text, end))
