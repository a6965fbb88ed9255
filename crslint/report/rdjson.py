"""Reviewdog's diagnostic format: comments on a change, with suggestions that a click applies."""

from __future__ import annotations

from crslint.finding import Range, Severity
from crslint.report.json import dumped
from crslint.report.printable import harmless
from crslint.report.result import Located, Place, Replacement, Result
from crslint.report.sources import Texts
from crslint.report.words import notes

_SEVERITIES: dict[Severity, str] = {"error": "ERROR", "warning": "WARNING", "info": "INFO"}


def render(result: Result) -> str:
    """Columns count bytes of UTF-8, as reviewdog wants them."""
    diagnostics = [_diagnostic(item, result.sources) for item in result.findings if item.finding.suppressed is None]
    return dumped({"source": {"name": "crslint"}, "diagnostics": diagnostics})


def _diagnostic(item: Located, sources: Texts) -> dict[str, object]:
    finding = item.finding
    text = "\n".join([harmless(finding.message), *(f"{name}: {harmless(value)}" for name, value in notes(item))])
    diagnostic: dict[str, object] = {
        "message": text,
        "location": _location(item.place, sources),
        "severity": _SEVERITIES[finding.severity],
        "code": {"value": finding.code},
    }
    if item.related:
        diagnostic["related_locations"] = [
            {"message": harmless(place.label), "location": _location(place, sources)} for place in item.related
        ]
    if suggestion := _suggestion(item, sources):
        diagnostic["suggestions"] = [suggestion]
    return diagnostic


def _location(place: Place, sources: Texts) -> dict[str, object]:
    return {"path": place.path, "range": _range(place.location.range, place.location.path, sources)}


def _suggestion(item: Located, sources: Texts) -> dict[str, object] | None:
    """The whole fix as one replacement: several suggestions would be taken one without the other, and one has no path
    of its own. None where the fix touches other files, or has a Secret's value between its edits."""
    edits = [edit for edit in item.edits or () if isinstance(edit, Replacement) and edit.path == item.place.path]
    if not edits or len(edits) != len(item.edits or ()):
        return None
    path = item.place.location.path
    text, lines = sources.text(path), sources.lines(path)
    spans = [
        (lines.offset(edit.range.line, edit.range.column), lines.offset(edit.range.end_line, edit.range.end_column))
        for edit in edits
    ]
    start, end = spans[0][0], spans[-1][1]
    if len(edits) > 1 and any(first < end and last > start for first, last in sources.secrets(path)):
        return None
    merged, reached = "", start
    for edit, (first, last) in zip(edits, spans, strict=True):
        merged += text[reached:first] + edit.text
        reached = last
    begin, stop = edits[0].range, edits[-1].range
    whole = Range(begin.line, begin.column, stop.end_line, stop.end_column)
    return {"range": _range(whole, path, sources), "text": merged}


def _range(span: Range, path: str, sources: Texts) -> dict[str, object]:
    return {
        "start": {"line": span.line, "column": _bytes(sources, path, span.line, span.column)},
        "end": {"line": span.end_line, "column": _bytes(sources, path, span.end_line, span.end_column)},
    }


def _bytes(sources: Texts, path: str, line: int, column: int) -> int:
    lines = sources.lines(path)
    before = sources.text(path)[lines.offset(line, 1) : lines.offset(line, column)]
    return 1 + len(before.encode("utf-8", "surrogatepass"))
