"""``...`` ends the stream for the controller: ``---`` in its place begins the next document."""

from __future__ import annotations

from collections.abc import Sequence

from crslint.finding import Finding
from crslint.fix.change import CannotFix, Change, Splice, TextChange
from crslint.fix.sites import Sheets
from crslint.fleet.fleet import Fleet
from crslint.source.text import BREAK


def changes(finding: Finding, _fleet: Fleet, sheets: Sheets) -> Sequence[Change]:
    sheet, index = sheets.layer(finding.at)
    if not isinstance(finding.span, tuple):
        raise CannotFix("its place is not known")
    start, end = finding.span
    marker = sheet.text[start:end]
    splices = [Splice(start, end, "---")] if marker == "..." else []
    if marker == "---":
        # It stands behind a line break that the controller's reader does not know.
        before = next((match for match in BREAK.finditer(sheet.text, 0, start) if match.end() == start), None)
        if before is not None:
            splices = [Splice(before.start(), before.end(), "\n")]
    if not splices:
        raise CannotFix("its place is not known")
    return (TextChange(finding.at, tuple(splices), index, index),)
