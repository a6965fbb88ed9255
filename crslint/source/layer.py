"""Where each character of a scalar's value stands in the text that the scalar is written in.

The maps follow libyaml's scanner (folding, chomping, escapes, the five kinds of line break), so that a place inside a
document inside a scalar can be shown in the outer file.
"""

from __future__ import annotations

import re
from bisect import bisect_right

from crslint.source.text import BREAK, BREAKS

_FOLD = f"[{BREAKS}][ \t{BREAKS}]*"
_PLAIN = re.compile(_FOLD)
_SINGLE = re.compile(f"''|{_FOLD}")
_DOUBLE = re.compile(
    f"\\\\[{BREAKS}][ \t{BREAKS}]*"
    r"|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    r"|\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.)"
    f"|{_FOLD}"
)
# LS and PS stay what they are where the other breaks become LF or a blank.
_KEPT = "\u2028\u2029"


_PROPERTIES = re.compile(r"(?:[&!]\S*(?:\s+#[^\n\r]*)*\s*)*")


# Where a line starts, where it ends, and where the next one starts.
BlockLine = tuple[int, int, int]


class CharacterMap:
    """Offsets in a scalar's value to offsets in the text around it, as runs.

    Run k covers the value from ``inner[k]`` to ``inner[k + 1]``: its characters stand one after the other from
    ``outer[k]``, and the last of them reaches to ``ends[k]`` (an escape, or a folded line break, is longer outside).
    """

    __slots__ = ("ends", "inner", "length", "outer", "start")

    def __init__(self, start: int) -> None:
        self.inner: list[int] = []
        self.outer: list[int] = []
        self.ends: list[int] = []
        self.length = 0
        self.start = start

    def add(self, count: int, outer: int, end: int) -> None:
        if count:
            self.inner.append(self.length)
            self.outer.append(outer)
            self.ends.append(end)
            self.length += count

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The outer text of the value's ``start`` to ``end``; an empty span gives an empty one."""
        first = self.place(start)
        return (first, self._end(min(end, self.length) - 1)) if start < min(end, self.length) else (first, first)

    def place(self, offset: int) -> int:
        if offset >= self.length:
            return self.ends[-1] if self.ends else self.start
        run = bisect_right(self.inner, offset) - 1
        return self.outer[run] + offset - self.inner[run]

    def _end(self, offset: int) -> int:
        run = bisect_right(self.inner, offset) - 1
        following = self.inner[run + 1] if run + 1 < len(self.inner) else self.length
        return self.ends[run] if offset + 1 == following else self.outer[run] + offset - self.inner[run] + 1


def content_start(text: str, start: int) -> int:
    """Where a scalar itself begins that stands at ``start`` with its anchor and tag."""
    match = _PROPERTIES.match(text, start) if text[start : start + 1] in ("&", "!") else None
    return match.end() if match else start


def character_map(text: str, start: int, end: int, style: str, value: str) -> CharacterMap | None:
    """The map of the scalar that stands in ``text`` from ``start`` to ``end`` (quotes and block header included).

    ``style`` is PyYAML's: empty for plain, a quote, ``|`` or ``>``. None where the text does not spell ``value``.
    """
    if style in ("|", ">"):
        found = _block(text, start, end, style == "|", value)
    elif style == '"':
        found = _flow(text, start + 1, end - 1, _DOUBLE)
    elif style == "'":
        found = _flow(text, start + 1, end - 1, _SINGLE)
    else:
        found = _flow(text, start, end, _PLAIN)
    return found if found.length == len(value) else None


def _flow(text: str, start: int, end: int, token: re.Pattern[str]) -> CharacterMap:
    found = CharacterMap(start)
    position = start
    for match in token.finditer(text, start, end):
        first, last = match.span()
        opening = text[first]
        if opening in BREAKS:
            blank = first
            while blank > position and text[blank - 1] in " \t":
                blank -= 1
            found.add(blank - position, position, blank)
            _fold(found, text, blank, first, last)
        else:
            found.add(first - position, position, first)
            if opening == "\\" and text[first + 1] in BREAKS:
                for line_break in [*BREAK.finditer(text, first, last)][1:]:
                    found.add(1, *line_break.span())
            else:
                found.add(1, first, last)
        position = last
    found.add(end - position, position, end)
    return found


def _fold(found: CharacterMap, text: str, blank: int, first: int, last: int) -> None:
    breaks = [match.span() for match in BREAK.finditer(text, first, last)]
    if text[first] in _KEPT:
        for line_break in breaks:
            found.add(1, *line_break)
    elif len(breaks) == 1:
        found.add(1, blank, last)
    else:
        found.add(1, blank, breaks[1][1])
        for line_break in breaks[2:]:
            found.add(1, *line_break)


def _block(text: str, start: int, end: int, literal: bool, value: str) -> CharacterMap:
    header = BREAK.search(text, start, end)
    if header is None:
        return CharacterMap(end)
    found = CharacterMap(header.end())
    lines = block_lines(text, header.end(), end)
    indent = block_indent(text, lines, value)
    if literal:
        for first, last, following in lines:
            content = min(first + indent, last)
            left = len(value) - found.length
            if last - content < left:
                found.add(last - content + 1, content, following)
            else:
                found.add(left, content, content + left)
                break
    else:
        _folded(found, text, lines, indent, len(value))
    return found


def _folded(found: CharacterMap, text: str, lines: list[BlockLine], indent: int, length: int) -> None:
    waiting: list[tuple[int, int]] = []
    more_indented = seen = False
    for first, last, following in lines:
        content = first + indent
        if content >= last:
            waiting.append((last, following))
            continue
        blank = text[content] in " \t"
        if waiting and seen and not blank and not more_indented and text[waiting[0][0]] not in _KEPT:
            if len(waiting) == 1:
                found.add(1, waiting[0][0], content)
            else:
                found.add(1, waiting[0][0], waiting[1][1])
                waiting = waiting[2:]
                for line_break in waiting:
                    found.add(1, *line_break)
        else:
            for line_break in waiting:
                found.add(1, *line_break)
        found.add(last - content, content, last)
        waiting = [(last, following)] if following > last else []
        more_indented, seen = blank, True
    for line_break in waiting[: length - found.length]:
        found.add(1, *line_break)


def block_lines(text: str, start: int, end: int) -> list[BlockLine]:
    """The lines of a block scalar's body, which begins after the line break of its header."""
    lines = []
    position = start
    for match in BREAK.finditer(text, start, end):
        lines.append((position, match.start(), match.end()))
        position = match.end()
    if position < end:
        lines.append((position, end, end))
    return lines


def block_indent(text: str, lines: list[BlockLine], value: str) -> int:
    """The indentation of a block scalar, from its first line with content."""
    for number, (first, last, _) in enumerate(lines):
        if number >= len(value):
            break
        if value[number] not in BREAKS:
            content = BREAK.search(value, number)
            inner = value[number : content.start() if content else len(value)]
            stripped = inner.lstrip(" ")
            outer = text[first:last]
            if not stripped:
                return len(outer) - len(inner)
            return len(outer) - len(outer.lstrip(" ")) - (len(inner) - len(stripped))
    return max((last - first for first, last, _ in lines), default=0)
