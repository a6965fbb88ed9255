"""Which Services get an address and are announced with it: pools, policies and Advertisements against each other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from crslint import address
from crslint.fleet.cidr import parse_address
from crslint.fleet.conjunction import compatible, slip
from crslint.fleet.entities.objects import Object
from crslint.fleet.entity import UNKNOWN, Unknown
from crslint.fleet.offers import Offer, Supply
from crslint.fleet.peering import ADVERTISEMENT, POLICY, Announced, announced, requirement_at
from crslint.fleet.pools import Pool, read_pool, requested
from crslint.fleet.selector import Requirement, Selector, match
from crslint.fleet.services import ALWAYS, Services
from crslint.fleet.sites import POOL, Share, Sites

_LOAD_BALANCER = "LoadBalancerIP"
_SHOWN = 20
# How many Services that nothing takes are compared with an announcement that takes none.
_LOOKED_AT = 200
_FITTING: dict[str, Any] = {"fault": None}


class Announcements:
    """What is announced and given, over all sites; asked for one object, it speaks of what meets that object."""

    def __init__(self, sites: Sites, services: Services) -> None:
        self._sites = sites
        self._services = services
        self._announced: dict[str, list[Announced]] = {}
        self._pools: dict[str, Pool] = {}
        for item in sites.objects:
            if item.kind in (POLICY, ADVERTISEMENT):
                self._announced[item.at] = list(announced(item))
            elif item.kind == POOL:
                self._pools[item.at] = read_pool(item)
        self._alone: dict[int, list[tuple[Object, Mapping[str, str]]]] = {}
        self._answers: dict[int, dict[str, bool | Unknown]] = {}
        self._near: dict[int, list[Announced]] = {}
        self._offers: dict[int, Offer] = {}
        self._takers: dict[tuple[int, Selector], tuple[list[Object], bool]] = {}
        self._supply = Supply(services)
        self._hints: dict[int, _Hints] = {}

    def of(self, item: Object) -> list[Announced]:
        return self._announced[item.at]

    def pool(self, item: Object) -> Pool:
        return self._pools[item.at]

    def near(self, item: Object) -> list[Announced]:
        """The announcements that meet an object in some site."""
        key = id(self._sites.share(item))
        if key not in self._near:
            found = self._sites.meeting(item, POLICY, ADVERTISEMENT)
            self._near[key] = [each for other in found for each in self._announced[other.at]]
        return self._near[key]

    def offer(self, item: Object) -> Offer:
        """The pools that meet an object in some site."""
        key = id(self._sites.share(item))
        if key not in self._offers:
            self._offers[key] = Offer([self._pools[other.at] for other in self._sites.meeting(item, POOL)])
        return self._offers[key]

    def takers(self, item: Object, selector: Selector) -> tuple[list[Object], bool]:
        """The known Services that meet an object and match, and whether there may be others that are known."""
        key = (id(self._sites.share(item)), selector)
        if key not in self._takers:
            found: list[Object] = []
            unsure = False
            for share in self._sites.near(item):
                matching, doubtful = self._services.select(share, selector)
                found += matching
                unsure = unsure or bool(doubtful) or "Service" in share.altered
                unsure = unsure or self._services.gateways(share, selector)
            self._takers[key] = found, unsure
        return self._takers[key]

    def is_announced(self, item: Object) -> bool | Unknown:
        """Whether one of the announcements that a Service meets takes it: asked once for all Services of a share."""
        share = self._sites.share(item)
        if id(share) not in self._answers:
            found: dict[str, bool | Unknown] = {}
            for selector in dict.fromkeys(one.selector for one in self.near(item) if _LOAD_BALANCER in one.addresses):
                matching, unsure = (
                    self._services.select(share, selector)
                    if isinstance(selector, Selector)
                    else ([], self._services.of(share))
                )
                found.update({each.at: UNKNOWN for each in unsure if found.get(each.at) is not True})
                found.update({each.at: True for each in matching})
            self._answers[id(share)] = found
        return self._answers[id(share)].get(item.at, False)

    def fits(self, one: Announced) -> list[dict[str, Any]]:
        """One entry that says all is well, or those that are not."""
        if _LOAD_BALANCER not in one.addresses or not isinstance(one.selector, Selector) or one.selector.nothing:
            return []
        takers, unsure = self.takers(one.owner, one.selector)
        offer = self.offer(one.owner)
        if offer.enabled and offer.is_apart(one.selector) and self._is_whole(one.owner, POOL):
            return [self._disjoint(one, offer.enabled, takers)]
        # A label that is nearly right is a slip, whether or not other Services come from elsewhere.
        if takers or unsure or not self._is_whole(one.owner, POLICY, ADVERTISEMENT):
            return [{**_FITTING, "at": one.selector_at}]
        return list(self._missed(one)) or [{**_FITTING, "at": one.selector_at}]

    def supplies(self, one: Announced) -> list[dict[str, Any]]:
        """What its Services get addresses from: one entry that says all is well, or those that are not."""
        if _LOAD_BALANCER not in one.addresses or not isinstance(one.selector, Selector) or one.selector.nothing:
            return []
        if not self._is_whole(one.owner, POOL) or self._services.others:
            return []
        offer = self.offer(one.owner)
        takers, unsure = self.takers(one.owner, one.selector)
        if not offer.enabled:
            return [{**self._without_pool(one, offer.all, takers), "asked": [] if unsure else self._asked(one, takers)}]
        if offer.is_apart(one.selector):
            return []
        found = [
            _shortfall(service, fault, pool)
            for share in self._sites.near(one.owner)
            for service, fault, pool in self._supply.lacking(share, one.selector, offer)
        ]
        return found[:_SHOWN] or [{**_FITTING, "at": one.selector_at, "known": bool(takers)}]

    def wanted(self, service: Object) -> list[dict[str, Any]]:
        """The announcements that a Service which none takes could be meant for."""
        labels = self._services.labels(service)
        if isinstance(labels, Unknown):
            return []
        key = id(self._sites.share(service))
        if key not in self._hints:
            self._hints[key] = _Hints(self.near(service))
        return self._hints[key].of(labels)

    def _is_whole(self, item: Object, *kinds: str) -> bool:
        return self._sites.is_complete(item, *kinds)

    def _disjoint(self, one: Announced, pools: Sequence[Pool], takers: Sequence[Object]) -> dict[str, Any]:
        """The selectors contradict each other: the announcement's is to be mended, or the only pool's where Services
        follow the announcement."""
        pool = pools[0]
        assert isinstance(pool.selector, Selector)
        assert isinstance(one.selector, Selector)
        pooled, _ = self.takers(pool.object, pool.selector)
        at_pool = bool(takers) and not pooled and len(pools) == 1
        mine = (one.owner, one.selector_at, one.selector)
        theirs = (pool.object, pool.selector_at, pool.selector)
        (item, at, selector), (other, other_at, wanted) = (theirs, mine) if at_pool else (mine, theirs)
        key = _contested(selector, wanted)
        place, value = _requirement(item, at, selector, key)
        other_place, other_value = _requirement(other, other_at, wanted, key)
        return {
            "at": place,
            "fault": "disjoint",
            "what": item.id,
            "other": other.id,
            "otherAt": other_place,
            "to": other_value if value is not None else None,
            "wanted": _said(wanted),
            "value": _said(selector),
        }

    def _missed(self, one: Announced) -> Iterator[dict[str, Any]]:
        """Services that no announcement takes and that this one would, but for a slip in a label."""
        assert isinstance(one.selector, Selector)
        for share in self._sites.near(one.owner):
            for service, labels in self._left_out(share)[:_LOOKED_AT]:
                found = slip(one.selector, labels)
                if found is None:
                    continue
                selector = values_at(one.owner, one.selector_at)
                yield {
                    "at": address.at(service.at, ("metadata", "labels", found.key)),
                    "fault": "nearMiss",
                    "what": service.id,
                    "other": one.owner.id,
                    "otherAt": requirement_at(selector, one.selector_at, found.wanted_key, "In"),
                    "key": found.key,
                    "value": found.value,
                    "wantedKey": found.wanted_key,
                    "wanted": found.wanted,
                    "to": found.wanted if found.key == found.wanted_key else None,
                }

    def _left_out(self, share: Share) -> list[tuple[Object, Mapping[str, str]]]:
        """The Services of a share that no announcement takes, with their labels."""
        if id(share) not in self._alone:
            found = []
            for service in self._services.of(share):
                labels = self._services.labels(service)
                if isinstance(labels, Unknown) or self._services.managed(service) is not True:
                    continue
                if self.is_announced(service) is False:
                    found.append((service, labels))
            self._alone[id(share)] = found
        return self._alone[id(share)]

    def _without_pool(self, one: Announced, disabled: Sequence[Pool], takers: Sequence[Object]) -> dict[str, Any]:
        """All pools are disabled, or there are none."""
        pool = disabled[0] if disabled else None
        first = takers[0] if takers else None
        return {
            "at": address.at(pool.object.at, ("spec", "disabled")) if pool else one.at,
            "fault": "disabled" if pool else "noPool",
            "service": first.id if first else None,
            "serviceAt": first.at if first else None,
            "pool": pool.object.id if pool else None,
            "poolAt": pool.selector_at if pool else None,
            "known": first is not None,
        }

    def _asked(self, one: Announced, takers: Sequence[Object]) -> list[str]:
        """The addresses that its Services ask for, if each asks for its own and nothing else is announced near them."""
        selectors = {each.selector for each in self.near(one.owner) if _LOAD_BALANCER in each.addresses}
        if selectors != {one.selector} or len(self._sites.share(one.owner).sites) != 1:
            return []
        if not self._is_whole(one.owner, "Service", "Gateway"):
            return []
        found: list[str] = []
        for service in takers:
            wanted = requested(service)
            if isinstance(wanted, Unknown) or not wanted or self._services.managed(service) is not True:
                return []
            found += dict.fromkeys(wanted)
        known = {parse_address(text) for text in found}
        return found if None not in known and len(known) == len(found) else []


class _Hints:
    """For Services that nothing takes: what the announcements around ask for, each selector once."""

    def __init__(self, announcements: Sequence[Announced]) -> None:
        self._by_selector: dict[Selector, Announced] = {}
        for one in announcements:
            plain = isinstance(one.selector, Selector) and not one.selector.nothing
            if plain and _LOAD_BALANCER in one.addresses:
                assert isinstance(one.selector, Selector)
                self._by_selector.setdefault(one.selector, one)
        self._asked: dict[str, list[Requirement]] = defaultdict(list)
        for selector in self._by_selector:
            for requirement in selector.requirements:
                self._asked[requirement.key].append(requirement)

    def of(self, labels: Mapping[str, str]) -> list[dict[str, Any]]:
        """Nothing where one of its labels says something else: on purpose, or by a slip that is told at the label."""
        for key in labels:
            if any(match(Selector((one,)), labels) is False for one in self._asked.get(key, ())):
                return []
        return [self._hint(selector, one, labels) for selector, one in islice(self._by_selector.items(), _SHOWN)]

    def _hint(self, selector: Selector, one: Announced, labels: Mapping[str, str]) -> dict[str, Any]:
        missing = [each for each in selector.requirements if match(Selector((each,)), labels) is False]
        first = missing[0] if missing else None
        return {
            "id": one.owner.id,
            "at": one.selector_at,
            "key": first.key if first else "",
            "value": min(first.values, default="") if first else "",
            "exact": len(missing) == 1 and missing[0].operator == "In" and len(missing[0].values) == 1,
        }


def _shortfall(service: Object, fault: str, pool: Pool) -> dict[str, Any]:
    steps = {"requested": ("metadata", "annotations"), "family": ("spec", "ipFamilies")}
    return {
        "at": address.at(service.at, steps.get(fault, ("metadata", "labels"))),
        "fault": fault,
        "service": service.id,
        "serviceAt": service.at,
        "pool": pool.object.id,
        "poolAt": pool.selector_at,
        "known": True,
    }


def values_at(item: Object, at: str) -> Any:
    """What stands at an address within an object, as plain data; null where nothing does."""
    value: Any = item.data
    for step in address.parse(at).pointer[len(address.parse(item.at).pointer) :]:
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            return None
    return value


def _contested(one: Selector, other: Selector) -> str:
    """The label on which two selectors cannot agree."""
    for requirement in one.requirements:
        own = Selector(tuple(each for each in one.requirements if each.key == requirement.key))
        if compatible([own, other], ALWAYS) is False:
            return requirement.key
    return ""


def _requirement(item: Object, at: str, selector: Selector, key: str) -> tuple[str, str | None]:
    """The place of what a selector says of a label, and the value where that is a plain one of ``matchLabels``."""
    one = next((each for each in selector.requirements if each.key == key), None)
    if one is None:
        return at, None
    place = requirement_at(values_at(item, at), at, key, one.operator)
    value = values_at(item, place)
    return place, value if isinstance(value, str) else None


def _said(selector: Any) -> str:
    """A selector in a few words."""
    if not isinstance(selector, Selector):
        return ""
    words = []
    for one in selector.requirements:
        listed = sorted(one.values)
        match one.operator:
            case "In" if len(listed) == 1:
                words.append(f"{one.key}: {listed[0]}")
            case "In" | "NotIn":
                words.append(f"{one.key} {'in' if one.operator == 'In' else 'not in'} {', '.join(listed)}")
            case "Exists":
                words.append(f"{one.key} present")
            case _:
                words.append(f"{one.key} absent")
    return ", ".join(words)
