"""The report for people at a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from crslint.finding import Severity
from crslint.record import record
from crslint.report.printable import harmless
from crslint.report.result import Located, Place, Result
from crslint.report.style import PLAIN, Style
from crslint.report.words import inside, last_line, notes, shown, where, worst_first

if TYPE_CHECKING:
    from crslint.report.frame import Frame


@record
class TextReport:
    """``verbose`` shows infos, what is suppressed and what was not checked."""

    result: Result
    style: Style = PLAIN
    verbose: bool = False

    def render(self) -> str:
        items = worst_first(shown(self.result, self.verbose))
        blocks = ["\n".join(self._finding(item, first=index == 0)) for index, item in enumerate(items)]
        if self.verbose and (suppressed := list(self._suppressed())):
            blocks.append("\n".join([self.style.paint("title", "suppressed:"), *suppressed]))
        if self.verbose and self.result.omissions:
            blocks.append("\n".join(self._omissions()))
        blocks.append("\n".join(self.style.fold(last_line(self.result, self.verbose))))
        return "\n\n".join(blocks) + "\n"

    def _finding(self, item: Located, first: bool) -> Iterator[str]:
        from crslint.report.frame import WIDTH, frame

        finding, paint = item.finding, self.style.paint
        places = (item.place, *item.related)
        margin = max(3, *(len(str(place.location.range.line)) for place in places))
        # The gutter, and an ellipsis at either end.
        limit = min(WIDTH, self.style.columns - margin - 5) if self.style.columns else WIDTH
        head = f"{finding.severity}[{finding.code}]"
        title, *more = self.style.fold(f"{head}: {harmless(finding.message)}", indent=2)
        yield f"{paint(finding.severity, head)}{paint('title', title[len(head) :])}"
        yield from (paint("title", line) for line in more)
        for index, place in enumerate(places):
            arrow = "-->" if index == 0 else ":::"
            here, *more = self._place(place, margin + 3)
            yield f"{' ' * (margin - 1)}{paint('gutter', arrow)} {here}"
            yield from more
            cut = frame(self.result.sources, place.location, limit)
            yield from self._frame(cut, margin, finding.severity if index == 0 else None, place.label)
            if index < len(places) - 1:
                yield self._gutter("", margin)
        for name, value in notes(item):
            # Where there is but one cluster, it need not be named.
            if name != "cluster" or self.result.summary.clusters > 1:
                yield from self._note(name, value, margin)
        if first:
            yield from self._note("help", f"crslint explain {finding.code}", margin)

    def _frame(self, cut: Frame, margin: int, severity: Severity | None, label: str) -> Iterator[str]:
        blank, role = self._gutter("", margin), severity or "gutter"
        yield blank
        yield f"{self._gutter(str(cut.line), margin)} {cut.text}".rstrip()
        marker = ("^" if severity else "-") * cut.length
        lines = [f"{marker} {harmless(label)}"] if label else [marker]
        if self.style.columns and margin + 2 + cut.indent + len(lines[0]) >= self.style.columns:
            lines = [marker, *(line.lstrip() for line in self._label(label, margin + 2 + cut.indent))]
        for line in lines:
            yield f"{blank} {' ' * cut.indent}{self.style.paint(role, line)}"

    def _place(self, place: Place, begin: int) -> list[str]:
        """What it lies in on a line of its own where both do not fit: the path must stay whole."""
        text = inside(place)
        if not self.style.columns or begin + len(text) < self.style.columns:
            return [text]
        path = where(place)
        first, *more = self.style.fold(text[len(path) + 1 :], begin, begin + 1)
        return [path, " " * begin + first, *more]

    def _label(self, label: str, begin: int) -> list[str]:
        """Below the marker, since it does not fit beside it."""
        return self.style.fold(harmless(label), begin, begin) if label else []

    def _gutter(self, number: str, margin: int) -> str:
        return self.style.paint("gutter", f"{number:<{margin}}|")

    def _note(self, name: str, value: str, margin: int) -> Iterator[str]:
        paint, begin = self.style.paint, margin + 2
        first, *more = self.style.fold(f"{name}: {harmless(value)}", begin, begin + 2)
        yield f"{' ' * margin}{paint('gutter', '=')} {paint('title', name + ':')}{first[len(name) + 1 :]}"
        yield from more

    def _suppressed(self) -> Iterator[str]:
        for item in self.result.findings:
            if reason := item.finding.suppressed:
                yield f"  {where(item.place)}: {item.finding.code} ({harmless(f'{reason.kind}: {reason.reason}')})"

    def _omissions(self) -> Iterator[str]:
        yield self.style.paint("title", "not checked:")
        for item in self.result.omissions:
            yield f"  {harmless(item.entry.at or item.path)}: {item.entry.reason}"
