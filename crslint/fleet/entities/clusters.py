"""Clusters, their control planes, workers and Metal3 infrastructure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from crslint.fleet.entity import Entity, Statement, Unknown, fact


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster(Entity):
    """A Cluster of cluster.x-k8s.io with everything that reaches it."""

    ENTITY: ClassVar[str] = "cluster"

    name: str | None | Unknown = fact("`metadata.name`.")
    namespace: str | None | Unknown = fact("`metadata.namespace` as written.")
    labels: dict[str, Any] | Unknown = fact("`metadata.labels`.")
    version: str | None | Unknown = fact("Kubernetes version: of the control plane or the topology.")
    topology: bool = fact("Whether it is made from a ClusterClass.")
    pod_cidrs: list[Statement] | Unknown = fact("Every statement of its pod CIDRs, the Cluster's own first.")
    service_cidrs: list[Statement] | Unknown = fact("Every statement of its service CIDRs.")
    endpoints: list[Statement] | Unknown = fact("Every statement of its API server's host, the Cluster's own first.")
    control_plane: str | None | Unknown = fact("Its control plane object.", entity="controlPlane")
    infrastructure: str | None | Unknown = fact("Its infrastructure object.", entity="metal3Cluster")
    references: list[dict[str, Any]] | Unknown = fact(
        "Its references: `{field, kind, name, at, state, found}`; state is `present`, `missing`, `wrong` or `unknown`."
    )
    node_pools: list[str] | Unknown = fact("Its pools of nodes, the control plane first.", entity="nodePool")
    steps: list[dict[str, Any]] | Unknown = fact(
        "The bootstrap steps that reach it, in list order within each set: `{set, payload, delivers}`."
    )
    delivers: list[str] | Unknown = fact(
        "What its steps bring together: `cni`, `csi`, `argocd`, `rootApplication`, `other`."
    )
    cnis: list[dict[str, Any]] | Unknown = fact("Primary CNIs that reach it: `{name, payload, at}`.")
    cilium: str | None | Unknown = fact("Its Cilium settings on day 0.", entity="ciliumSetting")
    kube_proxy: str | Unknown = fact("`installed` or `skipped` by kubeadm; unknown without a KubeadmControlPlane.")


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlPlane(Entity):
    """A KubeadmControlPlane, or its template in a ClusterClass."""

    ENTITY: ClassVar[str] = "controlPlane"

    name: str | None | Unknown = fact("`metadata.name`.")
    namespace: str | None | Unknown = fact("`metadata.namespace` as written.")
    template: bool = fact("True for a KubeadmControlPlaneTemplate.")
    replicas: int | None | Unknown = fact("`spec.replicas`; null where not written (the webhook makes it 1).")
    version: str | None | Unknown = fact("`spec.version`.")
    external_etcd: bool | Unknown = fact("Whether etcd runs elsewhere.")
    init_skip_phases: list[str] | Unknown = fact("`initConfiguration.skipPhases`, empty where absent.")
    join_skip_phases: list[str] | Unknown = fact("`joinConfiguration.skipPhases`, empty where absent.")
    node_labels: dict[str, Any] | Unknown = fact("Labels that its nodes will carry.")


@dataclass(frozen=True, slots=True, kw_only=True)
class NodePool(Entity):
    """A MachineDeployment, MachinePool, or the machines of a control plane."""

    ENTITY: ClassVar[str] = "nodePool"

    name: str | None | Unknown = fact("`metadata.name`.")
    namespace: str | None | Unknown = fact("`metadata.namespace` as written.")
    kind: str = fact("Kind of the object that makes the machines.")
    control_plane: bool = fact("Whether its nodes are control-plane nodes.")
    replicas: int | None | Unknown = fact("Number of machines; null where not written.")
    version: str | None | Unknown = fact("Kubernetes version.")
    node_labels: dict[str, Any] | Unknown = fact("Labels that its nodes will carry (facts/capi.md 3.5).")
    taints: list[dict[str, Any]] | Unknown = fact("Taints of its nodes: `{key, effect}`.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Metal3Cluster(Entity):
    """A Metal3Cluster."""

    ENTITY: ClassVar[str] = "metal3Cluster"

    name: str | None | Unknown = fact("`metadata.name`.")
    namespace: str | None | Unknown = fact("`metadata.namespace` as written.")
    host: str | None | Unknown = fact("`spec.controlPlaneEndpoint.host`.")
    port: int | None | Unknown = fact("`spec.controlPlaneEndpoint.port`.")


@dataclass(frozen=True, slots=True, kw_only=True)
class IpPool(Entity):
    """An IPPool of ipam.metal3.io."""

    ENTITY: ClassVar[str] = "ipPool"

    name: str | None | Unknown = fact("`metadata.name`.")
    namespace: str | None | Unknown = fact("`metadata.namespace` as written.")
    ranges: list[dict[str, Any]] | Unknown = fact("`{start, end, at}`: the addresses that it gives to nodes.")
