"""Pod specs wherever a workload keeps them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from crslint.fleet import values
from crslint.fleet.entities.objects import Object
from crslint.fleet.entity import Unknown
from crslint.row import NamedTuple

_TEMPLATE = ("spec", "template", "spec")
_SPECS = {
    ("", "Pod"): ("spec",),
    ("", "PodTemplate"): ("template", "spec"),
    ("", "ReplicationController"): _TEMPLATE,
    ("apps", "DaemonSet"): _TEMPLATE,
    ("apps", "Deployment"): _TEMPLATE,
    ("apps", "ReplicaSet"): _TEMPLATE,
    ("apps", "StatefulSet"): _TEMPLATE,
    ("batch", "CronJob"): ("spec", "jobTemplate", *_TEMPLATE),
    ("batch", "Job"): _TEMPLATE,
}
_CONTAINERS = ("initContainers", "containers", "ephemeralContainers")


class Place(NamedTuple):
    """A mapping inside an object and the steps that lead to it."""

    steps: tuple[str | int, ...]
    data: dict[str, Any]


def pod_spec(item: Object) -> Place | None:
    steps = _SPECS.get((item.group, item.kind))
    if steps is None:
        return None
    spec = values.child(item.data, *steps)
    return Place(steps, spec) if isinstance(spec, dict) else None


def containers(pod: Place) -> Iterator[Place]:
    """Init containers first."""
    for field in _CONTAINERS:
        if field in pod.data:
            yield from below(pod, field)


def below(place: Place, *path: str) -> Iterator[Place]:
    """The mappings in the list under a path."""
    for index, item in values.mappings(place.data, *path):
        yield Place((*place.steps, *path, index), item)


def repository(image: object) -> str:
    """Registry and path of an image without tag and digest; empty for what is no text."""
    if not isinstance(image, str):
        return ""
    path, slash, last = image.partition("@")[0].rpartition("/")
    return f"{path}{slash}{last.partition(':')[0]}"


def words(container: Place) -> Iterator[str]:
    """What its command line and environment spell."""
    for field in ("command", "args"):
        listed = values.items(container.data, field)
        if not isinstance(listed, Unknown):
            yield from (word for word in listed if isinstance(word, str))
    for entry in below(container, "env"):
        value = entry.data.get("value")
        if isinstance(value, str):
            yield value
