"""Takes out a suppression of no use: its comment, a code of it, or the annotation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

from crslint import address
from crslint.finding import Edit, Finding
from crslint.fix.change import CannotFix, Change, Splice, TextChange
from crslint.fix.layout import break_at, line_end, line_start
from crslint.fix.sites import Sheets
from crslint.fleet.fleet import Fleet
from crslint.source.suppressions import ANNOTATION, comments_of, entries_of
from crslint.source.text import BREAKS


def changes(finding: Finding, fleet: Fleet, sheets: Sheets) -> Sequence[Change]:  # noqa: ARG001  # a transform's own
    """The finding is of CFG001: its span is a comment or one code in it; an annotation has none."""
    if isinstance(finding.span, tuple):
        sheet, _ = sheets.layer(finding.at)
        # A comment is no data: every document must read as before.
        return [TextChange(finding.at, (_without(sheet.text, finding.span),), first=1, last=0)]
    if address.parse(finding.at).pointer[-len(ANNOTATION) :] != ANNOTATION:
        raise CannotFix("the configuration is left alone")
    return [_annotation(finding.at, sheets)]


def _without(text: str, span: tuple[int, int]) -> Splice:
    found = _comments(text).get(span)
    if found is None:
        raise CannotFix("the comment is not there")
    comment, *codes = found
    if span == comment or len(codes) == 1:
        return _comment(text, *comment)
    number = codes.index(span)
    start = codes[number - 1][1] if number else span[0]
    return Splice(start, span[1] if number else codes[1][0], "")


@lru_cache(maxsize=4)
def _comments(text: str) -> Mapping[tuple[int, int], Sequence[tuple[int, int]]]:
    """The spans of a comment and of its codes, by each of them: a text may have thousands that are of no use."""
    return {span: each.spans for each in comments_of(text, "", "") for span in each.spans}


def _comment(text: str, start: int, end: int) -> Splice:
    """With its line where it stands alone; another comment on the line stays."""
    begin, (stop, _) = line_start(text, start), line_end(text, end)
    behind = text[end:stop].strip()
    if behind:
        return Splice(start, stop - len(text[end:stop].lstrip()), "")
    if text[begin:start].strip():
        return Splice(begin + len(text[begin:start].rstrip()), stop, "")
    after = stop + len(break_at(text, stop))
    if after == stop and begin and text[begin - 1] in BREAKS:
        begin -= 2 if text.endswith("\r\n", 0, begin) else 1
    return Splice(begin, after, "")


def _annotation(at: str, sheets: Sheets) -> Edit:
    site = sheets.site(at)
    value = "" if site.missing else str(site.node.value)
    if any(len(codes) > 1 for codes, _ in entries_of(value)) or len(entries_of(value)) > 1:
        raise CannotFix("the annotation has other entries too")
    above = site.up()
    only = not above.missing and len(above.entries()) == 1
    return Edit("remove", at.rpartition("/")[0] if only else at)
