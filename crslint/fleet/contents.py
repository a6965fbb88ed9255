"""The entities payload and payloadObject."""

from __future__ import annotations

from collections.abc import Sequence

from crslint.fleet.entities.bootstrap import Payload, PayloadObject
from crslint.fleet.entity import UNKNOWN, Unknown
from crslint.fleet.links import Link
from crslint.fleet.payloads import Read, described
from crslint.fleet.world import World


def payload_entities(
    world: World, links: Sequence[Link], reads: Sequence[Read]
) -> tuple[list[Payload], list[PayloadObject]]:
    payloads = [_payload(read) for read in reads]
    objects = [
        item
        for read, payload in zip(reads, payloads, strict=True)
        if read.in_use and read.known and read.refused is None
        for item in _objects(read, payload)
    ]
    return payloads, objects


def _payload(read: Read) -> Payload:
    refused = read.refused
    taken = [] if refused else [described(member.object) for member in read.members]
    return Payload(
        id=read.source.id,
        at=read.source.at,
        clusters=_clusters(read),
        kind=read.source.kind,
        name=read.source.name,
        namespace=read.source.namespace,
        keys=list(read.keys) if read.known else UNKNOWN,
        used_by=[link.set.at for link in read.used_by],
        in_use=read.in_use,
        apply_once=_apply_once(read),
        refused=refused and {"kind": refused.kind, "reason": refused.reason, "at": refused.at},
        objects=taken if read.known else UNKNOWN,
        size=read.size if read.known else UNKNOWN,
        compact_size=UNKNOWN,
        applied_size=UNKNOWN,
        delivers=UNKNOWN,
    )


def _objects(read: Read, payload: Payload) -> list[PayloadObject]:
    return [
        PayloadObject(
            id=member.object.id,
            at=member.object.at,
            clusters=payload.clusters,
            api_version=member.object.api_version,
            group=member.object.group,
            kind=member.object.kind,
            namespace=member.object.namespace,
            name=member.object.name,
            scope=member.object.scope,
            payload=payload.at,
            key=member.key,
            position=member.position,
            needs=UNKNOWN,
        )
        for member in read.members
    ]


def _clusters(read: Read) -> list[str]:
    reached = {
        f"{cluster.namespace}/{cluster.name}"
        for link in read.used_by
        if not isinstance(link.clusters, Unknown)
        for cluster in link.clusters
    }
    return sorted(reached)


def _apply_once(read: Read) -> bool | Unknown:
    """Unknown where no set is there to say; not written means ApplyOnce."""
    strategies = [link.strategy for link in read.used_by]
    if not strategies or any(isinstance(strategy, Unknown) for strategy in strategies):
        return UNKNOWN
    return all(strategy in (None, "ApplyOnce") for strategy in strategies)
