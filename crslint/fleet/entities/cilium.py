"""Cilium's settings."""

from __future__ import annotations

from typing import Any, ClassVar

from crslint.fleet.entity import UNKNOWN, Entity, Statement, Unknown, fact
from crslint.record import record


@record(kw_only=True)
class CiliumSetting(Entity):
    """Cilium as one payload installs it on day 0 or as Git brings it on day 2: cilium-config, image and environment of
    the agent. Where a published chart renders them from Helm values, addresses lead to the values."""

    ENTITY: ClassVar[str] = "ciliumSetting"

    day: int = fact("0 for what a payload installs, 2 for what Git does.")
    way: str = fact(
        "`payload`, `application` (a chart), `kustomization` (`helmCharts`), `helmChartProxy`, `manifests`."
    )
    payload: str | None = fact("The payload that installs it; null on day 2.", None, entity="payload")
    application: str | None = fact("The Application that brings it on day 2.", None, entity="application")
    self_heal: bool | Unknown = fact("Whether that reverts what was changed on the cluster.", False)
    chart: str | None | Unknown = fact("Version of its chart; null for manifests; unknown for a range.", None)
    version: str | None | Unknown = fact("Version of the agent's image: `1.14.5`; null where only its settings are in.")
    settings: dict[str, Any] | Unknown = fact("cilium-config as written or rendered: key to text, what is known of it.")
    config: str | None = fact("Address of the cilium-config ConfigMap.", None)
    agent: str | None = fact("Address of the agent's DaemonSet.", None)
    kube_proxy_replacement: bool | Unknown = fact("Whether it replaces kube-proxy fully.")
    kube_proxy_replacement_at: str = fact("Address of `kube-proxy-replacement`, also where it is absent.")
    routing_mode: str | Unknown = fact("`native`, `tunnel` or `hybrid`.")
    ipam: str | Unknown = fact("IPAM mode, the agent's default where not written.")
    native_cidrs: list[Statement] | Unknown = fact("`ipv4-native-routing-cidr` and its IPv6 twin.")
    native_cidr_at: str = fact("Address of `ipv4-native-routing-cidr`, also where it is absent.")
    pool_cidrs: list[Statement] | Unknown = fact("CIDRs of cluster-pool; empty in other IPAM modes.")
    bgp_control_plane: bool | Unknown = fact("Whether the BGP control plane is on.")
    bgp_control_plane_at: str = fact("Address of `enable-bgp-control-plane`, also where it is absent.")
    api_host: str | None | Unknown = fact("KUBERNETES_SERVICE_HOST of the agent; null where not set.")
    api_host_at: str | None = fact("Address of its value.", None)
    names_api_server: bool | Unknown = fact(
        "Whether the agent is told where the API server is: by its environment, its settings or its arguments.", UNKNOWN
    )
    environment_at: str | None = fact("Address of the agent's environment, also where it is absent.", None)
    superseded: list[dict[str, Any]] | Unknown = fact(
        "Written settings that some release deprecates or stops reading: `{key, value, at, state, removed, instead, "
        "effect, refused}`; state is `read`, `deprecated` or `removed` for this release; removed is the first one "
        "without; instead is `{key, value, text, at}`, null where nothing takes its place or it is there; effect: what "
        "the agent or the chart does; refused: whether the chart does not render it."
    )
    replacement: dict[str, Any] | None | Unknown = fact(
        "`kube-proxy-replacement` where the release refuses it: `{key, value, at, accepted, instead}`; else null."
    )
    fittings: list[dict[str, Any]] | Unknown = fact(
        "What must fit around the agent: `{what, value, at, fault, effect, grave}`: relay and UI of Hubble, the "
        "operator's replicas, and each Helm value that the chart refuses and no other fact tells; fault and effect are "
        "text or null; grave says that nothing works by it.",
        [],
    )
    regenerated: list[dict[str, Any]] | Unknown = fact(
        "Secrets whose certificates are other ones each time that Argo CD renders the chart: `{secret, at, kept}`; at "
        "is the value that decides; kept says that the Application ignores the difference.",
        [],
    )
    direct_routes: bool | Unknown = fact("Whether `auto-direct-node-routes` is on.")
    direct_routes_at: str = fact("Address of `auto-direct-node-routes`, also where it is absent.")
    needs_native_cidr: bool | Unknown = fact("Whether the agent exits without `ipv4-native-routing-cidr`.")
    metal_lb: list[dict[str, Any]] = fact(
        "Places where agent and operator mount the ConfigMap of MetalLB mode, bgp-config: `{kind, name, at}`.", []
    )
    unknown_keys: list[dict[str, Any]] | Unknown = fact(
        "Keys that the release does not have: `{key, value, at, why, release, near}`; why is `misspelt` (near: the key "
        "that may be meant), `removed` or `newer` (release: the last or first one that has it), or `unknown`."
    )
    checked: list[dict[str, Any]] | Unknown = fact(
        "Settings that the agent checks at its start: `{key, value, at, fault}`; fault is why it exits, or null."
    )
    balancing: list[dict[str, Any]] | Unknown = fact(
        "Settings of direct server return: `{key, value, at, fault}`; fault is why the agent exits, or null."
    )
    images: list[dict[str, Any]] | Unknown = fact(
        "Containers of agent and operator: `{what, version, at, same, why}`; same: of the agent's release, or not "
        "known; and what the bootstrap runs, where the upgrade from that to day 2 breaks something: why."
    )
    api_port: str | None | Unknown = fact("KUBERNETES_SERVICE_PORT of the agent; null where not set.")
    api_port_at: str | None = fact("Address of its value.", None)
    specific: list[dict[str, Any]] = fact(
        "Values that fit one cluster only: `{what, value, at, clusters, differ, other, otherAt}`; clusters is how many "
        "it reaches; differ is `yes`, `no` or `unknown`: whether these need different ones; other is one that does.",
        [],
    )
