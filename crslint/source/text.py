"""The lines of a decoded text, and what YAML takes for a line break."""

from __future__ import annotations

import re
from bisect import bisect_right

from crslint.finding import Range

BREAKS = "\n\r\x85\u2028\u2029"
BREAK = re.compile(f"\r\n|[{BREAKS}]")

_LINE_END = re.compile("\r\n?|\n")


class Lines:
    """The line table of one text: offsets to 1-based lines and columns and back.

    Lines end at LF, CRLF and CR only (not at the other breaks that ``str.splitlines`` knows), columns count characters.
    A byte order mark is the first character of line 1.
    """

    __slots__ = ("length", "starts")

    def __init__(self, text: str) -> None:
        self.length = len(text)
        self.starts = [0, *(match.end() for match in _LINE_END.finditer(text))]

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset; one outside the text is taken for the nearest inside."""
        offset = min(max(offset, 0), self.length)
        line = bisect_right(self.starts, offset)
        return line, offset - self.starts[line - 1] + 1

    def offset(self, line: int, column: int) -> int:
        """The inverse of ``position``; a place outside the text is taken for the nearest inside."""
        start = self.starts[min(max(line, 1), len(self.starts)) - 1]
        return min(start + max(column, 1) - 1, self.length)

    def range(self, start: int, end: int) -> Range:
        line, column = self.position(start)
        end_line, end_column = self.position(max(start, end))
        return Range(line, column, end_line, end_column)
