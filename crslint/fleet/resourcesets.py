"""The entity resourceSet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from crslint import address
from crslint.fleet import values
from crslint.fleet.delivery import KINDS, Delivery, comes_later
from crslint.fleet.entities.bootstrap import PayloadObject, ResourceSet
from crslint.fleet.entities.objects import Object
from crslint.fleet.entity import UNKNOWN, Unknown
from crslint.fleet.hopes import Hopes
from crslint.fleet.links import Link, Resource, cluster_name
from crslint.fleet.payloads import RESOURCE_SET_TYPE, Read
from crslint.fleet.selecting import asks_to_opt_in, is_idle, lacking_label, near_label
from crslint.fleet.sequence import Step, Turn, groups, number_of, turns
from crslint.fleet.world import World

_FIRST = 100
_NAMES = {"cni": "the CNI", "argocd": "the GitOps engine", "rootApplication": "the root Application"}
_SPELLED = {"cni": "cni", "csi": "csi", "argocd": "argocd", "rootApplication": "root-application"}
_WORDS = {
    "cni": frozenset({"antrea", "calico", "canal", "cilium", "cni", "flannel", "weave"}),
    "argocd": frozenset({"argo", "argocd", "gitops"}),
}


def resource_sets(
    world: World, links: Sequence[Link], reads: Sequence[Read], payload_objects: Sequence[PayloadObject]
) -> list[ResourceSet]:
    builder = _Builder(world, links, reads, payload_objects)
    return [builder.entity(number) for number in range(len(links))]


class _Builder:
    def __init__(
        self, world: World, links: Sequence[Link], reads: Sequence[Read], payload_objects: Sequence[PayloadObject]
    ) -> None:
        self._world = world
        self._links = links
        self._reads = {read.source.at: read for read in reads}
        self._kinds = kinds = {read.source.at: frozenset(item.kind for item in read.delivered) for read in reads}
        self._parts = [_parts(link, kinds) for link in links]
        together = groups(world, links)
        self._turns = turns([_step(link.set, parts) for link, parts in zip(links, self._parts, strict=True)], together)
        self._hopes = Hopes(links, reads, payload_objects)
        self._companions: dict[int, frozenset[str]] = {}
        for group in together:
            brought = frozenset().union(*(self._parts[number] for number in group))
            for number in group:
                self._companions[number] = self._companions.get(number, frozenset()) | brought
        self._selected = {cluster.at for link in links for cluster in link.known}

    def entity(self, number: int) -> ResourceSet:
        link = self._links[number]
        item = link.set
        resources = link.resources
        told = [*self._turns.get(number, ()), *self._own_turns(resources)]
        strays = [cluster for cluster in link.elsewhere if cluster.at not in self._selected]
        return ResourceSet(
            id=item.id,
            at=item.at,
            clusters=sorted(cluster_name(cluster) for cluster in link.known),
            complete=not isinstance(link.clusters, Unknown) and not isinstance(resources, Unknown),
            name=values.text(item.data, "metadata", "name"),
            namespace=item.namespace,
            strategy=link.strategy,
            selector=link.selector,
            selector_error=link.selector_error,
            selector_fault=_selector_fault(link),
            opts_in=asks_to_opt_in(link.compiled),
            selects=_addresses(link.clusters if isinstance(link.clusters, Unknown) else link.clusters[:_FIRST]),
            selectable=_addresses(link.selectable),
            idle=is_idle(link),
            near_label=near_label(link),
            lacking_label=lacking_label(link),
            resources=UNKNOWN if isinstance(resources, Unknown) else list(self._entries(number, resources)),
            places=list(_places(link, strays)),
            delivers=self._delivers(number),
            number=number_of(item.name),
            turns=[_turn(turn) for turn in told],
            components=list(self._components(resources)),
            hopes=self._hopes.of(
                link, {address.document_of(turn.other.at) for turn in told if turn.promise == "broken"}
            ),
        )

    def _own_turns(self, resources: Sequence[Resource] | Unknown) -> Iterator[Turn]:
        """Of the numbered names in its own list; that others have no number says nothing there."""
        steps = [
            Step(_word(entry.name), address.at(entry.at, ("name",)), self._kinds.get(entry.payload.at, frozenset()))
            for entry in (() if isinstance(resources, Unknown) else resources)
            if entry.payload and entry.state == "present"
        ]
        for told in turns(steps, [range(len(steps))]).values():
            yield from (turn for turn in told if turn.promise != "unnumbered")

    def _entries(self, number: int, resources: Sequence[Resource]) -> Iterator[dict[str, Any]]:
        seen: dict[tuple[str, str], str] = {}
        for place, entry in enumerate(resources):
            kind, name = _word(entry.kind), _word(entry.name)
            first = seen.setdefault((kind, name), entry.at) if kind and name else entry.at
            yield {
                "kind": kind,
                "name": name,
                "at": entry.at,
                "place": place,
                "first": None if first == entry.at else first,
                "state": entry.state,
                "payload": entry.payload.at if entry.payload and entry.state == "present" else None,
                "nearest": entry.nearest,
                "nearestAt": None if entry.meant is None else address.at(entry.meant.at, ("metadata", "name")),
                "lost": self._lost(number, entry),
                "type": _wrong_type(entry),
            }

    def _components(self, resources: Sequence[Resource] | Unknown) -> Iterator[dict[str, Any]]:
        brought = [
            (entry, self._reads[entry.payload.at].delivered)
            for entry in (() if isinstance(resources, Unknown) else resources)
            if entry.payload and entry.state == "present" and entry.payload.at in self._reads
        ]
        engine = next((one for _, found in brought for one in found if one.kind in ("argocd", "rootApplication")), None)
        for entry, found in brought:
            extra = sum(not self._is_allowed(one) for one in found)
            for one in found:
                yield {
                    "component": _component(one),
                    "what": one.evidence,
                    "allowed": self._is_allowed(one),
                    "at": entry.at if extra == len(found) else one.at,
                    "beside": engine and _NAMES[engine.kind],
                    "besideAt": engine and engine.at,
                }

    def _is_allowed(self, one: Delivery) -> bool:
        return _component(one) in self._world.settings.components or (one.kind == "other" and not comes_later(one))

    def _lost(self, number: int, entry: Resource) -> str | None:
        """What the name of a missing payload promises and no other payload brings to the set's clusters."""
        if entry.state != "missing" or isinstance(entry.name, Unknown):
            return None
        words = set(entry.name.lower().replace(".", "-").replace("_", "-").split("-"))
        have = self._companions.get(number, self._parts[number])
        return next((part for part, known in _WORDS.items() if words & known and part not in have), None)

    def _delivers(self, number: int) -> list[str] | Unknown:
        resources = self._links[number].resources
        if isinstance(resources, Unknown):
            return UNKNOWN
        for entry in resources:
            read = self._reads.get(entry.payload.at) if entry.payload and entry.state == "present" else None
            if read is None or not read.whole:
                return UNKNOWN
        return [kind for kind in KINDS if kind in self._parts[number]]


def _parts(link: Link, kinds: Mapping[str, frozenset[str]]) -> frozenset[str]:
    entries = () if isinstance(link.resources, Unknown) else link.resources
    present = (entry.payload.at for entry in entries if entry.payload and entry.state == "present")
    return frozenset().union(*(kinds.get(at, frozenset()) for at in present))


def _places(link: Link, strays: Sequence[Object]) -> Iterator[dict[str, Any]]:
    """The set and the payloads that it names; the odd one out is the one to move."""
    entries = () if isinstance(link.resources, Unknown) else link.resources
    named = [entry for entry in entries if entry.payload and entry.state in ("present", "otherNamespace")]
    payloads = [entry.payload for entry in named if entry.payload]
    elsewhere = {_word(item.namespace) for item in (*strays, *payloads)} - {_word(link.set.namespace)}
    # Without any Cluster in its own namespace the set itself is the odd one where all that it names lies in another.
    alone = all(entry.state == "otherNamespace" for entry in named) and link.clusters == () == link.selectable
    moves = len(elsewhere) == 1 and (bool(strays) or (bool(named) and alone))
    other = next(iter((*strays, *payloads)), None) if moves else None
    yield {
        "what": link.set.id,
        "at": link.set.at,
        "namespace": _word(link.set.namespace),
        "apart": moves,
        "target": None if other is None else _word(other.namespace),
        "with": None if other is None else other.id,
        "withAt": None if other is None else address.at(other.at, ("metadata", "namespace")),
    }
    for entry, payload in zip(named, payloads, strict=True):
        yield {
            "what": payload.id,
            "at": payload.at,
            "namespace": _word(payload.namespace),
            "apart": entry.state == "otherNamespace" and not moves,
            "target": _word(link.set.namespace),
            "with": link.set.id,
            "withAt": address.at(entry.at, ("name",)),
        }


def _component(one: Delivery) -> str:
    """As the configuration spells it: essentials by what they are, others by name."""
    return _SPELLED.get(one.kind, one.name)


def _step(item: Object, parts: frozenset[str]) -> Step:
    return Step(_word(item.name), address.at(item.at, ("metadata", "name")), parts)


def _turn(turn: Turn) -> dict[str, Any]:
    return {
        "name": turn.step.name,
        "at": turn.step.at,
        "brings": _NAMES[turn.part],
        "relation": turn.relation,
        "otherName": turn.other.name,
        "otherAt": turn.other.at,
        "otherBrings": _NAMES[turn.other_part],
        "promise": turn.promise,
    }


def _selector_fault(link: Link) -> dict[str, Any] | None:
    where = address.at(link.set.at, ("spec", "clusterSelector"))
    if link.selector in ("missing", "empty"):
        return {"subject": "", "detail": "that selects no Cluster, not all of them", "at": where}
    if link.invalid is None:
        return None
    subject = f"'{link.invalid.value}' " if link.invalid.value else ""
    return {"subject": subject, "detail": link.invalid.detail, "at": where + address.pointer(link.invalid.path)}


def _wrong_type(entry: Resource) -> str | None:
    """The type of a Secret that the controller refuses; `Opaque` is what the API server makes of none."""
    if entry.kind != "Secret" or entry.payload is None or entry.state != "present":
        return None
    written = values.text(entry.payload.data, "type")
    found = "Opaque" if written is None else written
    return None if isinstance(found, Unknown) or found == RESOURCE_SET_TYPE else found


def _addresses(objects: Sequence[Object] | Unknown) -> list[str] | Unknown:
    return UNKNOWN if isinstance(objects, Unknown) else [item.at for item in objects]


def _word(text: str | Unknown | None) -> str:
    return text if isinstance(text, str) else ""
