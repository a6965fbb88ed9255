"""Which payloads lack a thing together: what nobody brings is missing once, however many need it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from crslint.fleet.payloads import Read
from crslint.fleet.supply import Supply


class Absences:
    """One set could bring a thing to all payloads that it meets on a cluster: they lack it together."""

    def __init__(self, supply: Supply) -> None:
        self._supply = supply
        self._sets: dict[str, frozenset[int]] = {}
        self._first: dict[tuple[str, ...], Mapping[str, str]] = {}

    def first(self, reads: Sequence[Read]) -> Mapping[str, str]:
        """By payload that lacks a thing: the first one with which it lacks it."""
        key = tuple(read.source.at for read in reads)
        if key not in self._first:
            self._first[key] = self._connected(reads)
        return self._first[key]

    def _connected(self, reads: Sequence[Read]) -> dict[str, str]:
        leader = list(range(len(reads)))

        def of(number: int) -> int:
            while leader[number] != number:
                leader[number] = leader[leader[number]]
                number = leader[number]
            return number

        met: dict[int, int] = {}
        for number, read in enumerate(reads):
            for beside in self._sets_beside(read):
                one, other = sorted((of(met.setdefault(beside, number)), of(number)))
                leader[other] = one
        return {read.source.at: reads[of(number)].source.at for number, read in enumerate(reads)}

    def _sets_beside(self, read: Read) -> frozenset[int]:
        at = read.source.at
        if at not in self._sets:
            self._sets[at] = self._supply.sets_beside(read)
        return self._sets[at]
