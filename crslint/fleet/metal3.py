"""Metal3Clusters and IPPools, and which pools give addresses to a cluster's nodes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from crslint.fleet import values
from crslint.fleet.entities.clusters import IpPool, Metal3Cluster
from crslint.fleet.entities.objects import Object
from crslint.fleet.entity import UNKNOWN, Unknown
from crslint.fleet.links import cluster_name
from crslint.fleet.ranges import pool_ranges
from crslint.fleet.references import INFRASTRUCTURE_GROUP
from crslint.fleet.world import CAPI_GROUP, World

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
        return [
            IpPool(
                id=item.id,
                at=item.at,
                clusters=list(self._owners.get(item.at, ())),
                name=values.text(item.data, "metadata", "name"),
                namespace=item.namespace,
                ranges=_ranges(item),
            )
            for item in self._world.of_kind(IPAM_GROUP, "IPPool")
        ]

    def _belongs(self, pool: Object, naming: Object) -> None:
        name = values.spelled(naming.data, "spec", "clusterName")
        if not isinstance(name, str) or isinstance(naming.namespace, Unknown):
            return
        cluster = self._world.find(CAPI_GROUP, "Cluster", naming.namespace, name, naming.at)
        if isinstance(cluster, Object) and all(known is not pool for known in self._of[cluster.at]):
            self._of[cluster.at].append(pool)
            self._owners[pool.at].append(cluster_name(cluster))


def metal3_clusters(world: World, clusters: Mapping[str, Sequence[str]]) -> list[Metal3Cluster]:
    return [
        Metal3Cluster(
            id=item.id,
            at=item.at,
            clusters=list(clusters.get(item.at, ())),
            name=values.text(item.data, "metadata", "name"),
            namespace=item.namespace,
            host=values.text(item.data, "spec", "controlPlaneEndpoint", "host"),
            port=values.integer(item.data, "spec", "controlPlaneEndpoint", "port"),
        )
        for item in world.of_kind(INFRASTRUCTURE_GROUP, "Metal3Cluster")
    ]


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
