"""What others need comes before them: keys get names that sort so, payloads of one set are listed so."""

from __future__ import annotations

import re
from collections.abc import Sequence

from crslint import address
from crslint.finding import Edit, Finding
from crslint.fix.change import CannotFix, Change
from crslint.fix.edits import value_at
from crslint.fix.moving import moved_before
from crslint.fix.sites import Sheets
from crslint.fix.transforms.lookup import payload, payload_object
from crslint.fleet.entities.bootstrap import Payload, PayloadObject
from crslint.fleet.entity import Unknown
from crslint.fleet.fleet import Fleet

_NUMBERED = re.compile(r"(\d+)(.*)", re.DOTALL)


def changes(finding: Finding, fleet: Fleet, sheets: Sheets) -> Sequence[Change]:
    item = payload_object(finding, fleet)
    late = [need for need in item.needs if need["state"] == "after"]
    need = next((need for need in late if need["at"] == finding.at), late[0] if late else None)
    provider = fleet.entity(need["provider"], PayloadObject.ENTITY) if need is not None else None
    if not isinstance(provider, PayloadObject):
        raise CannotFix("what brings it is not known")
    consumer, first = payload(item.payload, fleet), payload(provider.payload, fleet)
    if consumer.at == first.at:
        return _renamed(first, provider.key, item.key)
    found = [
        change
        for used in consumer.used_by
        if used in first.used_by
        for change in _listed(used, first, consumer, sheets)
    ]
    if not found:
        raise CannotFix("no set lists both payloads")
    return found


def _renamed(found: Payload, key: str, before: str) -> list[Change]:
    """Numbers as wide as the widest, else a name in front of the others for the one key."""
    if isinstance(found.keys, Unknown):
        raise CannotFix("its keys are not known")
    names = {name: name for name in found.keys}
    numbers = [match[1] for match in map(_NUMBERED.fullmatch, names) if match]
    width = max(map(len, numbers), default=0)
    padded = {name: _padded(name, width) for name in names}
    if len(set(padded.values())) == len(names) and _sorts(padded[key], padded[before]):
        names = padded
    else:
        names[key] = f"00-{key}"
        if not _sorts(names[key], before) or names[key] in found.keys:
            raise CannotFix(f"no name for {key} is known that sorts before {before}")
    places = {str(value["key"]): str(value["at"]) for value in found.values}
    return [Edit("rename", places[name], new) for name, new in names.items() if name != new]


def _padded(name: str, width: int) -> str:
    match = _NUMBERED.fullmatch(name)
    return f"{match[1]:0>{width}}{match[2]}" if match else name


def _sorts(one: str, other: str) -> bool:
    return one.encode() < other.encode()


def _listed(used: str, first: Payload, then: Payload, sheets: Sheets) -> list[Change]:
    at = address.at(used, ("spec", "resources"))
    resources = value_at(sheets.site(at))
    entries = resources if isinstance(resources, list) else []
    places = {
        (str(entry.get("kind")), str(entry.get("name"))): number
        for number, entry in reversed(list(enumerate(entries)))
        if isinstance(entry, dict)
    }
    start, end = places.get((first.kind, str(first.name))), places.get((then.kind, str(then.name)))
    if start is None or end is None or start < end:
        return []
    return moved_before(sheets.site(at), at, start, end)
