"""The JSON report: a contract, described by `schemas/report.json`."""

from __future__ import annotations

import json

from crslint import __version__
from crslint.report.result import Creation, Located, Place, Replacement, Result


def render(result: Result) -> str:
    """ASCII text (everything else is escaped), so that no terminal and no encoding can spoil it."""
    return dumped(report(result))


def dumped(data: object) -> str:
    """JSON in ASCII; a lone surrogate, which no strict reader takes, becomes U+FFFD."""
    text = json.dumps(data, ensure_ascii=False, indent=2)
    if not text.isascii():
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        text = "".join(char if char.isascii() else json.dumps(char)[1:-1] for char in text)
    return text + "\n"


def report(result: Result) -> dict[str, object]:
    summary = result.summary
    return {
        "version": 1,
        "tool": {"name": "crslint", "version": __version__},
        "findings": [_finding(item) for item in result.findings],
        "summary": {
            "files": summary.files,
            "documents": summary.documents,
            "payloadDocuments": summary.payload_documents,
            "clusters": summary.clusters,
            "errors": summary.errors,
            "warnings": summary.warnings,
            "infos": summary.infos,
            "suppressed": summary.suppressed,
            "fixable": summary.fixable,
            "durationMs": summary.duration_ms,
        },
        "notChecked": [
            {"path": item.path, "address": item.entry.at, "reason": item.entry.reason} for item in result.omissions
        ],
    }


def _finding(item: Located) -> dict[str, object]:
    finding, inner = item.finding, item.place.location.inner
    layer = item.place.location.layer
    return {
        "code": finding.code,
        "name": finding.name,
        "severity": finding.severity,
        "message": finding.message,
        **_range(item.place),
        "address": finding.at,
        "layer": None
        if layer is None or inner is None
        else {"path": layer, "line": inner.line, "column": inner.column},
        "clusters": list(finding.clusters),
        "count": finding.count,
        "related": [
            {**_range(place), "address": place.location.address, "label": place.label} for place in item.related
        ],
        "fix": _fix(item),
        "suppressed": (
            {"kind": finding.suppressed.kind, "reason": finding.suppressed.reason} if finding.suppressed else None
        ),
        "fingerprint": item.fingerprint,
    }


def _range(place: Place) -> dict[str, object]:
    where = place.location.range
    return {
        "path": place.path,
        "line": where.line,
        "column": where.column,
        "endLine": where.end_line,
        "endColumn": where.end_column,
    }


def _fix(item: Located) -> dict[str, object] | None:
    fix = item.finding.fix
    if fix is None:
        return None
    edits = None if item.edits is None else [_edit(edit) for edit in item.edits]
    return {"safety": fix.safety, "title": fix.title, "edits": edits, "transform": fix.transform}


def _edit(edit: Replacement | Creation) -> dict[str, object]:
    if isinstance(edit, Creation):
        return {"path": edit.path, "create": True, "content": edit.text}
    return {
        "path": edit.path,
        "startLine": edit.range.line,
        "startColumn": edit.range.column,
        "endLine": edit.range.end_line,
        "endColumn": edit.range.end_column,
        "replacement": edit.text,
    }
