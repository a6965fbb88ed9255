"""Sets, or the payloads of one, numbered in the order of what they bring."""

from __future__ import annotations

import re
from collections.abc import Sequence
from graphlib import CycleError, TopologicalSorter

from crslint import address
from crslint.finding import Edit, Finding
from crslint.fix.change import CannotFix, Change
from crslint.fix.edits import value_at
from crslint.fix.sites import Sheets
from crslint.fix.transforms.lookup import resource_set, sets
from crslint.fleet.entities.bootstrap import ResourceSet
from crslint.fleet.entity import Unknown
from crslint.fleet.fleet import Fleet

_NUMBERED = re.compile(r"(\d{1,3})([-_.])(.+)", re.DOTALL)


def changes(finding: Finding, fleet: Fleet, sheets: Sheets) -> Sequence[Change]:
    own = resource_set(finding.at, fleet)
    turns = [turn for item in sets(fleet) for turn in item.turns]
    if not finding.at.endswith("#/metadata/name"):
        turns = own.turns
    names, first = _connected(finding.at, turns)
    numbered = _numbered(names, first)
    found: list[Change] = []
    for at, name in numbered.items():
        if name != names[at]:
            found += _renamed(at, name, fleet, sheets)
    if not found:
        raise CannotFix("no other numbers would say it")
    return found


def _connected(at: str, turns: Sequence[dict[str, str]]) -> tuple[dict[str, str], dict[str, set[str]]]:
    """The names that are compared with the one at an address, directly or not, and what comes before each."""
    names: dict[str, str] = {}
    first: dict[str, set[str]] = {}
    for turn in turns:
        if turn["at"].endswith("#/metadata/name") != at.endswith("#/metadata/name"):
            continue
        one, other = turn["at"], _name_of(turn["otherAt"], turn["at"])
        names |= {one: turn["name"], other: turn["otherName"]}
        before, after = (one, other) if turn["relation"] == "before" else (other, one)
        first.setdefault(after, set()).add(before)
        first.setdefault(before, set())
    reached, waiting = {at}, [at]
    while waiting:
        here = waiting.pop()
        beside = first.get(here, set()) | {key for key, before in first.items() if here in before}
        waiting += beside - reached
        reached |= beside
    return {key: names[key] for key in names if key in reached}, {
        key: first[key] & reached for key in first if key in reached
    }


def _name_of(other: str, like: str) -> str:
    """The address of the other one's name, which may be known by what it brings or by its entry."""
    if like.endswith("#/metadata/name"):
        return address.at(address.document_of(other), ("metadata", "name"))
    return other


def _numbered(names: dict[str, str], first: dict[str, set[str]]) -> dict[str, str]:
    """The numbers that are there, in the order of what is brought; new ones where one has none."""
    parts = {at: _NUMBERED.fullmatch(name) for at, name in names.items()}
    present = sorted((match for match in parts.values() if match), key=lambda match: int(match[1]))
    try:
        sorter = TopologicalSorter(first)
        sorter.prepare()
        order: list[str] = []
        while sorter.is_active():
            # The sorter gives them in no order; two may have one name.
            rank = ((int(match[1]) if (match := parts[at]) else 0, names[at], at) for at in sorter.get_ready())
            ready = [at for _, _, at in sorted(rank)]
            order += ready
            sorter.done(*ready)
    except CycleError:
        raise CannotFix("the needs go in a circle") from None
    numbers = [match[1] for match in present]
    if len(numbers) < len(order):
        width = max([2, *map(len, numbers)])
        numbers = [f"{number:0{width}}" for number in range(1, len(order) + 1)]
    found = {}
    for at, number in zip(order, numbers, strict=True):
        match = parts[at]
        separator = match[2] if match else present[0][2] if present else "-"
        found[at] = f"{number}{separator}{match[3] if match else names[at]}"
    return found


def _renamed(at: str, name: str, fleet: Fleet, sheets: Sheets) -> list[Change]:
    if at.endswith("#/metadata/name"):
        return [Edit("set", at, name)]
    own = resource_set(at, fleet)
    entry = at.rpartition("/")[0] if at.endswith("/name") else at
    resources = () if isinstance(own.resources, Unknown) else own.resources
    row = next((row for row in resources if row["at"] in (entry, at)), None)
    if row is None or row["payload"] is None:
        raise CannotFix("a payload that it names is not in the input")
    found: list[Change] = [Edit("set", address.at(row["payload"], ("metadata", "name")), name)]
    if value_at(sheets.site(address.at(row["payload"], ("metadata", "name")))) != row["name"]:
        raise CannotFix("a payload that it names gets its name elsewhere")
    for item in sets(fleet):
        found += _naming(item, row["payload"], name)
    return found


def _naming(item: ResourceSet, payload: str, name: str) -> list[Edit]:
    rows = () if isinstance(item.resources, Unknown) else item.resources
    return [Edit("set", address.at(_entry(row["at"]), ("name",)), name) for row in rows if row["payload"] == payload]


def _entry(at: str) -> str:
    return at.rpartition("/")[0] if at.endswith("/name") else at
