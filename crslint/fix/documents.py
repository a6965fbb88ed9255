"""Whole documents of a file: where each begins and ends, taken out or added."""

from __future__ import annotations

import re
from itertools import pairwise

from crslint import address
from crslint.fix.change import CannotFix, GoneFile, Splice, TextChange
from crslint.fix.layout import comments
from crslint.fix.sites import Sheets, Site
from crslint.fix.style import block_lines, style_of
from crslint.source.text import BREAKS

_SEPARATOR = re.compile(r"^---(?=[ \t\r\n]|\Z)[^\n]*\n?", re.MULTILINE)


def removed_document(at: str, sheets: Sheets) -> TextChange | GoneFile:
    """The document at an address is gone, with its separator; the file, where it has no other."""
    site = sheets.site(at)
    start, end, others = _region(site)
    if not others:
        if site.sheet.host is not None:
            raise CannotFix("nothing would be left of the payload")
        return GoneFile(address.path_of(at))
    return TextChange(at, (Splice(start, end, ""),), site.number, site.number)


def added_documents(at: str, documents: list[dict[str, object]], sheets: Sheets) -> TextChange:
    """New documents at the end of the file that has a document at an address."""
    site = sheets.site(at)
    text = site.sheet.text
    if site.sheet.host is not None or address.parse(at).pointer:
        raise CannotFix("it is no document of its own, so that no other can stand beside it")
    style = style_of(text, site.root, site.shift)
    before = "" if text.endswith(tuple(BREAKS)) else style.line_break
    lines = [line for item in documents for line in ("---", *block_lines(item, style))]
    count = len(list(site.sheet.roots()))
    written = before + "".join(f"{line}{style.line_break}" for line in lines)
    return TextChange(at, (Splice(len(text), len(text), written),), count, count - 1)


def document_text(at: str, sheets: Sheets) -> str:
    """A document as it is written, comments too, without its separators."""
    site = sheets.site(at)
    start, end, _ = _region(site)
    text = site.sheet.text[start:end]
    return _SEPARATOR.sub("", text, count=1) if _SEPARATOR.match(text) else text


def document_comments(at: str, sheets: Sheets) -> list[str]:
    """Those above and below it too, as far as they are between its separators."""
    site = sheets.site(at)
    start, end, _ = _region(site)
    return comments(site, start, end)


def _region(site: Site) -> tuple[int, int, bool]:
    """From its separator to the next one, or to the end; for the first without one, to behind the next. Whether there
    are other documents."""
    text = site.sheet.text
    if address.pointer(site.steps):
        raise CannotFix("it is an item of a list")
    separators = [match.span() for match in _SEPARATOR.finditer(text)]
    own = site.shift + site.root.start_mark.index
    edges = [(0, 0), *separators, (len(text), len(text))]
    for (start, behind), (following, after) in pairwise(edges):
        if behind <= own < following or (own == following == len(text)):
            others = any(text[b:s].strip() for (_, b), (s, _) in pairwise(edges) if b != behind)
            return (start, following, others) if start or behind else (start, after, others)
    raise CannotFix("its separators cannot be found")
