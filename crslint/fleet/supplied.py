"""Secrets that peering names: whether the input has them, or what makes them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from crslint.fleet import values
from crslint.fleet.makers import made_by
from crslint.fleet.payloads import Read
from crslint.fleet.world import World


class Supplied:
    def __init__(self, world: World, reads: Sequence[Read]) -> None:
        self._world = world
        self._reads = reads

    def secret(self, name: str, near: str) -> str:
        """``present``, ``absent`` or ``unknown``, whatever the namespace: which one it must be is a setting."""
        if name in self._names:
            return "present"
        if values.is_template(name) or self._world.may_hide(name, "Secret", near):
            return "unknown"
        return "absent"

    @cached_property
    def _names(self) -> frozenset[str]:
        members = [member.object for read in self._reads for member in read.members]
        found: set[str] = set()
        for item in (*self._world.objects, *members):
            if item.kind == "Secret" and item.group == "" and isinstance(item.name, str):
                found.add(item.name)
            found.update(made.name for made in made_by(item) if made.kind == "Secret")
        found.update(each.name for each in self._world.kustomizations.generated if each.kind == "Secret")
        found.update(each.name for each in self._world.settings.external if each.kind == "Secret")
        return frozenset(found)
