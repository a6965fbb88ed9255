"""Kustomize is taught a reference that it does not know, by a file that the kustomization names."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence
from typing import Any

from crslint import address
from crslint.finding import Edit, Finding
from crslint.fix.change import CannotFix, Change, NewFile
from crslint.fix.edits import value_at
from crslint.fix.sites import Sheets
from crslint.fix.style import Style, block_lines
from crslint.fleet.entities.gitops import Kustomization
from crslint.fleet.fleet import Fleet

_FILE = "name-reference.yaml"
_FIELD = "configurations"
_LIST = "nameReference"
_PROJECT: Mapping[str, Any] = {
    "kind": "AppProject",
    "group": "argoproj.io",
    "fieldSpecs": [{"kind": "Application", "group": "argoproj.io", "path": "spec/project"}],
}


def changes(finding: Finding, fleet: Fleet, sheets: Sheets) -> Sequence[Change]:
    owner = address.document_of(finding.at)
    found = fleet.entity(owner, Kustomization.ENTITY)
    rows = found.references if isinstance(found, Kustomization) else []
    row = next((row for row in rows if row["at"] == finding.at and row["breaks"]), None)
    if row is None:
        raise CannotFix("the reference is not known")
    rule = _PROJECT if row["what"] == "project" else _payload(_kind(row["reference"], sheets))
    path = posixpath.join(posixpath.dirname(address.path_of(owner)), _FILE)
    listed = (
        value_at(sheets.site(address.at(owner, (_FIELD,))))
        if not sheets.site(address.at(owner, (_FIELD,))).missing
        else []
    )
    if isinstance(listed, list) and _FILE in listed:
        return (Edit("append", address.at(address.document(path, 0), (_LIST,)), dict(rule)),)
    text = "".join(f"{line}\n" for line in block_lines({_LIST: [dict(rule)]}, Style()))
    return (NewFile(path, text), Edit("append", address.at(owner, (_FIELD,)), _FILE))


def _payload(kind: str) -> dict[str, Any]:
    where = {"kind": "ClusterResourceSet", "group": "addons.cluster.x-k8s.io", "path": "spec/resources/name"}
    return {"kind": kind, "version": "v1", "fieldSpecs": [where]}


def _kind(reference: str, sheets: Sheets) -> str:
    """Of the payload that the entry of a set names."""
    at = reference if not reference.endswith("/name") else reference.rpartition("/")[0]
    entry = value_at(sheets.site(at))
    kind = entry.get("kind") if isinstance(entry, dict) else None
    if not isinstance(kind, str):
        raise CannotFix("the kind of the payload is not known")
    return kind
