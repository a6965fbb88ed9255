"""One code frame: the line of a place with its span underlined, harmless on any terminal."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from crslint.finding import Location
from crslint.source.position import Span
from crslint.source.text import Lines

WIDTH = 120
_CONTEXT = 40
_TAB = "    "
_MASK = "***"
_KEY = re.compile(r"""(?:"(?:\\.|[^"\\])*"|'(?:''|[^'])*'|[^\s:,\[\]{}]+(?: [^\s:,#]+)*)(?=\s*:)""")


@dataclass(frozen=True, slots=True)
class Frame:
    """``marker`` is the indent and the length of the underline, in columns of the terminal."""

    line: int
    text: str
    indent: int
    length: int


def harmless(text: str) -> str:
    """Control characters, line breaks, marks that reorder text and lone surrogates as visible escapes."""
    return text if text.isascii() and text.isprintable() else "".join(map(_shown, text))


class Sources(Protocol):
    """The text that frames are cut from; paths are relative to the root."""

    def text(self, path: str) -> str: ...

    def lines(self, path: str) -> Lines: ...

    def secrets(self, path: str) -> Sequence[Span]:
        """Spans of the text that must not be shown."""


def counted(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"


def frame(sources: Sources, location: Location) -> Frame:
    path, where = location.path, location.range
    text, lines = sources.text(path), sources.lines(path)
    begin = lines.offset(where.line, 1)
    end = lines.starts[where.line] if where.line < len(lines.starts) else len(text)
    line = text[begin:end].rstrip("\r\n")
    first = where.column - 1
    last = where.end_column - 1 if where.end_line == where.line else len(line.rstrip())
    if last <= first:
        key = _KEY.match(line, first) if location.absent else None
        last = key.end() if key else first
    cells = _cells(line, [(start - begin, stop - begin) for start, stop in sources.secrets(path)])
    return _cut(where.line, cells, first, max(last, first))


def width(text: str) -> int:
    """Columns that a text takes on a terminal."""
    return len(text) if text.isascii() else sum(map(_columns, text))


def _cells(line: str, secrets: Sequence[tuple[int, int]]) -> list[str]:
    """What is shown for each character of a line."""
    cells = [_TAB if char == "\t" else _shown(char) for char in line]
    for start, stop in secrets:
        start, stop = max(start, 0), min(stop, len(cells))
        if start < stop:
            cells[start:stop] = [_MASK, *[""] * (stop - start - 1)]
    return cells


def _cut(number: int, cells: list[str], first: int, last: int) -> Frame:
    """A window of the line around the span; the span itself is cut where it is longer than the window."""
    start, stop = 0, len(cells)
    if sum(map(width, cells)) > WIDTH:
        start = max(0, min(first - _CONTEXT, len(cells) - WIDTH))
        stop = min(len(cells), start + WIDTH)
    before, inside = cells[start:first], cells[first : min(last, stop)]
    left, right = "…" if start else "", "…" if stop < len(cells) else ""
    return Frame(
        line=number,
        text=left + "".join(cells[start:stop]).rstrip() + right,
        indent=len(left) + sum(map(width, before)),
        length=max(1, sum(map(width, inside))),
    )


def _shown(char: str) -> str:
    if char == " " or (unicodedata.category(char)[0] not in "CZ" and char.isprintable()):
        return char
    code = ord(char)
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}" if code < 65536 else f"\\U{code:08x}"


def _columns(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1
