"""The Helm values of a cluster's Cilium: what the answers decide, and what else a manifest was made with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from crslint.fix.new.answers import Cluster
from crslint.fix.templates import scalar

Path = tuple[str, ...]
Settings = Mapping[Path, Any]
"""Values by path: ``("ipam", "mode")``."""

_HEAD = """\
# The one place for the settings of {}'s Cilium: the bootstrap payload is rendered from this file too, so that what
# day 0 turned on stays on when Argo CD takes over.
"""
_COMMENTS: Mapping[Path, str] = {
    ("k8sServiceHost",): "no kube-proxy makes the API server's Service reachable",
    ("autoDirectNodeRoutes",): "the nodes share one network",
    ("bgpControlPlane",): "the capability; whom to peer with is said in base/cilium-bgp/{}",
    ("hubble",): "Helm's own certificates put private keys into the payload; with tls.auto.method cronJob on",
}


def decided(cluster: Cluster) -> Settings:
    """What the answers decide; a manifest that says otherwise contradicts them."""
    return {
        ("k8sServiceHost",): cluster.endpoint,
        ("k8sServicePort",): cluster.port,
        ("kubeProxyReplacement",): True,
        ("routingMode",): "native",
        ("ipv4NativeRoutingCIDR",): cluster.pods,
        ("autoDirectNodeRoutes",): True,
        ("ipam", "mode"): "kubernetes",
        ("bgpControlPlane", "enabled"): True,
    }


def chosen(cluster: Cluster) -> Settings:
    """What nobody was asked for: taken unless a manifest says otherwise. Two operators never run on one node."""
    replicas = min(2, cluster.control_planes + cluster.workers)
    return {("operator", "replicas"): replicas, ("hubble", "enabled"): False}


def nested(settings: Settings) -> dict[str, Any]:
    """As Helm takes them."""
    data: dict[str, Any] = {}
    for path, value in settings.items():
        inner = data
        for step in path[:-1]:
            inner = inner.setdefault(step, {})
        inner[path[-1]] = value
    return data


def values_text(cluster: Cluster, settings: Settings) -> str:
    """The values file."""
    return _HEAD.format(cluster.name) + "".join(_lines(nested(settings), (), cluster.name))


def _lines(data: Mapping[str, Any], above: Path, cluster: str) -> Iterator[str]:
    for key, value in data.items():
        path = (*above, key)
        comment = f" # {_COMMENTS[path].format(cluster)}" if path in _COMMENTS else ""
        if path == ("hubble",) and value.get("enabled"):
            comment = ""
        head = f"{'  ' * len(above)}{scalar(key)}:"
        if isinstance(value, dict):
            yield f"{head}{comment}\n"
            yield from _lines(value, path, cluster)
        else:
            yield f"{head} {scalar(value)}{comment}\n"
