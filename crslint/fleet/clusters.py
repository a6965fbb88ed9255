"""Clusters with everything that reaches them."""

from __future__ import annotations

from collections.abc import Sequence

from crslint.fleet.entity import Entity
from crslint.fleet.links import Link
from crslint.fleet.payloads import Read
from crslint.fleet.world import World


def cluster_entities(world: World, links: Sequence[Link], reads: Sequence[Read]) -> list[Entity]:
    """Clusters, control planes, node pools, Metal3Clusters, IPPools and Cilium settings, in that order."""
    return []
