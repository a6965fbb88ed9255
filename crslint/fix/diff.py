"""Unified diffs that `patch` takes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from crslint.source.sheet import Span

_CONTEXT = 3
_LINES = re.compile("[^\n]*\n|[^\n]+")
_QUOTED = re.compile(r'[\x00-\x20"\\\x7f]')
# Beyond this many changed lines no match is looked for between them.
_MATCHED = 20_000

_Change = tuple[int, int, int, int]


def unified_diff(path: str, before: str | None, after: str | None, hidden: Sequence[Span] = ()) -> tuple[str, int]:
    """The diff of one file, and how many of its changes touch what is ``hidden`` (spans of ``before``): those are left
    out of it, and no hidden line is shown as context."""
    old, new = _LINES.findall(before or ""), _LINES.findall(after or "")
    changes = list(_changes(old, new))
    secret = _hidden_lines(old, hidden)
    shown = [change for change in changes if not _is_hidden(change, secret)]
    one = "/dev/null" if before is None else _named("a/", path)
    other = "/dev/null" if after is None else _named("b/", path)
    head = f"--- {one}\n+++ {other}\n"
    body = "".join(_hunks(old, new, shown, secret))
    return (head + body if body else ""), len(changes) - len(shown)


def _named(prefix: str, path: str) -> str:
    """Quoted as git does it, where a name has what would end it."""
    name = prefix + path
    if not _QUOTED.search(name):
        return name
    escaped = _QUOTED.sub(lambda match: f"\\{ord(match[0]):03o}", name)
    return f'"{escaped}"'


def _changes(old: Sequence[str], new: Sequence[str]) -> Iterator[_Change]:
    """Ranges of lines, from the first difference to the last."""
    first, shorter = 0, min(len(old), len(new))
    while first < shorter and old[first] == new[first]:
        first += 1
    same = 0
    while same < shorter - first and old[-same - 1] == new[-same - 1]:
        same += 1
    one, other = old[first : len(old) - same], new[first : len(new) - same]
    if len(one) + len(other) > _MATCHED:
        yield first, first + len(one), first, first + len(other)
        return
    for tag, begin, end, to_begin, to_end in SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        if tag != "equal":
            yield first + begin, first + end, first + to_begin, first + to_end


def _hidden_lines(old: Sequence[str], hidden: Sequence[Span]) -> set[int]:
    found: set[int] = set()
    position = number = 0
    for start, end in sorted(hidden):
        while number < len(old) and position + len(old[number]) <= start:
            position += len(old[number])
            number += 1
        line, offset = number, position
        while line < len(old) and offset < end:
            found.add(line)
            offset += len(old[line])
            line += 1
    return found


def _is_hidden(change: _Change, secret: set[int]) -> bool:
    start, end = change[:2]
    if start == end:
        # New lines right behind hidden ones may belong to them.
        return start in secret or start - 1 in secret
    return any(line in secret for line in range(start, end))


def _hunks(old: Sequence[str], new: Sequence[str], changes: Sequence[_Change], secret: set[int]) -> Iterator[str]:
    shift = 0
    for group in _groups(changes, secret):
        begin, end = _widened(group[0][0], group[-1][1], len(old), secret)
        lines: list[str] = []
        position = begin
        for start, stop, to_start, to_stop in group:
            lines += [f" {line}" for line in old[position:start]]
            lines += [f"-{line}" for line in old[start:stop]]
            lines += [f"+{line}" for line in new[to_start:to_stop]]
            position = stop
        lines += [f" {line}" for line in old[position:end]]
        more = sum(to_stop - to_start - (stop - start) for start, stop, to_start, to_stop in group)
        yield f"@@ -{_range(begin, end - begin)} +{_range(begin + shift, end - begin + more)} @@\n"
        yield from (line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)
        shift += more


def _groups(changes: Sequence[_Change], secret: set[int]) -> Iterator[list[_Change]]:
    group: list[_Change] = []
    for change in changes:
        between = range(group[-1][1], change[0]) if group else range(0)
        if group and (len(between) > 2 * _CONTEXT or any(line in secret for line in between)):
            yield group
            group = []
        group.append(change)
    if group:
        yield group


def _widened(start: int, end: int, length: int, secret: set[int]) -> tuple[int, int]:
    begin = start
    while begin > max(0, start - _CONTEXT) and begin - 1 not in secret:
        begin -= 1
    stop = end
    while stop < min(length, end + _CONTEXT) and stop not in secret:
        stop += 1
    return begin, stop


def _range(start: int, count: int) -> str:
    begin = start + 1 if count else start
    return str(begin) if count == 1 else f"{begin},{count}"
