"""What a set needs from another one, although no order exists between them (facts/capi.md 1.2)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from crslint.fleet.entities.bootstrap import PayloadObject
from crslint.fleet.entity import Unknown
from crslint.fleet.links import Link, Resource
from crslint.fleet.payloads import Read
from crslint.fleet.supply import Key, keys_of

_STATES = ("before", "otherSet")


class Hopes:
    def __init__(self, links: Sequence[Link], reads: Sequence[Read], payload_objects: Sequence[PayloadObject]) -> None:
        self._links = {link.set.at: link for link in links}
        self._reads = {read.source.at: read for read in reads if read.refused is None}
        self._brings: dict[str, frozenset[Key]] = {}
        self._needs: dict[str, list[dict[str, Any]]] = {}
        for item in payload_objects:
            wanted = [need for need in item.needs if need["state"] in _STATES and need["providerSet"]]
            self._needs.setdefault(item.payload, []).extend({**need, "object": item.id} for need in wanted)

    def of(self, link: Link, settled: set[str]) -> list[dict[str, Any]]:
        """What the objects of each payload need, together by the set that brings it; not what comes from ``settled``
        sets, of which another rule speaks."""
        if isinstance(link.resources, Unknown):
            return []
        present = [entry for entry in link.resources if entry.payload and entry.state == "present"]
        return [hope for entry in present for hope in self._entry(link, entry, present, settled)]

    def _entry(
        self, link: Link, entry: Resource, present: Sequence[Resource], settled: set[str]
    ) -> Iterator[dict[str, Any]]:
        assert entry.payload is not None
        by_set: dict[tuple[str, bool], list[dict[str, Any]]] = {}
        for need in self._needs.get(entry.payload.at, ()):
            own = need["state"] == "before" or self._is_brought(need, present)
            provider = link.set.at if own else need["providerSet"]
            if provider not in settled:
                by_set.setdefault((provider, own), []).append(need)
        for (provider, own), needs in by_set.items():
            other = self._links[provider]
            yield {
                "at": entry.at,
                "payload": entry.payload.id,
                "set": provider,
                "setName": other.set.id,
                "own": own,
                "sameClusters": other.compiled == link.compiled and other.set.namespace == link.set.namespace,
                "kind": needs[0]["kind"],
                "name": needs[0]["name"],
                "object": needs[0]["object"],
                "needAt": needs[0]["at"],
                "provider": needs[0]["provider"],
                "count": len({need["object"] for need in needs}),
                "what": sorted({need["name"] for need in needs}),
            }

    def _is_brought(self, need: dict[str, Any], present: Sequence[Resource]) -> bool:
        """Whether a payload of the same set brings it: another set that names the payload may lack that one."""
        if need["kind"] == "namespace":
            keys: tuple[Key, ...] = (("namespace", need["name"]),)
        else:
            kind, _, group = need["name"].partition(".")
            keys = (("crd", group, kind), ("group", group))
        return any(
            not self._brought(entry.payload.at).isdisjoint(keys) for entry in present if entry.payload is not None
        )

    def _brought(self, payload: str) -> frozenset[Key]:
        known = self._brings.get(payload)
        if known is None:
            read = self._reads.get(payload)
            members = read.members if read else ()
            known = frozenset(key for member in members for key in keys_of(member.object))
            self._brings[payload] = known
        return known
