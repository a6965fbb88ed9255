"""Which objects of Git go to one cluster together.

A site is what one root Application leads to. What no root leads to is told apart by folders: one environment's are a
site (``production/``, ``staging/``), and so are sibling folders that hold alternatives of the same thing; what lies
beside them belongs to each. Objects of different sites are never joined.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

from crslint import address
from crslint.fleet import values
from crslint.fleet.entities.clusters import Cluster
from crslint.fleet.entities.objects import Object
from crslint.fleet.entity import Unknown
from crslint.fleet.gitops import GitOps
from crslint.fleet.marks import Marked, Marks, environments_in, parts
from crslint.fleet.patches import Patches
from crslint.fleet.peering import Router, routers
from crslint.fleet.rendering import Loaded
from crslint.fleet.world import World
from crslint.record import record

CILIUM = "cilium.io"
GATEWAYS = "gateway.networking.k8s.io"
ROOTS = ("CiliumBGPPeeringPolicy", "CiliumBGPClusterConfig")
PEERING = (*ROOTS, "CiliumBGPPeerConfig", "CiliumBGPAdvertisement", "CiliumBGPNodeConfigOverride")
POOL = "CiliumLoadBalancerIPPool"
KINDS = frozenset(
    {(CILIUM, kind) for kind in (*PEERING, "CiliumBGPNodeConfig", POOL, "CiliumL2AnnouncementPolicy")}
    | {("", "Service"), (GATEWAYS, "Gateway")}
)

_ENVIRONMENT_LABELS = ("env", "environment", "stage")
# Charts whose values make Applications.
_APPLICATION_CHARTS = frozenset({"app-of-apps", "argocd-apps"})
IN_CLUSTER = ("https://kubernetes.default.svc", "https://kubernetes.default.svc/")


@record
class Site:
    """``clusters`` are those that it is known to go to; ``complete`` where it can have no other objects."""

    clusters: tuple[Cluster, ...]
    complete: bool
    marks: Marks = frozenset()


class Share:
    """The objects that go to the same sites; ``altered`` are kinds of which kustomize changes some on the way."""

    def __init__(self, sites: frozenset[int]) -> None:
        self.sites = sites
        self.altered: set[str] = set()
        self._by_kind: dict[str, list[Object]] = defaultdict(list)

    def add(self, item: Object) -> None:
        self._by_kind[item.kind].append(item)

    def of_kind(self, *kinds: str) -> Iterator[Object]:
        for kind in kinds:
            yield from self._by_kind.get(kind, ())


class Sites:
    def __init__(self, world: World, gitops: GitOps, clusters: Sequence[Cluster]) -> None:
        self._world = world
        self._gitops = gitops
        self._clusters = clusters
        self._patches = Patches(world)
        self.sites: list[Site] = []
        self.objects = [item for item in world.objects if (item.group, item.kind) in KINDS]
        self._share_of: dict[str, Share] = {}
        self.shares: list[Share] = []
        self._near: dict[int, list[Share]] = {}
        self._altered: set[str] = set()
        self._whole: dict[tuple[int, tuple[str, ...]], bool] = {}
        self._reaching: dict[int, list[Cluster]] = {}
        self._named: dict[tuple[int, str], Mapping[str, Object]] = {}
        self._routers: dict[str, list[Router]] = {}
        may_change = bool(world.overlays.relabelled) or bool(self._patches)
        altered: set[str] = set()
        reached = self._reached(altered)
        rest = [item for item in self.objects if item.at not in reached]
        grouped: dict[frozenset[int], list[Object]] = defaultdict(list)
        for item in self.objects:
            if item.at in reached:
                grouped[reached[item.at]].append(item)
        for indices, items in self._by_folder(rest).items():
            grouped[indices] += items
        self._by_site: dict[int, list[Share]] = defaultdict(list)
        for indices, items in grouped.items():
            share = Share(indices)
            for item in items:
                self._share_of[item.at] = share
                if item.at in altered or (may_change and self._is_changed(item)):
                    share.altered.add(item.kind)
                    self._altered.add(item.at)
                else:
                    share.add(item)
            self.shares.append(share)
            for index in indices:
                self._by_site[index].append(share)

    def share(self, item: Object) -> Share:
        return self._share_of[item.at]

    def is_altered(self, item: Object) -> bool:
        """Whether what reaches the cluster may differ from what is written."""
        return item.at in self._altered

    def near(self, item: Object) -> list[Share]:
        """The objects that meet this one in some site, by share."""
        share = self._share_of[item.at]
        if id(share) not in self._near:
            found = {id(each): each for index in share.sites for each in self._by_site[index]}
            self._near[id(share)] = list(found.values())
        return self._near[id(share)]

    def routers(self, item: Object) -> list[Router]:
        """Its routers, read once."""
        if item.at not in self._routers:
            self._routers[item.at] = routers(item)
        return self._routers[item.at]

    def meeting(self, item: Object, *kinds: str) -> Iterator[Object]:
        return (other for share in self.near(item) for other in share.of_kind(*kinds))

    def named(self, item: Object, kind: str) -> Mapping[str, Object]:
        """The objects of a kind that meet this one, by name."""
        key = (id(self._share_of[item.at]), kind)
        if key not in self._named:
            found = self.meeting(item, kind)
            self._named[key] = {each.name: each for each in found if isinstance(each.name, str)}
        return self._named[key]

    def each(self, *kinds: str) -> Iterator[tuple[Site, list[Object]]]:
        """Every site with its objects of these kinds, in the order of the input."""
        order = self.order
        for index, site in enumerate(self.sites):
            found = [item for share in self._by_site[index] for item in share.of_kind(*kinds)]
            yield site, sorted(found, key=lambda item: order[item.at])

    @cached_property
    def order(self) -> Mapping[str, int]:
        """The place of each object in the input, by address."""
        return {item.at: place for place, item in enumerate(self.objects)}

    @property
    def altered_kinds(self) -> set[str]:
        return {kind for share in self.shares for kind in share.altered}

    def cluster_marks(self, cluster: Cluster) -> Marks:
        return self._cluster_marks[cluster.at]

    def is_complete(self, item: Object, *kinds: str) -> bool:
        """Whether all objects of these kinds that meet this one are known as they are."""
        share = self._share_of[item.at]
        key = (id(share), kinds)
        if key not in self._whole:
            self._whole[key] = (
                all(self.sites[index].complete for index in share.sites)
                and not self._world.may_hide_some(kinds, item.at)
                and not any(each.altered.intersection(kinds) for each in self.near(item))
            )
        return self._whole[key]

    def clusters(self, item: Object) -> list[Cluster]:
        """The Clusters that it is known to go to."""
        share = self._share_of[item.at]
        if id(share) not in self._reaching:
            found = (cluster for index in share.sites for cluster in self.sites[index].clusters)
            self._reaching[id(share)] = list({cluster.at: cluster for cluster in found}.values())
        return self._reaching[id(share)]

    def _is_changed(self, item: Object) -> bool:
        relabelled = self._world.overlays.relabels(address.path_of(item.at))
        change = self._patches.may_change
        return relabelled or change(item, "spec") or change(item, "metadata", "labels")

    def _reached(self, altered: set[str]) -> dict[str, frozenset[int]]:
        """By object: the sites of the roots that lead to it."""
        by_roots: dict[tuple[str, ...], list[Cluster]] = defaultdict(list)
        for cluster in self._clusters:
            if cluster.gitops_roots:
                by_roots[tuple(cluster.gitops_roots)].append(cluster)
        loads: dict[int, tuple[Loaded, set[int]]] = {}
        for roots, clusters in by_roots.items():
            reach = self._gitops.reach_of(roots)
            here = [at for at in reach.applications if self._stays(at)]
            index = len(self.sites)
            whole = not reach.application_sets and all(self._is_whole(at) for at in reach.applications)
            self.sites.append(Site(tuple(clusters), whole))
            for at in here:
                for _, loaded in self._gitops.brings(at):
                    loads.setdefault(id(loaded), (loaded, set()))[1].add(index)
        found: dict[str, frozenset[int]] = {}
        for loaded, indices in loads.values():
            for rendered in loaded.objects:
                item = rendered.object
                if (item.group, item.kind) in KINDS:
                    found[item.at] = found.get(item.at, frozenset()) | indices
                    if rendered.altered:
                        altered.add(item.at)
        return found

    def _is_whole(self, at: str) -> bool:
        """Whether all peering that an Application can bring is known: published charts and manifests bring none."""
        for source in self._gitops.sources(at):
            if source.state == "chart":
                if not isinstance(source.chart, str) or _may_peer(source.chart):
                    return False
            elif source.state != "ref":
                loaded = self._gitops.loaded(source)
                if loaded is None or not (loaded.complete or (loaded.remote and not loaded.missing)):
                    return False
                if any(_may_peer(entry) for entry in loaded.remote):
                    return False
        return not self._gitops.is_altered(at)

    def _stays(self, at: str) -> bool:
        """Whether an Application installs into the cluster that it lies in."""
        destination = values.child(self._gitops.applications[at].data, "spec", "destination")
        return values.text(destination, "server") in IN_CLUSTER or values.text(destination, "name") == "in-cluster"

    def _by_folder(self, items: Sequence[Object]) -> Mapping[frozenset[int], list[Object]]:
        marked = self._marked
        by_marks: dict[Marks, list[Object]] = defaultdict(list)
        for item in items:
            by_marks[marked.of(address.path_of(item.at))].append(item)
        inner = {part for marks in by_marks for part in parts(marks)}
        places: dict[Marks, set[int]] = defaultdict(set)
        leaves = [marks for marks in by_marks if marks not in inner]
        for marks in leaves:
            index = len(self.sites)
            self.sites.append(Site(self._candidates(marks, alone=len(leaves) == 1), True, marks))
            for part in (marks, *parts(marks)):
                places[part].add(index)
        grouped: dict[frozenset[int], list[Object]] = defaultdict(list)
        for marks, group in by_marks.items():
            grouped[frozenset(places[marks])] += group
        return grouped

    def _candidates(self, marks: Marks, *, alone: bool) -> tuple[Cluster, ...]:
        """The Clusters of an environment; the only one of the input where there is no other environment either."""
        if not marks:
            names = {cluster.clusters[0] for cluster in self._clusters}
            one = alone and len(names) == len(self._clusters) == 1
            return tuple(self._clusters) if one and not self._is_led_elsewhere(self._clusters[0]) else ()
        fewest = min((self._by_mark.get(mark, []) for mark in marks), key=len)
        return tuple(
            cluster
            for cluster in fewest
            if marks <= self._cluster_marks[cluster.at] and not self._is_led_elsewhere(cluster)
        )

    def _is_led_elsewhere(self, cluster: Cluster) -> bool:
        """Whether its roots lead to all that it gets from Git."""
        return bool(cluster.gitops_roots) and cluster.applications_complete

    @cached_property
    def _cluster_marks(self) -> Mapping[str, Marks]:
        return {cluster.at: self._marks_of(cluster) for cluster in self._clusters}

    @cached_property
    def _by_mark(self) -> Mapping[str, list[Cluster]]:
        found: dict[str, list[Cluster]] = defaultdict(list)
        for cluster in self._clusters:
            for mark in self._cluster_marks[cluster.at]:
                found[mark].append(cluster)
        return found

    def _marks_of(self, cluster: Cluster) -> Marks:
        words = [cluster.name] if isinstance(cluster.name, str) else []
        labels = cluster.labels
        if not isinstance(labels, Unknown):
            words += [value for key in _ENVIRONMENT_LABELS if isinstance(value := labels.get(key), str)]
        for at in cluster.gitops_roots:
            for source in self._gitops.sources(at) if at in self._gitops.applications else ():
                if isinstance(source.path, str):
                    words += source.path.split("/")
        path = address.path_of(cluster.at)
        return (
            self._marked.of(path)
            | frozenset(words)
            | frozenset(each for word in words for each in environments_in(word))
        )

    @cached_property
    def _marked(self) -> Marked:
        roots = [item for item in self.objects if item.kind in ROOTS]
        return Marked(self._world, [item for item in self.objects if item.group == CILIUM], roots)


def _may_peer(source: str) -> bool:
    """Whether a chart or remote base may bring peering of its own: by its name, for it is not at hand."""
    name = source.lower()
    return "bgp" in name or "metallb" in name or ("cilium" in name and name != "cilium") or name in _APPLICATION_CHARTS
