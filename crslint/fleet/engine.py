"""Whether Argo CD can work where a payload brings it: a node that takes its pods, and the kinds that it works on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from crslint.fleet import pods, values
from crslint.fleet.entities.clusters import Cluster, NodePool
from crslint.fleet.entity import Entity, Unknown
from crslint.fleet.links import cluster_name
from crslint.fleet.needs import Need
from crslint.fleet.payloads import Read
from crslint.fleet.supply import Supply, Trace

_GROUP = "argoproj.io"
_REPELLING = ("NoSchedule", "NoExecute")


class Engines:
    def __init__(self, supply: Supply, needs: Mapping[str, Sequence[Need]], entities: Sequence[Entity]) -> None:
        self._supply = supply
        self._needs = needs
        self._pools = {item.at: item for item in entities if isinstance(item, NodePool)}
        self._clusters = {item.at: item for item in entities if isinstance(item, Cluster)}

    def of(self, read: Read) -> dict[str, Any] | None:
        """`payload.engine`."""
        found = next((item for item in read.delivered if item.kind == "argocd" and item.primary), None)
        member = next((member for member in read.members if found and member.object.at == found.at), None)
        pod = pods.pod_spec(member.object) if member else None
        if member is None or pod is None:
            return None
        item = member.object
        trace = Trace(_GROUP)
        answer = self._supply.ask(read, member, [("crd", _GROUP, "Application")], trace)
        reached = {cluster.at: cluster for link in read.used_by for cluster in link.known}
        return {
            "kind": item.kind,
            "name": item.name if isinstance(item.name, str) else "",
            "at": item.at,
            "crd": answer.state,
            "work": answer.state == "nowhere" and self._lacks_definitions(read),
            "unschedulable": sorted(
                cluster_name(cluster) for at, cluster in reached.items() if self._has_no_node(at, pod.data)
            ),
        }

    def _lacks_definitions(self, read: Read) -> bool:
        """Whether there is work of it at hand that cannot be created, for nobody brings its definition."""
        return any(
            need.state == "nowhere" and need.kind == "crd" and need.name.endswith(f".{_GROUP}")
            for other in self._supply.companions(read)
            for member in other.members
            for need in self._needs.get(member.object.at, ())
        )

    def _has_no_node(self, at: str, pod: dict[str, Any]) -> bool:
        """Whether all pools of a cluster are known and none takes the pod."""
        cluster = self._clusters.get(at)
        if cluster is None or not cluster.complete:
            return False
        pools = [self._pools.get(pool) for pool in cluster.node_pools]
        return bool(pools) and all(pool is not None and _repels(pool, pod) for pool in pools)


def _repels(pool: NodePool, pod: dict[str, Any]) -> bool:
    if pool.replicas == 0:
        return True
    if isinstance(pool.taints, Unknown):
        return False
    repelling = [taint for taint in pool.taints if taint.get("effect") in _REPELLING]
    return any(not _tolerates(pod, taint) for taint in repelling)


def _tolerates(pod: dict[str, Any], taint: dict[str, Any]) -> bool:
    """Also where it cannot be told: a toleration that is no mapping, or a value that the taint does not show."""
    tolerations = values.items(pod, "tolerations")
    if isinstance(tolerations, Unknown):
        return True
    for item in tolerations:
        if not isinstance(item, dict):
            return True
        same_key = item.get("key") in (None, "", taint.get("key"))
        same_effect = item.get("effect") in (None, "", taint.get("effect"))
        if same_key and same_effect:
            return True
    return False
