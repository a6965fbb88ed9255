"""The entities of BGP peering and load-balancer addresses, put together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from crslint import address
from crslint.fleet import values
from crslint.fleet.capabilities import Capabilities
from crslint.fleet.entities.cilium import CiliumSetting
from crslint.fleet.entities.clusters import Cluster, NodePool
from crslint.fleet.entities.machines import Reference
from crslint.fleet.entities.objects import Object
from crslint.fleet.entities.peering import (
    BgpAdvertisement,
    BgpClusterConfig,
    BgpNeighbor,
    BgpObject,
    BgpPeerConfig,
    BgpPolicy,
)
from crslint.fleet.entity import Entity, Unknown
from crslint.fleet.gitops import GitOps
from crslint.fleet.loadbalancing import LoadBalancing
from crslint.fleet.meetings import Meetings
from crslint.fleet.metal3 import IPAM_GROUP
from crslint.fleet.nodeselection import NodeSelection, pairs
from crslint.fleet.parts import POOL_KINDS
from crslint.fleet.payloads import Member, Read
from crslint.fleet.peering import (
    ADVERTISEMENT,
    CLUSTER_CONFIG,
    NODE_CONFIG,
    PEER_CONFIG,
    POLICY,
    V2,
    families,
    is_v1,
    node_selector,
    requirements,
    routers,
    selector_state,
    timers,
)
from crslint.fleet.peeringreach import capability_entities, source_entities
from crslint.fleet.selector import read_selector
from crslint.fleet.served import with_releases
from crslint.fleet.services import is_load_balancer
from crslint.fleet.sessions import Subnets, neighbors, numbers, passwords, resilience
from crslint.fleet.sites import CILIUM, PEERING, POOL, Sites
from crslint.fleet.world import World

if TYPE_CHECKING:
    from crslint.fleet.supplied import Supplied

_SHOWN = 20
_BGP_KINDS = frozenset({*PEERING, NODE_CONFIG})


def peering_entities(
    world: World, reads: Sequence[Read], gitops: GitOps, entities: Sequence[Entity], in_use: Mapping[str, str]
) -> list[Entity]:
    """``entities`` are those of the clusters' side, ``in_use`` the releases by component."""
    in_payloads = [(read, member) for read in reads if read.in_use for member in read.members if _is_bgp(member.object)]
    of_cilium = any(world.of_kind(CILIUM, kind) for kind in (*_BGP_KINDS, POOL))
    if not in_payloads and not of_cilium and not any(map(is_load_balancer, world.of_kind("", "Service"))):
        return []
    return list(_Builder(world, reads, gitops, entities, in_use).all(in_payloads))


class _Builder:
    def __init__(
        self,
        world: World,
        reads: Sequence[Read],
        gitops: GitOps,
        entities: Sequence[Entity],
        in_use: Mapping[str, str],
    ) -> None:
        clusters = [item for item in entities if isinstance(item, Cluster)]
        self._world = world
        self._releases: dict[tuple[str, str, str | None], tuple[str, bool, bool]] = {}
        self._clusters = clusters
        self._sites = Sites(world, gitops, clusters)
        self._in_use = in_use
        self._capabilities = Capabilities(
            [item for item in entities if isinstance(item, CiliumSetting)],
            clusters,
            reads,
            self._sites,
            in_use,
            entities,
        )
        pools = {item.at: item for item in entities if isinstance(item, NodePool)}
        dangling = (item for item in entities if isinstance(item, Reference) and item.field == "clusterName")
        strays = {
            owner.namespace
            for item in dangling
            if item.state != "present"
            and item.owner_kind in POOL_KINDS
            and (owner := world.object(item.owner)) is not None
        }
        self._nodes = NodeSelection(pools, world.object, strays)
        self._reads = reads
        self._gitops = gitops

    def all(self, in_payloads: Iterable[tuple[Read, Member]]) -> Iterator[Entity]:
        sites = self._sites
        for read, member in in_payloads:
            yield self._in_payload(read, member.object)
        peering = [item for item in sites.objects if _is_bgp(item)]
        for item in peering:
            yield self._bgp_object(item)
        for item in peering:
            if item.kind == POLICY:
                yield self._policy(item)
            elif item.kind == CLUSTER_CONFIG:
                yield self._cluster_config(item)
            elif item.kind == PEER_CONFIG:
                yield self._peer_config(item)
            elif item.kind == ADVERTISEMENT:
                yield self._advertisement(item)
        for found in self._neighbors.values():
            yield from found
        yield from LoadBalancing(
            self._world, sites, self._capabilities, self._meetings, self._neighbors, self._pools_of
        ).entities()
        yield from capability_entities(self._clusters, self._capabilities, sites, self._gitops)
        yield from source_entities(self._gitops)

    def _in_payload(self, read: Read, item: Object) -> BgpObject:
        release, assumed, served = self._release(item, [])
        return BgpObject(
            id=item.id,
            at=item.at,
            clusters=[],
            kind=item.kind,
            name=values.text(item.data, "metadata", "name"),
            api="v1" if is_v1(item) else "v2",
            payload=read.source.at,
            payload_name=read.source.id,
            release=release,
            assumed=assumed,
            served=served,
            node_selector_at=address.at(item.at, ("spec", "nodeSelector")),
            timers=list(timers(item, routers(item))),
            late={"resilience": list},
        )

    def _bgp_object(self, item: Object) -> BgpObject:
        sites = self._sites
        clusters = sites.clusters(item)
        release, assumed, served = self._release(item, clusters)
        known = not sites.is_altered(item)
        own = sites.routers(item)
        facts: dict[str, Any] = {}
        if known:
            facts = {
                "rivals": sorted(self._rivals.get(item.at, []), key=lambda one: not one["sure"])[:_SHOWN],
                "overruled": self._overruled(item),
                "timers": list(timers(item, own)),
                "numbers": list(numbers(item, own)),
                "secrets": [self._secret(item, name, at) for name, at in passwords(item, own)],
                "ends": self._meetings.ends(item) if served else [],
                "oddities": list(self._capabilities.oddities(item, clusters)),
            }
            if item.kind in (POLICY, CLUSTER_CONFIG):
                facts["node_needs"] = self._nodes.needs(item, clusters)
        return BgpObject(
            id=item.id,
            at=item.at,
            clusters=[cluster.clusters[0] for cluster in clusters],
            kind=item.kind,
            name=values.text(item.data, "metadata", "name"),
            api="v1" if is_v1(item) else "v2",
            release=release,
            assumed=assumed,
            served=served,
            capabilities=self._capabilities.of(clusters),
            node_selector_at=address.at(item.at, ("spec", "nodeSelector")),
            late={"resilience": (lambda: list(resilience(item, own, self._config_of(item)))) if known else list},
            **facts,
        )

    def _policy(self, item: Object) -> BgpPolicy:
        release, _, served = self._release(item, self._sites.clusters(item))
        found = []
        for router in () if self._sites.is_altered(item) else self._sites.routers(item):
            at = address.at(router.at, ("serviceSelector",))
            written = router.data.get("serviceSelector")
            exports = router.data.get("exportPodCIDR") not in (None, False) or "podIPPoolSelector" in router.data
            found.append(
                {
                    "at": router.at,
                    "localASN": router.asn if isinstance(router.asn, int) else None,
                    "selector": _plain(selector_state(read_selector(written), written=written is not None)),
                    "selectorAt": at,
                    "exports": exports,
                    "addresses": [],
                }
            )
        return BgpPolicy(
            id=item.id,
            at=item.at,
            clusters=[cluster.clusters[0] for cluster in self._sites.clusters(item)],
            name=values.text(item.data, "metadata", "name"),
            node_selector=list(requirements(node_selector(item))),
            release=release,
            served=served,
            routers=found,
        )

    def _cluster_config(self, item: Object) -> BgpClusterConfig:
        return BgpClusterConfig(
            id=item.id,
            at=item.at,
            clusters=[cluster.clusters[0] for cluster in self._sites.clusters(item)],
            name=values.text(item.data, "metadata", "name"),
            late={
                "node_selector": lambda: list(requirements(node_selector(item))),
                "instances": lambda: [
                    {"at": each.at, "name": _plain(each.name), "localASN": _plain(each.asn), "peers": len(each.peers)}
                    for each in self._sites.routers(item)
                ],
                "peer_configs": lambda: list(dict.fromkeys(self._meetings.names.get(item.at, ()))),
            },
        )

    def _peer_config(self, item: Object) -> BgpPeerConfig:
        return BgpPeerConfig(
            id=item.id,
            at=item.at,
            clusters=[cluster.clusters[0] for cluster in self._sites.clusters(item)],
            name=values.text(item.data, "metadata", "name"),
            late={
                "families": lambda: self._families(item),
                "used_by": lambda: list(dict.fromkeys(self._meetings.named_by.get(item.at, ()))),
            },
        )

    def _families(self, item: Object) -> list[dict[str, Any]] | None | Unknown:
        listed = families(item)
        if listed is None or isinstance(listed, Unknown):
            return listed
        selected = self._meetings.selects.get(item.at, [])
        return [{"at": each.at, "family": each.name, "advertisements": selected[:20]} for each in listed]

    def _advertisement(self, item: Object) -> BgpAdvertisement:
        return BgpAdvertisement(
            id=item.id,
            at=item.at,
            clusters=[cluster.clusters[0] for cluster in self._sites.clusters(item)],
            name=values.text(item.data, "metadata", "name"),
            labels=item.labels,
            late={
                "entries": lambda: [
                    {
                        "at": address.at(item.at, ("spec", "advertisements", number)),
                        "type": _plain(values.text(entry, "advertisementType")),
                    }
                    for number, entry in values.mappings(item.data, "spec", "advertisements")
                ],
                "selected_by": lambda: list(dict.fromkeys(self._meetings.selected_by.get(item.at, ()))),
            },
        )

    def _release(self, item: Object, clusters: Sequence[Cluster]) -> tuple[str, bool, bool]:
        """Cilium's release for an object, whether it is only assumed, and whether it serves the object."""
        own = self._capabilities.release(clusters)
        key = (item.kind, item.api_version, own)
        if key not in self._releases:
            (found,) = with_releases([item], {**self._in_use, **({"cilium": own} if own else {})})
            self._releases[key] = found.release or "", found.assumed, found.served is not False
        return self._releases[key]

    @cached_property
    def _supplied(self) -> Supplied:
        # Few sessions have a password.
        from crslint.fleet.supplied import Supplied

        return Supplied(self._world, self._reads)

    def _secret(self, item: Object, name: str, at: str) -> dict[str, Any]:
        return {"at": at, "name": name, "state": self._supplied.secret(name, item.at)}

    def _config_of(self, item: Object) -> Callable[[str], Object | None]:
        """The PeerConfig of a name that meets an object."""

        return self._sites.named(item, PEER_CONFIG).get

    def _overruled(self, item: Object) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        if item.kind not in V2 or self._refused(item):
            return found
        if item.kind != CLUSTER_CONFIG and any(self._sites.meeting(item, CLUSTER_CONFIG)):
            return found
        for policy in self._sites.meeting(item, POLICY):
            if not self._refused(policy):
                clusters = self._sites.clusters(item)
                apart = item.kind == CLUSTER_CONFIG and self._nodes.together(policy, item, clusters) is False
                found.append({"policy": policy.id, "at": policy.at, "sure": not apart})
        return sorted(found, key=lambda one: not one["sure"])[:_SHOWN]

    def _refused(self, item: Object) -> bool:
        """Whether the release in use, not only an assumed one, does not know the object."""
        _, assumed, served = self._release(item, self._sites.clusters(item))
        return not served and not assumed

    @cached_property
    def _rivals(self) -> Mapping[str, list[dict[str, Any]]]:
        """By the later object of two."""
        found: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for kind in (POLICY, CLUSTER_CONFIG):
            told: set[tuple[str, str]] = set()
            for _, items in self._sites.each(kind):
                for one, other in pairs(items):
                    if (one.at, other.at) in told:
                        continue
                    told.add((one.at, other.at))
                    together = self._nodes.together(one, other, self._sites.clusters(other))
                    if together is not False and one.name != other.name:
                        found[other.at].append({"id": one.id, "at": one.at, "sure": together is True})
        return found

    @cached_property
    def _meetings(self) -> Meetings:
        return Meetings(self._sites)

    @cached_property
    def _pools_of(self) -> Mapping[str, Sequence[Object]]:
        """The IPPools of each cluster."""
        found: dict[str, list[Object]] = defaultdict(list)
        for pool in self._world.of_kind(IPAM_GROUP, "IPPool"):
            for key in self._capabilities.owners(pool.at):
                found[key].append(pool)
        return found

    @cached_property
    def _neighbors(self) -> Mapping[str, list[BgpNeighbor]]:
        """By the object that names them."""
        subnets = Subnets(self._world, self._pools_of)
        return {
            item.at: list(
                neighbors(item, self._sites.routers(item), self._sites.clusters(item), self._config_of(item), subnets)
            )
            for item in self._sites.objects
            if item.kind in (POLICY, CLUSTER_CONFIG) and not self._sites.is_altered(item)
        }


def _is_bgp(item: Object) -> bool:
    return item.group == CILIUM and item.kind in _BGP_KINDS


def _plain(value: Any) -> Any:
    return None if isinstance(value, Unknown) else value
