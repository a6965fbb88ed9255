"""What the report looks like where it is printed: colours, and how wide lines may be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TextIO

from crslint.record import record

When = Literal["auto", "always", "never"]

_CODES = {"error": "1;31", "warning": "1;33", "info": "1;36", "gutter": "1;34", "title": "1"}


# Narrower terminals get lines that their own wrapping breaks.
_NARROWEST = 40


@record
class Style:
    """``columns`` of the terminal; 0 where there is none, and lines are as long as they are."""

    coloured: bool
    columns: int = 0

    def paint(self, role: str, text: str) -> str:
        return f"\x1b[{_CODES[role]}m{text}\x1b[0m" if self.coloured and text else text

    def fold(self, text: str, begin: int = 0, indent: int = 0) -> list[str]:
        """A text in lines, broken between words, the first beginning at a column and the others indented."""
        if not self.columns or begin + len(text) < self.columns or text.isspace():
            return [text]
        import textwrap

        lines = textwrap.wrap(
            text,
            self.columns - 1,
            initial_indent=" " * begin,
            subsequent_indent=" " * indent,
            break_long_words=False,
            break_on_hyphens=False,
        )
        return [lines[0][begin:], *lines[1:]]


PLAIN = Style(coloured=False)


def style_for(stream: TextIO, when: When, environment: Mapping[str, str]) -> Style:
    """``auto`` is a terminal that can do it and a user who did not refuse (NO_COLOR)."""
    if not stream.isatty():
        return Style(when == "always")
    import shutil

    columns = max(shutil.get_terminal_size((80, 24)).columns, _NARROWEST)
    refused = environment.get("NO_COLOR") or environment.get("TERM") == "dumb"
    return Style(not refused if when == "auto" else when == "always", columns)
