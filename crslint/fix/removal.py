"""Entries and items taken out; comments stay."""

from __future__ import annotations

from yaml.nodes import CollectionNode, MappingNode

from crslint.fix.change import CannotFix, Splice
from crslint.fix.layout import (
    Entry,
    begins_line,
    break_at,
    comments,
    ends_its_line,
    entries,
    line_end,
    line_start,
    margin,
)
from crslint.fix.sites import Site
from crslint.source.text import BREAKS


def removed(site: Site, first: int, last: int, line_break: str) -> list[Splice]:
    """The entries ``first`` to ``last`` (inclusive) of the collection at a site are gone."""
    found = entries(site)
    node = site.node
    assert isinstance(node, CollectionNode)  # what has entries
    if node.flow_style:
        return [_from_flow(site, found, first, last)]
    if last - first + 1 == len(found):
        return [emptied(site, "{}" if isinstance(node, MappingNode) else "[]", line_break)]
    return [_from_block(site, found, first, last, line_break)]


def _from_flow(site: Site, found: list[Entry], first: int, last: int) -> Splice:
    if last - first + 1 == len(found):
        start, end = site.span
        inside = site.sheet.text.index("{" if isinstance(site.node, MappingNode) else "[", start) + 1, end - 1
    elif first > 0:
        inside = found[first - 1].end, found[last].end
    else:
        inside = found[first].start, found[last + 1].start
    if comments(site, *inside):
        raise CannotFix("a comment stands between the entries")
    return Splice(*inside, "")


def _from_block(site: Site, found: list[Entry], first: int, last: int, line_break: str) -> Splice:
    text = site.sheet.text
    start, end = found[first].start, found[last].end
    if ends_its_line(text, found[last]):
        stop, kept = end, comments(site, start, end)
    else:
        stop, trailing = line_end(text, end)
        kept = [*comments(site, start, end), *([trailing] if trailing else [])]
        stop += len(break_at(text, stop))
    indentation = margin(text, start)
    if begins_line(text, start):
        begin = line_start(text, start)
        if stop == len(text) and text[stop - 1 : stop] not in tuple(BREAKS):
            return _at_the_end(text, begin, stop, indentation, kept, line_break)
        return Splice(begin, stop, "".join(f"{indentation}{comment}{line_break}" for comment in kept))
    if last + 1 == len(found):
        raise CannotFix("it stands in one line with what is before it")
    following = found[last + 1].start
    kept += comments(site, stop, following) if following > stop else []
    return Splice(start, following, "".join(f"{comment}{line_break}{indentation}" for comment in kept))


def _at_the_end(text: str, begin: int, stop: int, indentation: str, kept: list[str], line_break: str) -> Splice:
    """The text has no line break at its end, and will have none."""
    before = begin
    while before > 0 and text[before - 1] in BREAKS:
        before -= 1
        if break_at(text, before) == "\r\n" or text[before] != "\n" or text[before - 1 : before] != "\r":
            break
    return Splice(before, stop, "".join(f"{line_break}{indentation}{comment}" for comment in kept))


def emptied(site: Site, written: str, line_break: str) -> Splice:
    """A block collection becomes what is written, on the line of its key or dash."""
    text = site.sheet.text
    start, end = site.span
    if site.children and site.children[-1].key is not None:
        start = text.index(":", site.children[-1].key[1]) + 1
        written = f" {written}"
    kept = comments(site, start, end)
    if text[end - 1 : end] in tuple(BREAKS):
        end -= 2 if text.endswith("\r\n", 0, end) else 1
    else:
        end, trailing = line_end(text, end)
        kept += [trailing] if trailing else []
    indentation = margin(text, site.span[0])
    first = f"  {kept[0]}" if kept else ""
    return Splice(start, end, written + first + "".join(f"{line_break}{indentation}{item}" for item in kept[1:]))
