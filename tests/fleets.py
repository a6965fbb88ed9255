"""Makes small fleets of real entities for tests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from crslint.finding import Problem
from crslint.fleet.entities.bootstrap import Payload, ResourceSet
from crslint.fleet.entity import Entity
from crslint.fleet.fleet import Fleet


def fleet_of(*entities: Entity, problems: Sequence[Problem] = (), whole: bool = True) -> Fleet:
    groups: dict[str, list[Entity]] = {}
    for entity in entities:
        groups.setdefault(entity.ENTITY, []).append(entity)
    return Fleet(entities=groups, problems=tuple(problems), whole=whole, payload_documents=0)


def resource_set(name: str = "cni", **facts: Any) -> ResourceSet:
    known: dict[str, Any] = {
        "id": f"ClusterResourceSet default/{name}",
        "at": f"{name}.yaml:0#",
        "name": name,
        "namespace": "default",
        "strategy": "ApplyOnce",
        "selector": "valid",
        "selects": [],
        "selectable": [],
        "resources": [],
        "delivers": [],
    }
    return ResourceSet(**{**_defaults(ResourceSet), **known, **facts})


def payload(name: str = "cilium", **facts: Any) -> Payload:
    known: dict[str, Any] = {
        "id": f"ConfigMap default/{name}",
        "at": f"{name}.yaml:0#",
        "kind": "ConfigMap",
        "name": name,
        "namespace": "default",
        "in_use": True,
        "keys": [],
    }
    return Payload(**{**_defaults(Payload), **known, **facts})


def _defaults(entity: type[Entity]) -> dict[str, Any]:
    """Every other required fact is unknown."""
    from crslint.fleet.entity import UNKNOWN
    from crslint.record import fields

    required = (item for item in fields(entity) if item.required)
    return {item.name: UNKNOWN for item in required}
