"""The order that the names of sets promise, and the order that their contents need.

There is no order between sets (facts/capi.md 1.2): a number in a name is a promise to people. What is promised must not
contradict what is needed: the CNI, then the GitOps engine, then the root Application.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache

from crslint.fleet.links import Link
from crslint.fleet.selector import Requirement
from crslint.fleet.world import World
from crslint.record import record

CHAIN = ("cni", "argocd", "rootApplication")


_TOLD = 10


@record
class Step:
    """A set or one entry of its list: ``at`` is its name's address, ``parts`` are the kinds of delivery it brings."""

    name: str | None
    at: str
    parts: frozenset[str]


@record
class Turn:
    """One pair that has an order: ``step`` brings ``part``, which must come ``relation`` (before, after) ``other_part``
    of ``other``; ``promise`` is what the numbers say: kept (or nothing), broken, or unnumbered where only the other one
    has a number."""

    step: Step
    part: str
    relation: str
    other: Step
    other_part: str
    promise: str


def number_of(name: object) -> int | None:
    """1 of ``01-cilium``."""
    match = _number().match(name) if isinstance(name, str) else None
    return int(match[1]) if match else None


@cache
def _number() -> re.Pattern[str]:
    return re.compile(r"(\d{1,3})[-_.]")


def groups(world: World, links: Sequence[Link]) -> list[tuple[int, ...]]:
    """The sets (by place) that reach one cluster together, each group once; sets without any Cluster in the input go
    with those whose selectors theirs implies."""
    by_cluster: dict[str, list[int]] = defaultdict(list)
    for number, link in enumerate(links):
        for cluster in link.known:
            by_cluster[cluster.at].append(number)
    return list(dict.fromkeys((*map(tuple, by_cluster.values()), *_implied(world, links))))


def turns(steps: Sequence[Step], together: Iterable[Sequence[int]]) -> Mapping[int, list[Turn]]:
    """By place of the step: the first pairs of each promise that concern it; ``together`` are the groups that have an
    order, by place.

    A pair is told at one of its steps only: the one without a number, of broken ones the one that breaks the most, else
    the one whose parts come later by need.
    """
    found: dict[int, list[Turn]] = defaultdict(list)
    told: Counter[tuple[int, str]] = Counter()
    seen: set[tuple[int, int]] = set()
    for group in together:
        pairs = {pair: parts for pair, parts in _pairs(group, steps) if pair not in seen}
        seen.update(pairs)
        owners = _owners([pair for pair in pairs if _promise(steps, *pair) == "broken"])
        for (early, late), (first, second) in pairs.items():
            promise = _promise(steps, early, late)
            owner = owners.get((early, late), late)
            if promise == "unnumbered":
                owner = early if number_of(steps[early].name) is None else late
            told[owner, promise] += 1
            if told[owner, promise] > _TOLD:
                continue
            if owner == late:
                found[late].append(Turn(steps[late], second, "after", steps[early], first, promise))
            else:
                found[early].append(Turn(steps[early], first, "before", steps[late], second, promise))
    return found


def _pairs(group: Sequence[int], steps: Sequence[Step]) -> Iterator[tuple[tuple[int, int], tuple[str, str]]]:
    ordered = [place for place in group if not steps[place].parts.isdisjoint(CHAIN)]
    for early in ordered:
        for late in ordered:
            parts = _in_need(steps[early].parts, steps[late].parts) if early != late else None
            if parts is not None:
                yield (early, late), parts


def _in_need(early: frozenset[str], late: frozenset[str]) -> tuple[str, str] | None:
    """What the first one brings and the other one needs and does not bring itself."""
    for place, part in enumerate(CHAIN):
        for needed in CHAIN[:place] if part in late else ():
            if needed in early and needed not in late:
                return needed, part
    return None


def _promise(steps: Sequence[Step], early: int, late: int) -> str:
    first, second = number_of(steps[early].name), number_of(steps[late].name)
    if first is None and second is None:
        return "kept"
    if first is None or second is None:
        return "unnumbered"
    return "broken" if first > second else "kept"


def _owners(broken: Sequence[tuple[int, int]]) -> dict[tuple[int, int], int]:
    """Which step of each broken pair is told: as few as possible, of two equal ones the later by need."""
    left = list(broken)
    found: dict[tuple[int, int], int] = {}
    while left:
        counts = Counter(place for pair in left for place in pair)
        most = max(counts.values())
        owner = next(place for early, late in left for place in (late, early) if counts[place] == most)
        found.update((pair, owner) for pair in left if owner in pair)
        left = [pair for pair in left if owner not in pair]
    return found


def _implied(world: World, links: Sequence[Link]) -> Iterator[tuple[int, ...]]:
    by_selector: dict[tuple[object, frozenset[Requirement]], list[int]] = defaultdict(list)
    waiting = [
        (number, link.set.namespace, frozenset(link.compiled.requirements))
        for number, link in enumerate(links)
        if link.compiled is not None and link.clusters == () and link.selectable == ()
    ]
    for number, namespace, asked in waiting:
        by_selector[namespace, asked].append(number)
    for number, namespace, asked in waiting:
        wider = (other for wide in _subsets(asked) for other in by_selector.get((namespace, wide), ()))
        group = sorted({other for other in wider if world.together(links[number].set, links[other].set)})
        if len(group) > 1:
            yield tuple(group)


def _subsets(asked: frozenset[Requirement]) -> Iterator[frozenset[Requirement]]:
    """All non-empty parts of a selector; of a long one only itself."""
    from itertools import combinations

    if len(asked) > 6:
        yield asked
        return
    for size in range(1, len(asked) + 1):
        yield from map(frozenset, combinations(asked, size))
