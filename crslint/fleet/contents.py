"""The entities payload and payloadObject."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from typing import Any

from crslint.fleet import traits, values
from crslint.fleet.delivery import KINDS
from crslint.fleet.engine import Engines
from crslint.fleet.entities.bootstrap import Payload, PayloadObject
from crslint.fleet.entities.clusters import Cluster
from crslint.fleet.entities.objects import Object
from crslint.fleet.entity import UNKNOWN, Entity, Unknown
from crslint.fleet.links import Link, cluster_name
from crslint.fleet.mounts import Mounts
from crslint.fleet.needs import Need, find_needs
from crslint.fleet.payloads import Member, Read, applies_once, described
from crslint.fleet.shipping import Shipping, sync_options
from crslint.fleet.sizes import applied_size, compact_size
from crslint.fleet.supply import Supply
from crslint.fleet.templates import Templates
from crslint.fleet.unnamed import Unnamed
from crslint.fleet.world import World, identity

_PLACED = frozenset({"RoleBinding", "ClusterRoleBinding"})
_NAMES = {str: "a string", bool: "a boolean", int: "a number", float: "a number"}
_BROKEN = frozenset({"decode", "directive", "separator"})


def payload_entities(
    world: World, links: Sequence[Link], reads: Sequence[Read], clusters: Sequence[Entity] = ()
) -> tuple[list[Payload], list[PayloadObject]]:
    """``clusters`` are the entities of the clusters' side: where nodes are, the engine can run."""
    supply = Supply(world, links, reads)
    needs = find_needs(supply, reads)
    engines = Engines(supply, needs, clusters)
    unnamed = Unnamed(world, links)
    rivals = _rivals(clusters)
    shipping = Shipping(world)
    payloads = [_payload(read, engines, shipping, unnamed) for read in reads]
    judged = [
        (read, payload)
        for read, payload in zip(reads, payloads, strict=True)
        if read.in_use and read.known and read.refused is None
    ]
    return payloads, list(_objects(world, supply, needs, rivals, judged))


def _payload(read: Read, engines: Engines, shipping: Shipping, unnamed: Unnamed) -> Payload:
    refused = read.refused
    brought = {item.kind for item in read.delivered}
    return Payload(
        late={
            "objects": lambda: _taken(read),
            "unplaced": lambda: sum(_is_unplaced(member.object) for member in read.members),
            "implied_namespace": lambda: _implied_namespace(read),
            "shipped_by": lambda: shipping.of(read.source),
            "sync_options": lambda: sync_options(read.source),
            "server_side": lambda: shipping.is_server_side(read.source),
        },
        id=read.source.id,
        at=read.source.at,
        clusters=sorted({cluster_name(cluster) for link in read.used_by for cluster in link.known}),
        kind=read.source.kind,
        name=read.source.name,
        namespace=read.source.namespace,
        keys=list(read.keys) if read.known else UNKNOWN,
        used_by=[link.set.at for link in read.used_by],
        in_use=read.in_use,
        apply_once=applies_once(read.used_by),
        refused=None if refused is None else {"kind": refused.kind, "reason": refused.reason, "at": refused.at},
        documents=list(_documents(read)),
        values=_values(read),
        size=read.size if read.known else UNKNOWN,
        compact_size=compact_size(read),
        applied_size=applied_size(read.source) if read.known else UNKNOWN,
        delivers=[kind for kind in KINDS if kind in brought] if read.known else UNKNOWN,
        passed_over=unnamed.passed_over(read),
        engine=engines.of(read),
    )


def _taken(read: Read) -> list[dict[str, str]] | Unknown:
    if not read.known:
        return UNKNOWN
    return [] if read.refused else [described(member.object) for member in read.members]


def _is_unplaced(item: Object) -> bool:
    return item.scope == "Namespaced" and item.namespace in (None, "")


def _implied_namespace(read: Read) -> str | None:
    """What the payload itself says about where its objects belong."""
    found: set[str] = set()
    for member in read.members:
        item = member.object
        if item.kind == "Namespace" and isinstance(item.name, str):
            found.add(item.name)
        elif item.kind in _PLACED:
            subjects = (subject.get("namespace") for _, subject in values.mappings(item.data, "subjects"))
            found.update(namespace for namespace in subjects if isinstance(namespace, str))
    return found.pop() if len(found) == 1 else None


def _objects(
    world: World,
    supply: Supply,
    needs: Mapping[str, Sequence[Need]],
    rivals: Set[tuple[str, str]],
    judged: Sequence[tuple[Read, Payload]],
) -> Iterator[PayloadObject]:
    mounts = Mounts(world, supply)
    twins = _Twins(supply, [read for read, _ in judged], rivals)
    templates = Templates(world)
    for read, payload in judged:
        filled_in = templates.is_template(read.source.at)
        for member in _as_written(read):
            item = member.object
            yield PayloadObject(
                source=item,
                at=item.at,
                clusters=payload.clusters,
                api_version=item.api_version,
                group=item.group,
                kind=item.kind,
                namespace=item.namespace,
                name=item.name,
                scope=item.scope,
                payload=payload.at,
                key=member.key,
                position=member.position,
                needs=[need.facts() for need in needs[item.at]],
                exported=traits.exported(item),
                not_text=traits.not_text(item),
                variables=[] if filled_in else traits.variables(item),
                twins=list(twins.of(read, member)),
                references=[wanted.facts() for wanted in mounts.references(read, member)],
                subjects=[wanted.facts() for wanted in mounts.subjects(read, member)],
            )


def _as_written(read: Read) -> list[Member]:
    """In the order of the keys and of the text, which is the order in which people read what is found."""
    places = {key: place for place, key in enumerate(read.keys)}
    return sorted(read.members, key=lambda member: (places[member.key], member.written))


def _documents(read: Read) -> Iterator[dict[str, Any]]:
    for fault in read.faults:
        refusal = fault.refusal
        if refusal.kind in _BROKEN:
            yield _document("broken", refusal.at, fault=f"cannot be read ({refusal.reason})", span=refusal.span)
    for document in read.strays:
        if isinstance(document.data, list):
            yield _document("sequence", document.at, count=len(document.data))
        else:
            yield _document("other", document.at, fault=f"is {_NAMES[type(document.data)]}, no mapping")
    for member in read.members:
        item = member.object
        if traits.is_list(item):
            yield _document("list", item.at, item.kind, len(item.data["items"]))
        else:
            missing = ", no ".join(traits.lacks(item))
            yield _document("object", item.at, item.kind, fault=f"has no {missing}" if missing else None)


def _document(
    form: str,
    at: str,
    kind: str = "",
    count: int = 1,
    fault: str | None = None,
    span: tuple[int, int] | None = None,
) -> dict[str, Any]:
    return {"form": form, "kind": kind, "count": count, "fault": fault, "at": at, "span": span and list(span)}


def _values(read: Read) -> list[dict[str, Any]]:
    faults = {fault.key: fault for fault in read.faults}
    found = []
    for key, size, at in sorted(read.values, key=lambda row: -row[1]):
        fault = faults.get(key)
        told = fault and {
            "kind": fault.refusal.kind,
            "reason": fault.refusal.reason,
            "at": fault.refusal.at,
            "span": fault.refusal.span and list(fault.refusal.span),
            "refused": fault.refused,
            "mendable": fault.mendable,
        }
        found.append({"key": key, "size": size, "at": at, "fault": told})
    return found


def _rivals(entities: Sequence[Entity]) -> frozenset[tuple[str, str]]:
    """Pairs of payloads that install the same thing on a cluster: that they bring the same objects goes with it."""
    found = (row for item in entities if isinstance(item, Cluster) for row in item.installations if row["rival"])
    return frozenset((row["payload"], row["rival"]["payload"]) for row in found)


class _Twins:
    """Objects of one identity in several payloads."""

    def __init__(self, supply: Supply, reads: Sequence[Read], rivals: Set[tuple[str, str]]) -> None:
        self._supply = supply
        self._rivals = rivals
        self._order = {read.source.at: place for place, read in enumerate(reads)}
        self._objects = {
            read.source.at: {
                identity(member.object): member.object
                for member in reversed(read.members)
                if member.object.kind and isinstance(member.object.name, str)
            }
            for read in reads
        }
        self._before: dict[str, list[str]] = {}

    def of(self, read: Read, member: Member) -> Iterator[dict[str, Any]]:
        """The other copies that come before it and say something else; equal ones do no harm."""
        who = identity(member.object)
        if who not in self._objects[read.source.at]:
            return
        for payload in self._payloads_before(read):
            other = self._objects[payload].get(who)
            pair = (read.source.at, payload)
            if pair in self._rivals or pair[::-1] in self._rivals:
                continue
            if other is not None and other.data != member.object.data:
                yield {"payload": payload, "at": other.at}

    def _payloads_before(self, read: Read) -> list[str]:
        """Those that reach one of its clusters and come before it in the input."""
        at = read.source.at
        known = self._before.get(at)
        if known is None:
            company = (other.source.at for other in self._supply.companions(read))
            earlier = [other for other in company if self._order.get(other, self._order[at]) < self._order[at]]
            known = self._before[at] = earlier
        return known
