"""Annotations of GitHub Actions: workflow commands that the runner takes from a step's output."""

from __future__ import annotations

from crslint.finding import Severity
from crslint.report.printable import harmless
from crslint.report.result import Located, Result
from crslint.report.words import details, shown

_COMMANDS: dict[Severity, str] = {"error": "error", "warning": "warning", "info": "notice"}


def render(result: Result, verbose: bool) -> str:
    """One command a line; empty where nothing was found."""
    return "".join(f"{_command(item)}\n" for item in shown(result, verbose))


def _command(item: Located) -> str:
    finding, span = item.finding, item.place.location.range
    properties = {"title": f"{finding.code} {finding.name}", "file": item.place.path, "line": span.line}
    if span.line == span.end_line:
        # Both columns belong to one line, and the second is the last that is marked.
        properties |= {"col": span.column, "endColumn": max(span.column, span.end_column - 1)}
    else:
        properties["endLine"] = span.end_line
    listed = ",".join(f"{name}={_property(str(value))}" for name, value in properties.items())
    text = "\n".join([harmless(finding.message), *details(item)])
    return f"::{_COMMANDS[finding.severity]} {listed}::{_data(text)}"


def _data(text: str) -> str:
    """What the runner turns back: no text can end the line and begin another command."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
