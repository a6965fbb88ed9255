"""Metal3Clusters and IPPools, and which pools give addresses to a cluster's nodes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from crslint import address
from crslint.fleet import values
from crslint.fleet.cidr import Span, contains, overlap, parse_cidr, span_between, span_of
from crslint.fleet.entities.metal3 import IpPool, Metal3Cluster
from crslint.fleet.entities.objects import Object
from crslint.fleet.entity import UNKNOWN, Unknown
from crslint.fleet.links import cluster_name
from crslint.fleet.parts import Parts
from crslint.fleet.patches import Patches
from crslint.fleet.ranges import pool_ranges
from crslint.fleet.references import INFRASTRUCTURE_GROUP
from crslint.fleet.versions import release
from crslint.fleet.vip import endpoint_checks
from crslint.fleet.world import CAPI_GROUP, World
from crslint.record import record

IPAM_GROUP = "ipam.metal3.io"

# Where a Metal3DataTemplate names a pool: lists below `spec`, and the field of their elements.
_POOL_LISTS = (
    (("metaData", "ipAddressesFromIPPool"), ("name",)),
    (("metaData", "ipAddressesFromPool"), ("name",)),
    (("networkData", "networks", "ipv4"), ("ipAddressFromIPPool",)),
    (("networkData", "networks", "ipv4"), ("fromPoolRef", "name")),
    (("networkData", "networks", "ipv6"), ("ipAddressFromIPPool",)),
    (("networkData", "networks", "ipv6"), ("fromPoolRef", "name")),
)


class IpPools:
    """The IPPools of each Cluster: by ``clusterName``, or named by a Metal3DataTemplate of that Cluster."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._of: dict[str, list[Object]] = defaultdict(list)
        self._owners: dict[str, list[str]] = defaultdict(list)
        for item in world.of_kind(IPAM_GROUP, "IPPool"):
            self._belongs(item, item)
        for template in world.of_kind(INFRASTRUCTURE_GROUP, "Metal3DataTemplate"):
            for name in _pool_names(template):
                if isinstance(template.namespace, Unknown):
                    continue
                pool = world.find(IPAM_GROUP, "IPPool", template.namespace, name, template.at)
                if isinstance(pool, Object):
                    self._belongs(pool, template)

    def of(self, cluster: Object) -> Sequence[Object]:
        return self._of.get(cluster.at, ())

    def entities(self) -> list[IpPool]:
        overlaps = self._overlaps()
        return [
            IpPool(
                id=item.id,
                at=item.at,
                clusters=list(self._owners.get(item.at, ())),
                name=values.text(item.data, "metadata", "name"),
                namespace=item.namespace,
                ranges=_ranges(item),
                checks=[*_address_checks(item), *overlaps.get(item.at, ())],
            )
            for item in self._world.of_kind(IPAM_GROUP, "IPPool")
        ]

    def _overlaps(self) -> dict[str, list[dict[str, Any]]]:
        """By the address of a pool: its ranges against those of the cluster's other pools."""
        found: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for pools in self._of.values():
            if len(pools) < 2:
                continue
            spans = [
                (_span(one), one, pool) for pool in pools for one in pool_ranges(pool) if "/spec/pools/" in one["at"]
            ]
            known = sorted(((span, one, pool) for span, one, pool in spans if span), key=lambda row: row[0])
            reach: dict[int, tuple[Span, dict[str, str], Object]] = {}
            for span, one, pool in known:
                before = reach.get(span.family)
                other = before if before and before[2] is not pool and overlap(before[0], span) else None
                text = f"{one['start']}-{one['end']}"
                fault = f"overlaps {other[1]['start']}-{other[1]['end']} of {other[2].id}" if other else None
                found[pool.at].append(
                    _check(
                        "range",
                        text,
                        one["at"],
                        fault,
                        other[2].id if other else None,
                        other[1]["at"] if other else None,
                    )
                )
                if before is None or span.last > before[0].last:
                    reach[span.family] = (span, one, pool)
        return found

    def _belongs(self, pool: Object, naming: Object) -> None:
        name = values.spelled(naming.data, "spec", "clusterName")
        if not isinstance(name, str) or isinstance(naming.namespace, Unknown):
            return
        cluster = self._world.find(CAPI_GROUP, "Cluster", naming.namespace, name, naming.at)
        if isinstance(cluster, Object) and all(known is not pool for known in self._of[cluster.at]):
            self._of[cluster.at].append(pool)
            self._owners[pool.at].append(cluster_name(cluster))


def metal3_clusters(
    world: World, every: Sequence[Parts], clusters: Mapping[str, Sequence[str]], pools: IpPools, patches: Patches
) -> list[Metal3Cluster]:
    """``clusters`` are the names of those that each object is part of, by its address."""
    users: dict[str, list[Parts]] = defaultdict(list)
    for one in every:
        if isinstance(one.infrastructure, Object):
            users[one.infrastructure.at].append(one)
    items = world.of_kind(INFRASTRUCTURE_GROUP, "Metal3Cluster")
    return [_metal3_cluster(world, item, clusters.get(item.at, ()), users[item.at], pools, patches) for item in items]


def _metal3_cluster(
    world: World, item: Object, clusters: Sequence[str], users: Sequence[Parts], pools: IpPools, patches: Patches
) -> Metal3Cluster:
    endpoint = ("spec", "controlPlaneEndpoint")
    host = UNKNOWN if patches.may_change(item, *endpoint) else values.text(item.data, *endpoint, "host")
    written = values.child(item.data, *endpoint, "host") is not None
    host_at = address.at(item.at, (*endpoint, "host") if written else endpoint)
    own_pools = {pool.at: pool for one in users for pool in pools.of(one.cluster)}
    provider = _cloud_provider(world, item, clusters, patches)
    return Metal3Cluster(
        id=item.id,
        at=item.at,
        clusters=list(clusters),
        name=values.text(item.data, "metadata", "name"),
        namespace=item.namespace,
        host=host,
        host_at=host_at,
        port=values.integer(item.data, *endpoint, "port"),
        cloud_provider=provider.on,
        cloud_provider_at=provider.at,
        cloud_provider_written=provider.written,
        cloud_provider_default=provider.default,
        vip=list(endpoint_checks(host, host_at, list(own_pools.values()), users, patches))
        if isinstance(host, str)
        else [],
    )


@record
class _Provider:
    on: bool | Unknown
    at: str
    written: bool | Unknown
    default: bool | None


def _cloud_provider(world: World, item: Object, clusters: Sequence[str], patches: Patches) -> _Provider:
    """Through release 1.12 the default is true, from 1.13 on false (facts/capi.md 5.2)."""
    own = world.settings.cluster_versions.get(clusters[0], {}).get("capm3") if clusters else None
    pinned = release(own or world.settings.versions.get("capm3"))
    default = None if pinned is None else pinned < _PROVIDER_OFF_SINCE
    for field, means in (("cloudProviderEnabled", True), ("noCloudProvider", False)):
        written = values.child(item.data, "spec", field)
        if written is not None:
            on = (written is means) if isinstance(written, bool) else UNKNOWN
            return _Provider(on, address.at(item.at, ("spec", field)), True, default)
    at = address.at(item.at, ("spec", "cloudProviderEnabled"))
    if any(patches.may_change(item, "spec", field) for field in ("cloudProviderEnabled", "noCloudProvider")):
        return _Provider(UNKNOWN, at, UNKNOWN, default)
    return _Provider(UNKNOWN if default is None else default, at, False, default)


_PROVIDER_OFF_SINCE = (1, 13, 0)


def _address_checks(item: Object) -> Iterator[dict[str, Any]]:
    """Each entry of its pools: within the subnet, in order, and the gateway outside."""
    for index, entry in values.mappings(item.data, "spec", "pools"):
        steps = ("spec", "pools", index)
        subnet = values.text(entry, "subnet")
        block = parse_cidr(subnet) if isinstance(subnet, str) else None
        start, end = values.text(entry, "start"), values.text(entry, "end")
        for field, value in (("start", start), ("end", end)):
            span = span_of(value) if isinstance(value, str) else None
            if span is not None and block is not None:
                fault = None if contains(block.span, span) else f"lies outside of its subnet {subnet}"
                other_at = address.at(item.at, (*steps, "subnet"))
                yield _check(field, value, address.at(item.at, (*steps, field)), fault, subnet, other_at)
        first, last = (span_of(one) if isinstance(one, str) else None for one in (start, end))
        if first and last and first.family == last.family:
            fault = f"comes before its start {start}" if last < first else None
            yield _check(
                "end", end, address.at(item.at, (*steps, "end")), fault, start, address.at(item.at, (*steps, "start"))
            )
        yield from _gateway(item, index, entry)


def _gateway(item: Object, index: int, entry: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """A gateway that is allocated before is given to nobody else."""
    place: tuple[str | int, ...] = ("spec", "pools", index, "gateway") if "gateway" in entry else ("spec", "gateway")
    gateway = values.text(entry, "gateway") if "gateway" in entry else values.text(item.data, "spec", "gateway")
    span = span_of(gateway) if isinstance(gateway, str) else None
    at = address.at(item.at, ("spec", "pools", index))
    one = next((one for one in pool_ranges(item) if one["at"] == at), None)
    given = values.mapping(item.data, "spec", "preAllocations")
    if span is None or one is None or isinstance(given, Unknown) or gateway in given.values():
        return
    outer = _span(one)
    if outer is not None:
        text = f"{one['start']}-{one['end']}"
        fault = f"lies in the range {text} that nodes get" if contains(outer, span) else None
        yield _check("gateway", gateway, address.at(item.at, place), fault, text, at)


def _span(one: Mapping[str, str]) -> Span | None:
    return span_between(one["start"], one["end"])


def _check(what: str, value: object, at: str, fault: str | None, other: object, other_at: str | None) -> dict[str, Any]:
    return {"what": what, "value": value, "at": at, "fault": fault, "other": other, "otherAt": other_at}


def _pool_names(template: Object) -> Iterator[str]:
    for path, field in _POOL_LISTS:
        for _, entry in values.mappings(template.data, "spec", *path):
            name = values.spelled(entry, *field)
            if isinstance(name, str):
                yield name


def _ranges(item: Object) -> list[dict[str, str]] | Unknown:
    """UNKNOWN where one of its pools cannot be read."""
    written = values.items(item.data, "spec", "pools")
    found = list(pool_ranges(item))
    of_pools = sum("/spec/pools/" in one["at"] for one in found)
    return found if not isinstance(written, Unknown) and of_pools == len(written) else UNKNOWN
