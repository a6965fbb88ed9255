"""A scalar given a new value in its own style: what need not change stays, byte for byte.

``rewrite`` takes the whole new value, ``spliced`` several changes of the value, so that what lies between them stays
as it is spelled.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

from crslint.source import scalars
from crslint.source.layer import CharacterMap, block_indent, block_lines, character_map, content_start
from crslint.source.text import BREAK, BREAKS

Edit = tuple[tuple[int, int], str]

_BLANKS = " \t"
# What stands for itself in a block or single-quoted scalar; LF is handled apart.
_PRINTABLE = re.compile("[\t\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]*")
_ESCAPED = re.compile('["\\\\]|[^\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]')
# Escapes that JSON has too.
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
# Plain in every context, also inside flow collections.
_PLAIN = re.compile(r"[A-Za-z0-9_./+=$(^][\w./+=$()^@~*%-]*", re.ASCII)
_LAST_BREAK = re.compile(f"(?:\r\n|[{BREAKS}])\\Z")
_HEADER = re.compile(r"([|>])([0-9]?)([+-]?)([0-9]?)")


def rewrite(text: str, span: tuple[int, int], style: str, value: str, new: str) -> Edit:
    """The edit of ``text`` after which the scalar at ``span`` (a node's marks) has the value ``new``.

    ``style`` is PyYAML's and ``value`` the present value. The style is kept where it can hold the new value: a block or
    plain scalar that cannot, and a single-quoted one that would need line breaks, become double-quoted.
    """
    start, end = content_start(text, span[0]), span[1]
    if value == new:
        return (start, start), ""
    found = character_map(text, start, end, style, value)
    if style in ("|", ">"):
        edit = _block(text, start, end, found, value, new) if found is not None else None
        return edit or ((start, end), _double_quoted(new) + _last_break(text, start, end))
    if style == '"' and found is not None:
        (first, last), piece = _spliced(text, (start + 1, end - 1), found, value, new)
        return (first, last), _escaped(piece)
    if style == "'" and found is not None:
        (first, last), piece = _spliced(text, (start + 1, end - 1), found, value, new)
        if _PRINTABLE.fullmatch(piece):
            return (first, last), piece.replace("'", "''")
    if not style and _PLAIN.fullmatch(new) and scalars.plain(new) == new:
        return (start, end), new
    if style != '"' and _PRINTABLE.fullmatch(new):
        return (start, end), "'" + new.replace("'", "''") + "'"
    return (start, end), _double_quoted(new)


def _escaped(piece: str) -> str:
    return _ESCAPED.sub(lambda match: _ESCAPES.get(match[0]) or f"\\u{ord(match[0]):04x}", piece)


def _double_quoted(value: str) -> str:
    return f'"{_escaped(value)}"'


def _last_break(text: str, start: int, end: int) -> str:
    match = _LAST_BREAK.search(text, max(start, end - 2), end)
    return match[0] if match else ""


def spliced(text: str, span: tuple[int, int], style: str, value: str, splices: Sequence[Edit]) -> list[Edit]:
    """The edits of ``text`` for changes of the value of the scalar at ``span``: sorted, apart, offsets in ``value``.

    A style that cannot hold the new value is changed as ``rewrite`` does it.
    """
    start, end = content_start(text, span[0]), span[1]
    found = _map(text, start, end, style, value)
    edits = None
    if found is not None and style == "|":
        edits = _spliced_lines(text, start, end, value, splices)
    elif found is not None and style in ("'", '"'):
        edits = _spliced_quotes(text, (start + 1, end - 1), found, value, splices, style)
    if edits is not None:
        return edits
    return [rewrite(text, span, style, value, _with(value, splices))]


# Many changes of one large value are asked for one by one: what is known of its text is kept for a while.
_map = lru_cache(maxsize=4)(character_map)


@lru_cache(maxsize=4)
def _line_starts(value: str) -> list[int]:
    """Where each line begins, and where one more would."""
    starts = [0]
    for line in value.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    return starts


def _with(value: str, splices: Sequence[Edit]) -> str:
    for (start, end), piece in reversed(splices):
        value = value[:start] + piece + value[end:]
    return value


def _spliced_quotes(
    text: str, inside: tuple[int, int], found: CharacterMap, value: str, splices: Sequence[Edit], style: str
) -> list[Edit] | None:
    """None where single quotes cannot hold a piece."""
    edits = []
    for first, last, group in _grouped(splices, lambda start, end, _: _solid(text, found, value, start, end)):
        piece = _inside(value, first, last, group)
        if style == "'" and not _PRINTABLE.fullmatch(piece):
            return None
        written = _escaped(piece) if style == '"' else piece.replace("'", "''")
        edits.append((_outside(text, inside, found, value, first, last), written))
    return edits


def _grouped(
    splices: Sequence[Edit], widened: Callable[[int, int, str], tuple[int, int]]
) -> list[tuple[int, int, list[Edit]]]:
    """The changes with what each is widened to; those that are widened into each other stand together."""
    groups: list[tuple[int, int, list[Edit]]] = []
    for splice in splices:
        first, last = widened(*splice[0], splice[1])
        group = [splice]
        while groups and first < groups[-1][1]:
            begin, end, before = groups.pop()
            first, last, group = min(first, begin), max(last, end), before + group
        groups.append((first, last, group))
    return groups


def _inside(value: str, first: int, last: int, splices: Sequence[Edit]) -> str:
    """A part of the value with its changes."""
    return _with(value[first:last], [((start - first, end - first), piece) for (start, end), piece in splices])


def _spliced_lines(text: str, start: int, end: int, value: str, splices: Sequence[Edit]) -> list[Edit] | None:
    """Line by line; None where the header would have to change, or the last line has no line break."""
    header = _HEADER.match(text, start, end)
    new = _with(value, splices)
    opening = new.lstrip("\n")[:1]
    if header is None or not value.strip("\n") or not opening:
        return None
    if opening in _BLANKS and not (header[2] or header[4]):
        return None
    body = _body(text, start, end, value)
    if body.lines[len(body.content) - 1][1] == end or _line_breaks(value) != _line_breaks(new):
        return None
    starts = _line_starts(value)

    def whole(start: int, end: int, piece: str) -> tuple[int, int]:
        first, last = bisect_right(starts, start) - 1, bisect_right(starts, end) - 1
        is_whole = starts[first] == start and starts[last] == end and (not piece or piece.endswith("\n"))
        return starts[first], starts[last] if is_whole else starts[last + 1]

    edits: list[Edit] = []
    for first, last, group in _grouped(splices, whole):
        piece = _inside(value, first, last, group)
        if not _PRINTABLE.fullmatch(piece.replace("\n", "")) or last > len(value):
            return None
        written = "".join(f"{body.margin if line else ''}{line}{body.line_break}" for line in piece.split("\n")[:-1])
        begin, end = (bisect_right(starts, offset) - 1 for offset in (first, last))
        edits.append(((body.start(begin), body.start(end)), written))
    return edits


def _line_breaks(value: str) -> int:
    return len(value) - len(value.rstrip("\n"))


def _spliced(text: str, inside: tuple[int, int], found: CharacterMap, value: str, new: str) -> Edit:
    """The changed middle of a quoted value, as it is to be spelled."""
    start, same = _in_common(value, new)
    first, last = _solid(text, found, value, start, len(value) - same)
    return _outside(text, inside, found, value, first, last), new[first : len(new) - (len(value) - last)]


def _solid(text: str, found: CharacterMap, value: str, first: int, last: int) -> tuple[int, int]:
    """Widened to characters that no folding touches."""

    def solid(offset: int) -> bool:
        return text[found.place(offset)] not in _BLANKS + BREAKS

    while first > 0 and not solid(first - 1):
        first -= 1
    while last < len(value) and not solid(last):
        last += 1
    return first, last


def _outside(
    text: str, inside: tuple[int, int], found: CharacterMap, value: str, first: int, last: int
) -> tuple[int, int]:
    begin = found.span(first - 1, first)[1] if first > 0 else inside[0]
    end = begin if last == first else found.span(last - 1, last)[1]
    following = found.place(last) if last < len(value) else inside[1]
    if text[end : end + 1] != "\\":
        end = following
    return begin, end


def _in_common(one: Sequence[str], other: Sequence[str]) -> tuple[int, int]:
    """How many items (characters, lines) are the same at the start and, apart from those, at the end."""
    first = _same_start(one, other)
    return first, _same_start(one[first:][::-1], other[first:][::-1])


def _same_start(one: Sequence[str], other: Sequence[str]) -> int:
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _block(text: str, start: int, end: int, found: CharacterMap, value: str, new: str) -> Edit | None:
    """None where a block scalar with this header cannot hold the value."""
    header = _HEADER.match(text, start, end)
    lines = new.rstrip("\n").split("\n")
    opening = next((line for line in lines if line), "")
    if header is None or not value.strip("\n") or not opening or not _PRINTABLE.fullmatch(new.replace("\n", "")):
        return None
    if opening[0] in _BLANKS and not (header[2] or header[4]):
        return None
    body = _Body(text, start, end, value)
    lines = _spelled_lines(lines, body.groups(found, lines) if header[1] == ">" else None)
    unterminated = body.lines[len(body.content) - 1][1] == end
    first, same = _in_common(body.content, lines)
    if unterminated:
        first, same = min(first, len(body.content) - 1, len(lines) - 1), 0
    last = len(body.content) - same
    written = "".join(
        f"{body.margin if line else ''}{line}{body.line_break}" for line in lines[first : len(lines) - same]
    )
    endings, new_endings = (len(item) - len(item.rstrip("\n")) for item in (value, new))
    if unterminated and not new_endings:
        written = written.removesuffix(body.line_break)
    span = (body.start(first), body.start(last))
    if new_endings == endings:
        return span, written
    if new_endings > 1:
        written += text[span[1] : body.start(len(body.content))] + body.line_break * (new_endings - 1)
        span = (span[0], end)
    chomping = ("-", "", "+")[min(new_endings, 2)]
    spelled = f"{header[1]}{header[2]}{chomping}{header[4]}"
    return (start, span[1]), spelled + text[header.end() : span[0]] + written


class _Body:
    """The lines of a block scalar with content: ``content`` without the margin and without blank lines at the end."""

    def __init__(self, text: str, start: int, end: int, value: str) -> None:
        self._value = value
        header = BREAK.search(text, start, end)
        self.line_break = header[0] if header else "\n"
        self.lines = block_lines(text, header.end() if header else end, end)
        indent = block_indent(text, self.lines, value)
        self.margin = " " * indent
        self.content = [text[min(first + indent, last) : last] for first, last, _ in self.lines]
        while not self.content[-1]:
            self.content.pop()

    def start(self, number: int) -> int:
        return self.lines[number][0] if number < len(self.lines) else self.lines[-1][2]

    def groups(self, found: CharacterMap, lines: Sequence[str]) -> dict[int, list[str]]:
        """How the first and the last of the new value's lines are spelled now, as far as the present value has them."""
        present = self._value.rstrip("\n").split("\n")
        first, same = _in_common(present, lines)
        groups = {}
        offset = 0
        for number, line in enumerate(present):
            moved = number if number < first else number + len(lines) - len(present)
            if line and (number < first or number >= len(present) - same):
                begin, end = found.span(offset, offset + len(line))
                rows = range(self._row(begin), self._row(end - 1) + 1)
                groups[moved] = [self.content[row] for row in rows]
            offset += len(line) + 1
        return groups

    def _row(self, offset: int) -> int:
        return bisect_right(self.lines, offset, key=lambda line: line[0]) - 1


@lru_cache(maxsize=4)
def _body(text: str, start: int, end: int, value: str) -> _Body:
    return _Body(text, start, end, value)


def _spelled_lines(lines: Sequence[str], groups: Mapping[int, Sequence[str]] | None) -> list[str]:
    """The lines in the scalar for the lines of a value; ``groups``, of a folded scalar, says how some are folded."""
    if groups is None:
        return list(lines)
    spelled: list[str] = []
    for number, line in enumerate(lines):
        spelled += groups.get(number, (line,))
        following = next((item for item in lines[number + 1 :] if item), "")
        if line[:1] not in ("", *_BLANKS) and following[:1] not in ("", *_BLANKS):
            spelled.append("")
    return spelled
