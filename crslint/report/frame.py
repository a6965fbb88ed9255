"""One code frame: the line of a place with its span underlined, harmless on any terminal."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from crslint.finding import Location
from crslint.record import record
from crslint.report.printable import shown
from crslint.source.text import Lines

if TYPE_CHECKING:
    from crslint.source.position import Span

WIDTH = 120
_TAB = "    "
_MASK = "***"
_KEY = re.compile(r"""(?:"(?:\\.|[^"\\])*"|'(?:''|[^'])*'|[^\s:,\[\]{}]+(?: [^\s:,#]+)*)(?=\s*:)""")


@record
class Frame:
    """``marker`` is the indent and the length of the underline, in columns of the terminal."""

    line: int
    text: str
    indent: int
    length: int


class Sources(Protocol):
    """The text that frames are cut from; paths are relative to the root."""

    def text(self, path: str) -> str: ...

    def lines(self, path: str) -> Lines: ...

    def secrets(self, path: str) -> Sequence[Span]:
        """Spans of the text that must not be shown."""


def frame(sources: Sources, location: Location, limit: int = WIDTH) -> Frame:
    """Costs as much as what is shown, ``limit`` columns of it, however long the line is."""
    path, where = location.path, location.range
    text, lines = sources.text(path), sources.lines(path)
    begin = lines.offset(where.line, 1)
    end = lines.starts[where.line] if where.line < len(lines.starts) else len(text)
    while end > begin and text[end - 1] in "\r\n":
        end -= 1
    first = min(begin + where.column - 1, end)
    last = min(begin + where.end_column - 1, end)
    if where.end_line != where.line:
        last = end
        while last > first and text[last - 1].isspace():
            last -= 1
    if last <= first and location.absent and (key := _KEY.match(text, first, end)):
        last = key.end()
    start, stop = _window(text, begin, end, first, limit)
    cells = _cells(text[start:stop], start, sources.secrets(path))
    left, right = "…" if start > begin else "", "…" if stop < end else ""
    return Frame(
        line=where.line,
        text=left + "".join(cells).rstrip() + right,
        indent=len(left) + sum(map(width, cells[: first - start])),
        length=max(1, sum(map(width, cells[first - start : max(last - start, 0)]))),
    )


def width(text: str) -> int:
    """Columns that a text takes on a terminal."""
    return len(text) if text.isascii() else sum(map(_columns, text))


def _window(text: str, begin: int, end: int, first: int, limit: int) -> tuple[int, int]:
    """What of a line is shown: all of it, or so much around the span."""
    if end - begin <= limit and width(text[begin:end]) <= limit:
        return begin, end
    start = max(begin, min(first - limit // 3, end - limit))
    return start, min(end, start + limit)


def _cells(line: str, offset: int, secrets: Sequence[Span]) -> list[str]:
    """What is shown for each character of a part of a line, which begins at an offset of the text."""
    cells = [_TAB if char == "\t" else shown(char) for char in line]
    end = offset + len(line)
    for index in range(bisect_right(secrets, offset, key=_end), len(secrets)):
        if secrets[index][0] >= end:
            break
        start, stop = max(secrets[index][0] - offset, 0), min(secrets[index][1] - offset, len(cells))
        cells[start:stop] = [_MASK, *[""] * (stop - start - 1)]
    return cells


def _end(span: Span) -> int:
    return span[1]


def _columns(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1
