"""Where the routes to other nodes' pods come from on bare metal, with native routing (facts/cilium.md 2)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache

from crslint.fleet import values
from crslint.fleet.cidr import network, parse_cidr
from crslint.fleet.entities.cilium import CiliumSetting
from crslint.fleet.entities.clusters import Cluster, NodePool
from crslint.fleet.entities.exports import PodRoute
from crslint.fleet.entities.metal3 import IpPool
from crslint.fleet.entities.peering import BgpObject
from crslint.fleet.entity import Entity, Unknown
from crslint.fleet.exports import exporting
from crslint.fleet.payloads import Read
from crslint.fleet.world import World

# Modes in which each node has a range of its own, and no cloud that routes to it.
_OF_NODES = ("kubernetes", "cluster-pool")
_SKIPS = "direct-routing-skip-unreachable"


def pod_routes(world: World, reads: Sequence[Read], entities: Iterable[Entity]) -> list[PodRoute]:
    """One for each Cluster on Metal3 that routes natively and of which it can be told."""
    every = list(entities)
    settings = {item.at: item for item in every if isinstance(item, CiliumSetting)}
    clusters = [
        cluster
        for cluster in every
        if isinstance(cluster, Cluster) and isinstance(cluster.infrastructure, str) and len(cluster.cnis_known) <= 1
    ]
    if not clusters or not settings:
        return []
    exports = {key for _, key in exporting(world, reads, every)}
    peering = {key for item in every if isinstance(item, BgpObject) for key in item.clusters}
    pools: dict[str, list[IpPool]] = {}
    for item in every:
        if isinstance(item, IpPool):
            for key in item.clusters:
                pools.setdefault(key, []).append(item)
    # Copies of one Cluster have the same pools.
    subnets_of = cache(lambda key: _subnets(world, pools.get(key, ())))
    replicas = {item.at: item.replicas for item in every if isinstance(item, NodePool)}
    found = []
    for cluster in clusters:
        at = cluster.cilium if isinstance(cluster.cilium, str) else cluster.cilium_day2
        setting = settings.get(at) if isinstance(at, str) else None
        key = cluster.clusters[0]
        if setting is None or setting.routing_mode != "native" or setting.ipam not in _OF_NODES:
            continue
        if setting.direct_routes is True:
            subnets = subnets_of(key)
            is_spread = len(subnets) > 1 and not _skips(setting)
            found.append(_route(cluster, setting, "subnets" if is_spread else None, subnets))
        elif setting.direct_routes is False and _nodes(cluster, replicas) != 1:
            is_told = setting.bgp_control_plane is False or (key in peering and cluster.applications_complete)
            if is_told:
                found.append(_route(cluster, setting, None if key in exports else "source", []))
    return found


def _route(cluster: Cluster, setting: CiliumSetting, fault: str | None, subnets: list[str]) -> PodRoute:
    return PodRoute(
        id=f"routes to the pods of {cluster.id}",
        at=setting.direct_routes_at,
        clusters=cluster.clusters,
        fault=fault,
        subnets=subnets,
    )


def _subnets(world: World, pools: Sequence[IpPool]) -> list[str]:
    """Those of the first pool that gives one interface addresses of several."""
    for pool in pools:
        item = world.object(pool.at)
        found = list(dict.fromkeys(_networks(item.data))) if item is not None else []
        if len(found) > 1:
            return found
    return []


def _networks(data: Mapping[str, object]) -> Iterator[str]:
    default = values.integer(data, "spec", "prefix")
    for _, entry in values.mappings(data, "spec", "pools"):
        subnet, start = values.text(entry, "subnet"), values.text(entry, "start")
        prefix = values.integer(entry, "prefix")
        prefix = default if prefix is None else prefix
        text = subnet if isinstance(subnet, str) else f"{start}/{prefix}"
        parsed = parse_cidr(text)
        if parsed is not None:
            yield network(parsed)


def _skips(setting: CiliumSetting) -> bool:
    """Whether agents leave out nodes that they cannot reach directly; also where that is not known."""
    if isinstance(setting.settings, Unknown):
        return True
    return setting.settings.get(_SKIPS, "false") not in ("false", False)


def _nodes(cluster: Cluster, replicas: Mapping[str, int | Unknown | None]) -> int | None:
    found = [replicas.get(at) for at in cluster.node_pools]
    known = [one for one in found if isinstance(one, int)]
    return sum(known) if len(known) == len(found) else None
