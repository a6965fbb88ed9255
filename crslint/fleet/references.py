"""References between Cluster API objects (facts/capi.md 2): whom they name, and whether that is in the input."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import islice
from typing import Any

from crslint import address
from crslint.fleet import values
from crslint.fleet.entities.machines import Reference
from crslint.fleet.entities.objects import Object, object_id
from crslint.fleet.entity import Unknown
from crslint.fleet.settings import External
from crslint.fleet.spelling import meant
from crslint.fleet.world import CAPI_GROUP, World, nearest
from crslint.record import record, replace

BOOTSTRAP_GROUP = "bootstrap.cluster.x-k8s.io"
CONTROL_PLANE_GROUP = "controlplane.cluster.x-k8s.io"
INFRASTRUCTURE_GROUP = "infrastructure.cluster.x-k8s.io"

Path = tuple[str, ...]

# Names that a dangling one is compared with: the cost must not grow with the square of the input.
_COMPARED = 200
_ALIKE = 0.92
_SHORT = ("ref", "templateRef")

_MACHINES: tuple[Path, ...] = (
    ("spec", "template", "spec", "bootstrap", "configRef"),
    ("spec", "template", "spec", "infrastructureRef"),
)

# Where each kind refers to another one; `*` stands for each element of a list.
_PLACES: dict[tuple[str, str], tuple[Path, ...]] = {
    (CAPI_GROUP, "Cluster"): (("spec", "controlPlaneRef"), ("spec", "infrastructureRef")),
    (CAPI_GROUP, "MachineDeployment"): _MACHINES,
    (CAPI_GROUP, "MachineSet"): _MACHINES,
    (CAPI_GROUP, "MachinePool"): _MACHINES,
    (CAPI_GROUP, "MachineHealthCheck"): (("spec", "remediationTemplate"), ("spec", "remediation", "templateRef")),
    (CAPI_GROUP, "ClusterClass"): (
        ("spec", "infrastructure", "ref"),
        ("spec", "infrastructure", "templateRef"),
        ("spec", "controlPlane", "ref"),
        ("spec", "controlPlane", "templateRef"),
        ("spec", "controlPlane", "machineInfrastructure", "ref"),
        ("spec", "controlPlane", "machineInfrastructure", "templateRef"),
        *(
            ("spec", "workers", pools, "*", *part, field)
            for pools in ("machineDeployments", "machinePools")
            for part, field in (
                (("template", "bootstrap"), "ref"),
                (("template", "infrastructure"), "ref"),
                (("bootstrap",), "templateRef"),
                (("infrastructure",), "templateRef"),
            )
        ),
    ),
    (CONTROL_PLANE_GROUP, "KubeadmControlPlane"): (
        ("spec", "machineTemplate", "infrastructureRef"),
        ("spec", "machineTemplate", "spec", "infrastructureRef"),
    ),
    (INFRASTRUCTURE_GROUP, "Metal3MachineTemplate"): (("spec", "template", "spec", "dataTemplate"),),
    (INFRASTRUCTURE_GROUP, "Metal3DataTemplate"): tuple(
        ("spec", "networkData", "networks", family, "*", "fromPoolRef") for family in ("ipv4", "ipv6")
    ),
}
# What says by name of which Cluster it is.
_MEMBERS = ("MachineDeployment", "MachinePool", "MachineHealthCheck")


@record
class Target:
    """Whom a reference at ``at`` names; ``data`` is the reference where it is a mapping. ``found`` is set where
    ``state`` is present, and to the one that may be meant where it is wrong."""

    owner: Object
    field: str
    at: str
    data: Mapping[str, Any] | None = None
    group: str | Unknown | None = None
    kind: str | Unknown | None = None
    namespace: str | Unknown | None = None
    name: str | Unknown | None = None
    state: str = "unknown"
    found: Object | None = None
    near: str | None = None
    kind_known: bool = True

    @property
    def wrong_part(self) -> str:
        """The address of the part of it that is wrong, of its name where none is."""
        data = self.data
        if data is None:
            return self.at
        if self.state == "wrong" and self.found is not None:
            if self.found.group != self.group:
                return address.at(self.at, ("apiGroup" if "apiGroup" in data else "apiVersion",))
            if self.found.kind != self.kind:
                return address.at(self.at, ("kind",))
            if "namespace" in data:
                return address.at(self.at, ("namespace",))
        return address.at(self.at, ("name",))

    @property
    def found_as(self) -> str | None:
        """What is found, for people: `Metal3Cluster.infrastructure.cluster.x-k8s.io default/a`."""
        found = self.found
        if found is None:
            return None
        return object_id(f"{found.kind}.{found.group}" if found.group else found.kind, found.namespace, found.name)


class References:
    """All references of the input, each followed once."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._targets: dict[str, Target] = {}
        self._of: dict[str, list[Target]] = {}
        for (group, kind), places in _PLACES.items():
            for owner in world.of_kind(group, kind):
                found = [self._follow(owner, steps, data) for path in places for steps, data in _each(owner, path)]
                if kind == "Cluster":
                    found += self._class_of(owner)
                    if not found and _refers_to_nothing(owner):
                        at = address.at(owner.at, ("spec", "infrastructureRef"))
                        found.append(Target(owner, "infrastructureRef", at, state="absent"))
                if kind in _MEMBERS:
                    found += self._cluster_of(owner)
                self._of[owner.at] = found
                self._targets.update((target.at, target) for target in found)

    def of(self, owner: Object) -> Sequence[Target]:
        return self._of.get(owner.at, ())

    def at(self, owner: Object, *steps: str | int) -> Target | None:
        """The reference at a place of its owner; None where there is none."""
        return self._targets.get(address.at(owner.at, steps))

    def all(self) -> Iterator[Target]:
        for targets in self._of.values():
            yield from targets

    @cached_property
    def _by_name(self) -> Mapping[str, list[Object]]:
        """The objects of Cluster API."""
        found: dict[str, list[Object]] = defaultdict(list)
        for item in self._world.objects:
            if isinstance(item.name, str) and item.group.endswith(CAPI_GROUP):
                found[item.name].append(item)
        return found

    def _cluster_of(self, owner: Object) -> list[Target]:
        name = values.spelled(owner.data, "spec", "clusterName")
        if name is None:
            return []
        at = address.at(owner.at, ("spec", "clusterName"))
        found = self._settled(Target(owner, "clusterName", at, None, CAPI_GROUP, "Cluster", owner.namespace, name))
        # Machines of a Cluster of another repository are common; a name that is nearly one of the input is not.
        elsewhere = found.state == "missing" and found.near is None
        return [replace(found, state="unknown") if elsewhere else found]

    def _class_of(self, cluster: Object) -> list[Target]:
        topology = values.child(cluster.data, "spec", "topology")
        if not isinstance(topology, dict):
            return []
        old = "classRef" not in topology
        field = "class" if old else "classRef"
        place = ("class",) if old else ("classRef", "name")
        space = values.spelled(topology, *(("classNamespace",) if old else ("classRef", "namespace")))
        written = topology.get(field)
        target = self._settled(
            Target(
                owner=cluster,
                field=field,
                at=address.at(cluster.at, ("spec", "topology", field)),
                data=written if isinstance(written, dict) else None,
                group=CAPI_GROUP,
                kind="ClusterClass",
                namespace=cluster.namespace if space is None else space,
                name=values.spelled(topology, *place),
            )
        )
        # Classes are commonly made by another team's repository.
        elsewhere = target.state == "missing" and not target.kind_known
        return [replace(target, state="unknown") if elsewhere else target]

    def _follow(self, owner: Object, steps: Sequence[str | int], data: Mapping[str, Any]) -> Target:
        words = [step for step in steps if isinstance(step, str)]
        group: str | Unknown | None
        kind: str | Unknown | None
        namespace: str | Unknown | None = owner.namespace
        if words[-1] == "dataTemplate":
            group, kind = owner.group, "Metal3DataTemplate"
        else:
            version, space = values.spelled(data, "apiVersion"), values.spelled(data, "namespace")
            group = values.group_of(version) if isinstance(version, str) else version
            if "apiGroup" in data:
                group = values.spelled(data, "apiGroup")
            elif space is not None:
                namespace = space
            kind = values.spelled(data, "kind")
        return self._settled(
            Target(
                owner=owner,
                field=".".join(words[-2:] if words[-1] in _SHORT else words[-1:]),
                at=address.at(owner.at, steps),
                data=data,
                group=group,
                kind=kind,
                namespace=namespace,
                name=values.spelled(data, "name"),
            )
        )

    def _settled(self, target: Target) -> Target:
        """The target with what the input says of it."""
        group, kind, namespace, name = target.group, target.kind, target.namespace, target.name
        if not (isinstance(group, str) and isinstance(kind, str) and isinstance(name, str) and name):
            return target
        if isinstance(namespace, Unknown) or values.is_template(group) or values.is_template(kind):
            return target
        found = self._world.find(group, kind, namespace, name, target.owner.at)
        if isinstance(found, Object):
            return replace(target, state="present", found=found)
        if isinstance(found, Unknown) or self._may_be_elsewhere(kind, namespace, name):
            return target
        intended = self._intended(group, kind, namespace, name, target.owner.at)
        if intended is not None:
            return replace(target, state="wrong", found=intended)
        others = self._world.of_kind(group, kind)
        names = (item.name for item in others if item.namespace == namespace and isinstance(item.name, str))
        near = meant(name, islice(names, _COMPARED))
        return replace(target, state="missing", near=near, kind_known=bool(others))

    def _may_be_elsewhere(self, kind: str, namespace: str | None, name: str) -> bool:
        declared = External(kind, namespace or "", name)
        return declared in self._world.settings.external or self._world.may_hide(name)

    def _intended(self, group: str, kind: str, namespace: str | None, name: str, near: str) -> Object | None:
        """The object of that name that a slip in one of group, kind and namespace missed."""
        for other in nearest(islice(self._by_name.get(name, ()), _COMPARED), near):
            slips = (
                other.group != group,
                other.kind != kind,
                other.namespace != namespace,
            )
            match slips:
                case (True, False, False):
                    return other
                case (False, True, False) if _is_alike(other.kind, kind):
                    return other
                case (False, False, True) if isinstance(other.namespace, str) and namespace:
                    return other
        return None


def reference_entities(references: References, clusters: Mapping[str, Sequence[str]]) -> list[Reference]:
    """``clusters`` are the clusters that an object is part of, by its address."""
    first: dict[tuple[object, ...], str] = {}
    return [
        Reference(
            target=target,
            at=target.at,
            clusters=list(clusters.get(target.owner.at, ())),
            field=target.field,
            state=target.state,
            first_alike=first.setdefault(_aim(target), target.at),
        )
        for target in references.all()
    ]


def _aim(target: Target) -> tuple[object, ...]:
    """Equal for references that miss the same object in the same way."""
    if not isinstance(target.name, str):
        return (target.at,)
    return target.state, target.group, target.kind, target.namespace, target.name


def _is_alike(kind: str, other: str) -> bool:
    """Whether one is a slip of the other; KubeadmControlPlane and its template are two kinds."""
    from difflib import SequenceMatcher

    return kind.casefold() == other.casefold() or SequenceMatcher(None, kind, other, autojunk=False).ratio() > _ALIKE


def _each(owner: Object, path: Path) -> Iterator[tuple[tuple[str | int, ...], dict[str, Any]]]:
    """The mappings at a path, with their places."""
    if "*" not in path:
        data = values.child(owner.data, *path)
        if isinstance(data, dict):
            yield path, data
        return
    star = path.index("*")
    for index, element in values.mappings(owner.data, *path[:star]):
        data = values.child(element, *path[star + 1 :])
        if isinstance(data, dict):
            yield (*path[:star], index, *path[star + 1 :]), data


def _refers_to_nothing(cluster: Object) -> bool:
    """Without any specification it is a fragment, some tool's patch."""
    spec = cluster.data.get("spec")
    return isinstance(spec, dict) and not any(
        field in spec for field in ("controlPlaneRef", "infrastructureRef", "topology")
    )
