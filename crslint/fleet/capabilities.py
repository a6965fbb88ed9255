"""What Cilium can do on the clusters that peering goes to, as their bootstrap sets it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from crslint import address
from crslint.fleet import values
from crslint.fleet.entities.cilium import CiliumSetting
from crslint.fleet.entities.clusters import Cluster
from crslint.fleet.entities.gitops import Application
from crslint.fleet.entities.metal3 import IpPool
from crslint.fleet.entities.objects import Object
from crslint.fleet.entity import Entity, Unknown
from crslint.fleet.payloads import Read
from crslint.fleet.peering import (
    ADVERTISEMENT,
    CLUSTER_CONFIG,
    NODE_CONFIG,
    NODE_OVERRIDE,
    POLICY,
)
from crslint.fleet.pods import containers, pod_spec
from crslint.fleet.sites import Sites
from crslint.fleet.versions import release

_BGP = "enable-bgp-control-plane"
# Pod CIDRs that belong to nodes exist only in these.
_POD_CIDR_IPAM = ("kubernetes", "cluster-pool")
_PRIVILEGED = 1024
_BIND = "NET_BIND_SERVICE"
_ROUTER_IDS_SINCE = (1, 18, 0)


class Capabilities:
    def __init__(
        self,
        settings: Sequence[CiliumSetting],
        clusters: Sequence[Cluster],
        reads: Sequence[Read],
        sites: Sites,
        in_use: Mapping[str, str],
        others: Sequence[Entity],
    ) -> None:
        self.in_use = in_use
        self._owners = {item.at: item.clusters for item in others if isinstance(item, IpPool)}
        self._changing = {
            key
            for item in others
            if isinstance(item, Application) and (isinstance(item.carries, Unknown) or "cni" in item.carries)
            for key in item.clusters
        }
        self._settings = {item.at: item for item in settings}
        self._planes: dict[tuple[str, ...], list[dict[str, Any]]] = {}
        self._known: dict[tuple[str, ...], list[tuple[str, CiliumSetting]]] = {}
        self._clusters = clusters
        self._reads = reads
        self._sites = sites

    def setting(self, cluster: Cluster) -> CiliumSetting | None:
        """Those of day 0; None where they are not known, or Cilium is not there."""
        return self._settings.get(cluster.cilium) if isinstance(cluster.cilium, str) else None

    def settings(self, clusters: Sequence[Cluster]) -> list[tuple[str, CiliumSetting]]:
        """With the cluster's name; where the input has no Cluster at all, the only settings there are."""
        key = tuple([cluster.at for cluster in clusters])
        if key not in self._known:
            self._known[key] = self._settings_of(clusters)
        return self._known[key]

    def _settings_of(self, clusters: Sequence[Cluster]) -> list[tuple[str, CiliumSetting]]:
        if not self._clusters:
            first = min((setting.day for setting in self._settings.values()), default=0)
            only = [setting for setting in self._settings.values() if setting.day == first]
            return [("", only[0])] if len(only) == 1 else []
        found = ((cluster, self.setting(cluster)) for cluster in clusters)
        return [(cluster.clusters[0], setting) for cluster, setting in found if setting is not None]

    def of(self, clusters: Sequence[Cluster]) -> list[dict[str, Any]]:
        """The BGP control plane of each; a cluster whose Services do not work has a graver fault (NET005)."""
        key = tuple([cluster.at for cluster in clusters])
        if key not in self._planes:
            self._planes[key] = list(self._planes_of(clusters))
        return self._planes[key]

    def _planes_of(self, clusters: Sequence[Cluster]) -> Iterable[dict[str, Any]]:
        broken = {
            cluster.clusters[0]
            for cluster in clusters
            if cluster.kube_proxy == "skipped" and cluster.proxy_replacements == []
        }
        found: dict[str, dict[str, Any]] = {}
        for name, setting in self.settings(clusters):
            on, at = setting.bgp_control_plane, setting.bgp_control_plane_at
            if name not in broken and setting.way != "helmChartProxy" and not isinstance(on, Unknown):
                written = None if isinstance(setting.settings, Unknown) else setting.settings.get(_BGP)
                found.setdefault(
                    at,
                    {
                        "cluster": name,
                        "on": on,
                        "at": at,
                        "written": written,
                        "by": self._payload(setting),
                        "to": "true" if setting.chart is None else True,
                    },
                )
        return found.values()

    def release(self, clusters: Sequence[Cluster]) -> str | None:
        """Cilium's release on these clusters, where they agree."""
        found = {setting.version for _, setting in self.settings(clusters)}
        if len(found) != 1:
            return None
        (version,) = found
        return version if isinstance(version, str) else None

    def feature(self, clusters: Sequence[Cluster], key: str) -> bool | None:
        """Whether a switch of cilium-config is on; None where that is not known or differs."""
        found = set()
        for _, setting in self.settings(clusters):
            if isinstance(setting.settings, Unknown) or setting.config is None:
                return None
            written = setting.settings.get(key, "false")
            found.add(str(written).lower() in ("true", "1", "t"))
        return found.pop() if len(found) == 1 else None

    def owners(self, pool: str) -> Sequence[str]:
        """The clusters that an IPPool gives addresses to."""
        return self._owners.get(pool, ())

    def may_change(self, cluster: Cluster) -> bool:
        """Whether Git may bring Cilium with other settings."""
        led = bool(cluster.gitops_roots) and not cluster.applications_complete
        return led or cluster.clusters[0] in self._changing

    def oddities(self, item: Object, clusters: Sequence[Cluster]) -> Iterator[dict[str, Any]]:
        if item.kind == NODE_CONFIG:
            yield {"at": address.at(item.at, ("kind",)), "fault": "operatorOwned", "name": item.kind}
        elif item.kind == NODE_OVERRIDE:
            yield from self._unmatched(item)
        settings = [setting for _, setting in self.settings(clusters)]
        if settings:
            yield from self._pod_cidrs(item, settings)
            yield from self._ports(item, settings)
            yield from self._router_ids(item, settings)

    def _unmatched(self, item: Object) -> Iterator[dict[str, Any]]:
        """Names of an override that no ClusterConfig has."""
        if not self._sites.is_complete(item, CLUSTER_CONFIG):
            return
        known: dict[object, set[object]] = defaultdict(set)
        for config in self._sites.meeting(item, CLUSTER_CONFIG):
            for router in self._sites.routers(config):
                known[router.name].update(peer.name for peer in router.peers)
        if any(isinstance(name, Unknown) for name in known):
            return
        for number, instance in values.mappings(item.data, "spec", "bgpInstances"):
            at = address.at(item.at, ("spec", "bgpInstances", number))
            name = values.text(instance, "name")
            if not isinstance(name, str):
                continue
            yield {"at": address.at(at, ("name",)), "fault": None if name in known else "instanceUnknown", "name": name}
            for place, peer in values.mappings(instance, "peers") if name in known else ():
                own = values.text(peer, "name")
                if isinstance(own, str) and not any(isinstance(each, Unknown) for each in known[name]):
                    fault = None if own in known[name] else "peerUnknown"
                    yield {"at": address.at(at, ("peers", place, "name")), "fault": fault, "name": own}

    def _pod_cidrs(self, item: Object, settings: Sequence[CiliumSetting]) -> Iterator[dict[str, Any]]:
        places = []
        if item.kind == POLICY:
            places = [
                address.at(router.at, ("exportPodCIDR",))
                for router in self._sites.routers(item)
                if router.data.get("exportPodCIDR") is True
            ]
        elif item.kind == ADVERTISEMENT:
            places = [
                address.at(item.at, ("spec", "advertisements", number, "advertisementType"))
                for number, entry in values.mappings(item.data, "spec", "advertisements")
                if entry.get("advertisementType") == "PodCIDR"
            ]
        modes = {setting.ipam for setting in settings if isinstance(setting.ipam, str)}
        wrong = modes.isdisjoint(_POD_CIDR_IPAM) and len(modes) == 1 and len(settings) > 0
        for at in places:
            yield {"at": at, "fault": "podCidrIpam" if wrong else None, "name": min(modes, default="")}

    def _ports(self, item: Object, settings: Sequence[CiliumSetting]) -> Iterator[dict[str, Any]]:
        """Ports to listen on that the agent may not take."""
        if item.kind not in (CLUSTER_CONFIG, NODE_OVERRIDE):
            return
        for number, instance in values.mappings(item.data, "spec", "bgpInstances"):
            port = values.integer(instance, "localPort")
            if isinstance(port, int):
                able = [self._may_bind(setting) for setting in settings]
                wrong = 0 < port < _PRIVILEGED and all(one is False for one in able)
                at = address.at(item.at, ("spec", "bgpInstances", number, "localPort"))
                yield {"at": at, "fault": "privilegedPort" if wrong else None, "name": str(port)}

    def _router_ids(self, item: Object, settings: Sequence[CiliumSetting]) -> Iterator[dict[str, Any]]:
        """Instances on nodes without IPv4, from whose address the id of a router is taken."""
        if item.kind != CLUSTER_CONFIG:
            return
        wrong = all(_is_v6_only(setting) for setting in settings)
        given = {
            values.text(instance, "name")
            for override in self._sites.meeting(item, NODE_OVERRIDE)
            for _, instance in values.mappings(override.data, "spec", "bgpInstances")
            if instance.get("routerID")
        }
        whole = self._sites.is_complete(item, NODE_OVERRIDE)
        for router in self._sites.routers(item):
            fault = "noRouterId" if wrong and whole and router.name not in given else None
            yield {"at": router.at, "fault": fault, "name": router.name if isinstance(router.name, str) else ""}

    def _may_bind(self, setting: CiliumSetting) -> bool | None:
        agent = self._members.get(setting.agent or "")
        pod = pod_spec(agent) if agent is not None else None
        for container in containers(pod) if pod else ():
            if container.data.get("name") == "cilium-agent":
                security = container.data.get("securityContext")
                added = values.texts(security, "capabilities", "add")
                if isinstance(added, Unknown) or values.boolean(security, "privileged") is not False:
                    return None if values.boolean(security, "privileged") is not None else self._adds(added)
                return self._adds(added)
        return None

    def _adds(self, added: Sequence[str] | Unknown) -> bool | None:
        return None if isinstance(added, Unknown) or not added else _BIND in added or "ALL" in added

    @cached_property
    def _members(self) -> Mapping[str, Object]:
        wanted = {setting.agent for setting in self._settings.values()}
        return {
            member.object.at: member.object
            for read in self._reads
            for member in read.members
            if member.object.at in wanted
        }

    def _at(self, setting: CiliumSetting, key: str) -> str | None:
        return address.at(setting.config, ("data", key)) if setting.config else None

    def _payload(self, setting: CiliumSetting) -> str:
        return setting.id.removeprefix("Cilium of ")


def _is_v6_only(setting: CiliumSetting) -> bool:
    if isinstance(setting.settings, Unknown):
        return False
    used = release(setting.version) if isinstance(setting.version, str) else None
    by_pool = setting.settings.get("bgp-router-id-allocation-mode") == "ip-pool"
    if by_pool and (used is None or used >= _ROUTER_IDS_SINCE):
        return False
    return setting.settings.get("enable-ipv4") == "false" and setting.settings.get("enable-ipv6") == "true"
