"""Which Services get an address and are announced with it: pools, policies and Advertisements against each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from crslint import address
from crslint.fleet import values
from crslint.fleet.conjunction import compatible, slip
from crslint.fleet.entities.objects import Object
from crslint.fleet.entity import UNKNOWN, Unknown
from crslint.fleet.peering import ADVERTISEMENT, POLICY, Announced, announced, requirement_at
from crslint.fleet.pools import Pool, gives, read_pool, requested
from crslint.fleet.selector import Selector, match
from crslint.fleet.services import ALWAYS, Services
from crslint.fleet.sites import POOL, Share, Sites

_LOAD_BALANCER = "LoadBalancerIP"
_SHOWN = 100
_FAMILIES = {"IPv4": 4, "IPv6": 6}
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
        self._answers: dict[tuple[int, str], dict[str, bool | Unknown]] = {}

    def of(self, item: Object) -> list[Announced]:
        return self._announced[item.at]

    def pool(self, item: Object) -> Pool:
        return self._pools[item.at]

    def near(self, item: Object) -> list[Announced]:
        """The announcements that meet an object in some site."""
        found = self._sites.meeting(item, POLICY, ADVERTISEMENT)
        return [each for other in found for each in self._announced[other.at]]

    def pools(self, item: Object) -> list[Pool]:
        return [self._pools[other.at] for other in self._sites.meeting(item, POOL)]

    def takers(self, item: Object, selector: Selector) -> tuple[list[Object], bool]:
        """The known Services that meet an object and match, and whether there may be others that are known."""
        found: list[Object] = []
        unsure = False
        for share in self._sites.near(item):
            matching, doubtful = self._services.select(share, selector)
            found += [each for each in matching if self._services.managed(each) is not False]
            unsure = unsure or bool(doubtful) or self._services.gateways(share, selector) or "Service" in share.altered
        return found, unsure

    def is_announced(self, item: Object) -> bool | Unknown:
        return self._answer(item, "announced", lambda: _selectors(self.near(item), _LOAD_BALANCER))

    def is_pooled(self, item: Object) -> bool | Unknown:
        return self._answer(
            item, "pooled", lambda: [pool.selector for pool in self.pools(item) if pool.disabled is not True]
        )

    def _answer(self, item: Object, what: str, selectors: Any) -> bool | Unknown:
        """Whether one of the selectors that a Service meets takes it: asked once for all Services of a share."""
        share = self._sites.share(item)
        key = (id(share), what)
        if key not in self._answers:
            found: dict[str, bool | Unknown] = {}
            for selector in dict.fromkeys(selectors()):
                if not isinstance(selector, Selector):
                    found.update(
                        {each.at: UNKNOWN for each in self._services.of(share) if found.get(each.at) is not True}
                    )
                    continue
                matching, unsure = self._services.select(share, selector)
                found.update({each.at: UNKNOWN for each in unsure if found.get(each.at) is not True})
                found.update({each.at: True for each in matching})
            self._answers[key] = found
        return self._answers[key].get(item.at, False)

    def fits(self, one: Announced) -> list[dict[str, Any]]:
        """One entry that says all is well, or those that are not."""
        if _LOAD_BALANCER not in one.addresses or not isinstance(one.selector, Selector) or one.selector.nothing:
            return []
        takers, unsure = self.takers(one.owner, one.selector)
        pools = [pool for pool in self.pools(one.owner) if pool.disabled is not True]
        apart = [_apart(one.selector, pool) for pool in pools]
        if pools and all(apart) and self._is_whole(one.owner, POOL):
            return [self._disjoint(one, pools, takers)]
        if takers or unsure or not self._is_whole(one.owner, "Service"):
            return [{**_FITTING, "at": one.selector_at}]
        return list(self._missed(one)) or [{**_FITTING, "at": one.selector_at}]

    def supplies(self, one: Announced) -> list[dict[str, Any]]:
        """What its Services get addresses from: one entry that says all is well, or those that are not."""
        if _LOAD_BALANCER not in one.addresses or not isinstance(one.selector, Selector) or one.selector.nothing:
            return []
        if not self._is_whole(one.owner, POOL) or self._services.others:
            return []
        every = self.pools(one.owner)
        pools = [pool for pool in every if pool.disabled is not True]
        takers, _ = self.takers(one.owner, one.selector)
        if not pools:
            if any(isinstance(pool.disabled, Unknown) for pool in every):
                return []
            at = address.at(every[0].object.at, ("spec", "disabled")) if every else one.at
            first = takers[0] if takers else None
            return [
                {
                    "at": at,
                    "fault": "disabled" if every else "noPool",
                    "service": first.id if first else None,
                    "serviceAt": first.at if first else None,
                    "pool": every[0].object.id if every else None,
                    "poolAt": every[0].selector_at if every else None,
                    "known": first is not None,
                }
            ]
        if all(_apart(one.selector, pool) for pool in pools):
            return []
        found = [fault for service in takers if (fault := self._unsupplied(service, pools)) is not None]
        return found or [{**_FITTING, "at": one.selector_at, "known": bool(takers)}]

    def wanted(self, service: Object) -> list[dict[str, Any]]:
        """The announcements that a Service which none takes could be meant for."""
        labels = self._services.labels(service)
        if isinstance(labels, Unknown):
            return []
        found: list[dict[str, Any]] = []
        for one in self.near(service):
            selector = one.selector
            if _LOAD_BALANCER not in one.addresses or not isinstance(selector, Selector) or selector.nothing:
                continue
            missing = [each for each in selector.requirements if match(Selector((each,)), labels) is False]
            if any(each.key in labels for each in missing):
                # It says something else there: on purpose, or a slip that is told at the label.
                return []
            exact = len(missing) == 1 and missing[0].operator == "In" and len(missing[0].values) == 1
            first = missing[0] if missing else None
            found.append(
                {
                    "id": one.owner.id,
                    "at": one.selector_at,
                    "key": first.key if first else "",
                    "value": min(first.values, default="") if first else "",
                    "exact": exact,
                }
            )
        return found[:_SHOWN]

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
            for service, labels in self._left_out(share):
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

    def _unsupplied(self, service: Object, pools: Sequence[Pool]) -> dict[str, Any] | None:
        labels = self._services.labels(service)
        if self._services.managed(service) is not True or isinstance(labels, Unknown):
            return None
        answers = [(match(pool.selector, labels), pool) for pool in pools if isinstance(pool.selector, Selector)]
        if len(answers) < len(pools) or any(isinstance(answer, Unknown) for answer, _ in answers):
            return None
        serving = [pool for answer, pool in answers if answer]
        fault = _shortage(service, serving) if serving else "unmatched"
        if fault is None:
            return None
        pool = (serving or pools)[0]
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


def _selectors(found: Iterable[Announced], addresses: str) -> list[object]:
    return [one.selector for one in found if addresses in one.addresses]


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


def _apart(selector: Selector, pool: Pool) -> bool:
    """Whether no Service can satisfy both."""
    return isinstance(pool.selector, Selector) and compatible([selector, pool.selector], ALWAYS) is False


def _shortage(service: Object, serving: Sequence[Pool]) -> str | None:
    """Why pools that select a Service cannot give it what it asks for."""
    if not all(pool.whole for pool in serving):
        return None
    wanted = requested(service)
    if isinstance(wanted, Unknown):
        return None
    if wanted and not gives(serving, wanted):
        return "requested"
    written = values.texts(service.data, "spec", "ipFamilies")
    policy = values.text(service.data, "spec", "ipFamilyPolicy")
    if isinstance(written, Unknown) or policy not in (None, "SingleStack", "RequireDualStack"):
        return None
    asked = {_FAMILIES[family] for family in written if family in _FAMILIES}
    given = {family for pool in serving for family in pool.families}
    return "family" if asked and not asked <= given else None


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
