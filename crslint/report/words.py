"""What reports for people say of a finding and of a run, whatever the form."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from crslint.finding import SEVERITIES, Reason
from crslint.report.printable import counted, harmless
from crslint.report.result import Located, Place, Result, Summary

_SHOWN_CLUSTERS = 3
_OMITTED: dict[Reason, tuple[str, str]] = {
    "template": ("file is a template", "files are templates"),
    "binary": ("file is not text", "files are not text"),
    "encrypted": ("file is encrypted", "files are encrypted"),
    "no-schema": ("kind has no schema", "kinds have no schema"),
    "unknown-value": ("check met an unknown value", "checks met unknown values"),
    "limit": ("check ran into a limit", "checks ran into a limit"),
    "not-rendered": ("source was not rendered", "sources were not rendered"),
}


def shown(result: Result, verbose: bool) -> list[Located]:
    """Findings that people are to see: not the suppressed ones, infos on demand."""
    return [
        item
        for item in result.findings
        if item.finding.suppressed is None and (verbose or item.finding.severity != "info")
    ]


def worst_first(items: Sequence[Located]) -> list[Located]:
    """Errors before warnings before infos; else as they were."""
    return sorted(items, key=lambda item: -SEVERITIES.index(item.finding.severity))


def where(place: Place) -> str:
    """``path:line:column``."""
    return f"{harmless(place.path)}:{place.location.range.line}:{place.location.range.column}"


def inside(place: Place) -> str:
    """``path:line:column``, and what it lies in."""
    return f"{where(place)} ({harmless(place.inside)})" if place.inside else where(place)


def notes(item: Located) -> Iterator[tuple[str, str]]:
    """Clusters, count and fix of a finding, each with its name."""
    finding = item.finding
    if finding.clusters:
        yield "cluster" if len(finding.clusters) == 1 else "clusters", _enumerated(finding.clusters)
    if finding.count > 1:
        yield "places", str(finding.count)
    if finding.fix:
        option = "" if finding.fix.safety == "safe" else " --unsafe"
        yield "fix", f"{finding.fix.title} ({finding.fix.safety}; crslint fix{option})"


def details(item: Located) -> Iterator[str]:
    """A finding's other places and its notes, one a line."""
    for place in item.related:
        yield f"{inside(place)}: {harmless(place.label)}" if place.label else inside(place)
    for name, value in notes(item):
        yield f"{name}: {harmless(value)}"


def last_line(result: Result, verbose: bool) -> str:
    """What was found, what was checked and what was not."""
    remarks = [
        counted(number, *_OMITTED[reason])
        for reason in _OMITTED
        if (number := sum(item.entry.reason == reason for item in result.omissions))
    ]
    hidden = result.summary.infos
    if hidden and not verbose:
        remarks.append(f"{counted(hidden, 'info is', 'infos are')} hidden (--verbose shows them)")
    line = _what_was_checked(result.summary)
    return f"{line}; {', '.join(remarks)}" if remarks else line


def _what_was_checked(summary: Summary) -> str:
    severities = (
        (summary.errors, "error", "errors"),
        (summary.warnings, "warning", "warnings"),
        (summary.infos, "info", "infos"),
    )
    number = summary.errors + summary.warnings + summary.infos
    found = counted(number, "finding", "findings")
    if number:
        fixable = f"; {summary.fixable} fixable" if summary.fixable else ""
        found += f" ({', '.join(counted(*each) for each in severities if each[0])}{fixable})"
    documents = counted(summary.documents, "document", "documents")
    files = counted(summary.files, "file", "files")
    line = f"{found} in {documents} of {files}, {counted(summary.clusters, 'cluster', 'clusters')}"
    return f"{line}; {summary.suppressed} suppressed" if summary.suppressed else line


def _enumerated(names: Sequence[str]) -> str:
    listed = ", ".join(names[:_SHOWN_CLUSTERS])
    rest = len(names) - _SHOWN_CLUSTERS
    return f"{listed} and {rest} more ({len(names)})" if rest > 0 else listed
