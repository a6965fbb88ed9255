"""Which pod ranges leave their cluster, by BGP or in a cluster mesh, and whether they overlap there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from crslint import address
from crslint.fleet import values
from crslint.fleet.cidr import Span, overlap, span_of
from crslint.fleet.entities.cilium import CiliumSetting
from crslint.fleet.entities.clusters import Cluster
from crslint.fleet.entities.exports import PodExport
from crslint.fleet.entities.objects import Object
from crslint.fleet.entities.peering import BgpAdvertisement, BgpPolicy
from crslint.fleet.entity import Entity, Statement, Unknown
from crslint.fleet.links import cluster_name
from crslint.fleet.payloads import Member, Read
from crslint.fleet.world import World
from crslint.record import replace

_BGP, _MESH = "BGP", "cluster mesh"
_EXPORTING = ("CiliumBGPPeeringPolicy", "CiliumBGPAdvertisement")
_OF_AGENT = ("ipv4-native-routing-cidr", "ipv6-native-routing-cidr")


def pod_exports(world: World, reads: Sequence[Read], entities: Iterable[Entity]) -> list[PodExport]:
    """``entities`` have the Clusters, Cilium's settings and the BGP objects."""
    every = list(entities)
    clusters = {key: item for item in every if isinstance(item, Cluster) for key in item.clusters}
    settings = {item.at: item for item in every if isinstance(item, CiliumSetting)}
    ways = exporting(world, reads, every)
    found = [
        _export(clusters[key], statement, way, by_at)
        for (way, key), by_at in ways.items()
        if key in clusters
        for statement in _ranges(clusters[key], settings)
    ]
    return list(_with_rivals(world, found))


def exporting(world: World, reads: Sequence[Read], entities: Iterable[Entity]) -> dict[tuple[str, str], str]:
    """What exports pods, by way and cluster."""
    ways: dict[tuple[str, str], str] = {}
    for item in entities:
        if isinstance(item, (BgpPolicy, BgpAdvertisement)):
            for key in item.clusters if _announces_pods(world.object(item.at)) else ():
                ways.setdefault((_BGP, key), item.at)
    for read in reads:
        for way, member in _of_payload(read):
            for link in read.used_by:
                for one in link.known:
                    ways.setdefault((way, cluster_name(one)), member.object.at)
    return ways


def _of_payload(read: Read) -> Iterator[tuple[str, Member]]:
    for member in read.members:
        if _is_mesh(member.object):
            yield _MESH, member
        elif member.object.kind in _EXPORTING and _announces_pods(member.object):
            yield _BGP, member


def _announces_pods(item: Object | None) -> bool:
    if item is None:
        return False
    routers = values.mappings(item.data, "spec", "virtualRouters")
    entries = values.mappings(item.data, "spec", "advertisements")
    return any(router.get("exportPodCIDR") is True for _, router in routers) or any(
        entry.get("advertisementType") == "PodCIDR" for _, entry in entries
    )


def _is_mesh(item: Object) -> bool:
    return (item.kind, item.name) in (("Deployment", "clustermesh-apiserver"), ("Secret", "cilium-clustermesh"))


def _ranges(cluster: Cluster, settings: Mapping[str, CiliumSetting]) -> Iterator[Statement]:
    """Cilium's own pool where that gives the addresses, else what the Cluster or its control plane says first."""
    setting = settings.get(cluster.cilium) if isinstance(cluster.cilium, str) else None
    pool = setting.pool_cidrs if setting is not None and setting.ipam == "cluster-pool" else []
    if isinstance(pool, Unknown) or isinstance(cluster.pod_cidrs, Unknown):
        return
    own = [one for one in cluster.pod_cidrs if one["via"] not in _OF_AGENT]
    yield from pool or [one for one in own if one["via"] == own[0]["via"]]


def _export(cluster: Cluster, statement: Statement, way: str, by_at: str) -> PodExport:
    return PodExport(
        id=f"pods of {cluster.id}",
        at=statement["at"],
        clusters=cluster.clusters,
        cluster=next(iter(cluster.clusters), cluster.id),
        cidr=statement["value"],
        cidr_at=statement["at"],
        way=way,
        by_at=by_at,
    )


def _with_rivals(world: World, found: Sequence[PodExport]) -> Iterator[PodExport]:
    """By place in the number space, so that each is compared with its neighbour alone."""
    spans: dict[str, list[tuple[Span, int]]] = defaultdict(list)
    for number, one in enumerate(found):
        span = span_of(one.cidr)
        if span is not None:
            spans[one.way].append((span, number))
    rivals: dict[int, PodExport] = {}
    for of_way in spans.values():
        furthest: tuple[Span, PodExport] | None = None
        for span, number in sorted(of_way):
            one = found[number]
            if furthest is not None and overlap(furthest[0], span) and _beside(world, furthest[1], one):
                rivals[number] = furthest[1]
            if furthest is None or furthest[0].family != span.family or span.last > furthest[0].last:
                furthest = (span, one)
    for number, one in enumerate(found):
        other = rivals.get(number)
        told = {"cluster": other.cluster, "cidr": other.cidr, "at": other.cidr_at} if other else None
        yield replace(one, rival=told) if told else one


def _beside(world: World, one: PodExport, other: PodExport) -> bool:
    """Whether they are two clusters of one fleet, and not alternatives in bundles of their own."""
    if one.cluster == other.cluster:
        return False
    places = [world.object(address.document_of(each.cidr_at)) for each in (one, other)]
    bundled = [item is not None and world.in_bundle(item) for item in places]
    return not all(bundled) or address.path_of(one.cidr_at) == address.path_of(other.cidr_at)
