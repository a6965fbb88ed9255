"""GitLab's code quality report: what merge requests show as a widget and in the diff."""

from __future__ import annotations

from crslint.finding import Severity
from crslint.report.json import dumped
from crslint.report.printable import harmless
from crslint.report.result import Located, Result

_SEVERITIES: dict[Severity, str] = {"error": "major", "warning": "minor", "info": "info"}


def render(result: Result) -> str:
    """A list with one issue for each finding."""
    return dumped([_issue(item) for item in result.findings if item.finding.suppressed is None])


def _issue(item: Located) -> dict[str, object]:
    finding, span = item.finding, item.place.location.range
    return {
        "check_name": finding.code,
        "description": f"{finding.code}: {harmless(finding.message)}",
        "severity": _SEVERITIES[finding.severity],
        "fingerprint": item.fingerprint,
        "location": {
            "path": item.place.path,
            "positions": {
                "begin": {"line": span.line, "column": span.column},
                "end": {"line": span.end_line, "column": span.end_column},
            },
        },
    }
