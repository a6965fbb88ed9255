"""Clusters, their control planes, workers and Metal3 infrastructure."""

from __future__ import annotations

from typing import Any, ClassVar

from crslint.fleet.entity import UNKNOWN, Entity, Statement, Unknown, fact
from crslint.record import record


@record(kw_only=True)
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
    allocates_pods: bool | Unknown = fact(
        "Whether the Cluster or its control plane write a pod CIDR: Kubernetes then gives each node a range of it."
    )
    pod_ranges: list[dict[str, Any]] = fact(
        "What is said of its pods, by address family: `{family, base, dissenting, poolOnly, to}`; `base` is the "
        "Cluster's own statement (else its control plane's), `dissenting` the statements that contradict it, those "
        "first whose edit mends it; `poolOnly` where Cilium's own pool alone does, `to` what the first would have to "
        "say, null where it cannot be told.",
        [],
    )
    service_ranges: list[dict[str, Any]] = fact("The same for its services.", [])
    ranges: list[dict[str, Any]] = fact(
        "The ranges of its pods and services and what they overlap: `{what, value, at, via, implicit, overlaps}`; what "
        "is `pod`, `service`, `node` or `endpoint`; `implicit` is Cilium's default pool; `overlaps` are up to 20 of "
        "the other ranges, without overlaps of their own.",
        [],
    )
    cidr_blocks: list[dict[str, Any]] = fact(
        "Its own blocks in `spec.clusterNetwork` that are CIDRs: `{field, value, at, network, hostBits}`.", []
    )
    endpoints: list[Statement] | Unknown = fact("Every statement of its API server's host, the Cluster's own first.")
    control_plane: str | None | Unknown = fact(
        "Its control plane object, where that is a KubeadmControlPlane or its template; null for other kinds.",
        entity="controlPlane",
    )
    infrastructure: str | None | Unknown = fact(
        "Its infrastructure, where that is a Metal3Cluster; null for other kinds.", entity="metal3Cluster"
    )
    references: list[str] = fact("Its references.", [], entity="reference")
    node_pools: list[str] = fact("Its pools of nodes, the control plane first.", [], entity="nodePool")
    steps: list[dict[str, Any]] | Unknown = fact(
        "The bootstrap steps that reach it, in list order within each set: `{set, payload, delivers}`."
    )
    delivers: list[str] | Unknown = fact(
        "What its steps bring together: `cni`, `csi`, `argocd`, `rootApplication`, `other`."
    )
    cnis: list[dict[str, Any]] | Unknown = fact("Primary CNIs that reach it: `{name, payload, at}`.")
    cnis_known: list[dict[str, Any]] = fact("Those that are known, where there may be others.", [])
    cilium: str | None | Unknown = fact("Its Cilium settings on day 0.", entity="ciliumSetting")
    cilium_day2: str | None | Unknown = fact(
        "Its Cilium settings on day 2: what its root Applications bring; null where they are known to bring none.",
        UNKNOWN,
        entity="ciliumSetting",
    )
    essentials: list[dict[str, Any]] = fact(
        "Parts of the bootstrap pattern that others want: `{part, present, set, setName, what, at, sibling, siblingAt}`"
        "; part is `CNI`, `GitOps engine` or `root Application`, set the one that brings what wants it, what the "
        "object that does, at the selector of that set or null, sibling another Cluster of that set which gets the part"
        "; nothing where other things may reach it.",
        [],
    )
    installations: list[dict[str, Any]] = fact(
        "Primary CNIs, Argo CDs and root Applications that reach it: `{kind, name, source, what, at, payload, from, "
        "rival}`; from is the id of the payload, rival the one before it that it excludes, or null.",
        [],
    )
    gitops_root: str | None | Unknown = fact(
        "Its root Application; null where nothing brings one, unknown where several do.", entity="application"
    )
    gitops_roots: list[str] = fact("The root Applications that reach it.", [], entity="application")
    applications: list[str] = fact("Applications that its roots lead to, themselves first.", [], entity="application")
    applications_complete: bool = fact("Whether these are known to be all.", False)
    root_environment: dict[str, Any] | None = fact(
        "What its label for the environment says of its root Application: `{label, value, labelAt, path, at, wanted, "
        "agrees}`; wanted is the path of that environment; null where there is no such label or folder.",
        None,
    )
    kube_proxy: str | Unknown = fact("`installed` or `skipped` by kubeadm; unknown without a KubeadmControlPlane.")
    proxy_replacements: list[Statement] | Unknown = fact(
        "What replaces kube-proxy on day 0; empty where what reaches it is known and nothing does."
    )


@record(kw_only=True)
class ControlPlane(Entity):
    """A KubeadmControlPlane, or its template in a ClusterClass."""

    ENTITY: ClassVar[str] = "controlPlane"

    kind: str = fact("`KubeadmControlPlane` or `KubeadmControlPlaneTemplate`.")
    name: str | None | Unknown = fact("`metadata.name`.")
    namespace: str | None | Unknown = fact("`metadata.namespace` as written.")
    template: bool = fact("True for a KubeadmControlPlaneTemplate.")
    replicas: int | None | Unknown = fact("`spec.replicas`; null where not written (the webhook makes it 1).")
    version: str | None | Unknown = fact("`spec.version`.")
    external_etcd: bool | Unknown = fact("Whether etcd runs elsewhere.")
    init_skip_phases: list[str] | Unknown = fact("`initConfiguration.skipPhases`, empty where absent.")
    join_skip_phases: list[str] | Unknown = fact("`joinConfiguration.skipPhases`, empty where absent.")
    init_skip_phases_at: str = fact("Address of `initConfiguration.skipPhases`, also where it is absent.")
    proxy_phase: str | None = fact("Address of the phase in it that leaves out kube-proxy.", None)
    skip_kube_proxy: list[Statement] = fact(
        "The annotation `controlplane.cluster.x-k8s.io/skip-kube-proxy`: at most one statement.", []
    )
    node_labels: dict[str, Any] | Unknown = fact("Labels that its nodes will carry.")


@record(kw_only=True)
class NodePool(Entity):
    """A MachineDeployment, MachinePool, the machines of a control plane, or one of these in a topology."""

    ENTITY: ClassVar[str] = "nodePool"

    name: str | None | Unknown = fact("`metadata.name`; in a topology the name there.")
    namespace: str | None | Unknown = fact("`metadata.namespace` as written.")
    kind: str = fact("Kind of the object that makes the machines.")
    control_plane: bool = fact("Whether its nodes are control-plane nodes.")
    topology: bool = fact("Whether it is a part of a Cluster's topology.", False)
    replicas: int | None | Unknown = fact("Number of machines; null where not written.")
    replicas_at: str = fact("Address of the number, also where it is absent.")
    version: str | None | Unknown = fact("Kubernetes version as written.")
    version_at: str = fact("Address of the version, also where it is absent.")
    control_plane_version: Statement | None | Unknown = fact("Version of the control plane of its Cluster.", None)
    minors_behind: int | None | Unknown = fact(
        "How many minor releases it is behind the control plane, below 0 where it is ahead; null where not written.",
        None,
    )
    external_etcd: bool | Unknown = fact("Whether etcd runs elsewhere; false for workers.", False)
    max_surge: str | None | Unknown = fact("`maxSurge` of its rollout as text: `1`, `25%`; null where not written.")
    max_unavailable: str | None | Unknown = fact("`maxUnavailable` likewise.")
    rolling_update_at: str = fact("Address of `rollingUpdate`, also where it is absent.")
    node_labels: dict[str, Any] | Unknown = fact("Labels that its nodes will carry (facts/capi.md 3.5).")
    taints: list[dict[str, Any]] | Unknown = fact("Taints of its nodes: `{key, effect}`.")
    host_supply: dict[str, Any] | None = fact(
        "The BareMetalHosts for its Metal3 machines: `{hosts, machines, surge, needed, pools, selectorAt}`, told at "
        "the first of the pools that take the same hosts; null where the input has none or the numbers are not known.",
        None,
    )
