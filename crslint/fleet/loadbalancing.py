"""The entities announcement, lbPool and service."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from crslint import address
from crslint.fleet import spelling, values
from crslint.fleet.announcements import Announcements
from crslint.fleet.capabilities import Capabilities
from crslint.fleet.cidr import overlap, span_between, span_of
from crslint.fleet.entities.clusters import Cluster
from crslint.fleet.entities.objects import Object
from crslint.fleet.entities.peering import Announcement, BgpNeighbor, LbPool, Service
from crslint.fleet.entity import UNKNOWN, Unknown
from crslint.fleet.meetings import Meetings
from crslint.fleet.peering import ADVERTISEMENT, CLUSTER_CONFIG, POLICY, Announced, selector_state
from crslint.fleet.pools import SHOWN, Pool, Ranges, Taken, fields
from crslint.fleet.ranges import pool_ranges
from crslint.fleet.selector import Selector, match, read_selector
from crslint.fleet.served import with_releases
from crslint.fleet.services import BGP_CLASS, CLASSES, L2_CLASS, NODE_CLASS, Services, class_of, is_load_balancer
from crslint.fleet.sites import PEERING, POOL, Sites
from crslint.fleet.versions import release
from crslint.fleet.world import World

_L2_POLICY = "CiliumL2AnnouncementPolicy"
_MANY = 100
_SWITCHES = {BGP_CLASS: "enable-bgp-control-plane", L2_CLASS: "enable-l2-announcements", NODE_CLASS: "enable-node-ipam"}


class LoadBalancing:
    def __init__(
        self,
        world: World,
        sites: Sites,
        capabilities: Capabilities,
        meetings: Meetings,
        neighbors: Mapping[str, Sequence[BgpNeighbor]],
        pools_of: Mapping[str, Sequence[Object]],
    ) -> None:
        self._sites = sites
        self._capabilities = capabilities
        self._meetings = meetings
        self._neighbors = neighbors
        self._pools_of = pools_of
        self._services = Services(world)
        self._announcements = Announcements(sites, self._services)
        self._told: dict[int, tuple[bool, set[str]]] = {}
        self._l2: dict[int, list[Selector | None]] = {}
        self._used: dict[int, Ranges] = {}
        self._fits: dict[str, list[dict[str, Any]]] = {}

    def entities(self) -> Iterator[Announcement | LbPool | Service]:
        for item in self._sites.objects:
            if self._sites.is_altered(item):
                continue
            if item.kind in (POLICY, ADVERTISEMENT):
                yield from (self._announcement(item, one) for one in self._announcements.of(item))
            elif item.kind == POOL:
                yield self._pool(item)
            elif is_load_balancer(item):
                yield self._service(item)

    def _announcement(self, item: Object, one: Announced) -> Announcement:
        judged = not self._is_unjudged(item)
        taken: list[Object] = []
        if isinstance(one.selector, Selector):
            taken, _ = self._announcements.takers(item, one.selector)
        return Announcement(
            id=f"announcement of {item.id}",
            at=one.at,
            clusters=self._clusters(item),
            owner=item.at,
            owner_id=item.id,
            addresses=list(one.addresses),
            selector_at=one.selector_at,
            services=[each.at for each in taken[:_MANY]],
            fits=self._fit(one) if judged else [],
            supplies=self._announcements.supplies(one) if judged else [],
        )

    def _fit(self, one: Announced) -> list[dict[str, Any]]:
        if one.at not in self._fits:
            self._fits[one.at] = self._announcements.fits(one)
        return self._fits[one.at]

    def _is_unjudged(self, item: Object) -> bool:
        """Where v2 objects do not meet, what reaches whom is told there (BGP012); v2 beside v1 is inert (BGP007)."""
        if item.kind == POLICY:
            return False
        inert = not any(self._sites.meeting(item, CLUSTER_CONFIG)) and any(self._sites.meeting(item, POLICY))
        return inert or self._meetings.fails_near(item)

    def _pool(self, item: Object) -> LbPool:
        pool = self._announcements.pool(item)
        clusters = self._sites.clusters(item)
        own = self._capabilities.release(clusters)
        (found,) = with_releases([item], {**self._capabilities.in_use, **({"cilium": own} if own else {})})
        written = values.child(item.data, "spec", "serviceSelector")
        taken: list[Object] = []
        if isinstance(pool.selector, Selector):
            taken, _ = self._announcements.takers(item, pool.selector)
        return LbPool(
            id=item.id,
            at=item.at,
            clusters=self._clusters(item),
            name=values.text(item.data, "metadata", "name"),
            disabled=pool.disabled,
            release=found.release or "",
            assumed=found.assumed,
            served=found.served is not False,
            selector=selector_state(pool.selector, written=written is not None),
            blocks=list(self._blocks(item, pool)),
            fields=list(fields(item, release(found.release))),
            services=[each.at for each in taken[:_MANY]],
        )

    def _blocks(self, item: Object, pool: Pool) -> Iterator[dict[str, Any]]:
        """A pair of pools is told at the later one; a disabled pool gives nothing."""
        used = self._used_near(item)
        for number, block in enumerate(pool.blocks):
            overlaps: list[dict[str, Any]] = []
            if pool.disabled is False:
                earlier = [each for each in pool.blocks[:number] if overlap(each.span, block.span)]
                overlaps = [Taken("pool", each.text, each.at, each.span).facts() for each in earlier]
                for taken in used.overlapping(block.span):
                    if len(overlaps) >= SHOWN:
                        break
                    other = address.document_of(taken.at)
                    if taken.what != "pool" or self._sites.order[other] < self._sites.order[item.at]:
                        overlaps.append(taken.facts())
            overlaps.sort(key=lambda one: one["peer"])
            yield {"at": block.at, "value": block.text, "overlaps": overlaps}

    def _used_near(self, item: Object) -> Ranges:
        """What else uses addresses in the sites of an object: found once for all objects of a share."""
        share = self._sites.share(item)
        if id(share) not in self._used:
            self._used[id(share)] = Ranges(self._taken(item))
        return self._used[id(share)]

    def _taken(self, item: Object) -> Iterator[Taken]:
        for other in self._sites.meeting(item, POOL):
            pool = self._announcements.pool(other)
            if pool.disabled is False:
                for block in pool.blocks:
                    yield Taken("pool", block.text, block.at, block.span)
        for other in self._sites.meeting(item, POLICY, CLUSTER_CONFIG):
            for neighbor in self._neighbors.get(other.at, ()):
                span = span_of(neighbor.host) if neighbor.host else None
                if span is not None:
                    yield Taken("peer", neighbor.host or "", neighbor.peer_address_at, span, peer=True)
        clusters = self._sites.clusters(item)
        # Copies of one Cluster have the same pools.
        for key in dict.fromkeys(cluster.clusters[0] for cluster in clusters):
            for owned in self._pools_of.get(key, ()):
                yield from _of_nodes(owned)
        for cluster in clusters:
            yield from self._of_cluster(cluster)

    def _of_cluster(self, cluster: Cluster) -> Iterator[Taken]:
        for statement in () if isinstance(cluster.endpoints, Unknown) else cluster.endpoints[:1]:
            span = span_of(statement["value"])
            if span is not None:
                yield Taken("endpoint", statement["value"], statement["at"], span)
        for used in cluster.ranges:
            span = span_of(used["value"])
            if span is not None and not used["implicit"]:
                yield Taken(used["what"], used["value"], used["at"], span)

    def _service(self, item: Object) -> Service:
        managed = self._services.managed(item)
        announced = self._is_announced(item)
        written = class_of(item)
        of_cilium = isinstance(written, str) and written.startswith("io.cilium/")
        wanted: list[dict[str, Any]] = []
        if managed is True and announced is False and not self._is_told_elsewhere(item):
            wanted = self._announcements.wanted(item)
        return Service(
            id=item.id,
            at=item.at,
            clusters=self._clusters(item),
            name=values.text(item.data, "metadata", "name"),
            namespace=item.namespace,
            labels=item.labels,
            load_balancer_class=written,
            class_at=address.at(item.at, ("spec", "loadBalancerClass")),
            class_known=not of_cilium or written in CLASSES,
            class_meant=(spelling.meant(str(written), CLASSES) or "") if of_cilium and written not in CLASSES else "",
            class_served=self._class_served(item, written),
            managed=managed,
            announced=announced,
            wanted=wanted,
        )

    def _class_served(self, item: Object, written: object) -> bool | Unknown:
        """UNKNOWN also where an Application of the cluster brings Cilium, whose values are read elsewhere."""
        switch = _SWITCHES.get(written) if isinstance(written, str) else None
        clusters = self._sites.clusters(item)
        if switch is None and not isinstance(written, Unknown):
            return True
        if switch is None or any(self._capabilities.may_change(cluster) for cluster in clusters):
            return UNKNOWN
        if written == BGP_CLASS and any(self._sites.meeting(item, *PEERING)):
            return UNKNOWN
        on = self._capabilities.feature(clusters, switch)
        return UNKNOWN if on is None else on

    def _is_announced(self, item: Object) -> bool | Unknown:
        share = self._sites.share(item)
        if id(share) not in self._l2:
            self._l2[id(share)] = [_l2_selector(each) for each in self._sites.meeting(item, _L2_POLICY)]
        answer = self._announcements.is_announced(item)
        for selector in self._l2[id(share)]:
            found = UNKNOWN if selector is None else match(selector, self._services.labels(item))
            if found is True:
                return True
            if isinstance(found, Unknown) and answer is False:
                answer = UNKNOWN
        return answer

    def _is_told_elsewhere(self, item: Object) -> bool:
        """Whether a fault of what meets a Service explains why nothing takes it (BGP004, BGP007, BGP012, BGP013)."""
        share = self._sites.share(item)
        if id(share) not in self._told:
            near = self._announcements.near(item)
            faults = [each for one in near for each in self._fit(one) if each["fault"]]
            blunt = any(isinstance(one.selector, Selector) and not one.selector.requirements for one in near)
            whole = self._sites.is_complete(item, POLICY, ADVERTISEMENT)
            apart = any(each["fault"] == "disjoint" for each in faults)
            self._told[id(share)] = (
                blunt or apart or not whole or self._meetings.fails_near(item),
                {address.document_of(each["at"]) for each in faults},
            )
        all_of_them, some = self._told[id(share)]
        return all_of_them or item.at in some

    def _clusters(self, item: Object) -> list[str]:
        return [cluster.clusters[0] for cluster in self._sites.clusters(item)]


def _of_nodes(pool: Object) -> Iterator[Taken]:
    for one in pool_ranges(pool):
        span = span_between(one["start"], one["end"])
        if span is not None:
            text = one["start"] if one["start"] == one["end"] else f"{one['start']}-{one['end']}"
            yield Taken("node", text, one["at"], span)


def _l2_selector(item: Object) -> Selector | None:
    """What an L2 policy takes; None where that cannot be told."""
    if values.boolean(item.data, "spec", "loadBalancerIPs") is False:
        return Selector(nothing=True)
    written = values.child(item.data, "spec", "serviceSelector")
    found = Selector() if written is None else read_selector(written)
    return found if isinstance(found, Selector) else None
