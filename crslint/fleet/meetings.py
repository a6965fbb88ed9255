"""Where the objects of BGP v2 meet: peers name PeerConfigs, whose families select Advertisements by their labels."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from crslint import address
from crslint.fleet import spelling, values
from crslint.fleet.conjunction import slip
from crslint.fleet.entities.objects import Object
from crslint.fleet.entity import Unknown
from crslint.fleet.peering import (
    ADVERTISEMENT,
    CLUSTER_CONFIG,
    PEER_CONFIG,
    POLICY,
    Family,
    families,
)
from crslint.fleet.selector import LabelIndex, Selector
from crslint.fleet.sites import Sites

_CEL_SINCE = (1, 18, 0)


class Meetings:
    """``selects`` are Advertisements by PeerConfig, ``names`` PeerConfigs by ClusterConfig, as far as known."""

    def __init__(self, sites: Sites) -> None:
        self._sites = sites
        self._kinds: dict[str, list[Object]] = {PEER_CONFIG: [], ADVERTISEMENT: [], CLUSTER_CONFIG: []}
        for item in sites.objects:
            if item.kind in self._kinds:
                self._kinds[item.kind].append(item)
        self.names: dict[str, list[str]] = {}
        self.selects: dict[str, list[str]] = {}
        self.named_by: dict[str, list[str]] = {}
        self.selected_by: dict[str, list[str]] = {}
        self._open: set[str] = set()
        self._indexed: dict[int, tuple[list[Object], LabelIndex]] = {}
        self._failing: dict[int, bool] = {}
        self._users: dict[tuple[int, str], bool] = {}
        self._ends: dict[str, list[dict[str, Any]]] = {}
        for item in self._kinds[CLUSTER_CONFIG]:
            self._ends[item.at] = list(self._peers(item))
        for item in self._kinds[PEER_CONFIG]:
            self._ends[item.at] = list(self._families(item))
        for item in self._kinds[ADVERTISEMENT]:
            self._ends[item.at] = list(self._entries(item))
        for item in (*self._kinds[PEER_CONFIG], *self._kinds[ADVERTISEMENT]):
            self._ends[item.at] += self._use(item)

    def ends(self, item: Object) -> list[dict[str, Any]]:
        return self._ends.get(item.at, [])

    def fails_near(self, item: Object) -> bool:
        """Whether something of v2 in its sites does not meet: what reaches whom is then not to be judged."""
        key = id(self._sites.share(item))
        if key not in self._failing:
            found = self._sites.meeting(item, CLUSTER_CONFIG, PEER_CONFIG, ADVERTISEMENT)
            self._failing[key] = any(end["fault"] for other in found for end in self._ends.get(other.at, ()))
        return self._failing[key]

    def _peers(self, item: Object) -> Iterator[dict[str, Any]]:
        known = self._sites.named(item, PEER_CONFIG)
        whole = self._sites.is_complete(item, PEER_CONFIG)
        for router in self._sites.routers(item):
            for peer in router.peers:
                if not isinstance(peer.config, str):
                    if isinstance(peer.config, Unknown):
                        self._open.add(item.at)
                    continue
                found = known.get(peer.config)
                if found is not None:
                    self.names.setdefault(item.at, []).append(found.at)
                    self.named_by.setdefault(found.at, []).append(item.at)
                    yield _end(peer.config_at, None, peer.config)
                elif whole:
                    meant = spelling.meant(peer.config, known) or (next(iter(known)) if len(known) == 1 else None)
                    near = known[meant] if meant else None
                    yield _end(peer.config_at, "peerConfigMissing", peer.config, grave=True, near=near)

    def _families(self, item: Object) -> Iterator[dict[str, Any]]:
        listed = families(item)
        if isinstance(listed, Unknown):
            self._open.add(item.at)
            return
        if listed is None:
            yield _end(address.at(item.at, ("spec", "families")), "noFamilies", "")
            return
        for family in listed:
            yield from self._family(item, family)

    def _family(self, item: Object, family: Family) -> Iterator[dict[str, Any]]:
        selector = family.selector
        if not isinstance(selector, Selector):
            self._open.add(item.at)
            return
        if selector.nothing:
            yield _end(family.selector_at, "familyNil", family.name)
            return
        advertisements, index = self._advertisements(item)
        matching, unsure = index.select(selector)
        for place in (*matching, *unsure):
            at = advertisements[place].at
            self.selects.setdefault(item.at, []).append(at)
            self.selected_by.setdefault(at, []).append(item.at)
        if matching or unsure:
            yield _end(family.selector_at, None, family.name)
        elif self._sites.is_complete(item, ADVERTISEMENT):
            near = next((each for each in advertisements if _is_near(selector, each)), None)
            if near is None and len(advertisements) == 1:
                near = advertisements[0]
            yield _end(family.selector_at, "familyMatchesNothing", family.name, grave=True, near=near)

    def _advertisements(self, item: Object) -> tuple[list[Object], LabelIndex]:
        """Those that meet an object: found once for all objects of a share."""
        key = id(self._sites.share(item))
        if key not in self._indexed:
            found = list(self._sites.meeting(item, ADVERTISEMENT))
            self._indexed[key] = found, LabelIndex([values.label_map(each.labels) for each in found])
        return self._indexed[key]

    def _entries(self, item: Object) -> Iterator[dict[str, Any]]:
        for number, entry in values.mappings(item.data, "spec", "advertisements"):
            at = address.at(item.at, ("spec", "advertisements", number))
            kind, selector = entry.get("advertisementType"), entry.get("selector")
            if kind in ("Service", "CiliumPodIPPool", "CiliumLoadBalancerIP") and selector is None:
                yield _end(address.at(at, ("selector",)), "entryNil", str(kind))
            elif kind == "Service" and entry.get("service") is None:
                yield _end(address.at(at, ("service",)), "serviceMissing", str(kind), grave=True)
            elif kind == "PodCIDR" and selector is not None:
                yield _end(address.at(at, ("selector",)), "podSelector", str(kind), grave=True)
            else:
                yield _end(at, None, str(kind))

    def _use(self, item: Object) -> Iterator[dict[str, Any]]:
        """Whether anything uses it, where that is not the other side of a fault that is told there."""
        users, kind, fault = (
            (self.named_by, CLUSTER_CONFIG, "peerConfigMissing")
            if item.kind == PEER_CONFIG
            else (self.selected_by, PEER_CONFIG, "familyMatchesNothing")
        )
        at = address.at(item.at, ("metadata", "name"))
        if item.at in users:
            yield _end(at, None, "")
            return
        key = (id(self._sites.share(item)), kind)
        if key not in self._users:
            others = list(self._sites.meeting(item, kind))
            told = any(end["fault"] == fault for other in others for end in self._ends.get(other.at, ()))
            unknown = any(other.at in self._open for other in others)
            inert = not any(self._sites.meeting(item, CLUSTER_CONFIG)) and any(self._sites.meeting(item, POLICY))
            whole = self._sites.is_complete(item, CLUSTER_CONFIG, PEER_CONFIG)
            self._users[key] = not told and not unknown and not inert and whole
        if self._users[key]:
            yield _end(at, "unused", item.kind)


def _is_near(selector: Selector, advertisement: Object) -> bool:
    labels = values.label_map(advertisement.labels)
    return not isinstance(labels, Unknown) and slip(selector, labels) is not None


def _end(at: str, fault: str | None, name: str, *, grave: bool = False, near: Object | None = None) -> dict[str, Any]:
    return {
        "at": at,
        "fault": fault,
        "name": name,
        "grave": grave,
        "near": near.id if near else None,
        "nearAt": near.at if near else None,
    }
