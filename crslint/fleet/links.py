"""What ClusterResourceSets select and name: the joins that everything on the management side rests on."""

from __future__ import annotations

from dataclasses import dataclass

from crslint.fleet.entities.objects import Object
from crslint.fleet.entity import Unknown
from crslint.fleet.world import World


@dataclass(frozen=True, slots=True)
class Resource:
    """One entry of ``spec.resources``; ``state`` is present, declared, otherNamespace, missing or unknown."""

    kind: str | Unknown
    name: str | Unknown
    at: str
    state: str
    payload: Object | None = None
    nearest: str | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """One set: ``clusters`` it selects, ``selectable`` Clusters of its namespace, both UNKNOWN where a side is."""

    set: Object
    strategy: str | Unknown | None
    selector: str | Unknown
    selector_error: str | None
    clusters: tuple[Object, ...] | Unknown
    selectable: tuple[Object, ...] | Unknown
    resources: tuple[Resource, ...] | Unknown


def link(world: World) -> tuple[Link, ...]:
    """One Link for each ClusterResourceSet of addons.cluster.x-k8s.io."""
    return ()
