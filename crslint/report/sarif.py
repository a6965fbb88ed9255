"""SARIF 2.1.0, which code scanning reads."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from itertools import groupby
from urllib.parse import quote

from crslint import __version__
from crslint.finding import Range, Severity, Suppression
from crslint.policy.rule import Rule
from crslint.report.json import dumped
from crslint.report.printable import harmless
from crslint.report.result import Creation, Located, Omission, Place, Replacement, Result

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS: dict[Severity, str] = {"error": "error", "warning": "warning", "info": "note"}
_PROBLEMS: dict[Severity, str] = {"error": "error", "warning": "warning", "info": "recommendation"}
# Written into the files; whatever else suppresses a finding lies outside of them.
_IN_SOURCE = frozenset({"comment", "annotation"})
_FINGERPRINT = "crslintFinding/v1"


def render(result: Result) -> str:
    """One log with one run; the rules are those that found something."""
    codes = sorted({item.finding.code for item in result.findings})
    driver = {
        "name": "crslint",
        "version": __version__,
        "semanticVersion": __version__,
        "rules": [_rule(code, result.rules) for code in codes],
    }
    invocation = {
        "executionSuccessful": True,
        "toolExecutionNotifications": [_notification(item) for item in result.omissions],
    }
    run = {
        "tool": {"driver": driver},
        "invocations": [invocation],
        "columnKind": "unicodeCodePoints",
        "results": [_result(item, codes.index(item.finding.code)) for item in result.findings],
    }
    return dumped({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]})


def _rule(code: str, rules: Mapping[str, Rule]) -> dict[str, object]:
    rule = rules.get(code)
    if rule is None:
        return {"id": code}
    references = "".join(f"\n- {reference}" for reference in rule.references)
    text = f"{rule.why.strip()}\n" + (f"\nReferences:\n{references}\n" if references else "")
    return {
        "id": code,
        "name": rule.name,
        "shortDescription": _message(rule.title),
        "fullDescription": _message(" ".join(rule.why.split())),
        "help": {"text": _escaped(f"{text}\ncrslint explain {code}"), "markdown": _escaped(text)},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": {"tags": [code[:3]], "problem.severity": _PROBLEMS[rule.severity]},
    }


def _result(item: Located, index: int) -> dict[str, object]:
    finding = item.finding
    properties: dict[str, object] = {"count": finding.count, "clusters": list(finding.clusters)}
    if finding.fix:
        properties["fix"] = {"safety": finding.fix.safety, "title": finding.fix.title}
    result: dict[str, object] = {
        "ruleId": finding.code,
        "ruleIndex": index,
        "level": _LEVELS[finding.severity],
        "message": _message(harmless(finding.message)),
        "locations": [_location(item.place)],
        "partialFingerprints": {_FINGERPRINT: item.fingerprint},
        "properties": properties,
    }
    if item.related:
        result["relatedLocations"] = [_related(place, number) for number, place in enumerate(item.related, 1)]
    if fix := _fix(item):
        result["fixes"] = [fix]
    if finding.suppressed:
        result["suppressions"] = [_suppression(finding.suppressed)]
    return result


def _location(place: Place) -> dict[str, object]:
    physical = {"artifactLocation": {"uri": _uri(place.path)}, "region": _region(place.location.range)}
    return {"physicalLocation": physical, "logicalLocations": [{"fullyQualifiedName": place.location.address}]}


def _related(place: Place, number: int) -> dict[str, object]:
    label = {"message": _message(harmless(place.label))} if place.label else {}
    return {"id": number, **_location(place), **label}


def _region(span: Range) -> dict[str, int]:
    return {
        "startLine": span.line,
        "startColumn": span.column,
        "endLine": span.end_line,
        "endColumn": span.end_column,
    }


def _fix(item: Located) -> dict[str, object] | None:
    """None where the fix makes files, which SARIF has no word for."""
    edits: list[Replacement] = []
    for edit in item.edits or ():
        if isinstance(edit, Creation):
            return None
        edits.append(edit)
    if not edits or item.finding.fix is None:
        return None
    changes = [_change(path, list(group)) for path, group in groupby(edits, key=lambda edit: edit.path)]
    return {"description": _message(harmless(item.finding.fix.title)), "artifactChanges": changes}


def _change(path: str, edits: Sequence[Replacement]) -> dict[str, object]:
    replacements = [
        {"deletedRegion": _region(edit.range), "insertedContent": {"text": edit.text}}
        if edit.text
        else {"deletedRegion": _region(edit.range)}
        for edit in edits
    ]
    return {"artifactLocation": {"uri": _uri(path)}, "replacements": replacements}


def _suppression(suppression: Suppression) -> dict[str, str]:
    kind = "inSource" if suppression.kind in _IN_SOURCE else "external"
    return {"kind": kind, "justification": suppression.reason}


def _notification(item: Omission) -> dict[str, object]:
    location: dict[str, object] = {"physicalLocation": {"artifactLocation": {"uri": _uri(item.path)}}}
    if item.entry.at:
        location["logicalLocations"] = [{"fullyQualifiedName": item.entry.at}]
    return {
        "descriptor": {"id": item.entry.reason},
        "level": "note",
        "message": _message(f"not checked: {item.entry.reason}"),
        "locations": [location],
    }


def _message(text: str) -> dict[str, str]:
    return {"text": _escaped(text)}


def _escaped(text: str) -> str:
    """Without placeholders and links, which SARIF has in plain text too: braces are doubled (3.11.5), and what would
    be a link is taken apart (3.11.6)."""
    return text.replace("{", "{{").replace("}", "}}").replace("](", "] (")


def _uri(path: str) -> str:
    """A relative reference, undecodable bytes included."""
    return quote(os.fsencode(path))
