"""How much of the bootstrap pattern reaches each cluster, and what reaches it twice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from crslint import address
from crslint.fleet import values
from crslint.fleet.delivery import Delivery
from crslint.fleet.entities.objects import Object
from crslint.fleet.entity import UNKNOWN, Unknown
from crslint.fleet.links import Link, cluster_name
from crslint.fleet.payloads import Read
from crslint.fleet.sites import IN_CLUSTER
from crslint.fleet.workload import workload
from crslint.fleet.world import World
from crslint.record import record

_NAMES = {"cni": "CNI", "argocd": "GitOps engine", "rootApplication": "root Application"}
_COMMANDS = ("files", "preKubeadmCommands", "postKubeadmCommands")
_INSTALLERS = ("kubectl apply", "kubectl create", "helm install", "helm upgrade", "cilium install", "manifests/")


@record
class Brought:
    """One delivery on its way: which set and payload bring it."""

    link: Link
    read: Read
    delivery: Delivery


@record
class Bootstrap:
    """What facts say of one cluster; clusters that the same sets select share it."""

    essentials: list[dict[str, Any]]
    installations: list[dict[str, Any]]


class Coverage:
    def __init__(self, world: World, links: Sequence[Link], reads: Sequence[Read]) -> None:
        self._other_ways = any(world.of_kind(group, kind) for group, kind in workload().deliverers)
        by_payload = {read.source.at: read.delivered for read in reads}
        of_payload = {read.source.at: read for read in reads}
        self._brought = [list(_brought(link, of_payload, by_payload)) for link in links]
        self._kinds = [{item.delivery.kind for item in brought} for brought in self._brought]
        self._numbers: dict[str, list[int]] = defaultdict(list)
        clusters: dict[str, Object] = {}
        for number, link in enumerate(links):
            for cluster in link.known:
                self._numbers[cluster.at].append(number)
                clusters[cluster.at] = cluster
        self._with_engine = self._first_equipped(clusters, "cni", "argocd")
        self._with_root = {} if _pushes(world) else self._first_equipped(clusters, "argocd", "rootApplication")
        self._shared: dict[tuple[tuple[int, ...], bool], Bootstrap] = {}

    def of(self, cluster: Object, complete: bool, kubeadm: Object | None) -> Bootstrap:
        """``complete`` says whether no other set or chart can reach it; ``kubeadm`` is its control plane, None for
        another kind, which may come with a CNI of its own."""
        numbers = tuple(self._numbers.get(cluster.at, ()))
        known = complete and not self._other_ways
        if known and numbers and not any("cni" in self._kinds[number] for number in numbers):
            known = not _installs_by_script(kubeadm)
        if (numbers, known) not in self._shared:
            brought = [item for number in numbers for item in self._brought[number]]
            essentials = list(self._essentials(numbers, brought)) if known else []
            self._shared[numbers, known] = Bootstrap(essentials, _installations(brought))
        return self._shared[numbers, known]

    def _essentials(self, numbers: Sequence[int], brought: Sequence[Brought]) -> Iterator[dict[str, Any]]:
        cni, engine, root = (_first(brought, kind) for kind in ("cni", "argocd", "rootApplication"))
        wanting = engine or root
        if wanting:
            yield _essential("cni", cni is not None, wanting, None)
        if root:
            yield _essential("argocd", engine is not None, root, None)
        elif cni:
            sibling = _first_of(self._with_engine, numbers)
            if sibling is not None:
                yield _essential("argocd", engine is not None, cni, sibling)
        if engine and not root:
            sibling = _first_of(self._with_root, numbers)
            if sibling is not None:
                yield _essential("rootApplication", False, engine, sibling)

    def _first_equipped(self, clusters: Mapping[str, Object], kind: str, later: str) -> dict[int, Object]:
        """By set that brings the one: the first of its clusters that gets the later one too."""
        found: dict[int, Object] = {}
        for at, numbers in self._numbers.items():
            if any(later in self._kinds[number] for number in numbers):
                for number in numbers:
                    if kind in self._kinds[number]:
                        found.setdefault(number, clusters[at])
        return found


def _pushes(world: World) -> bool:
    """Whether an Argo CD works on other clusters than its own, and may bring root Applications there."""
    for kind, steps in (("Application", ()), ("ApplicationSet", ("spec", "template"))):
        for item in world.of_kind("argoproj.io", kind):
            destination = values.child(item.data, *steps, "spec", "destination")
            if destination is not None and not _is_own(destination):
                return True
    return False


def _is_own(destination: object) -> bool:
    """Whether a destination names no other cluster; one that cannot be read may."""
    server, name = values.child(destination, "server"), values.child(destination, "name")
    if server is UNKNOWN or name is UNKNOWN:
        return False
    return not (server or name) or server in IN_CLUSTER or name == "in-cluster"


def _installs_by_script(kubeadm: Object | None) -> bool:
    """Whether the machines of a control plane run or write something that may install a CNI."""
    if kubeadm is None:
        return True
    for steps in (("spec", "kubeadmConfigSpec"), ("spec", "template", "spec", "kubeadmConfigSpec")):
        spec = values.child(kubeadm.data, *steps)
        for field in _COMMANDS:
            text = str(values.child(spec, field))
            if any(word in text for word in _INSTALLERS):
                return True
    return False


def _installations(brought: Sequence[Brought]) -> list[dict[str, Any]]:
    """CNIs, engines and root Applications in the order in which they are found, each with its rival before it."""
    found: list[tuple[Brought, dict[str, Any]]] = []
    seen: set[str] = set()
    for item in brought:
        delivery = item.delivery
        if delivery.kind in ("cni", "argocd", "rootApplication") and delivery.primary and delivery.at not in seen:
            seen.add(delivery.at)
            rival = next((other for other, _ in found if _are_rivals(other, item)), None)
            found.append((item, _installation(item, rival)))
    return [facts for _, facts in found]


def _are_rivals(one: Brought, other: Brought) -> bool:
    first, second = one.delivery, other.delivery
    if first.kind != second.kind:
        return False
    match first.kind:
        case "cni":
            return first.name != second.name or _kind(first) == _kind(second)
        case "argocd":
            return True
    return first.name == second.name or (first.source is not None and first.source == second.source)


def _kind(delivery: Delivery) -> str:
    """Of the object that decides: an operator and the resource that it works from are one installation."""
    return delivery.evidence.partition(" ")[0]


def _installation(item: Brought, rival: Brought | None) -> dict[str, Any]:
    return {
        "kind": item.delivery.kind,
        "name": item.delivery.name,
        "source": item.delivery.source,
        "what": item.delivery.evidence,
        "at": item.delivery.at,
        "payload": item.read.source.at,
        "from": item.read.source.id,
        "rival": None if rival is None else _installation(rival, None),
    }


def _essential(part: str, present: bool, wanting: Brought, sibling: Object | None) -> dict[str, Any]:
    """``at`` is the selector of the set that wants it; for a sibling's sake there is none: the cluster's labels are."""
    return {
        "part": _NAMES[part],
        "present": present,
        "set": wanting.link.set.at,
        "setName": wanting.link.set.id,
        "what": wanting.delivery.evidence,
        "at": address.at(wanting.link.set.at, ("spec", "clusterSelector")) if sibling is None else None,
        "sibling": None if sibling is None else cluster_name(sibling),
        "siblingAt": None if sibling is None else sibling.at,
    }


def _first_of(equipped: Mapping[int, Object], numbers: Sequence[int]) -> Object | None:
    return next((equipped[number] for number in numbers if number in equipped), None)


def _first(brought: Sequence[Brought], kind: str) -> Brought | None:
    return next((item for item in brought if item.delivery.kind == kind), None)


def _brought(link: Link, reads: Mapping[str, Read], deliveries: Mapping[str, Sequence[Delivery]]) -> Iterator[Brought]:
    for resource in () if isinstance(link.resources, Unknown) else link.resources:
        if resource.state == "present" and resource.payload is not None:
            at = resource.payload.at
            for delivery in deliveries.get(at, ()):
                yield Brought(link, reads[at], delivery)
