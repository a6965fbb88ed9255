"""The report for people at a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from crslint.finding import Severity
from crslint.record import record
from crslint.report.frame import Frame, frame, harmless
from crslint.report.result import Located, Result
from crslint.report.style import PLAIN, Style
from crslint.report.words import inside, last_line, notes, shown


@record
class TextReport:
    """``verbose`` shows infos and what was not checked."""

    result: Result
    style: Style = PLAIN
    verbose: bool = False

    def render(self) -> str:
        items = shown(self.result, self.verbose)
        blocks = ["\n".join(self._finding(item, first=index == 0)) for index, item in enumerate(items)]
        if self.verbose and self.result.omissions:
            blocks.append("\n".join(self._omissions()))
        blocks.append(last_line(self.result, self.verbose))
        return "\n\n".join(blocks) + "\n"

    def _finding(self, item: Located, first: bool) -> Iterator[str]:
        finding, paint = item.finding, self.style.paint
        places = (item.place, *item.related)
        frames = [frame(self.result.sources, place.location) for place in places]
        margin = max(3, *(len(str(cut.line)) for cut in frames))
        head = paint(finding.severity, f"{finding.severity}[{finding.code}]")
        yield f"{head}{paint('title', f': {harmless(finding.message)}')}"
        for index, (place, cut) in enumerate(zip(places, frames, strict=True)):
            arrow = "-->" if index == 0 else ":::"
            yield f"{' ' * (margin - 1)}{paint('gutter', arrow)} {inside(place)}"
            severity = finding.severity if index == 0 else None
            yield from self._frame(cut, margin, severity, place.label)
            if index < len(places) - 1:
                yield self._gutter("", margin)
        for name, value in notes(item):
            yield self._note(name, value, margin)
        if first:
            yield self._note("help", f"crslint explain {finding.code}", margin)

    def _frame(self, cut: Frame, margin: int, severity: Severity | None, label: str) -> Iterator[str]:
        marker = ("^" if severity else "-") * cut.length
        if label:
            marker += f" {harmless(label)}"
        yield self._gutter("", margin)
        yield f"{self._gutter(str(cut.line), margin)} {cut.text}".rstrip()
        yield f"{self._gutter('', margin)} {' ' * cut.indent}{self.style.paint(severity or 'gutter', marker)}"

    def _gutter(self, number: str, margin: int) -> str:
        return self.style.paint("gutter", f"{number:<{margin}}|")

    def _note(self, name: str, value: str, margin: int) -> str:
        paint = self.style.paint
        return f"{' ' * margin}{paint('gutter', '=')} {paint('title', name + ':')} {harmless(value)}"

    def _omissions(self) -> Iterator[str]:
        yield self.style.paint("title", "not checked:")
        for item in self.result.omissions:
            yield f"  {harmless(item.entry.at or item.path)}: {item.entry.reason}"
