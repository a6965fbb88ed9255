"""What only an API server writes goes from an object that was read from a cluster."""

from __future__ import annotations

from collections.abc import Sequence

from crslint.finding import Edit, Finding
from crslint.fix.change import Change
from crslint.fix.sites import Sheets
from crslint.fix.transforms.lookup import payload_object
from crslint.fleet.fleet import Fleet


def changes(finding: Finding, fleet: Fleet, _sheets: Sheets) -> Sequence[Change]:
    return [Edit("remove", part["at"]) for part in payload_object(finding, fleet).exported]
