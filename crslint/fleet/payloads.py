"""Payloads as the ClusterResourceSet controller reads them (facts/capi.md 1.2, 1.5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from crslint.finding import Problem
from crslint.fleet.entities.bootstrap import Payload, PayloadObject
from crslint.fleet.entities.objects import Object
from crslint.fleet.links import Link
from crslint.fleet.world import World
from crslint.source.document import Refusal


@dataclass(frozen=True, slots=True)
class Read:
    """One payload as it is read: ``members`` in order of application (also of a refused one, as far as readable)."""

    source: Object
    in_use: bool
    used_by: tuple[Link, ...]
    keys: tuple[str, ...]
    members: tuple[Member, ...]
    refused: Refusal | None
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Member:
    """An object of a payload; ``object`` has apiVersion and kind as far as written (empty strings where not)."""

    object: Object
    key: str
    position: int


def read_payloads(world: World, links: Sequence[Link]) -> tuple[Read, ...]:
    """Every ConfigMap and Secret that a set names or that looks like a payload."""
    return ()


def payload_entities(
    world: World, links: Sequence[Link], reads: Sequence[Read]
) -> tuple[list[Payload], list[PayloadObject]]:
    return [], []
