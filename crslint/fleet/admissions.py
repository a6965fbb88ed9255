"""What the webhooks of Cluster API ask of names, labels and timeouts (facts/capi.md 2, 3.6)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Any

from crslint import address
from crslint.fleet import values
from crslint.fleet.entities.machines import Admission
from crslint.fleet.entities.objects import Object
from crslint.fleet.entity import Unknown
from crslint.fleet.links import cluster_name
from crslint.fleet.parts import cluster_of
from crslint.fleet.selector import Invalid, is_name, match, read_selector
from crslint.fleet.world import CAPI_GROUP, World

_LONGEST_LABEL = 63
_SHORTEST_STARTUP = 30.0
_CLUSTER_LABEL = "cluster.x-k8s.io/cluster-name"

_STARTUP_FIELDS = (("nodeStartupTimeout",), ("checks", "nodeStartupTimeoutSeconds"))
_HEALTH_FIELDS = ("machineHealthCheck", "healthCheck")


def admissions(world: World) -> list[Admission]:
    """One for each Cluster, ClusterClass, MachineDeployment and MachineHealthCheck."""
    readers: dict[str, Callable[[Object], Iterator[dict[str, Any]]]] = {
        "Cluster": _cluster_checks,
        "ClusterClass": _class_checks,
        "MachineDeployment": _deployment_checks,
        "MachineHealthCheck": lambda item: _startup(item, ("spec",)),
    }
    found = []
    for kind, reader in readers.items():
        for item in world.of_kind(CAPI_GROUP, kind):
            owner = item if kind == "Cluster" else cluster_of(world, item)
            found.append(
                Admission(
                    id=item.id,
                    at=item.at,
                    clusters=[cluster_name(owner)] if owner else [],
                    kind=kind,
                    name=values.text(item.data, "metadata", "name"),
                    namespace=item.namespace,
                    checks=list(reader(item)),
                )
            )
    return found


def _cluster_checks(item: Object) -> Iterator[dict[str, Any]]:
    yield from _label_value(item, ("metadata",), "name of a Cluster")
    topology = ("spec", "topology")
    for field in ("machineDeployments", "machinePools"):
        for index, pool in values.mappings(item.data, *topology, "workers", field):
            place = (*topology, "workers", field, index)
            yield from _label_value(item, place, "name in a topology")
            for health in _HEALTH_FIELDS:
                if isinstance(pool.get(health), dict):
                    yield from _startup(item, (*place, health))
    for health in _HEALTH_FIELDS:
        yield from _startup(item, (*topology, "controlPlane", health))


def _class_checks(item: Object) -> Iterator[dict[str, Any]]:
    for health in _HEALTH_FIELDS:
        yield from _startup(item, ("spec", "controlPlane", health))
        for field in ("machineDeployments", "machinePools"):
            for index, _ in values.mappings(item.data, "spec", "workers", field):
                yield from _startup(item, ("spec", "workers", field, index, health))


def _deployment_checks(item: Object) -> Iterator[dict[str, Any]]:
    """The selector against the template's labels, both as the webhook completes them."""
    written = values.mapping(item.data, "spec", "selector")
    labels = values.label_map(values.mapping(item.data, "spec", "template", "metadata", "labels"))
    selector = read_selector(written)
    at = address.at(item.at, ("spec", "selector"))
    if isinstance(selector, Invalid):
        yield _check("selector of a MachineDeployment", written, at, f"is refused: {selector.detail}")
        return
    if isinstance(selector, Unknown) or isinstance(labels, Unknown) or isinstance(written, Unknown):
        return
    if not written.get("matchLabels") and not written.get("matchExpressions"):
        return
    # The webhook sets this label on both sides, whatever is written.
    name = values.spelled(item.data, "spec", "clusterName")
    if isinstance(name, str):
        wanted = values.mapping(written, "matchLabels")
        if isinstance(wanted, Unknown):
            return
        selector = read_selector({**written, "matchLabels": {**wanted, _CLUSTER_LABEL: name}})
        labels = {**labels, _CLUSTER_LABEL: name}
    if isinstance(selector, (Invalid, Unknown)):
        return
    answer = match(selector, labels)
    if not isinstance(answer, Unknown):
        refusal = None if answer else "does not match spec.template.metadata.labels"
        yield _check("selector of a MachineDeployment", written, at, refusal)


def _label_value(item: Object, place: tuple[str | int, ...], what: str) -> Iterator[dict[str, Any]]:
    parent = _at(item.data, place)
    name = values.text(parent, "name")
    if isinstance(name, str):
        refusal = None
        if len(name) > _LONGEST_LABEL:
            refusal = f"has {len(name)} characters, a label value at most {_LONGEST_LABEL}"
        elif not is_name(name):
            refusal = "is no label value: letters and digits, with '-', '_' and '.' only between them"
        yield _check(what, name, address.at(item.at, (*place, "name")), refusal)


def _startup(item: Object, place: tuple[str | int, ...]) -> Iterator[dict[str, Any]]:
    health = _at(item.data, place)
    for field in _STARTUP_FIELDS:
        written = values.child(health, *field)
        seconds = duration(written)
        if seconds is not None:
            refusal = None
            if 0 < seconds < _SHORTEST_STARTUP:
                refusal = f"is under {int(_SHORTEST_STARTUP)} seconds (0 turns the check off)"
            yield _check(field[-1], written, address.at(item.at, (*place, *field)), refusal)


def duration(written: object) -> float | None:
    """Seconds of an integer of seconds or of a Go duration (`1h30m`); None for what is neither."""
    if isinstance(written, bool):
        return None
    if isinstance(written, int):
        return float(written) if abs(written) <= values.MAX_INTEGER else None
    if not isinstance(written, str) or not _duration().fullmatch(written):
        return None
    return sum(float(number) * _UNITS[unit] for number, unit in _span().findall(written))


_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9, "": 0.0}


def _at(data: object, place: Iterable[str | int]) -> object:
    for step in place:
        data = data[step] if isinstance(data, list) and isinstance(step, int) else values.child(data, str(step))
    return data


def _check(what: str, value: object, at: str, refusal: str | None) -> dict[str, Any]:
    return {"what": what, "value": value, "at": at, "refusal": refusal}


@cache
def _duration() -> re.Pattern[str]:
    return re.compile(r"0|(?:[0-9]{1,9}(?:\.[0-9]{1,9})?(?:h|m|s|ms|us|µs|ns))+")


@cache
def _span() -> re.Pattern[str]:
    return re.compile(r"([0-9]+(?:\.[0-9]+)?)(h|ms|m|s|us|µs|ns|)")
