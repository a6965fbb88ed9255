"""Edits of one fix that belong together, made one: each alone would not know of the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from yaml.nodes import CollectionNode, MappingNode

from crslint import address
from crslint.finding import Edit
from crslint.fix.change import CannotFix
from crslint.fix.replacement import is_null
from crslint.fix.sites import Sheets, Site


def united(edits: Sequence[Edit], sheets: Sheets) -> list[Edit]:
    """Appends to a list that is not there yet, values in a mapping that is not, and a key in the place of another."""
    return _renamed(_created(_appended(edits, sheets), sheets), sheets)


def _appended(edits: Sequence[Edit], sheets: Sheets) -> list[Edit]:
    lists: dict[str, list[Any]] = {}
    for edit in edits:
        if edit.kind == "append":
            lists.setdefault(edit.at, []).append(edit.to)
    new = {at for at, items in lists.items() if len(items) > 1 and _is_empty(sheets.site(at))}
    found = [edit for edit in edits if edit.kind != "append" or edit.at not in new]
    return found + [Edit("set", at, lists[at]) for at in lists if at in new]


def _is_empty(site: Site) -> bool:
    node = site.node
    return bool(site.missing) or is_null(site) or (isinstance(node, CollectionNode) and not node.value)


def _renamed(edits: Sequence[Edit], sheets: Sheets) -> list[Edit]:
    """A key that goes and one that comes in the same mapping: the new one stands where the old one stood."""
    found = list(edits)
    for gone in [edit for edit in edits if edit.kind == "remove"]:
        site = sheets.site(gone.at)
        if site.missing or not site.children or not isinstance(site.up().node, MappingNode) or site.children[-1].merged:
            continue
        comes = next((edit for edit in found if edit.kind == "set" and _stands_beside(edit, gone, sheets)), None)
        if comes is None:
            continue
        place = found.index(gone)
        found.remove(comes)
        place -= 0 if found.index(gone) == place else 1
        found[place : place + 1] = [
            Edit("set", gone.at, comes.to),
            Edit("rename", gone.at, address.parse(comes.at).pointer[-1]),
        ]
    return found


def _stands_beside(edit: Edit, other: Edit, sheets: Sheets) -> bool:
    if edit.at.rpartition("/")[0] != other.at.rpartition("/")[0]:
        return False
    return len(sheets.site(edit.at).missing) == 1


def _created(edits: Sequence[Edit], sheets: Sheets) -> list[Edit]:
    """Values below the same missing step become one value of it."""
    places: dict[tuple[str, int], list[Edit]] = {}
    for number, edit in enumerate(edits):
        site = sheets.site(edit.at) if edit.kind == "set" else None
        if site is not None and site.missing and not any(step.isdigit() for step in site.missing):
            steps = site.steps[: len(site.children) + 1]
            places.setdefault((address.at(address.document_of(edit.at), steps), -1), []).append(edit)
        else:
            places[edit.at, number] = [edit]
    return [several[0] if several[0].at == place else _one(place, several) for (place, _), several in places.items()]


def _one(place: str, edits: Sequence[Edit]) -> Edit:
    value: Any = None
    for edit in edits:
        value = _placed(value, address.steps(edit.at[len(place) :]), edit.to)
    return Edit("set", place, value)


def _placed(value: Any, steps: Sequence[str], new: Any) -> Any:
    if not steps:
        if value is not None and value != new:
            raise CannotFix("two of its edits want different things of one place")
        return new
    if value is not None and not isinstance(value, dict):
        raise CannotFix("two of its edits want different things of one place")
    inside = value or {}
    return {**inside, steps[0]: _placed(inside.get(steps[0]), steps[1:], new)}
