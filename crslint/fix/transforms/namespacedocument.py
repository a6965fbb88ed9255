"""A namespace that nobody provides comes with the first payload of each set that needs it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from crslint import address
from crslint.finding import Edit, Finding
from crslint.fix.change import CannotFix, Change, Splice, TextChange
from crslint.fix.sites import Sheets
from crslint.fix.style import block_lines, style_of
from crslint.fix.transforms.lookup import payload, payload_object, resource_set
from crslint.fleet import values
from crslint.fleet.entities.bootstrap import Payload, PayloadObject
from crslint.fleet.entities.objects import Object
from crslint.fleet.entity import Unknown
from crslint.fleet.fleet import Fleet
from crslint.fleet.workload import workload
from crslint.spelling import nearest

_CREATE = "CreateNamespace=true"


def changes(finding: Finding, fleet: Fleet, sheets: Sheets) -> Sequence[Change]:
    item = payload_object(finding, fleet)
    need = next(need for need in item.needs if need["at"] == finding.at)
    name = str(need["name"])
    _refuse_doubtful(name, fleet)
    lacking = [payload(at, fleet) for at in _lacking(need, fleet)]
    document = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
    return [_added(document, found, sheets) for found in _first_of_each_set(lacking, fleet)]


def _refuse_doubtful(name: str, fleet: Fleet) -> None:
    """Where another namespace may be meant, or something else than a payload may make it."""
    provided = list(workload().namespaces)
    for item in fleet.entities.get(Object.ENTITY, ()):
        if not isinstance(item, Object) or not isinstance(item.name, str):
            continue
        if item.kind == "Namespace" and item.group == "":
            if item.name == name and item.payload is None:
                raise CannotFix(f"{address.path_of(item.at)} has that Namespace, which may come to the cluster")
            if item.payload is not None:
                provided.append(item.name)
        elif item.group == "argoproj.io" and _creates(item, name):
            raise CannotFix(f"{item.id} may create that namespace")
    meant = nearest(name, (other for other in provided if other != name))
    if meant is not None:
        raise CannotFix(f"the namespace {meant} may be meant")


def _creates(item: Object, name: str) -> bool:
    """Whether an Application, or one that an ApplicationSet generates, may ask for the namespace."""
    steps = ("spec", "template", "spec") if item.kind == "ApplicationSet" else ("spec",)
    options = values.items(item.data, *steps, "syncPolicy", "syncOptions")
    wanted = values.text(item.data, *steps, "destination", "namespace")
    asks = isinstance(options, Unknown) or _CREATE in options
    return asks and (wanted == name or isinstance(wanted, Unknown) or values.is_template(wanted or ""))


def _lacking(need: dict[str, Any], fleet: Fleet) -> list[str]:
    """The payloads that lack the same namespace on the same clusters."""
    same = ("kind", "name", "state", "firstLacking")
    found = (
        item.payload
        for item in fleet.entities.get(PayloadObject.ENTITY, ())
        if isinstance(item, PayloadObject)
        for other in item.needs
        if all(other[part] == need[part] for part in same)
    )
    return list(dict.fromkeys(found))


def _first_of_each_set(lacking: Sequence[Payload], fleet: Fleet) -> list[Payload]:
    """There is no order between sets: what each one needs, it brings itself."""
    places = {found.at: found for found in lacking}
    chosen: dict[str, Payload] = {}
    for used in dict.fromkeys(used for found in lacking for used in found.used_by):
        resources = resource_set(used, fleet).resources
        entries = () if isinstance(resources, Unknown) else resources
        first = next((places[entry["payload"]] for entry in entries if entry["payload"] in places), None)
        if first is None:
            raise CannotFix("the set that lists the payload cannot be read")
        chosen[first.at] = first
    return list(chosen.values())


def _added(document: dict[str, Any], found: Payload, sheets: Sheets) -> Change:
    """Before all that the payload has: keys are applied in the order of their bytes."""
    if isinstance(found.keys, Unknown) or found.refused is not None:
        raise CannotFix("not all of the payload can be read")
    value = next(value for value in found.values if value["key"] == found.keys[0])
    if value["fault"] is not None:
        raise CannotFix(f"{value['key']}, the first value of the payload, cannot be read")
    at = address.layer(str(value["at"]), 0)
    sheet, _ = sheets.layer(at)
    text = sheet.text
    if sheet.chunks is None:
        return Edit("insert-before", address.at(at, (0,)), document)
    start = 1 if text.startswith("\ufeff") else 0
    read = (sheet.document(index) for index in sheet.roots())
    style = style_of(text, *next((row for row in read if row[0] is not None), (None, 0)))
    separator = [] if text.startswith("---", start) else ["---"]
    written = "".join(f"{line}{style.line_break}" for line in (*block_lines(document, style), *separator))
    return TextChange(at, (Splice(start, start, written),), 0, -1)
