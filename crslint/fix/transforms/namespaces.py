"""Every object of a payload that needs a namespace and has none gets the one that the payload implies."""

from __future__ import annotations

from collections.abc import Sequence

from crslint import address
from crslint.finding import Edit, Finding
from crslint.fix.change import CannotFix, Change
from crslint.fix.sites import Sheets
from crslint.fix.transforms.lookup import objects_of, payload
from crslint.fleet.fleet import Fleet


def changes(finding: Finding, fleet: Fleet, _sheets: Sheets) -> Sequence[Change]:
    found = payload(finding.at, fleet)
    if found.implied_namespace is None:
        raise CannotFix("the payload does not say which namespace is meant")
    return [
        Edit("set", address.at(item.at, ("metadata", "namespace")), found.implied_namespace)
        for item in objects_of(found.at, fleet)
        if item.scope == "Namespaced" and item.namespace in (None, "")
    ]
