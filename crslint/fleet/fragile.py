"""Objects of payloads that a merge patch would destroy, or that Git manages too (facts/capi.md 1.4)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from crslint.fleet import values
from crslint.fleet.entities.bootstrap import ResourceSet
from crslint.fleet.entities.clusters import Cluster
from crslint.fleet.entities.objects import Object
from crslint.fleet.entity import Entity, Unknown
from crslint.fleet.gitops import GitOps
from crslint.fleet.links import Link
from crslint.fleet.loading import namespace_in
from crslint.fleet.payloads import Read
from crslint.fleet.world import Identity
from crslint.record import replace

_INJECTED = frozenset(
    {
        "cert-manager.io/inject-ca-from",
        "cert-manager.io/inject-ca-from-secret",
        "cert-manager.io/inject-apiserver-ca",
    }
)
_MOST = 10


def with_fragile(
    sets: Sequence[ResourceSet],
    links: Sequence[Link],
    gitops: GitOps,
    reads: Sequence[Read],
    entities: Iterable[Entity],
) -> list[ResourceSet]:
    """The sets (one for each link) with `fragile`; ``entities`` are those of the clusters' side."""
    roots = {key: tuple(item.gitops_roots) for item in entities if isinstance(item, Cluster) for key in item.clusters}
    fragile = Fragile(gitops, reads)
    return [
        replace(item, fragile=fragile.of(link, {roots[key] for key in item.clusters if roots.get(key)}))
        for item, link in zip(sets, links, strict=True)
    ]


class Fragile:
    def __init__(self, gitops: GitOps, reads: Sequence[Read]) -> None:
        self._gitops = gitops
        self._reads = {read.source.at: read for read in reads}
        self._managed: dict[tuple[str, ...], dict[Identity, tuple[str, str]]] = {}

    def of(self, link: Link, roots: Iterable[tuple[str, ...]]) -> list[dict[str, Any]]:
        """`resourceSet.fragile`; ``roots`` are those of the clusters that the set selects, each group once."""
        found = []
        managed: dict[Identity, tuple[str, str]] = {}
        for group in sorted(roots):
            managed |= self._managed_by(group)
        for item in self._objects(link):
            harm = _harm(item)
            by = managed.get(_identity(item, item.namespace))
            if harm or by:
                found.append(
                    {
                        "id": item.id,
                        "at": item.at,
                        "harm": harm,
                        "application": by[0] if by else None,
                        "otherAt": by[1] if by else None,
                    }
                )
        return found[:_MOST]

    def _objects(self, link: Link) -> Iterator[Object]:
        for resource in () if isinstance(link.resources, Unknown) else link.resources:
            read = self._reads.get(resource.payload.at) if resource.state == "present" and resource.payload else None
            if read is not None and not read.refused:
                yield from (member.object for member in read.members)

    def _managed_by(self, roots: tuple[str, ...]) -> dict[Identity, tuple[str, str]]:
        """Identity of what Git brings to a cluster with these roots: who brings it, and where it stands."""
        if roots not in self._managed:
            found: dict[Identity, tuple[str, str]] = {}
            for at in self._gitops.reach_of(roots).applications:
                application = self._gitops.applications[at]
                if self._gitops.is_altered(at):
                    continue
                destination = values.text(application.data, "spec", "destination", "namespace")
                for _, loaded in self._gitops.brings(at):
                    for each in loaded.objects:
                        namespace = namespace_in(each, destination)
                        if not each.altered and not isinstance(namespace, Unknown):
                            found.setdefault(_identity(each.object, namespace), (application.id, each.object.at))
            self._managed[roots] = found
        return self._managed[roots]


def _identity(item: Object, namespace: str | Unknown | None) -> Identity:
    place = namespace if isinstance(namespace, str) and item.scope != "Cluster" else ""
    return item.group, item.kind, place, item.name if isinstance(item.name, str) else ""


def _harm(item: Object) -> str | None:
    if item.group == "" and item.kind == "Secret":
        empty = not item.data.get("data") and not item.data.get("stringData")
        return "is filled by a program, and would be emptied" if empty else None
    if item.group == "batch" and item.kind == "Job":
        return "cannot be patched: the API server owns its selector and labels"
    annotations = values.child(item.data, "metadata", "annotations")
    if isinstance(annotations, dict) and not _INJECTED.isdisjoint(annotations):
        return "would lose the CA bundle that cert-manager injects"
    return None
