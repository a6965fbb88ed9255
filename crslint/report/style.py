"""Colours, and when they are wanted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TextIO

from crslint.record import record

When = Literal["auto", "always", "never"]

_CODES = {"error": "1;31", "warning": "1;33", "info": "1;36", "gutter": "1;34", "title": "1"}


@record
class Style:
    coloured: bool

    def paint(self, role: str, text: str) -> str:
        return f"\x1b[{_CODES[role]}m{text}\x1b[0m" if self.coloured and text else text


PLAIN = Style(coloured=False)


def style_for(stream: TextIO, when: When, environment: Mapping[str, str]) -> Style:
    """``auto`` is a terminal that can do it and a user who did not refuse (NO_COLOR)."""
    if when != "auto":
        return Style(when == "always")
    refused = environment.get("NO_COLOR") or environment.get("TERM") == "dumb"
    return Style(not refused and stream.isatty())
