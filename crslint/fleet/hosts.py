"""Whether there are enough hosts for the machines that Metal3 makes of them."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from crslint import address
from crslint.fleet import values
from crslint.fleet.entities.clusters import NodePool
from crslint.fleet.entities.objects import Object
from crslint.fleet.entity import UNKNOWN, Unknown
from crslint.fleet.metal3admissions import HOST_GROUP
from crslint.fleet.references import References
from crslint.fleet.selector import LabelIndex, Requirement, Selector
from crslint.fleet.world import World
from crslint.record import record, replace

_HOST = "BareMetalHost"
_TEMPLATES = (
    ("spec", "template", "spec", "infrastructureRef"),
    ("spec", "machineTemplate", "infrastructureRef"),
    ("spec", "machineTemplate", "spec", "infrastructureRef"),
)
# Go's names of a label requirement, in lower case.
_OPERATORS = {
    "in": "In",
    "=": "In",
    "==": "In",
    "notin": "NotIn",
    "!=": "NotIn",
    "exists": "Exists",
    "!": "DoesNotExist",
}
_AUTOSCALED = "cluster.x-k8s.io/cluster-api-autoscaler-node-group"
_UNHEALTHY = "capi.metal3.io/unhealthy"
_NAMED = 5


@record
class _Demand:
    """Machines of one pool: ``surge`` more while it is rolled out."""

    pool: NodePool
    replicas: int
    surge: int
    selector_at: str


def with_hosts(world: World, references: References, pools: Sequence[NodePool]) -> list[NodePool]:
    """The pools, each first one of those that take the same hosts with how many there are."""
    hosts = _Hosts(world)
    if not hosts.known:
        return list(pools)
    groups: dict[tuple[str, tuple[int, ...]], list[_Demand]] = defaultdict(list)
    doubtful: set[tuple[str, tuple[int, ...]]] = set()
    for pool in pools:
        template = _template(world, references, pool)
        found = hosts.of(template) if template is not None else None
        if template is None or found is None:
            continue
        demand = _demand(world, pool, template)
        if demand is None:
            doubtful.add(found)
        else:
            groups[found].append(demand)
    told = {
        group[0].pool.at: _supply(found[1], group)
        for found, group in groups.items()
        if found not in doubtful and not world.may_hide_some({_HOST}, group[0].pool.at)
    }
    return [replace(pool, host_supply=told[pool.at]) if pool.at in told else pool for pool in pools]


def _supply(hosts: Sequence[int], group: Sequence[_Demand]) -> dict[str, object]:
    machines, surge = sum(one.replicas for one in group), max(one.surge for one in group)
    names = [one.pool.id for one in group]
    return {
        "hosts": len(hosts),
        "machines": machines,
        "surge": surge,
        "needed": machines + surge,
        "pools": names[:_NAMED],
        "selectorAt": group[0].selector_at,
    }


class _Hosts:
    """The hosts of each namespace that Metal3 may take: a copy of a host in another file is the same host."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._hosts: dict[str, dict[str, Object]] = defaultdict(dict)
        for item in world.of_kind(HOST_GROUP, _HOST):
            if isinstance(item.name, str) and not isinstance(item.namespace, Unknown) and _is_free(item):
                self._hosts[item.namespace or ""].setdefault(item.name, item)
        self._indices: dict[str, LabelIndex] = {}
        self._found: dict[tuple[str, Selector], tuple[int, ...] | None] = {}

    @property
    def known(self) -> bool:
        return bool(self._hosts)

    def of(self, template: Object) -> tuple[str, tuple[int, ...]] | None:
        """The hosts that a template of machines selects in its namespace; None where that cannot be told."""
        namespace = template.namespace or "" if not isinstance(template.namespace, Unknown) else None
        selector = _selector(template)
        if namespace is None or namespace not in self._hosts or isinstance(selector, Unknown):
            return None
        hosts = self._hosts[namespace]
        first = next(iter(hosts.values()))
        if self._world.in_bundle(template) and address.path_of(first.at) != address.path_of(template.at):
            return None
        if (namespace, selector) not in self._found:
            if namespace not in self._indices:
                self._indices[namespace] = LabelIndex([values.label_map(one.labels) for one in hosts.values()])
            matching, unsure = self._indices[namespace].select(selector)
            self._found[namespace, selector] = None if unsure else tuple(matching)
        found = self._found[namespace, selector]
        return None if found is None else (namespace, found)


def _is_free(item: Object) -> bool:
    annotations = {} if isinstance(item.annotations, Unknown) else item.annotations
    return values.child(item.data, "spec", "externallyProvisioned") is not True and _UNHEALTHY not in annotations


def _selector(template: Object) -> Selector | Unknown:
    base = ("spec", "template", "spec", "hostSelector")
    labels = values.mapping(template.data, *base, "matchLabels")
    if isinstance(labels, Unknown) or not all(isinstance(value, str) for value in labels.values()):
        return UNKNOWN
    wanted = [Requirement(key, "In", frozenset({value})) for key, value in labels.items()]
    for _, one in values.mappings(template.data, *base, "matchExpressions"):
        key, operator = values.text(one, "key"), values.text(one, "operator")
        operands = values.texts(one, "values")
        known = _OPERATORS.get(operator.lower()) if isinstance(operator, str) else None
        if not isinstance(key, str) or known is None or isinstance(operands, Unknown):
            return UNKNOWN
        wanted.append(Requirement(key, known, frozenset(operands)))
    return Selector(tuple(wanted))


def _template(world: World, references: References, pool: NodePool) -> Object | None:
    """The Metal3MachineTemplate of a pool that is an object of its own."""
    item = world.object(pool.at)
    for place in _TEMPLATES if item is not None else ():
        target = references.at(item, *place) if item else None
        if target is not None and target.state == "present" and target.found is not None:
            return target.found if target.found.kind == "Metal3MachineTemplate" else None
    return None


def _demand(world: World, pool: NodePool, template: Object) -> _Demand | None:
    """None where its number is not known, or another one decides on it."""
    item = world.object(pool.at)
    annotations = item.annotations if item else UNKNOWN
    scaled = isinstance(annotations, Unknown) or any(key.startswith(_AUTOSCALED) for key in annotations)
    replicas = 1 if pool.replicas is None else pool.replicas
    surge = None if isinstance(replicas, Unknown) else _surge(item, pool, replicas)
    if scaled or isinstance(replicas, Unknown) or surge is None:
        return None
    at = address.at(template.at, ("spec", "template", "spec", "hostSelector"))
    return _Demand(pool, replicas, surge, at)


def _surge(item: Object | None, pool: NodePool, replicas: int) -> int | None:
    """Machines beyond the replicas: 1 where nothing is written, none where nothing is rolled out by itself."""
    if item is not None and "OnDelete" in _strategies(item.data):
        return 0
    if pool.max_surge is None:
        return 1
    if isinstance(pool.max_surge, Unknown):
        return None
    text = pool.max_surge
    if text.isdecimal():
        return int(text)
    share = text.removesuffix("%")
    return math.ceil(replicas * int(share) / 100) if share.isdecimal() and share != text else None


def _strategies(data: Mapping[str, object]) -> Iterator[object]:
    for place in (("strategy",), ("rollout", "strategy"), ("rolloutStrategy",)):
        yield values.child(data, "spec", *place, "type")
