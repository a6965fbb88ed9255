"""Clusters with everything that reaches them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from crslint import address
from crslint.fleet import values
from crslint.fleet.admissions import admissions
from crslint.fleet.arrivals import Arrival, Arrivals
from crslint.fleet.cilium import Settings
from crslint.fleet.ciliumsettings import cilium_settings
from crslint.fleet.controlplanes import control_planes, kube_proxy
from crslint.fleet.coverage import Coverage
from crslint.fleet.day2 import Brought, Day2
from crslint.fleet.entities.clusters import Cluster, NodePool
from crslint.fleet.entities.objects import Object
from crslint.fleet.entity import UNKNOWN, Entity, Statement, Unknown
from crslint.fleet.environments import root_environment
from crslint.fleet.gitops import GitOps
from crslint.fleet.hosts import with_hosts
from crslint.fleet.kubeadm import networks, pod_networks, spec_steps
from crslint.fleet.kubeadmconfigs import KubeadmConfigs
from crslint.fleet.links import Link
from crslint.fleet.metal3 import IpPools, metal3_clusters
from crslint.fleet.metal3admissions import metal3_objects
from crslint.fleet.nodepools import NodePools
from crslint.fleet.parts import Parts, members, parts
from crslint.fleet.patches import Patches, class_may_change
from crslint.fleet.payloads import Read
from crslint.fleet.ranges import (
    Range,
    Stated,
    Statements,
    agreement,
    host_ranges,
    judged,
    node_ranges,
    own_blocks,
    pod_ranges,
    service_ranges,
    written_blocks,
)
from crslint.fleet.references import References, reference_entities
from crslint.fleet.world import World

# IPAM modes in which Cilium takes the pods' addresses from elsewhere than Cluster or pool.
_NATIVE_IPAM = ("kubernetes", "cluster-pool")


def cluster_entities(
    world: World, links: Sequence[Link], reads: Sequence[Read], gitops: GitOps, arrivals: Arrivals, day2: Day2
) -> list[Entity]:
    """Clusters, control planes, node pools, Metal3Clusters, IPPools, Cilium settings, and what machines are made of."""
    references = References(world)
    every = parts(world, references)
    patches = Patches(world)
    coverage = Coverage(world, links, reads)
    pools = NodePools(world, references, every, patches)
    ip_pools = IpPools(world)
    belonging = members(every)
    assembly = _Assembly(references, patches, arrivals, coverage, pools, ip_pools, gitops, day2)
    clusters = _with_agreed_targets([assembly.cluster(one) for one in every])
    reached: dict[str, list[str]] = defaultdict(list)
    reached_later: dict[str, list[str]] = defaultdict(list)
    for one, cluster in zip(every, clusters, strict=True):
        if isinstance(cluster.cilium, str):
            reached[cluster.cilium].append(one.key)
        if isinstance(cluster.cilium_day2, str):
            reached_later[cluster.cilium_day2].append(one.key)
    made = with_hosts(world, references, pools.all())
    infrastructure = metal3_clusters(world, every, belonging, ip_pools, patches)
    by_address = {one.at: one for one in infrastructure}
    return [
        *clusters,
        *control_planes(world, belonging, {pool.at: pool for pool in made}),
        *made,
        *infrastructure,
        *ip_pools.entities(),
        *cilium_settings(arrivals, day2, reached, reached_later, _node_counts(world, clusters, made)),
        *KubeadmConfigs(world, references, every, patches, by_address).entities(),
        *metal3_objects(world, references, patches, belonging),
        *reference_entities(references, belonging),
        *admissions(world),
    ]


class _Assembly:
    def __init__(
        self,
        references: References,
        patches: Patches,
        arrivals: Arrivals,
        coverage: Coverage,
        pools: NodePools,
        ip_pools: IpPools,
        gitops: GitOps,
        day2: Day2,
    ) -> None:
        self._gitops = gitops
        self._day2 = day2
        self._references = references
        self._patches = patches
        self._arrivals = arrivals
        self._coverage = coverage
        self._pools = pools
        self._ip_pools = ip_pools

    def cluster(self, one: Parts) -> Cluster:
        item = one.cluster
        arrival = self._arrivals.of(item)
        bootstrap = self._coverage.of(item, arrival.complete, one.kubeadm)
        reach = self._gitops.reach_of(arrival.roots)
        later = self._later(item, arrival)
        pods, services = self._pods(one, arrival, later), self._services(one)
        endpoints = self._endpoints(one, arrival)
        return Cluster(
            id=item.id,
            at=item.at,
            clusters=[one.key],
            complete=arrival.complete,
            name=values.text(item.data, "metadata", "name"),
            namespace=item.namespace,
            labels=item.labels,
            version=_version(one),
            topology=one.topology,
            pod_cidrs=pods.all(),
            service_cidrs=services.all(),
            allocates_pods=pods.allocated(),
            pod_ranges=agreement(pods),
            service_ranges=agreement(services),
            ranges=judged(self._ranges(one, pods, services, endpoints)),
            cidr_blocks=list(written_blocks(item)),
            endpoints=endpoints,
            control_plane=_address(one.control_plane, "KubeadmControlPlane", "KubeadmControlPlaneTemplate"),
            infrastructure=_address(one.infrastructure, "Metal3Cluster"),
            references=[target.at for target in self._references.of(item)],
            node_pools=self._pools.of(item),
            steps=arrival.steps,
            delivers=arrival.delivers,
            cnis=arrival.cnis if arrival.complete else UNKNOWN,
            cnis_known=arrival.cnis,
            cilium=arrival.cilium.found.at if isinstance(arrival.cilium, Settings) else arrival.cilium,
            cilium_day2=later.at if isinstance(later, Brought) else later,
            essentials=bootstrap.essentials,
            installations=bootstrap.installations,
            gitops_root=_only(arrival.roots) if arrival.roots or arrival.complete else UNKNOWN,
            gitops_roots=list(arrival.roots),
            applications=list(reach.applications),
            applications_complete=arrival.complete and reach.complete,
            kube_proxy=kube_proxy(one, self._patches),
            proxy_replacements=arrival.replacements,
        )

    def _later(self, item: Object, arrival: Arrival) -> Brought | None | Unknown:
        """What Git brings of Cilium; UNKNOWN where its root is another environment's: that is the fault (APP021)."""
        environment = root_environment(item.at, item.labels, _only(arrival.roots), self._gitops)
        if environment is not None and not environment["agrees"]:
            return UNKNOWN
        return self._day2.of_roots(arrival.roots, complete=arrival.complete)

    def _pods(self, one: Parts, arrival: Arrival, later: Brought | None | Unknown) -> Stated:
        native, pool = _cilium_ranges(arrival.cilium)
        of_git = _later_ranges(arrival.cilium, later.settings) if isinstance(later, Brought) else ([], [])
        return Stated(self._own(one, "pods"), self._of_kubeadm(one, "podSubnet"), native, pool, *of_git)

    def _services(self, one: Parts) -> Stated:
        return Stated(self._own(one, "services"), self._of_kubeadm(one, "serviceSubnet"))

    def _own(self, one: Parts, field: str) -> Statements:
        changed = self._patches.may_change(one.cluster, "spec", "clusterNetwork", field)
        return UNKNOWN if changed else own_blocks(one.cluster, field)

    def _of_kubeadm(self, one: Parts, field: str) -> Statements:
        item = one.kubeadm
        if item is None:
            return []
        steps = (*(spec_steps(item) or ()), "clusterConfiguration", "networking", field)
        if self._patches.may_change(item, *steps) or (
            isinstance(one.cluster_class, Object) and class_may_change(one.cluster_class, item, *steps)
        ):
            return UNKNOWN
        return pod_networks(item) if field == "podSubnet" else networks(item, field)

    def _endpoints(self, one: Parts, arrival: Arrival) -> list[Statement] | Unknown:
        """Of the Cluster, its infrastructure and Cilium's agents; UNKNOWN where none is written and one may be made."""
        found = list(_host(one.cluster))
        if isinstance(one.infrastructure, Object) and not one.topology:
            found += _host(one.infrastructure)
        made_later = one.topology or _address(one.infrastructure, "Metal3Cluster") is None
        if not found and (made_later or isinstance(one.infrastructure, Unknown)):
            return UNKNOWN
        if isinstance(arrival.cilium, Settings):
            host, at = arrival.cilium.environment("KUBERNETES_SERVICE_HOST")
            if isinstance(host, str) and at is not None:
                found.append({"value": host, "at": at, "via": "KUBERNETES_SERVICE_HOST"})
        return found if all(not values.is_template(one["value"]) for one in found) else UNKNOWN

    def _ranges(
        self, one: Parts, pods: Stated, services: Stated, endpoints: list[Statement] | Unknown
    ) -> Iterator[Range]:
        yield from pod_ranges(pods)
        yield from service_ranges(services, one.cluster, kubeadm=one.kubeadm is not None)
        for pool in self._ip_pools.of(one.cluster):
            yield from node_ranges(pool)
        own = () if isinstance(endpoints, Unknown) else endpoints
        yield from host_ranges(host for host in own if host["via"] != "KUBERNETES_SERVICE_HOST")


def _node_counts(world: World, clusters: Sequence[Cluster], pools: Sequence[NodePool]) -> dict[str, int]:
    """By cluster, where the input can be whole and all of its pools say how many nodes they have."""
    replicas = {pool.at: pool.replicas for pool in pools}
    counts = {}
    for cluster in clusters if world.settings.folder else ():
        found = [replicas.get(at) for at in cluster.node_pools]
        known = [one for one in found if isinstance(one, int)]
        if found and len(known) == len(found):
            counts[cluster.clusters[0]] = sum(known)
    return counts


def _only(roots: Sequence[str]) -> str | None | Unknown:
    if not roots:
        return None
    return roots[0] if len(roots) == 1 else UNKNOWN


def _host(item: Object) -> Iterator[Statement]:
    steps = ("spec", "controlPlaneEndpoint", "host")
    host = values.spelled(item.data, *steps)
    if isinstance(host, str) and host:
        yield {"value": host, "at": address.at(item.at, steps), "via": item.kind}


def _cilium_ranges(settings: Settings | None | Unknown) -> tuple[Statements, Statements]:
    """Native routing ranges where they count, and the pool."""
    if not isinstance(settings, Settings):
        return (UNKNOWN, UNKNOWN) if isinstance(settings, Unknown) else ([], [])
    ipam, mode = settings.ipam(), settings.routing_mode()
    if isinstance(ipam, Unknown) or isinstance(mode, Unknown):
        return UNKNOWN, UNKNOWN
    native = settings.native_cidrs() if mode == "native" and ipam in _NATIVE_IPAM else []
    return native, settings.pool_cidrs()


def _later_ranges(
    before: Settings | None | Unknown, after: Settings
) -> tuple[Sequence[Statement], Sequence[Statement]]:
    """The same of day 2, as far as it is known; where the pods' addresses come from elsewhere than on day 0, or from
    another pool, that is the fault (HND002)."""
    native, pool = _cilium_ranges(after)
    native, pool = () if isinstance(native, Unknown) else native, () if isinstance(pool, Unknown) else pool
    if isinstance(before, Settings):
        told = before.pool_cidrs()
        pools = set() if isinstance(told, Unknown) else {one["value"] for one in told}
        if before.ipam() != after.ipam() or (pools and pools != {one["value"] for one in pool}):
            return (), ()
    return native, pool


def _version(one: Parts) -> str | None | Unknown:
    if one.topology:
        return values.text(one.cluster.data, "spec", "topology", "version")
    if isinstance(one.control_plane, Object):
        return values.text(one.control_plane.data, "spec", "version")
    return one.control_plane


def _address(item: Object | Unknown | None, *kinds: str) -> str | None | Unknown:
    """The address of a part of one of these kinds; null for another kind."""
    if not isinstance(item, Object):
        return item
    return item.at if item.kind in kinds else None


def _with_agreed_targets(clusters: list[Cluster]) -> list[Cluster]:
    """A document that several clusters share cannot be made to say what only one of them wants."""
    wanted: dict[tuple[object, str], set[str]] = defaultdict(set)
    for cluster in clusters:
        stated = [] if isinstance(cluster.pod_cidrs, Unknown) else cluster.pod_cidrs
        documents = {address.document_of(statement["at"]) for statement in stated}
        for found in cluster.pod_ranges:
            for owner in {cluster.control_plane, cluster.cilium, *documents}:
                wanted[owner, found["family"]].add(found["base"]["value"])
    for cluster in clusters:
        for found in cluster.pod_ranges:
            owners = [address.document_of(statement["at"]) for statement in found["dissenting"][:1]]
            if any(len(wanted[owner, found["family"]]) > 1 for owner in owners):
                found["to"] = None
    return clusters
