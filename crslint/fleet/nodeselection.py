"""Which nodes peering objects select: among the labels that node pools are known to carry, and against each other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from typing import Any

from crslint import address
from crslint.fleet import values
from crslint.fleet.conjunction import compatible, implies
from crslint.fleet.entities.clusters import Cluster, NodePool
from crslint.fleet.entities.objects import Object
from crslint.fleet.entity import Unknown
from crslint.fleet.nodelabels import is_synced
from crslint.fleet.peering import node_selector, requirement_at
from crslint.fleet.selector import Requirement, Selector, match

_ROLE = "node-role.kubernetes.io/"
# What kubelets, clouds and add-ons set by themselves, with values that are not known here.
_SET_BY_ITSELF = ("kubernetes.io/", "beta.kubernetes.io/", "node.kubernetes.io/", "topology.kubernetes.io/")
_FEATURES = "feature.node.kubernetes.io/"


class NodeSelection:
    """``strays`` are the namespaces with pools whose Cluster is not there: they may be any one's."""

    def __init__(
        self,
        pools: Mapping[str, NodePool],
        object_at: Callable[[str], Object | None],
        strays: Set[str | Unknown | None] = frozenset(),
    ) -> None:
        self._pools = pools
        self._object_at = object_at
        self._strays = strays

    def needs(self, item: Object, clusters: Sequence[Cluster]) -> list[dict[str, Any]]:
        """What a nodeSelector asks for and no node of any of these clusters has; one entry that is met where one does;
        nothing where nodes are not known."""
        selector = node_selector(item)
        by_cluster = [self._of(cluster) for cluster in clusters]
        if not isinstance(selector, Selector) or not by_cluster or any(pools is None for pools in by_cluster):
            return []
        at = address.at(item.at, ("spec", "nodeSelector"))
        pools = [pool for found in by_cluster for pool in found or ()]
        if any(all(_may_have(one, pool) for one in selector.requirements) for pool in pools):
            return [{"at": at, "key": "", "value": "", "met": True, "settled": False, "elsewhere": None, "place": None}]
        missing = [one for one in selector.requirements if not any(_may_have(one, pool) for pool in pools)]
        data = values.child(item.data, "spec", "nodeSelector")
        return [self._need(one, pools, at, data) for one in missing[:1] or selector.requirements[:1]]

    def together(self, one: Object, other: Object, clusters: Sequence[Cluster]) -> bool | None:
        """Whether two objects select a node: True where that is known, None where only the labels of nodes decide, else
        False."""
        mine, theirs = node_selector(one), node_selector(other)
        if not isinstance(mine, Selector) or not isinstance(theirs, Selector):
            return False
        if compatible([mine, theirs]) is not True:
            return False
        if implies(mine, theirs) or implies(theirs, mine):
            return True
        for cluster in clusters:
            for pool in self._of(cluster) or ():
                labels = values.label_map(pool.node_labels)
                if match(mine, labels) is True and match(theirs, labels) is True:
                    return True
        return None

    def _of(self, cluster: Cluster) -> list[NodePool] | None:
        """Its pools; None where their labels are not all known, or its control plane is not."""
        if cluster.namespace in self._strays:
            return None
        pools = [self._pools[at] for at in cluster.node_pools if at in self._pools]
        known = all(not isinstance(pool.node_labels, Unknown) for pool in pools)
        return pools if known and any(pool.control_plane for pool in pools) else None

    def _need(self, one: Requirement, pools: Sequence[NodePool], at: str, data: object) -> dict[str, Any]:
        elsewhere = next((place for pool in pools for place in self._written(pool, one)), None)
        value = min(one.values, default="")
        workers = [pool for pool in pools if not pool.control_plane]
        place = None
        plain = sorted({pool.at for pool in workers if not pool.topology})
        if len(plain) == 1 and one.operator in ("In", "Exists") and is_synced(one.key):
            place = address.at(plain[0], ("spec", "template", "metadata", "labels", one.key))
        return {
            "at": requirement_at(data, at, one.key, one.operator),
            "key": one.key,
            "value": value,
            "met": False,
            "settled": elsewhere is not None or (bool(workers) and one.key.startswith(_ROLE)),
            "elsewhere": elsewhere,
            "place": place,
        }

    def _written(self, pool: NodePool, one: Requirement) -> Iterator[str]:
        """Where a pool has that label without its nodes getting it."""
        item = self._object_at(pool.at)
        if item is None or one.operator not in ("In", "Exists"):
            return
        for steps in (
            ("metadata", "labels"),
            ("spec", "template", "metadata", "labels"),
            ("spec", "machineTemplate", "metadata", "labels"),
        ):
            labels = values.mapping(item.data, *steps)
            written = None if isinstance(labels, Unknown) else labels.get(one.key)
            if isinstance(written, str) and (one.operator == "Exists" or written in one.values):
                yield address.at(item.at, (*steps, one.key))


def pairs(items: Sequence[Object]) -> Iterator[tuple[Object, Object]]:
    """Pairs whose node selectors may meet, in the order of the input: those that want different values of one label
    cannot, which is how most fleets of many policies tell their racks apart."""
    if len(items) < 2:
        return
    wanted = [_wanted(item) for item in items]
    counts: dict[str, int] = defaultdict(int)
    for found in wanted:
        for key in found:
            counts[key] += 1
    telling = max(counts, key=lambda key: counts[key], default=None)
    by_value: dict[str, list[int]] = defaultdict(list)
    rest: list[int] = []
    for place, found in enumerate(wanted):
        own = found.get(telling) if telling is not None else None
        others = {*rest, *(each for value in own for each in by_value[value])} if own else range(place)
        for other in sorted(others):
            yield items[other], items[place]
        if own:
            for value in own:
                by_value[value].append(place)
        else:
            rest.append(place)


def _wanted(item: Object) -> dict[str, frozenset[str]]:
    """The values that its nodeSelector admits, by key."""
    selector = node_selector(item)
    if not isinstance(selector, Selector):
        return {}
    plain = (one for one in selector.requirements if one.operator == "In")
    return {one.key: one.values for one in plain if not any(map(values.is_template, one.values))}


def _may_have(one: Requirement, pool: NodePool) -> bool:
    if one.key.startswith((*_SET_BY_ITSELF, _FEATURES)) and one.operator in ("In", "Exists"):
        labels = pool.node_labels
        if isinstance(labels, Unknown) or one.key not in labels:
            return True
    return match(Selector((one,)), values.label_map(pool.node_labels)) is not False
