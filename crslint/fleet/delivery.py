"""What a payload brings, told by its contents: names of files, keys and ConfigMaps say nothing.

Table: ``tables/components.yaml``. A CSI driver is told by its CSIDriver, else by the registrar beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from crslint.fleet import values
from crslint.fleet.entities.objects import Object
from crslint.fleet.entity import Unknown
from crslint.fleet.repositories import normalized
from crslint.fleet.table import read_table
from crslint.record import record

if TYPE_CHECKING:
    from crslint.fleet.payloads import Member

KINDS = ("cni", "csi", "argocd", "rootApplication", "other")

_WORKLOADS = frozenset({"DaemonSet", "Deployment", "StatefulSet", "ReplicaSet", "Job", "CronJob", "Pod"})
_PODS = {"Pod": ("spec",), "CronJob": ("spec", "jobTemplate", "spec", "template", "spec")}
_REGISTRAR = "csi-node-driver-registrar"
_ENGINE = "argocd-application-controller"
_ROOTS = frozenset({"Application", "ApplicationSet"})


@record
class Delivery:
    """``kind`` is one of KINDS, ``name`` what it is: ``cilium``, ``csi.nutanix.com``, the namespace of Argo CD,
    ``argocd/cluster-bootstrap`` for an Application.

    ``at`` and ``evidence`` (for people: ``DaemonSet kube-system/cilium``) are the object that decides. ``primary`` is
    false for a CNI that leaves the pod network to another one (policy only, chained) and for parts of Argo CD without
    its application controller. ``source`` is repository and path of a root Application, where it has one of each.
    """

    kind: str
    name: str
    at: str
    evidence: str
    primary: bool = True
    source: str | None = None


def deliveries(members: Sequence[Member]) -> tuple[Delivery, ...]:
    """Everything that the objects of a payload bring, each component once, in order of application."""
    objects = [member.object for member in members]
    found: dict[tuple[str, str], Delivery] = {}
    for item in objects:
        for delivery in _recognised(item, objects):
            known = found.get((delivery.kind, delivery.name))
            if known is None or (delivery.primary and not known.primary):
                found[delivery.kind, delivery.name] = delivery
    if not any(kind == "csi" for kind, _ in found):
        for item in (each for each in objects if each.kind in _WORKLOADS):
            if any(_ends(_repository(each.get("image")), (f"-{_REGISTRAR}",)) for each in _main_containers(item)):
                found["csi", item.id] = Delivery("csi", _name(item), item.at, item.id)
    if not found and objects:
        return (Delivery("other", objects[0].kind, objects[0].at, objects[0].id),)
    return tuple(found.values())


def may_bring(item: Object) -> bool:
    """Whether an object of its kind may be part of a component."""
    return bool(_candidates(item.kind, item.group))


@record
class _Component:
    """``images`` are ends of them, each with a dash before its first letter."""

    kind: str
    name: str
    images: tuple[str, ...]
    containers: frozenset[str]
    kinds: frozenset[str]
    objects: frozenset[str]


@record
class _Container:
    """``image`` is the last two parts of its repository, joined by ``-``; ``programs`` its name and what it runs."""

    image: str
    programs: frozenset[str]
    arguments: tuple[str, ...]
    data: Mapping[str, Any]

    def variable(self, name: str) -> object:
        """The entry of an environment variable, the last of that name."""
        every = (entry for _, entry in values.mappings(self.data, "env"))
        return next((entry for entry in reversed(list(every)) if entry.get("name") == name), None)


def comes_later(delivery: Delivery) -> bool:
    """Whether it is a component that nothing needs before Git takes over."""
    row = read_table("components").get(delivery.kind, {}).get(delivery.name, {})
    return bool(row.get("later"))


def _recognised(item: Object, objects: Sequence[Object]) -> Iterator[Delivery]:
    if item.group == "argoproj.io" and item.kind in _ROOTS:
        yield Delivery("rootApplication", _full_name(item), item.at, item.id, source=_source(item))
    elif item.group == "storage.k8s.io" and item.kind == "CSIDriver":
        yield Delivery("csi", _name(item), item.at, item.id)
    else:
        if not may_bring(item):
            return
        containers = tuple(map(_container, _main_containers(item)))
        matching = _matching(item.kind, item.group, tuple([(one.image, one.programs) for one in containers]))
        names = {one.name for one in matching}
        for one in matching:
            if names >= {"calico", "flannel"} and one.kind == "cni":
                yield Delivery("cni", "canal", item.at, item.id)
            else:
                primary = _is_primary(one, item, containers, objects)
                name = item.namespace if one.kind == "argocd" and isinstance(item.namespace, str) else one.name
                yield Delivery(one.kind, name, item.at, item.id, primary)


@lru_cache(maxsize=4096)
def _matching(kind: str, group: str, containers: tuple[tuple[str, frozenset[str]], ...]) -> tuple[_Component, ...]:
    """The components that an object of a kind belongs to or stands for, by images and programs of its containers."""
    return tuple(
        one
        for one in _candidates(kind, group)
        if f"{kind}.{group}" in one.objects
        or (
            kind in one.kinds
            and any(_ends(image, one.images) or programs & one.containers for image, programs in containers)
        )
    )


def _ends(image: str, images: tuple[str, ...]) -> bool:
    return f"-{image}".endswith(images)


def _is_primary(
    component: _Component, item: Object, containers: Sequence[_Container], objects: Sequence[Object]
) -> bool:
    match component.name:
        case "cilium":
            chaining = _setting(objects, "cilium-config", "cni-chaining-mode")
            return chaining in (None, "", "none")
        case "calico" if item.kind == "Installation":
            return values.child(item.data, "spec", "cni", "type") in (None, "Calico")
        case "calico":
            return all(_variable(one.variable("CALICO_NETWORKING_BACKEND"), objects) != "none" for one in containers)
        case "kube-router":
            return all("--run-router=false" not in one.arguments for one in containers)
        case "argo-cd":
            return item.kind == "ArgoCD" or _name(item) == _ENGINE or any(_ENGINE in one.programs for one in containers)
    return True


def _variable(entry: object, objects: Sequence[Object]) -> object:
    """The value of an environment variable, through the payload's own ConfigMap where it refers to one."""
    reference = values.child(entry, "valueFrom", "configMapKeyRef")
    if not isinstance(reference, dict):
        return values.child(entry, "value")
    return _setting(objects, reference.get("name"), reference.get("key"))


def _setting(objects: Sequence[Object], name: object, key: object) -> object:
    for item in objects:
        if item.kind == "ConfigMap" and item.name == name and isinstance(key, str):
            return values.child(item.data, "data", key)
    return None


def _main_containers(item: Object) -> list[dict[str, Any]]:
    """Of a workload; nothing for another kind."""
    if item.kind not in _WORKLOADS:
        return []
    pod = _PODS.get(item.kind, ("spec", "template", "spec"))
    return [container for _, container in values.mappings(item.data, *pod, "containers")]


def _container(data: dict[str, Any]) -> _Container:
    arguments = tuple(_words(data, "command") + _words(data, "args"))
    programs = {word.rpartition("/")[2] for word in (*arguments[:2], *_words(data, "name"))}
    return _Container(_repository(data.get("image")), frozenset(programs), arguments, data)


def _words(container: object, field: str) -> list[str]:
    """A field's strings: those of a list, or the one that it is."""
    value = values.child(container, field)
    return [word for word in (value if isinstance(value, list) else [value]) if isinstance(word, str)]


def _repository(image: object) -> str:
    if not isinstance(image, str):
        return ""
    *path, last = image.partition("@")[0].split("/")
    return "-".join((*path[-1:], last.partition(":")[0]))


def _source(item: Object) -> str | None:
    """None also where the same path can give something else: rendered by Helm or kustomize, or to another place."""
    source = values.mapping(item.data, "spec", "source")
    if isinstance(source, Unknown) or any(source.get(tool) for tool in ("helm", "kustomize", "plugin")):
        return None
    repository, path = values.text(source, "repoURL"), values.text(source, "path")
    if not isinstance(repository, str) or not isinstance(path, str):
        return None
    return f"{normalized(repository)}//{path.removeprefix('./').strip('/')}"


def _name(item: Object) -> str:
    return item.name if isinstance(item.name, str) else "?"


def _full_name(item: Object) -> str:
    return "/".join(part for part in (item.namespace, item.name) if isinstance(part, str)) or "?"


@cache
def _candidates(kind: str, group: str) -> tuple[_Component, ...]:
    """The components that an object of a kind may belong to or stand for."""
    return tuple(one for one in _components() if kind in one.kinds or f"{kind}.{group}" in one.objects)


@cache
def _components() -> tuple[_Component, ...]:
    return tuple(
        _Component(
            kind,
            name,
            tuple(f"-{image}" for image in row.get("images", ())),
            frozenset(row.get("containers", ())),
            frozenset(row.get("kinds", _WORKLOADS)),
            frozenset(row.get("objects", ())),
        )
        for kind, rows in read_table("components").items()
        for name, row in rows.items()
    )
