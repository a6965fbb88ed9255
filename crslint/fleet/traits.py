"""What one object of a payload says about itself: leftovers, variables, values that are no text."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from crslint import address
from crslint.fleet import pods, values
from crslint.fleet.entities.objects import Object
from crslint.fleet.payloads import CRD_GROUP

Facts = list[dict[str, Any]]
Steps = tuple[str | int, ...]

_EXPORTED = ("generateName", "resourceVersion", "uid", "managedFields")
_MUTABLE_TAGS = frozenset({"", "latest", "stable", "main", "master", "edge", "nightly", "dev", "develop", "canary"})
_IDENTITY: tuple[Steps, ...] = (
    ("kind",),
    ("metadata", "name"),
    ("metadata", "namespace"),
    ("metadata", "generateName"),
)
_PLACE_WORDS = ("host", "hosts", "hostname", "hostnames", "endpoint", "endpoints")
# Their `{{ }}` is for their own controllers.
_OWN_TEMPLATES = frozenset(
    {
        "AnalysisTemplate",
        "ApplicationSet",
        "ClusterAnalysisTemplate",
        "ClusterExternalSecret",
        "ClusterWorkflowTemplate",
        "CronWorkflow",
        "ExternalSecret",
        "Metal3DataTemplate",
        "PrometheusRule",
        "PushSecret",
        "Workflow",
        "WorkflowTemplate",
    }
)


def lacks(item: Object) -> list[str]:
    """The fields without which it is no object; what YAML reads as boolean or number is there (``not_text``)."""
    missing = [] if item.api_version else ["apiVersion"]
    if not item.kind and not _is_scalar(item.data.get("kind")):
        missing.append("kind")
    names = [values.child(item.data, "metadata", field) for field in ("name", "generateName")]
    if not any((isinstance(name, str) and name) or _is_scalar(name) for name in names) and not is_list(item):
        missing.append("metadata.name")
    return missing


def is_list(item: Object) -> bool:
    """Whether it is the List of kubectl, which only clients know."""
    return item.group == "" and item.kind.endswith("List") and isinstance(item.data.get("items"), list)


def exported(item: Object) -> Facts:
    """Fields that an API server or a client wrote: the object was read from a cluster."""
    metadata = item.data.get("metadata")
    found = [("metadata", name) for name in _EXPORTED if isinstance(metadata, dict) and metadata.get(name)]
    steps: list[Steps] = list(found)
    if item.group != CRD_GROUP and _holds_something(item.data.get("status")):
        steps.append(("status",))
    return [{"field": ".".join(map(str, path)), "at": address.at(item.at, path)} for path in steps]


def not_text(item: Object) -> Facts:
    """Parts of its identity that YAML reads as a boolean or a number: the object then has none."""
    return [
        {"field": ".".join(map(str, path)), "value": value, "at": address.at(item.at, path)}
        for path, value in _identity(item)[:3]
        if _is_scalar(value)
    ]


def variables(item: Object) -> Facts:
    """Variables that nobody fills in, where one can be told from text: identity, images, hosts, CIDRs."""
    return [
        {"field": ".".join(map(str, path)), "value": text, "at": address.at(item.at, path)}
        for path, text in (*_identity(item), *_images(item), *_places(item))
        if isinstance(text, str)
        and "{" in text
        and values.is_template(text)
        and not (item.kind in _OWN_TEMPLATES and "${" not in text)
    ]


def images(item: Object) -> Facts:
    """Images of containers; ``mutable`` ones may be another program tomorrow: a moving tag, or none."""
    found = []
    for path, image in _images(item):
        tag = image.rpartition("/")[2].partition(":")[2]
        mutable = "@" not in image and tag in _MUTABLE_TAGS and not values.is_template(image)
        found.append({"image": image, "mutable": mutable, "at": address.at(item.at, path)})
    return found


def _identity(item: Object) -> list[tuple[Steps, object]]:
    """Path and value of each part of it."""
    metadata = item.data.get("metadata")
    given = metadata.get if isinstance(metadata, dict) else {}.get
    parts = (item.data.get("kind"), given("name"), given("namespace"), given("generateName"))
    return list(zip(_IDENTITY, parts, strict=True))


def _images(item: Object) -> Iterator[tuple[Steps, str]]:
    pod = pods.pod_spec(item)
    for container in pods.containers(pod) if pod else ():
        image = container.data.get("image")
        if isinstance(image, str):
            yield (*container.steps, "image"), image


def _places(item: Object) -> Iterator[tuple[Steps, str]]:
    """Values under a key that says host, endpoint or CIDR, and environment variables with such a name."""
    if item.group == "" and item.kind == "Secret":
        return
    pod = pods.pod_spec(item)
    for container in pods.containers(pod) if pod else ():
        for entry in pods.below(container, "env"):
            name, value = entry.data.get("name"), entry.data.get("value")
            if isinstance(name, str) and isinstance(value, str) and _is_place(name):
                yield (*entry.steps, "value"), value
    field = "data" if item.kind == "ConfigMap" else "spec"
    if pod is None:
        yield from _under((field,), item.data.get(field), False)


def _under(steps: Steps, value: object, named: bool) -> Iterator[tuple[Steps, str]]:
    """``named`` is whether the key of the value says that it is a place."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _under((*steps, key), inner, _is_place(key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _under((*steps, index), inner, named)
    elif named and isinstance(value, str) and "\n" not in value:
        yield steps, value


@lru_cache(maxsize=4096)
def _is_place(key: str) -> bool:
    letters = key.lower().replace("-", "").replace("_", "")
    return "cidr" in letters or letters.endswith(_PLACE_WORDS)


def _is_scalar(value: object) -> bool:
    return isinstance(value, (bool, int, float))


def _holds_something(value: object) -> bool:
    """Whether anything but empty mappings and lists is in it: `status: {}` is what clients write."""
    if isinstance(value, dict):
        return any(map(_holds_something, value.values()))
    if isinstance(value, list):
        return any(map(_holds_something, value))
    return value is not None
