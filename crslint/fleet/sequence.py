"""The order that the names of sets promise, and the order that their contents need.

There is no order between sets (facts/capi.md 1.2): a number in a name is a promise to people. What is promised must not
contradict what is needed: the CNI, then the GitOps engine, then the root Application.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from crslint.fleet.links import Link
from crslint.fleet.selector import Requirement
from crslint.fleet.world import World

CHAIN = ("cni", "argocd", "rootApplication")


@dataclass(frozen=True, slots=True)
class Turn:
    """One pair that has an order: ``link`` brings ``part``, which must come ``relation`` (before, after) ``other_part``
    of ``other``; ``promise`` is what the numbers say: kept (or nothing), broken, or unnumbered where only the other set
    has one."""

    link: Link
    part: str
    relation: str
    other: Link
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


def turns(
    links: Sequence[Link], together: Sequence[tuple[int, ...]], parts: Sequence[frozenset[str]]
) -> Mapping[int, list[Turn]]:
    """By place of the set: the pairs that concern it; ``parts`` are the kinds of delivery of each set.

    A pair is told at one of its sets only: the one without a number, of broken ones the one that breaks the most, else
    the one whose parts come later by need.
    """
    numbers = [number_of(link.set.name) for link in links]
    pairs = dict(_pairs(together, parts))
    owners = _owners([pair for pair in pairs if _promise(numbers, *pair) == "broken"])
    found: dict[int, list[Turn]] = defaultdict(list)
    for (early, late), (first, second) in pairs.items():
        promise = _promise(numbers, early, late)
        owner = owners.get((early, late), late)
        if promise == "unnumbered":
            owner = early if numbers[early] is None else late
        if owner == late:
            found[late].append(Turn(links[late], second, "after", links[early], first, promise))
        else:
            found[early].append(Turn(links[early], first, "before", links[late], second, promise))
    return found


def _pairs(
    together: Sequence[tuple[int, ...]], parts: Sequence[frozenset[str]]
) -> Iterator[tuple[tuple[int, int], tuple[str, str]]]:
    for group in together:
        ordered = [number for number in group if not parts[number].isdisjoint(CHAIN)]
        for early in ordered:
            for late in ordered:
                pair = _pair(early, late, parts) if early != late else None
                if pair is not None:
                    yield (early, late), pair


def _pair(early: int, late: int, parts: Sequence[frozenset[str]]) -> tuple[str, str] | None:
    """What the first set brings and the other one needs and does not bring itself."""
    for place, part in enumerate(CHAIN):
        if part in parts[late]:
            for needed in CHAIN[:place]:
                if needed in parts[early] and needed not in parts[late]:
                    return needed, part
    return None


def _promise(numbers: Sequence[int | None], early: int, late: int) -> str:
    first, second = numbers[early], numbers[late]
    if first is None and second is None:
        return "kept"
    if first is None or second is None:
        return "unnumbered"
    return "broken" if first > second else "kept"


def _owners(broken: Sequence[tuple[int, int]]) -> dict[tuple[int, int], int]:
    """Which set of each broken pair is told: as few sets as possible, of two equal ones the later by need."""
    left = list(broken)
    found: dict[tuple[int, int], int] = {}
    while left:
        counts = Counter(number for pair in left for number in pair)
        most = max(counts.values())
        owner = next(number for early, late in left for number in (late, early) if counts[number] == most)
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
