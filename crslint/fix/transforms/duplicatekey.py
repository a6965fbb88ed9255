"""Of two equal keys the earlier one goes; where a second object begins, ``---`` comes before it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from yaml.nodes import MappingNode

from crslint import address
from crslint.finding import Finding
from crslint.fix.change import CannotFix, Change, Splice, TextChange
from crslint.fix.layout import begins_line, entries, line_start
from crslint.fix.removal import removed
from crslint.fix.sites import Sheets, Site
from crslint.fleet.fleet import Fleet
from crslint.source.places import IDENTITY


def changes(finding: Finding, _fleet: Fleet, sheets: Sheets) -> Sequence[Change]:
    site = sheets.site(address.at(address.document_of(finding.at), address.parse(finding.at).pointer[:-1]))
    if site.missing or not isinstance(site.node, MappingNode) or not isinstance(finding.span, tuple):
        raise CannotFix("the keys cannot be found")
    if not site.children and _begins_another(site):
        return (_separated(finding, site, finding.span[0]),)
    key = address.parse(finding.at).pointer[-1]
    names = [name for name, _ in site.sheet.pairs(site.node, site.shift)]
    starts = [entry.start for entry in entries(site)]
    places = [number for number, name in enumerate(names) if name == key and starts[number] < finding.span[0]]
    if not places:
        raise CannotFix("the earlier key cannot be found")
    splices = removed(site, places[0], places[0], sheets.style(site).line_break)
    return (TextChange(finding.at, tuple(splices), site.number + 1, site.number),)


def _begins_another(site: Site) -> bool:
    """Whether the whole of an object's identity is there twice."""
    node = site.node
    assert isinstance(node, MappingNode)  # asked of mappings only
    names = Counter(name for name, _ in site.sheet.pairs(node, site.shift))
    return sum(names[key] > 1 for key in IDENTITY) > 1


def _separated(finding: Finding, site: Site, start: int) -> TextChange:
    text = site.sheet.text
    if not begins_line(text, start) or line_start(text, start) != start:
        raise CannotFix("the second object does not begin a line")
    # Comments right above belong to what they stand above.
    while start > 0:
        above = line_start(text, start - (2 if text.endswith("\r\n", 0, start) else 1))
        if not text.startswith("#", above):
            break
        start = above
    line_break = "\r\n" if text.endswith("\r\n", 0, start) else "\n"
    return TextChange(finding.at, (Splice(start, start, f"---{line_break}"),), site.number, site.number)
