"""What the pools of a site give, and to which Services: asked once for all objects that go to the same sites."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import chain

from crslint.fleet import values
from crslint.fleet.conjunction import compatible
from crslint.fleet.entities.objects import Object
from crslint.fleet.entity import Unknown
from crslint.fleet.pools import Pool, gives, requested
from crslint.fleet.selector import Selector, match
from crslint.fleet.services import ALWAYS, Services
from crslint.fleet.sites import Share

_FAMILIES = {"IPv4": 4, "IPv6": 6}


class Offer:
    """The pools that meet some object; ``enabled`` may give addresses, ``known`` where all their selectors are."""

    def __init__(self, pools: Sequence[Pool]) -> None:
        self.all = pools
        self.enabled = [pool for pool in pools if pool.disabled is not True]
        plain = [pool.selector for pool in self.enabled if isinstance(pool.selector, Selector)]
        self.known = len(plain) == len(self.enabled)
        self.selectors = frozenset(plain)
        self._apart: dict[Selector, bool] = {}
        # Most fleets tell their pools apart by the value of one label: only those of the same value need a look.
        counts: dict[str, int] = defaultdict(int)
        for selector in self.selectors:
            for key in _wanted(selector):
                counts[key] += 1
        self._telling = max(counts, key=lambda key: counts[key], default="")
        self._by_value: dict[str, list[Selector]] = defaultdict(list)
        self._rest: list[Selector] = []
        for selector in self.selectors:
            own = _wanted(selector).get(self._telling)
            for value in own or ():
                self._by_value[value].append(selector)
            if not own:
                self._rest.append(selector)

    def is_apart(self, selector: Selector) -> bool:
        """Whether no Service can satisfy both this selector and one of the pools'."""
        if selector not in self._apart:
            self._apart[selector] = self.known and not any(
                compatible([selector, other], ALWAYS) is not False for other in self._candidates(selector)
            )
        return self._apart[selector]

    def _candidates(self, selector: Selector) -> Iterable[Selector]:
        own = _wanted(selector).get(self._telling)
        if not own:
            return self.selectors
        return chain(self._rest, *(self._by_value[value] for value in own if value in self._by_value))


class Supply:
    """Which Services of a share get an address from an offer."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._served: dict[tuple[int, frozenset[Selector]], frozenset[str]] = {}
        self._unmatched: dict[tuple[int, Selector, frozenset[Selector]], list[Object]] = {}
        self._demanding: dict[int, list[Object]] = {}

    def lacking(self, share: Share, selector: Selector, offer: Offer) -> list[tuple[Object, str, Pool]]:
        """The Services that a selector takes and that get no address: why, and a pool that should give one."""
        if not offer.known:
            return []
        found = [(each, "unmatched", offer.enabled[0]) for each in self._left(share, selector, offer.selectors)]
        matching, _ = self._services.select(share, selector)
        taken = {each.at for each in matching} if self._demands(share) else set()
        for each in self._demands(share):
            if each.at in taken:
                labels = self._services.labels(each)
                serving = [pool for pool in offer.enabled if _selects(pool, labels)]
                fault = _shortage(each, serving)
                if fault is not None:
                    found.append((each, fault, serving[0]))
        return found

    def _left(self, share: Share, selector: Selector, pools: frozenset[Selector]) -> list[Object]:
        """Those of a share that no pool selects."""
        key = (id(share), selector, pools)
        if key not in self._unmatched:
            served = self._served_by(share, pools)
            matching, _ = self._services.select(share, selector)
            self._unmatched[key] = [
                each for each in matching if each.at not in served and self._services.managed(each) is True
            ]
        return self._unmatched[key]

    def _served_by(self, share: Share, pools: frozenset[Selector]) -> frozenset[str]:
        """What pools select, or may."""
        key = (id(share), pools)
        if key not in self._served:
            picked = (each for selector in pools for part in self._services.select(share, selector) for each in part)
            self._served[key] = frozenset(each.at for each in picked)
        return self._served[key]

    def _demands(self, share: Share) -> list[Object]:
        """The Services that ask for certain addresses or families."""
        if id(share) not in self._demanding:
            self._demanding[id(share)] = [
                each
                for each in self._services.of(share)
                if self._services.managed(each) is True
                and (requested(each) != [] or values.child(each.data, "spec", "ipFamilies") is not None)
            ]
        return self._demanding[id(share)]


def _selects(pool: Pool, labels: object) -> bool:
    if not isinstance(pool.selector, Selector) or not isinstance(labels, dict):
        return False
    return match(pool.selector, labels) is True


def _shortage(service: Object, serving: Sequence[Pool]) -> str | None:
    """Why pools that select a Service cannot give it what it asks for."""
    if not serving or not all(pool.whole for pool in serving):
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


def _wanted(selector: Selector) -> dict[str, frozenset[str]]:
    """The values that a selector admits, by key; those with variables are left out."""
    plain = (one for one in selector.requirements if one.operator == "In")
    return {one.key: one.values for one in plain if not any(map(values.is_template, one.values))}
