"""Pools of nodes: control planes, MachineDeployments, MachinePools, and those of topologies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

from crslint import address
from crslint.fleet import values
from crslint.fleet.entities.clusters import NodePool
from crslint.fleet.entities.objects import Object, object_id
from crslint.fleet.entity import UNKNOWN, Statement, Unknown
from crslint.fleet.kubeadm import external_etcd, spec_steps, taints
from crslint.fleet.nodelabels import (
    control_plane_marks,
    control_plane_taints,
    joined,
    kubelet_labels,
    machine_labels,
    taint_list,
)
from crslint.fleet.parts import POOL_KINDS, Parts, is_kubeadm
from crslint.fleet.patches import Patches, class_may_change
from crslint.fleet.references import CONTROL_PLANE_GROUP, References
from crslint.fleet.settings import FleetSettings
from crslint.fleet.versions import release
from crslint.fleet.world import CAPI_GROUP, World
from crslint.record import replace

Value = TypeVar("Value")

_TOPOLOGY_POOLS = (("machineDeployments", "MachineDeployment"), ("machinePools", "MachinePool"))


class NodePools:
    """Makes the nodePool entities; ``of`` gives the addresses of a Cluster's own, the control plane's first."""

    def __init__(self, world: World, references: References, every: Sequence[Parts], patches: Patches) -> None:
        self._world = world
        self._references = references
        self._patches = patches
        self._made: dict[str, NodePool] = {}
        self._of: dict[str, list[str]] = {}
        for one in every:
            pools = list(self._of_cluster(one))
            self._of[one.cluster.at] = [pool.at for pool in pools]
            for pool in pools:
                known = self._made.get(pool.at)
                self._made[pool.at] = pool if known is None else _shared(known, pool)
        for item in world.of_kind(CONTROL_PLANE_GROUP, "KubeadmControlPlane"):
            if item.at not in self._made:
                self._made[item.at] = self._of_control_plane(item, None)
        for kind in POOL_KINDS:
            for item in world.of_kind(CAPI_GROUP, kind):
                if item.at not in self._made:
                    self._made[item.at] = self._of_machines(item, None)

    def of(self, cluster: Object) -> list[str]:
        return self._of.get(cluster.at, [])

    def all(self) -> list[NodePool]:
        return list(self._made.values())

    def _of_cluster(self, one: Parts) -> Iterator[NodePool]:
        if one.topology:
            yield self._of_topology_control_plane(one)
            for field, kind in _TOPOLOGY_POOLS:
                for index, pool in values.mappings(one.cluster.data, "spec", "topology", "workers", field):
                    yield self._of_topology_workers(one, field, kind, index, pool)
        elif one.kubeadm is not None:
            yield self._of_control_plane(one.kubeadm, one)
        for item in one.pools:
            yield self._of_machines(item, one)

    def _of_control_plane(self, item: Object, one: Parts | None) -> NodePool:
        version = values.text(item.data, "spec", "version")
        capi = _capi(self._world.settings, one)
        labels = values.mapping(item.data, "spec", "machineTemplate", "metadata", "labels")
        update = _first(item, ("rolloutStrategy", "rollingUpdate"), ("rollout", "strategy", "rollingUpdate"))
        return NodePool(
            id=item.id,
            at=item.at,
            clusters=[one.key] if one else [],
            name=values.text(item.data, "metadata", "name"),
            namespace=item.namespace,
            kind=item.kind,
            control_plane=True,
            replicas=self._own(item, _replicas(item), "spec", "replicas"),
            replicas_at=address.at(item.at, ("spec", "replicas")),
            version=self._own(item, version, "spec", "version"),
            version_at=address.at(item.at, ("spec", "version")),
            control_plane_version=_statement(version, address.at(item.at, ("spec", "version")), item.kind),
            external_etcd=self._own(
                item, external_etcd(item), *(spec_steps(item) or ()), "clusterConfiguration", "etcd"
            ),
            max_surge=_amount(item, *update, "maxSurge"),
            max_unavailable=_amount(item, *update, "maxUnavailable"),
            rolling_update_at=address.at(item.at, update),
            node_labels=joined(
                control_plane_marks(version),
                machine_labels([labels], capi),
                kubelet_labels(item, ("init", "join")),
            ),
            taints=_control_plane_taints(item, version),
        )

    def _of_machines(self, item: Object, one: Parts | None) -> NodePool:
        template = ("spec", "template")
        update = _first(item, ("strategy", "rollingUpdate"), ("rollout", "strategy", "rollingUpdate"))
        labels = values.mapping(item.data, *template, "metadata", "labels")
        config = self._config(item)
        version_steps = (*template, "spec", "version")
        own_taints = values.items(item.data, *template, "spec", "taints")
        version = self._own(item, values.text(item.data, *version_steps), *version_steps)
        ahead = self._control_plane_version(one)
        return NodePool(
            id=item.id,
            at=item.at,
            clusters=[one.key] if one else [],
            name=values.text(item.data, "metadata", "name"),
            namespace=item.namespace,
            kind=item.kind,
            control_plane=False,
            replicas=self._own(item, values.integer(item.data, "spec", "replicas"), "spec", "replicas"),
            replicas_at=address.at(item.at, ("spec", "replicas")),
            version=version,
            version_at=address.at(item.at, version_steps),
            control_plane_version=ahead,
            minors_behind=_minors_behind(version, ahead),
            max_surge=_amount(item, *update, "maxSurge"),
            max_unavailable=_amount(item, *update, "maxUnavailable"),
            rolling_update_at=address.at(item.at, update),
            node_labels=joined(
                machine_labels([labels], _capi(self._world.settings, one), pool=item.kind == "MachinePool"),
                kubelet_labels(config, ("join",)),
            ),
            taints=_together(taint_list(own_taints), _join_taints(config)),
        )

    def _of_topology_control_plane(self, one: Parts) -> NodePool:
        cluster, template = one.cluster, one.control_plane
        steps = ("spec", "topology", "controlPlane")
        version_steps = ("spec", "topology", "version")
        version = values.text(cluster.data, *version_steps)
        kubeadm = template if is_kubeadm(template) else UNKNOWN
        class_labels = self._class_labels(one, "spec", "controlPlane", "metadata", "labels")
        return NodePool(
            id=f"{cluster.id} control plane",
            at=address.at(cluster.at, steps),
            clusters=[one.key],
            name="control plane",
            namespace=cluster.namespace,
            kind=template.kind if isinstance(template, Object) else "KubeadmControlPlane",
            control_plane=True,
            topology=True,
            replicas=values.integer(cluster.data, *steps, "replicas"),
            replicas_at=address.at(cluster.at, (*steps, "replicas")),
            version=version,
            version_at=address.at(cluster.at, version_steps),
            control_plane_version=_statement(version, address.at(cluster.at, version_steps), cluster.kind),
            external_etcd=self._class_etcd(one),
            max_surge=UNKNOWN,
            max_unavailable=UNKNOWN,
            rolling_update_at=address.at(cluster.at, (*steps, "rollout")),
            node_labels=joined(
                control_plane_marks(version),
                machine_labels(
                    [class_labels, values.mapping(cluster.data, *steps, "metadata", "labels")],
                    _capi(self._world.settings, one),
                ),
                UNKNOWN if self._class_changes(one, kubeadm) else kubelet_labels(kubeadm, ("init", "join")),
            ),
            taints=UNKNOWN
            if self._class_changes(one, kubeadm) or not isinstance(kubeadm, Object)
            else _control_plane_taints(kubeadm, version),
        )

    def _of_topology_workers(self, one: Parts, field: str, kind: str, index: int, pool: Mapping[str, Any]) -> NodePool:
        cluster = one.cluster
        at = address.at(cluster.at, ("spec", "topology", "workers", field, index))
        base, config = self._class_workers(one, field, values.text(pool, "class"))
        changed = isinstance(config, Unknown) or self._class_changes(one, config)
        name = values.text(pool, "name")
        return NodePool(
            id=object_id(kind, cluster.namespace, name),
            at=at,
            clusters=[one.key],
            name=name,
            namespace=cluster.namespace,
            kind=kind,
            control_plane=False,
            topology=True,
            replicas=values.integer(pool, "replicas"),
            replicas_at=address.at(at, ("replicas",)),
            version=None,
            version_at=address.at(at, ("version",)),
            control_plane_version=None,
            max_surge=UNKNOWN,
            max_unavailable=UNKNOWN,
            rolling_update_at=address.at(at, ("rollout", "strategy", "rollingUpdate")),
            node_labels=joined(
                machine_labels(
                    [base, values.mapping(pool, "metadata", "labels")],
                    _capi(self._world.settings, one),
                    pool=kind == "MachinePool",
                ),
                UNKNOWN if changed else kubelet_labels(config, ("join",)),
            ),
            taints=UNKNOWN if changed else _join_taints(config),
        )

    def _own(self, item: Object, value: Value, *steps: str) -> Value | Unknown:
        """The value, unless a kustomize patch may set another one."""
        return UNKNOWN if self._patches.may_change(item, *steps) else value

    def _config(self, item: Object) -> Object | Unknown:
        """The KubeadmConfig(Template) of a pool; UNKNOWN for other bootstrap providers."""
        target = self._references.at(item, "spec", "template", "spec", "bootstrap", "configRef")
        found = target.found if target is not None and target.state == "present" else None
        return found if found is not None and spec_steps(found) else UNKNOWN

    def _class_labels(self, one: Parts, *place: str) -> Mapping[str, Any] | Unknown:
        return values.mapping(one.cluster_class.data, *place) if isinstance(one.cluster_class, Object) else UNKNOWN

    def _class_workers(
        self, one: Parts, field: str, name: object
    ) -> tuple[Mapping[str, Any] | Unknown, Object | Unknown]:
        """Labels and bootstrap configuration of a class of workers."""
        if not isinstance(one.cluster_class, Object) or not isinstance(name, str):
            return UNKNOWN, UNKNOWN
        for index, workers in values.mappings(one.cluster_class.data, "spec", "workers", field):
            if workers.get("class") == name:
                steps = ("spec", "workers", field, index)
                old_shape = ("template",) if "template" in workers else ()
                labels = values.mapping(workers, *old_shape, "metadata", "labels")
                for place in (("template", "bootstrap", "ref"), ("bootstrap", "templateRef")):
                    target = self._references.at(one.cluster_class, *steps, *place)
                    if target is not None and target.found is not None and target.state == "present":
                        return labels, target.found if spec_steps(target.found) else UNKNOWN
                return labels, UNKNOWN
        return UNKNOWN, UNKNOWN

    def _class_changes(self, one: Parts, config: Object | Unknown) -> bool:
        """Whether the kubelet settings of a template may be patched."""
        if not isinstance(config, Object) or not isinstance(one.cluster_class, Object):
            return True
        steps = spec_steps(config) or ()
        return self._patches.may_change(config, *steps) or class_may_change(one.cluster_class, config, *steps)

    def _class_etcd(self, one: Parts) -> bool | Unknown:
        kubeadm = one.kubeadm
        if kubeadm is None or not isinstance(one.cluster_class, Object):
            return UNKNOWN
        steps = (*(spec_steps(kubeadm) or ()), "clusterConfiguration", "etcd")
        return UNKNOWN if class_may_change(one.cluster_class, kubeadm, *steps) else external_etcd(kubeadm)

    def _control_plane_version(self, one: Parts | None) -> Statement | None | Unknown:
        if one is None or one.topology or not isinstance(one.control_plane, Object):
            return UNKNOWN
        steps = ("spec", "version")
        version = self._own(one.control_plane, values.text(one.control_plane.data, *steps), *steps)
        return _statement(version, address.at(one.control_plane.at, steps), one.control_plane.kind)


def capi_release(settings: FleetSettings, key: str | None) -> str | None:
    """The pinned release of Cluster API, a cluster's own first."""
    return settings.cluster_versions.get(key or "", {}).get("capi") or settings.versions.get("capi")


def _capi(settings: FleetSettings, one: Parts | None) -> str | None:
    return capi_release(settings, one.key if one else None)


def _shared(one: NodePool, other: NodePool) -> NodePool:
    """A control plane that several Clusters name."""
    return replace(one, clusters=[*one.clusters, *other.clusters])


def _statement(version: str | Unknown | None, at: str, via: str) -> Statement | None | Unknown:
    return version if version is None or isinstance(version, Unknown) else {"value": version, "at": at, "via": via}


def _replicas(item: Object) -> int | None | Unknown:
    """As written; UNKNOWN where they are not, in what can only be a fragment of a control plane."""
    written = values.integer(item.data, "spec", "replicas")
    fragment = all(values.child(item.data, "spec", field) is None for field in ("version", "machineTemplate"))
    return UNKNOWN if written is None and fragment else written


def _minors_behind(version: str | Unknown | None, ahead: Statement | None | Unknown) -> int | None | Unknown:
    if version is None or ahead is None:
        return None
    mine = release(version)
    theirs = None if isinstance(ahead, Unknown) else release(ahead["value"])
    return UNKNOWN if mine is None or theirs is None or mine[0] != theirs[0] else theirs[1] - mine[1]


def _first(item: Object, *places: tuple[str, ...]) -> tuple[str, ...]:
    """The first of these places of the specification that is written, else the first."""
    written = (place for place in places if values.child(item.data, "spec", *place) is not None)
    return ("spec", *next(written, places[0]))


def _amount(item: Object, *steps: str) -> str | None | Unknown:
    """A number or percentage as text."""
    value = values.child(item.data, *steps)
    if isinstance(value, bool) or (isinstance(value, str) and values.is_template(value)):
        return UNKNOWN
    if value is None or isinstance(value, Unknown):
        return value
    return str(value) if isinstance(value, (int, str)) else UNKNOWN


def _control_plane_taints(item: Object, version: object) -> list[dict[str, str]] | Unknown:
    written = taints(item, "join")
    if written is None:
        written = taints(item, "init")
    return control_plane_taints(version) if written is None else taint_list(written)


def _join_taints(config: Object | Unknown) -> list[dict[str, str]] | Unknown:
    return taint_list(taints(config, "join")) if isinstance(config, Object) else UNKNOWN


def _together(
    one: list[dict[str, str]] | Unknown, other: list[dict[str, str]] | Unknown
) -> list[dict[str, str]] | Unknown:
    return UNKNOWN if isinstance(one, Unknown) or isinstance(other, Unknown) else one + other
