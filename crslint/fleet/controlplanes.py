"""The entity controlPlane."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from crslint import address
from crslint.fleet import values
from crslint.fleet.entities.clusters import ControlPlane, NodePool
from crslint.fleet.entities.objects import Object
from crslint.fleet.entity import UNKNOWN, Statement, Unknown
from crslint.fleet.kubeadm import COMMANDS, external_etcd, mentions, skip_phases, skip_phases_at, spec_steps
from crslint.fleet.parts import Parts
from crslint.fleet.patches import Patches, class_may_change
from crslint.fleet.phases import PROXY_PHASES
from crslint.fleet.references import CONTROL_PLANE_GROUP
from crslint.fleet.world import World

_ANNOTATION = "controlplane.cluster.x-k8s.io/skip-kube-proxy"


def control_planes(
    world: World, clusters: Mapping[str, Sequence[str]], pools: Mapping[str, NodePool]
) -> list[ControlPlane]:
    """``clusters`` and ``pools`` by the address of the control plane."""
    found = []
    for kind in ("KubeadmControlPlane", "KubeadmControlPlaneTemplate"):
        for item in world.of_kind(CONTROL_PLANE_GROUP, kind):
            template = kind == "KubeadmControlPlaneTemplate"
            pool = pools.get(item.at)
            found.append(
                ControlPlane(
                    id=item.id,
                    at=item.at,
                    clusters=list(clusters.get(item.at, ())),
                    kind=kind,
                    name=values.text(item.data, "metadata", "name"),
                    namespace=item.namespace,
                    template=template,
                    replicas=values.integer(item.data, "spec", "replicas"),
                    version=values.text(item.data, "spec", "version"),
                    external_etcd=external_etcd(item),
                    init_skip_phases=skip_phases(item, "init"),
                    join_skip_phases=skip_phases(item, "join"),
                    init_skip_phases_at=skip_phases_at(item, "init"),
                    proxy_phase=proxy_phase(item),
                    skip_kube_proxy=_annotation(item, ("spec", "template") if template else ()),
                    node_labels=pool.node_labels if pool else UNKNOWN,
                )
            )
    return found


def proxy_phase(item: Object) -> str | None:
    """Where a control plane leaves out kube-proxy."""
    phases = skip_phases(item, "init")
    for index, phase in enumerate(() if isinstance(phases, Unknown) else phases):
        if phase in PROXY_PHASES:
            return address.at(skip_phases_at(item, "init"), (index,))
    return None


def kube_proxy(one: Parts, patches: Patches) -> str | Unknown:
    """``installed`` or ``skipped``; UNKNOWN where a patch or a script of the machines may decide otherwise."""
    item = one.kubeadm
    if item is None:
        return UNKNOWN
    steps = (*(spec_steps(item) or ()), COMMANDS["init"], "skipPhases")
    changed = patches.may_change(item, *steps) or (
        isinstance(one.cluster_class, Object) and class_may_change(one.cluster_class, item, *steps)
    )
    phases = skip_phases(item, "init")
    if changed or isinstance(phases, Unknown):
        return UNKNOWN
    if any(phase in PROXY_PHASES for phase in phases):
        return "skipped"
    return UNKNOWN if mentions(item, "kube-proxy") else "installed"


def _annotation(item: Object, base: tuple[str, ...]) -> list[Statement]:
    steps = (*base, "metadata", "annotations", _ANNOTATION)
    value = values.text(item.data, *steps)
    return [{"value": value, "at": address.at(item.at, steps), "via": item.kind}] if isinstance(value, str) else []
