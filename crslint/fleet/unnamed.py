"""Payloads that lie beside sets and that none of them names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from crslint.fleet.entities.objects import Object
from crslint.fleet.entity import UNKNOWN, Unknown
from crslint.fleet.links import Link
from crslint.fleet.payloads import Read
from crslint.fleet.world import World


class Unnamed:
    def __init__(self, world: World, links: Sequence[Link]) -> None:
        self._world = world
        self._sets: dict[str | Unknown | None, list[Object]] = defaultdict(list)
        self._named: set[tuple[str, str]] = set()
        self._open: set[str | Unknown | None] = set()
        for link in links:
            namespace = link.set.namespace
            self._sets[namespace].append(link.set)
            for entry in () if isinstance(link.resources, Unknown) else link.resources:
                if isinstance(entry.kind, str) and isinstance(entry.name, str):
                    self._named.add((entry.kind, entry.nearest or entry.name))
                if entry.state == "unknown":
                    self._open.add(namespace)
            if isinstance(link.resources, Unknown):
                self._open.add(namespace)

    def passed_over(self, read: Read) -> str | None:
        """The set that could name it; None where one does, by that name in whatever namespace, or may."""
        item = read.source
        if read.in_use or item.namespace in self._open or UNKNOWN in self._open:
            return None
        if (item.kind, item.name) in self._named:
            return None
        return next((one.at for one in self._sets.get(item.namespace, ()) if self._world.together(one, item)), None)
