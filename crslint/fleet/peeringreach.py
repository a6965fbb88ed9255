"""Peering by environment: clusters that could peer and do not, Applications that bring another one's peering."""

from __future__ import annotations

import posixpath
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cache, cached_property

from crslint import address
from crslint.fleet.capabilities import Capabilities
from crslint.fleet.entities.clusters import Cluster
from crslint.fleet.entities.objects import Object
from crslint.fleet.entities.peering import BgpCapability, PeeringSource
from crslint.fleet.entity import UNKNOWN, Unknown
from crslint.fleet.gitops import GitOps
from crslint.fleet.marks import environments
from crslint.fleet.sites import CILIUM, KINDS, ROOTS, Site, Sites


def capability_entities(
    clusters: Sequence[Cluster], capabilities: Capabilities, sites: Sites, gitops: GitOps
) -> Iterator[BgpCapability]:
    """One for each Cluster whose bootstrap turns the BGP control plane on."""
    peering = [(site, items) for site, items in sites.each(*ROOTS) if items]

    @cache
    def words() -> frozenset[str]:
        """The environments that the places of Applications name."""
        paths = (address.path_of(item.at) for item in gitops.applications.values())
        return frozenset(word for path in paths for word in environments(path))

    own: dict[str, list[Site]] = defaultdict(list)
    for site in sites.sites:
        for cluster in site.clusters:
            own[cluster.at].append(site)
    peering_sites = {id(site) for site, _ in peering}
    prepared = _Prepared(sites, gitops)
    for cluster in clusters:
        for setting in capabilities.of([cluster]):
            if not setting["on"]:
                continue
            here = own.get(cluster.at, [])
            if any(id(site) in peering_sites for site in here):
                peered: bool | Unknown = True
            elif here:
                whole = all(site.complete for site in here) and not sites.altered_kinds.intersection(ROOTS)
                peered = False if whole else UNKNOWN
            else:
                peered = _is_apart(cluster, peering, sites, words())
            if peered is False and any(map(gitops.is_broken, cluster.applications)):
                peered = UNKNOWN
            sibling = None if peered is True else _sibling(cluster, peering)
            yield BgpCapability(
                id=f"BGP of {cluster.id}",
                at=cluster.at,
                clusters=cluster.clusters,
                cluster=cluster.clusters[0],
                name_at=address.at(cluster.at, ("metadata", "name")),
                setting_at=setting["at"],
                peered=peered,
                sibling=sibling.at if sibling else None,
                sibling_name=sibling.id if sibling else "",
                prepared=prepared.of(cluster) if peered is False else None,
            )


def source_entities(gitops: GitOps) -> Iterator[PeeringSource]:
    """One for each source in Git that brings peering or pools from a folder at hand."""
    for item in gitops.applications.values():
        if item.at in gitops.payload_of or gitops.is_altered(item.at):
            continue
        for source, loaded in gitops.brings(item.at):
            found = (each.object for each in loaded.objects)
            first = next((each for each in found if each.group == CILIUM and (CILIUM, each.kind) in KINDS), None)
            if first is not None and isinstance(source.path, str):
                own, brings = environments(posixpath.dirname(address.path_of(item.at))), environments(loaded.place)
                yield PeeringSource(
                    id=f"{item.id}: {source.path}",
                    at=source.at,
                    application=item.at,
                    path=source.path,
                    path_at=address.at(source.at, ("path",)),
                    own=min(own) if len(own) == 1 else "",
                    brings=min(brings) if len(brings) == 1 else "",
                    object=first.at,
                )


def _is_apart(
    cluster: Cluster, peering: Sequence[tuple[Site, list[Object]]], sites: Sites, words: frozenset[str]
) -> bool | Unknown:
    """False where all peering is of other environments, and Applications of the cluster's own are known."""
    marks = sites.cluster_marks(cluster)
    apart = all(site.marks and site.marks.isdisjoint(marks) for site, _ in peering)
    return False if marks & words and apart else UNKNOWN


class _Prepared:
    """Folders with sessions that no Application brings."""

    def __init__(self, sites: Sites, gitops: GitOps) -> None:
        self._sites = sites
        self._gitops = gitops

    def of(self, cluster: Cluster) -> str | None:
        labels = {} if isinstance(cluster.labels, Unknown) else cluster.labels
        names = {cluster.name, *labels.values()}
        found = [folder for folder in self._folders if posixpath.basename(folder) in names]
        return found[0] if len(found) == 1 else None

    @cached_property
    def _folders(self) -> list[str]:
        brought = {
            each.object.at
            for application in self._gitops.applications
            for _, loaded in self._gitops.brings(application)
            for each in loaded.objects
        }
        sessions = (item.at for item in self._sites.objects if item.kind in ROOTS and item.at not in brought)
        return sorted({posixpath.dirname(address.path_of(at)) for at in sessions})


def _sibling(cluster: Cluster, peering: Sequence[tuple[Site, list[Object]]]) -> Object | None:
    """Peering of another cluster or environment."""
    return next(
        (
            items[0]
            for site, items in peering
            if (site.marks or site.clusters) and all(each.at != cluster.at for each in site.clusters)
        ),
        None,
    )
