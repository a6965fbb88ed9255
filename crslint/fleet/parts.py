"""What each Cluster is made of: control plane, infrastructure, ClusterClass, pools of machines."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TypeGuard

from crslint.fleet import values
from crslint.fleet.entities.objects import Object
from crslint.fleet.entity import UNKNOWN, Unknown
from crslint.fleet.links import cluster_name
from crslint.fleet.references import CONTROL_PLANE_GROUP, References
from crslint.fleet.world import CAPI_GROUP, World
from crslint.record import record

POOL_KINDS = ("MachineDeployment", "MachinePool")


@record
class Parts:
    """One Cluster; a part is UNKNOWN where the input may lack it and None where the Cluster has none.

    In a topology ``control_plane`` and ``infrastructure`` are the templates of the ClusterClass.
    """

    cluster: Object
    key: str
    topology: bool
    cluster_class: Object | Unknown | None
    control_plane: Object | Unknown | None
    infrastructure: Object | Unknown | None
    pools: tuple[Object, ...]

    @property
    def kubeadm(self) -> Object | None:
        """The control plane where it is a KubeadmControlPlane or its template."""
        return self.control_plane if is_kubeadm(self.control_plane) else None


def is_kubeadm(item: object) -> TypeGuard[Object]:
    kinds = ("KubeadmControlPlane", "KubeadmControlPlaneTemplate")
    return isinstance(item, Object) and item.group == CONTROL_PLANE_GROUP and item.kind in kinds


def parts(world: World, references: References) -> list[Parts]:
    """One for each Cluster, in the order of the input."""
    pools: dict[str, list[Object]] = defaultdict(list)
    for kind in POOL_KINDS:
        for item in world.of_kind(CAPI_GROUP, kind):
            cluster = cluster_of(world, item)
            if cluster is not None:
                pools[cluster.at].append(item)
    return [
        _parts(cluster, references, tuple(pools.get(cluster.at, ())))
        for cluster in world.of_kind(CAPI_GROUP, "Cluster")
    ]


def cluster_of(world: World, item: Object) -> Object | None:
    """The Cluster that ``spec.clusterName`` names."""
    name = values.spelled(item.data, "spec", "clusterName")
    if not isinstance(name, str) or isinstance(item.namespace, Unknown):
        return None
    found = world.find(CAPI_GROUP, "Cluster", item.namespace, name, item.at)
    return found if isinstance(found, Object) else None


def members(every: Sequence[Parts]) -> Mapping[str, tuple[str, ...]]:
    """The clusters that each object is part of, by its address; the clusters' own too."""
    found: dict[str, list[str]] = defaultdict(list)
    for one in every:
        for item in (one.cluster, one.cluster_class, one.control_plane, one.infrastructure, *one.pools):
            if isinstance(item, Object):
                found[item.at].append(one.key)
    return {at: tuple(dict.fromkeys(keys)) for at, keys in found.items()}


def _parts(cluster: Object, references: References, pools: tuple[Object, ...]) -> Parts:
    topology = values.child(cluster.data, "spec", "topology") is not None
    cluster_class = control_plane = infrastructure = None
    if topology:
        cluster_class = _one_of(references, cluster, ("spec", "topology"), ("classRef", "class"))
        if isinstance(cluster_class, Object):
            control_plane = _one_of(references, cluster_class, ("spec", "controlPlane"), _CLASS_FIELDS)
            infrastructure = _one_of(references, cluster_class, ("spec", "infrastructure"), _CLASS_FIELDS)
        else:
            control_plane = infrastructure = UNKNOWN
    else:
        control_plane = _one_of(references, cluster, ("spec",), ("controlPlaneRef",))
        infrastructure = _one_of(references, cluster, ("spec",), ("infrastructureRef",))
    return Parts(cluster, cluster_name(cluster), topology, cluster_class, control_plane, infrastructure, pools)


_CLASS_FIELDS = ("templateRef", "ref")


def _one_of(
    references: References, owner: Object, base: tuple[str, ...], fields: tuple[str, ...]
) -> Object | Unknown | None:
    """What the one of these references that is written names."""
    for field in fields:
        target = references.at(owner, *base, field)
        if target is not None:
            return target.found if target.state == "present" and target.found is not None else UNKNOWN
    return UNKNOWN if any(values.child(owner.data, *base, field) is not None for field in fields) else None
