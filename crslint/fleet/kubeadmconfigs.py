"""The entity kubeadmConfig: every KubeadmConfigSpec, with what kubeadm, kubelet and Cluster API make of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from crslint import address
from crslint.fleet import values
from crslint.fleet.cidr import Span, span_of
from crslint.fleet.entities.machines import KubeadmConfig
from crslint.fleet.entities.metal3 import Metal3Cluster
from crslint.fleet.entities.objects import Object
from crslint.fleet.entity import UNKNOWN, Unknown
from crslint.fleet.identities import identities
from crslint.fleet.kubeadm import COMMANDS, SPECS, node_label_arguments, split_labels
from crslint.fleet.nodelabels import is_synced, kubelet_refuses
from crslint.fleet.nodepools import capi_release
from crslint.fleet.parts import Parts
from crslint.fleet.patches import Patches
from crslint.fleet.phases import known_phase, nearest_phase, phase_exists
from crslint.fleet.references import BOOTSTRAP_GROUP, CONTROL_PLANE_GROUP, References
from crslint.fleet.versions import release
from crslint.fleet.world import CAPI_GROUP, World

_DROPPED_SINCE = (1, 11, 0)

# Fields of clusterConfiguration that the Cluster decides on, and where it says so.
_OVERRULED: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (("networking", "podSubnet"), ("spec", "clusterNetwork", "pods", "cidrBlocks")),
    (("networking", "serviceSubnet"), ("spec", "clusterNetwork", "services", "cidrBlocks")),
    (("networking", "dnsDomain"), ("spec", "clusterNetwork", "serviceDomain")),
    (("kubernetesVersion",), ()),
    (("clusterName",), ("metadata", "name")),
)


class KubeadmConfigs:
    """Who uses each specification is collected first: clusters, Kubernetes versions, pools."""

    def __init__(
        self,
        world: World,
        references: References,
        every: Sequence[Parts],
        patches: Patches,
        infrastructure: Mapping[str, Metal3Cluster],
    ) -> None:
        """``infrastructure`` by the address of each Metal3Cluster."""
        self._world = world
        self._patches = patches
        self._infrastructure = infrastructure
        self._users: dict[str, list[Parts]] = defaultdict(list)
        self._pools: dict[str, list[Object]] = defaultdict(list)
        self._of_classes: set[str] = set()
        for item in world.of_kind(CAPI_GROUP, "ClusterClass"):
            self._of_classes.update(found.at for found in _configs(references, item))
        for one in every:
            if one.kubeadm is not None:
                self._users[one.kubeadm.at].append(one)
            owners = (*one.pools, *([one.cluster_class] if isinstance(one.cluster_class, Object) else ()))
            of_workers: dict[str, None] = {}
            for owner in owners:
                for found in _configs(references, owner):
                    of_workers[found.at] = None
                    if owner is not one.cluster_class:
                        self._pools[found.at].append(owner)
            for at in of_workers:
                self._users[at].append(one)

    def entities(self) -> list[KubeadmConfig]:
        found = [
            self._entity(item, steps)
            for (group, kind), steps in SPECS.items()
            for item in self._world.of_kind(group, kind)
        ]
        partial = [(item, SPECS.get((item.group, item.kind))) for item in self._world.patches]
        return found + [self._entity(item, steps, partial=True) for item, steps in partial if steps is not None]

    def _entity(self, item: Object, steps: tuple[str, ...], *, partial: bool = False) -> KubeadmConfig:
        role = self._role(item)
        users = self._users.get(item.at, [])
        return KubeadmConfig(
            id=item.id,
            at=item.at,
            clusters=[one.key for one in users],
            kind=item.kind,
            name=values.text(item.data, "metadata", "name"),
            namespace=item.namespace,
            template=item.kind == "KubeadmControlPlaneTemplate" or item.at in self._of_classes,
            partial=partial,
            role=role,
            spec_at=address.at(item.at, steps),
            phases=_phases(item, steps, role, self._versions(item, users)),
            overruled=self._overruled(item, steps, users) if role == "controlPlane" else [],
            kubelet_labels=self._kubelet_labels(item, role, partial=partial),
            identities=[] if partial else list(self._identities(item, steps, role, users)),
        )

    def _identities(
        self, item: Object, steps: tuple[str, ...], role: str | Unknown, users: Sequence[Parts]
    ) -> Iterator[dict[str, Any]]:
        found = (
            self._infrastructure.get(one.infrastructure.at) for one in users if isinstance(one.infrastructure, Object)
        )
        off = next((one for one in found if one is not None and one.cloud_provider is False), None)
        if off is None or isinstance(role, Unknown) or self._patches.may_change(item, *steps):
            return
        yield from identities(item, ("init", "join") if role == "controlPlane" else ("join",), off.cloud_provider_at)

    def _role(self, item: Object) -> str | Unknown:
        if item.group == CONTROL_PLANE_GROUP:
            return "controlPlane"
        return "worker" if item.kind == "KubeadmConfigTemplate" or item.at in self._pools else UNKNOWN

    def _versions(self, item: Object, users: Sequence[Parts]) -> list[str | None]:
        """The Kubernetes versions that use it; None for one that is not known."""
        if item.kind == "KubeadmControlPlane":
            found = [values.text(item.data, "spec", "version")]
        else:
            found = [
                values.text(pool.data, "spec", "template", "spec", "version") for pool in self._pools.get(item.at, ())
            ]
            topologies = [one for one in users if one.topology]
            found += [values.text(one.cluster.data, "spec", "topology", "version") for one in topologies]
        pinned = self._world.settings.versions.get("kubernetes")
        return [version if isinstance(version, str) else pinned for version in found or [None]]

    def _overruled(self, item: Object, steps: tuple[str, ...], users: Sequence[Parts]) -> list[dict[str, Any]]:
        configuration = values.child(item.data, *steps, "clusterConfiguration")
        if not isinstance(configuration, dict) or not item.api_version.endswith("/v1beta1"):
            return []
        found: list[dict[str, Any]] = []
        for field, place in _OVERRULED:
            value = values.child(configuration, *field)
            written = value if isinstance(value, str) and value else None
            of_user, said = self._said(item, field, place, users[0] if users else None)
            found.append(
                {
                    "field": ".".join(field),
                    "value": written,
                    "at": address.at(item.at, (*steps, "clusterConfiguration", *field)),
                    "winner": self._winner(item, users),
                    "cluster": said,
                    "clusterAt": of_user,
                    "redundant": written is not None
                    and len(users) > 0
                    and all(_same(written, self._said(item, field, place, one)[1]) for one in users),
                }
            )
        return found

    def _winner(self, item: Object, users: Sequence[Parts]) -> str:
        """By the pinned release; a newer API shape in use tells as well."""
        pinned = release(capi_release(self._world.settings, users[0].key if users else None))
        if pinned is not None:
            return "cluster" if pinned >= _DROPPED_SINCE else "kubeadm"
        newer = (item, *(one.cluster for one in users))
        return "cluster" if any(one.api_version.endswith("/v1beta2") for one in newer) else "either"

    def _said(
        self, item: Object, field: tuple[str, ...], place: tuple[str, ...], one: Parts | None
    ) -> tuple[str | None, str | None]:
        """Where the Cluster (for the version: the control plane, or the topology) says it, and what."""
        if one is None:
            return None, None
        owner = one.cluster
        if field == ("kubernetesVersion",):
            owner, place = (
                (one.cluster, ("spec", "topology", "version")) if one.topology else (item, ("spec", "version"))
            )
        value = values.child(owner.data, *place)
        if isinstance(value, list) and all(isinstance(part, str) for part in value):
            value = ",".join(value)
        return address.at(owner.at, place), value if isinstance(value, str) else None

    def _kubelet_labels(self, item: Object, role: str | Unknown, *, partial: bool) -> list[dict[str, Any]] | Unknown:
        commands = ("join",) if role == "worker" else ("init", "join")
        found: list[dict[str, Any]] = []
        for command in commands:
            arguments = node_label_arguments(item, command)
            if isinstance(arguments, Unknown):
                return UNKNOWN
            for argument in arguments:
                if isinstance(argument.value, Unknown):
                    return UNKNOWN
                pairs = split_labels(argument.value)
                for index, (key, value) in enumerate(pairs):
                    rest = ",".join(f"{one}={other}" for one, other in pairs[:index] + pairs[index + 1 :])
                    found.append(
                        {
                            "command": command,
                            "label": key,
                            "value": value,
                            "at": argument.at,
                            "argument": _argument(argument.at),
                            "refused": not values.is_template(key) and kubelet_refuses(key),
                            "without": rest,
                            "place": None if partial or not is_synced(key) else self._place(item),
                        }
                    )
        return found

    def _place(self, item: Object) -> str | None:
        """The labels of the machines that use it, where one object makes them all."""
        if item.kind == "KubeadmControlPlane":
            return address.at(item.at, ("spec", "machineTemplate", "metadata", "labels"))
        pools = self._pools.get(item.at, ())
        if len(pools) != 1 or pools[0].kind != "MachineDeployment":
            return None
        return address.at(pools[0].at, ("spec", "template", "metadata", "labels"))


def _configs(references: References, owner: Object) -> Iterator[Object]:
    """The KubeadmConfigs and their templates that an object names for workers."""
    for target in references.of(owner):
        if target.found is not None and target.state == "present" and target.found.group == BOOTSTRAP_GROUP:
            yield target.found


def _phases(
    item: Object, steps: tuple[str, ...], role: str | Unknown, versions: Sequence[str | None]
) -> list[dict[str, Any]] | Unknown:
    found: list[dict[str, Any]] = []
    for command, field in COMMANDS.items():
        path = (*steps, field, "skipPhases")
        written = values.items(item.data, *path)
        if isinstance(written, Unknown):
            return UNKNOWN
        if not written or isinstance(role, Unknown):
            continue
        used = role == "controlPlane" or (role == "worker" and command == "join")
        one_version = versions[0] if len(set(versions)) == 1 else None
        names = [phase if isinstance(phase, str) and not values.is_template(phase) else None for phase in written]
        exist = [phase_exists(command, name, versions) if name is not None else None for name in names]
        meant = [_meant(command, name, exists, names) for name, exists in zip(names, exist, strict=True)]
        whole = all((answer is False and not near) or not used for answer, near in zip(exist, meant, strict=True))
        for index, (name, exists, near) in enumerate(zip(names, exist, meant, strict=True)):
            if name is not None:
                found.append(
                    {
                        "command": command,
                        "phase": name,
                        "at": address.at(item.at, (*path, index)),
                        "exists": exists,
                        "meant": near if used else None,
                        "used": used,
                        "version": one_version,
                        "without": address.at(item.at, _without(item.data, steps, field) if whole else (*path, index)),
                    }
                )
    return found


def _meant(command: str, name: str | None, exists: bool | None, written: Sequence[str | None]) -> str | None:
    """The phase that a misspelt one stands for, where it is not written too."""
    if name is None or exists is not False or known_phase(name) or "*" in name:
        return None
    near = nearest_phase(command, name)
    return near if near not in written else None


def _without(data: Mapping[str, Any], steps: tuple[str, ...], field: str) -> tuple[str, ...]:
    """What to remove for all of skipPhases: its parent too where that holds nothing else (v1beta2 refuses `{}`)."""
    parent = values.child(data, *steps, field)
    alone = isinstance(parent, dict) and len(parent) == 1
    return (*steps, field) if alone else (*steps, field, "skipPhases")


def _argument(at: str) -> str:
    """The whole argument that a value belongs to: an item of a list, or the value's own entry."""
    parent, _, last = at.rpartition("/")
    return parent if last == "value" else at


def _same(value: str, said: str | None) -> bool:
    """Whether both name the same, for networks also when written differently."""
    return value == said or (said is not None and "/" in value and set(_spans(value)) == set(_spans(said)))


def _spans(text: str) -> Iterator[Span | None]:
    return (span_of(part.strip()) for part in text.split(","))
