"""Cilium's settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from crslint.fleet.entity import Entity, Unknown, fact


@dataclass(frozen=True, slots=True, kw_only=True)
class CiliumSetting(Entity):
    """Cilium as one payload installs it on day 0: cilium-config, image and environment of the agent."""

    ENTITY: ClassVar[str] = "ciliumSetting"

    payload: str = fact("The payload that installs it.", entity="payload")
    version: str | None | Unknown = fact("Version of the agent's image: `1.14.5`.")
    settings: dict[str, Any] | Unknown = fact("cilium-config as written: key to text.")
    kube_proxy_replacement: bool | Unknown = fact("Whether it replaces kube-proxy fully.")
    routing_mode: str | Unknown = fact("`native`, `tunnel` or `hybrid`.")
    ipam: str | Unknown = fact("IPAM mode, the version's default where not written.")
    native_cidrs: list[str] | Unknown = fact("`ipv4-native-routing-cidr` and its IPv6 twin.")
    pool_cidrs: list[str] | Unknown = fact("CIDRs of cluster-pool.")
    bgp_control_plane: bool | Unknown = fact("Whether the BGP control plane is on.")
    api_host: str | None | Unknown = fact("KUBERNETES_SERVICE_HOST of the agent; null where not set.")
    config: str | None = fact("Address of the cilium-config ConfigMap.", None)
