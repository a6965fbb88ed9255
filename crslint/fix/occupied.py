"""Which parts of texts are taken by changes: no two fixes may change the same one."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Hashable, Iterator, Sequence

from crslint.fix.change import Splice
from crslint.source.sheet import Sheet, Span


class Occupied:
    """The splices of each text, and the scalars in it whose layers change."""

    def __init__(self) -> None:
        self._spans: dict[Sheet, list[Span]] = {}
        self._hosts: dict[Sheet, list[Span]] = {}
        self._made: set[tuple[Sheet, Hashable]] = set()
        self._moving: set[Sheet] = set()

    def take(self, sheet: Sheet, splices: Sequence[Splice], made: Hashable, *, moves: bool) -> None:
        """``made`` names what comes into being, if anything; ``moves`` documents of the text, so that their indexes
        change."""
        spans = self._spans.setdefault(sheet, [])
        for splice in splices:
            insort(spans, splice.span)
        if made is not None:
            self._made.add((sheet, made))
        if moves:
            self._moving.add(sheet)
        for outer, span in _hosts(sheet):
            taken = self._hosts.setdefault(outer, [])
            if not _touches(taken, span):
                insort(taken, span)

    def same_place(self, sheet: Sheet, splices: Sequence[Splice], made: Hashable) -> bool:
        """Whether one of the splices touches another, or the same thing is made twice."""
        spans = self._spans.get(sheet, [])
        return (made is not None and (sheet, made) in self._made) or any(_touches(spans, one.span) for one in splices)

    def moved(self, sheet: Sheet, *, moves: bool) -> bool:
        """Whether what is counted by documents cannot be counted any more."""
        return sheet in self._spans and (moves or sheet in self._moving)

    def around(self, sheet: Sheet, splices: Sequence[Splice]) -> bool:
        """Whether one is a change inside a scalar that another changes."""
        inner = self._hosts.get(sheet, [])
        outer = any(_touches(self._spans.get(text, []), span) for text, span in _hosts(sheet))
        return outer or any(_touches(inner, splice.span) for splice in splices)


def _hosts(sheet: Sheet) -> Iterator[tuple[Sheet, Span]]:
    """The scalars that a text lies in, from the inside."""
    while sheet.host is not None:
        yield sheet.host.sheet, sheet.host.span
        sheet = sheet.host.sheet


def _touches(spans: Sequence[Span], span: Span) -> bool:
    """Whether any of the spans, sorted and apart, shares a character with another; an insertion at an edge does not."""
    number = bisect_left(spans, (span[1],))
    return number > 0 and spans[number - 1][1] > span[0]
