"""The report for people at a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from crslint.finding import Reason, Severity
from crslint.record import record
from crslint.report.frame import Frame, counted, frame, harmless
from crslint.report.result import Located, Place, Result, Summary
from crslint.report.style import PLAIN, Style

_SHOWN_CLUSTERS = 3
_OMITTED: dict[Reason, tuple[str, str]] = {
    "template": ("file is a template", "files are templates"),
    "binary": ("file is not text", "files are not text"),
    "encrypted": ("file is encrypted", "files are encrypted"),
    "no-schema": ("kind has no schema", "kinds have no schema"),
    "unknown-value": ("check met an unknown value", "checks met unknown values"),
    "limit": ("check ran into a limit", "checks ran into a limit"),
}


@record
class TextReport:
    """``verbose`` shows infos and what was not checked."""

    result: Result
    style: Style = PLAIN
    verbose: bool = False

    def render(self) -> str:
        shown = [item for item in self.result.findings if self._is_shown(item)]
        blocks = ["\n".join(self._finding(item, first=index == 0)) for index, item in enumerate(shown)]
        if self.verbose and self.result.omissions:
            blocks.append("\n".join(self._omissions()))
        blocks.append(self._last_line())
        return "\n\n".join(blocks) + "\n"

    def _is_shown(self, item: Located) -> bool:
        return item.finding.suppressed is None and (self.verbose or item.finding.severity != "info")

    def _finding(self, item: Located, first: bool) -> Iterator[str]:
        finding, paint = item.finding, self.style.paint
        places = (item.place, *item.related)
        frames = [frame(self.result.sources, place.location) for place in places]
        margin = max(3, *(len(str(shown.line)) for shown in frames))
        head = paint(finding.severity, f"{finding.severity}[{finding.code}]")
        yield f"{head}{paint('title', f': {harmless(finding.message)}')}"
        for index, (place, shown) in enumerate(zip(places, frames, strict=True)):
            arrow = "-->" if index == 0 else ":::"
            yield f"{' ' * (margin - 1)}{paint('gutter', arrow)} {where(place)}"
            severity = finding.severity if index == 0 else None
            yield from self._frame(shown, margin, severity, place.label)
            if index < len(places) - 1:
                yield self._gutter("", margin)
        for name, value in self._notes(item, first):
            yield f"{' ' * margin}{paint('gutter', '=')} {paint('title', name + ':')} {harmless(value)}"

    def _frame(self, shown: Frame, margin: int, severity: Severity | None, label: str) -> Iterator[str]:
        marker = ("^" if severity else "-") * shown.length
        if label:
            marker += f" {harmless(label)}"
        yield self._gutter("", margin)
        yield f"{self._gutter(str(shown.line), margin)} {shown.text}".rstrip()
        yield f"{self._gutter('', margin)} {' ' * shown.indent}{self.style.paint(severity or 'gutter', marker)}"

    def _gutter(self, number: str, margin: int) -> str:
        return self.style.paint("gutter", f"{number:<{margin}}|")

    def _notes(self, item: Located, first: bool) -> Iterator[tuple[str, str]]:
        finding = item.finding
        if finding.clusters:
            yield "cluster" if len(finding.clusters) == 1 else "clusters", _enumerated(finding.clusters)
        if finding.count > 1:
            yield "places", str(finding.count)
        if finding.fix:
            yield "suggested", f"{finding.fix.title} ({finding.fix.safety})"
        if first:
            yield "help", f"crslint explain {finding.code}"

    def _omissions(self) -> Iterator[str]:
        yield self.style.paint("title", "not checked:")
        for item in self.result.omissions:
            yield f"  {harmless(item.entry.at or item.path)}: {item.entry.reason}"

    def _last_line(self) -> str:
        line = what_was_checked(self.result.summary)
        remarks = [
            counted(number, *_OMITTED[reason])
            for reason in _OMITTED
            if (number := sum(item.entry.reason == reason for item in self.result.omissions))
        ]
        hidden = self.result.summary.infos
        if hidden and not self.verbose:
            remarks.append(f"{counted(hidden, 'info is', 'infos are')} hidden (--verbose shows them)")
        return f"{line}; {', '.join(remarks)}" if remarks else line


def what_was_checked(summary: Summary) -> str:
    number = summary.errors + summary.warnings + summary.infos
    kinds = [counted(summary.errors, "error", "errors"), counted(summary.warnings, "warning", "warnings")]
    if summary.infos:
        kinds.append(counted(summary.infos, "info", "infos"))
    line = (
        f"{counted(number, 'finding', 'findings')} ({', '.join(kinds)}; {summary.fixable} fixable) "
        f"in {counted(summary.documents, 'document', 'documents')} of {counted(summary.files, 'file', 'files')}, "
        f"{counted(summary.clusters, 'cluster', 'clusters')}"
    )
    return f"{line}; {summary.suppressed} suppressed" if summary.suppressed else line


def where(place: Place) -> str:
    """``path:line:column``, and what it lies in."""
    position = f"{harmless(place.path)}:{place.location.range.line}:{place.location.range.column}"
    return f"{position} ({harmless(place.inside)})" if place.inside else position


def _enumerated(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_SHOWN_CLUSTERS])
    rest = len(names) - _SHOWN_CLUSTERS
    return f"{shown} and {rest} more ({len(names)})" if rest > 0 else shown
