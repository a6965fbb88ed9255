"""Deprecated fields of a kustomization become those that say the same today."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from crslint import address
from crslint.finding import Edit, Finding
from crslint.fix.change import CannotFix, Change
from crslint.fix.edits import value_at
from crslint.fix.sites import Sheets
from crslint.fleet.fleet import Fleet


def changes(finding: Finding, _fleet: Fleet, sheets: Sheets) -> Sequence[Change]:
    field = address.parse(finding.at).pointer[-1]
    if field not in _SUCCESSORS:
        raise CannotFix(f"{field} has no other form")
    instead, items = _SUCCESSORS[field]
    new = items(value_at(sheets.site(finding.at)))
    target = address.at(address.document_of(finding.at), (instead,))
    present = sheets.site(target)
    if present.missing and field == "bases":
        return (Edit("rename", finding.at, instead),)
    if present.missing:
        return (Edit("remove", finding.at), Edit("set", target, new))
    return (*(Edit("append", target, item) for item in new), Edit("remove", finding.at))


def _bases(value: Any) -> list[Any]:
    return _list(value)


def _labels(value: Any) -> list[Any]:
    if not isinstance(value, dict):
        raise CannotFix("it is no mapping")
    return [{"pairs": value, "includeSelectors": True}]


def _strategic(value: Any) -> list[Any]:
    """An entry is a path, or the patch itself."""
    return [{"patch": item} if "\n" in item or ": " in item else {"path": item} for item in map(str, _list(value))]


def _json(value: Any) -> list[Any]:
    return _list(value)


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise CannotFix("it is no list")
    return value


_SUCCESSORS: Mapping[str, tuple[str, Callable[[Any], list[Any]]]] = {
    "bases": ("resources", _bases),
    "commonLabels": ("labels", _labels),
    "patchesStrategicMerge": ("patches", _strategic),
    "patchesJson6902": ("patches", _json),
}
