"""The values of a payload as compact JSON lists; over several payloads where even those are too large for one."""

from __future__ import annotations

import base64
import itertools
import json
from collections.abc import Sequence
from typing import Any

from yaml.nodes import ScalarNode

from crslint import address
from crslint.finding import Edit, Finding
from crslint.fix.change import CannotFix, Change, Splice, TextChange
from crslint.fix.documents import added_documents
from crslint.fix.edits import value_at
from crslint.fix.replacement import replaced
from crslint.fix.sites import Sheets
from crslint.fix.transforms.lookup import objects_of, payload
from crslint.fleet.entities.bootstrap import Payload
from crslint.fleet.entities.objects import Object
from crslint.fleet.entity import Unknown
from crslint.fleet.fleet import Fleet

LIMIT = 1_048_576
# What a part of several may hold: not all that is allowed, so that a small change later does not split it anew.
_ROOM = 1_000_000
_KEPT = ("name", "namespace", "labels", "annotations")


def changes(finding: Finding, fleet: Fleet, sheets: Sheets) -> Sequence[Change]:
    found = payload(finding.at, fleet)
    if isinstance(found.compact_size, Unknown) or found.refused is not None:
        raise CannotFix("not all of it can be read")
    if found.compact_size > LIMIT:
        return _split(found, fleet, sheets)
    has_room = found.compact_size + len(found.values) <= LIMIT
    site = sheets.site(found.at)
    hosts = [value["at"] for value in found.values]
    splices = [splice for at in hosts for splice in _repacked(at, found, fleet, sheets, has_room=has_room)]
    return (TextChange(found.at, tuple(splices), site.number, site.number),)


def compact(objects: Sequence[Any]) -> str:
    return json.dumps(list(objects), ensure_ascii=False, separators=(",", ":"))


def _repacked(host: str, found: Payload, fleet: Fleet, sheets: Sheets, *, has_room: bool) -> list[Splice]:
    """``has_room``: for the line break that ends the value now. Where one value is an alias of another, it follows."""
    site = sheets.site(host)
    if site.children[-1].alias is not None:
        return []
    node = site.node
    if not isinstance(node, ScalarNode):
        raise CannotFix("a value of it is no text")
    encoded = found.kind == "Secret" and address.parse(host).pointer[-2] == "data"
    before = base64.b64decode(node.value).decode("utf-8", "surrogateescape") if encoded else node.value
    inside = [item.at for item in objects_of(found.at, fleet) if address.within(item.at, host)]
    text = compact([_data(at, fleet) for at in inside]) + ("\n" if before.endswith("\n") and has_room else "")
    return replaced(site, base64.b64encode(text.encode()).decode() if encoded else text, sheets.style(site))


def _data(at: str, fleet: Fleet) -> Any:
    found = fleet.entity(at, Object.ENTITY)
    if not isinstance(found, Object):
        raise CannotFix("an object of it cannot be read")
    return found.data


def _split(found: Payload, fleet: Fleet, sheets: Sheets) -> list[Change]:
    """The objects in the order of their application, over as many payloads as they need."""
    if not found.used_by or isinstance(found.objects, Unknown) or found.kind != "ConfigMap":
        raise CannotFix("no ClusterResourceSet lists it, so the parts could not be listed")
    parts = _parts([_data(item["at"], fleet) for item in found.objects])
    source = _data(found.at, fleet)
    key, *others = sorted(source["data"])
    names = _names_of(found, len(parts), fleet)
    first = address.at(found.at, ("data", key))
    changes: list[Change] = [Edit("set", first, compact(parts[0]))]
    changes += [Edit("remove", address.at(found.at, ("data", other))) for other in others]
    made = [_part(source, other, key, objects) for other, objects in zip(names[1:], parts[1:], strict=True)]
    changes.append(added_documents(found.at, list(made), sheets))
    for used in found.used_by:
        changes += _listed(used, names, sheets)
    return changes


def _names_of(found: Payload, count: int, fleet: Fleet) -> list[str]:
    """Its own, and numbered ones that no ConfigMap has, of whatever namespace."""
    taken = {item.name for item in fleet.entities.get(Object.ENTITY, ()) if isinstance(item, Object)}
    free = (name for number in itertools.count(2) if (name := f"{found.name}-{number}") not in taken)
    return [str(found.name), *itertools.islice(free, count - 1)]


def _parts(objects: Sequence[Any]) -> list[list[Any]]:
    parts: list[list[Any]] = [[]]
    size = 2
    for item in objects:
        length = len(compact([item]).encode()) - 1
        if length > LIMIT:
            raise CannotFix("one of its objects alone is too large")
        if parts[-1] and size + length > _ROOM:
            parts.append([])
            size = 2
        parts[-1].append(item)
        size += length
    return parts


def _part(source: dict[str, Any], name: str, key: str, objects: Sequence[Any]) -> dict[str, Any]:
    """With the labels and annotations: how it is shipped may depend on them."""
    metadata = {field: value for field, value in source["metadata"].items() if field in _KEPT} | {"name": name}
    head = {"apiVersion": source["apiVersion"], "kind": source["kind"], "metadata": metadata}
    return {**head, "data": {key: compact(objects)}}


def _listed(used: str, names: Sequence[str], sheets: Sheets) -> list[Edit]:
    """The parts behind the first one in the list of a set."""
    resources = value_at(sheets.site(address.at(used, ("spec", "resources"))))
    entries = enumerate(resources if isinstance(resources, list) else ())
    place = next((number for number, item in entries if _is_entry(item, names[0])), None)
    if place is None:
        raise CannotFix("the set that lists it cannot be read")
    at = address.at(used, ("spec", "resources", place))
    return [Edit("insert-after", at, {"kind": "ConfigMap", "name": name}) for name in names[1:]]


def _is_entry(item: object, name: str) -> bool:
    return isinstance(item, dict) and item.get("kind") == "ConfigMap" and item.get("name") == name
