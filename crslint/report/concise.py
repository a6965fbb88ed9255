"""One line for each finding, for small screens, `grep` and problem matchers."""

from __future__ import annotations

from crslint.report.printable import harmless
from crslint.report.result import Located, Result
from crslint.report.style import Style
from crslint.report.words import last_line, shown, where


def render(result: Result, style: Style, verbose: bool) -> str:
    """``path:line:column: severity[CODE] message``, and a last line that sums up."""
    lines = [_line(item, style) for item in shown(result, verbose)]
    return "\n".join([*lines, last_line(result, verbose)]) + "\n"


def _line(item: Located, style: Style) -> str:
    finding = item.finding
    head = style.paint(finding.severity, f"{finding.severity}[{finding.code}]")
    return f"{style.paint('title', where(item.place))}: {head} {harmless(finding.message)}"
