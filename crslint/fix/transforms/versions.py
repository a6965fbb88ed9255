"""Objects of one file and one API version get the version that the release serves, and its shape."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from crslint import address
from crslint.finding import Edit, Finding
from crslint.fix.change import CannotFix, Change
from crslint.fix.sites import Sheets
from crslint.fix.transforms.shapes import reshaped
from crslint.fleet.entities.machines import KubeadmConfig
from crslint.fleet.entities.objects import Object
from crslint.fleet.entity import Unknown
from crslint.fleet.fleet import Fleet

_RESHAPED = "v1beta2"


def changes(finding: Finding, fleet: Fleet, _sheets: Sheets) -> Sequence[Change]:
    first = finding.at.removesuffix("/apiVersion")
    found = fleet.entities.get(Object.ENTITY, ())
    objects = [item for item in found if isinstance(item, Object) and first in (item.at, item.first_of_version)]
    edits: list[Edit] = []
    for item in objects:
        if item.successor is None or isinstance(item.successor, Unknown):
            raise CannotFix("no version is known that the release serves")
        edits.append(Edit("set", address.at(item.at, ("apiVersion",)), f"{item.group}/{item.successor}"))
        if item.group.endswith("cluster.x-k8s.io") and item.successor == _RESHAPED:
            _keep_what_only_it_says(item, fleet)
            edits += reshaped(item.at, _mapping(item.data))
    if not edits:
        raise CannotFix("the object cannot be read")
    return edits


def _keep_what_only_it_says(item: Object, fleet: Fleet) -> None:
    """The new shape has no place for what the Cluster decides on; raises CannotFix where the Cluster says otherwise."""
    for config in fleet.entities.get(KubeadmConfig.ENTITY, ()):
        if isinstance(config, KubeadmConfig) and config.at == item.at and not isinstance(config.overruled, Unknown):
            for each in config.overruled:
                if each["value"] is not None and not each["redundant"]:
                    raise CannotFix(f"{each['field']} {each['value']} would be gone, and no Cluster says the same")


def _mapping(data: Any) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise CannotFix("the object is no mapping")
    return data
