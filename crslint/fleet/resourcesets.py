"""The entity resourceSet."""

from __future__ import annotations

from collections.abc import Sequence

from crslint.fleet.entities.bootstrap import ResourceSet
from crslint.fleet.links import Link
from crslint.fleet.payloads import Read
from crslint.fleet.world import World


def resource_sets(world: World, links: Sequence[Link], reads: Sequence[Read]) -> list[ResourceSet]:
    return []
