"""JUnit's XML: each finding is a test case of the suite of its file."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from xml.sax.saxutils import escape, quoteattr

from crslint.report.printable import harmless
from crslint.report.result import Located, Result
from crslint.report.words import details, where


def render(result: Result) -> str:
    """Errors and warnings are failures, infos pass, what is suppressed is skipped. A run without findings has one case
    that passes: an empty report counts as a broken one with some servers."""
    return "\n".join(_lines(result)) + "\n"


def _lines(result: Result) -> Iterator[str]:
    seconds = f"{result.summary.duration_ms / 1000:.3f}"
    yield '<?xml version="1.0" encoding="utf-8"?>'
    yield f'<testsuites name="crslint" {_counts(result.findings)} time="{seconds}">'
    for path, group in groupby(result.findings, key=lambda item: item.place.path):
        items = list(group)
        yield f"  <testsuite name={_attribute(path)} {_counts(items)}>"
        for item in items:
            yield from _case(item)
        yield "  </testsuite>"
    if not result.findings:
        yield '  <testsuite name="crslint" tests="1" failures="0" errors="0" skipped="0">'
        yield '    <testcase name="no findings" classname="crslint"/>'
        yield "  </testsuite>"
    yield "</testsuites>"


def _counts(items: tuple[Located, ...] | list[Located]) -> str:
    skipped = sum(item.finding.suppressed is not None for item in items)
    failures = sum(item.finding.suppressed is None and item.finding.severity != "info" for item in items)
    return f'tests="{len(items) or 1}" failures="{failures}" errors="0" skipped="{skipped}"'


def _case(item: Located) -> Iterator[str]:
    finding, place = item.finding, item.place
    span = place.location.range
    name = _attribute(f"{finding.code} {finding.name} ({span.line}:{span.column})")
    path = _attribute(place.path)
    yield f'    <testcase name={name} classname={path} file={path} line="{span.line}">'
    message = f"message={_attribute(finding.message)}"
    text = escape("\n".join([f"{where(place)}: {harmless(finding.message)}", *details(item)]))
    if finding.suppressed:
        yield f"      <skipped message={_attribute(f'{finding.suppressed.kind}: {finding.suppressed.reason}')}/>"
    elif finding.severity == "info":
        yield f"      <system-out>{text}</system-out>"
    else:
        yield f'      <failure type="{finding.severity}" {message}>{text}</failure>'
    yield "    </testcase>"


def _attribute(text: str) -> str:
    """Quoted; what XML cannot say is a visible escape."""
    return quoteattr(harmless(text))
