"""An object in the shape of the version before gets that of its own version."""

from __future__ import annotations

from collections.abc import Sequence

from crslint import address
from crslint.finding import Finding
from crslint.fix.change import CannotFix, Change
from crslint.fix.edits import value_at
from crslint.fix.sites import Sheets
from crslint.fix.transforms.shapes import reshaped
from crslint.fleet.fleet import Fleet


def changes(finding: Finding, _fleet: Fleet, sheets: Sheets) -> Sequence[Change]:
    at = address.document_of(finding.at)
    data = value_at(sheets.site(at))
    if not isinstance(data, dict) or not str(data.get("apiVersion")).endswith("/v1beta2"):
        raise CannotFix("only what is written as v1beta2 is known in both shapes")
    edits = reshaped(at, data)
    if not any(address.within(edit.at, finding.at) or address.within(finding.at, edit.at) for edit in edits):
        raise CannotFix("what its version has instead is not known")
    return edits
