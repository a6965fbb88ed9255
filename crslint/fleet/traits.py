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
_SCALARS = (bool, int, float)
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
    kind, name, _, prefix = _identity(item)
    if not item.kind and not isinstance(kind, _SCALARS):
        missing.append("kind")
    if not (_is_named(name) or _is_named(prefix) or is_list(item)):
        missing.append("metadata.name")
    return missing


def is_list(item: Object) -> bool:
    """Whether it is the List of kubectl, which only clients know."""
    return item.group == "" and item.kind.endswith("List") and isinstance(item.data.get("items"), list)


def exported(item: Object) -> Facts:
    """Fields that an API server or a client wrote: the object was read from a cluster."""
    metadata = item.data.get("metadata")
    given = metadata if isinstance(metadata, dict) else {}
    steps: list[Steps] = [("metadata", name) for name in _EXPORTED if given.get(name)]
    if item.group != CRD_GROUP and _holds_something(item.data.get("status")):
        steps.append(("status",))
    return [{"field": ".".join(map(str, path)), "at": address.at(item.at, path)} for path in steps]


def not_text(item: Object) -> Facts:
    """Parts of its identity that YAML reads as a boolean or a number: the object then has none."""
    return [
        {"field": ".".join(map(str, path)), "value": value, "at": address.at(item.at, path)}
        for path, value in zip(_IDENTITY[:3], _identity(item), strict=False)
        if isinstance(value, _SCALARS)
    ]


def variables(item: Object) -> Facts:
    """Variables that nobody fills in, where one can be told from text: identity, images, hosts, CIDRs."""
    return [
        {"field": ".".join(map(str, path)), "value": text, "at": address.at(item.at, path)}
        for path, text in _with_braces(item)
        if values.is_template(text) and not (item.kind in _OWN_TEMPLATES and "${" not in text)
    ]


def images(item: Object) -> Facts:
    """Images of containers; ``mutable`` ones may be another program tomorrow: a moving tag, or none."""
    found = []
    for path, image in _images(item):
        tag = image.rpartition("/")[2].partition(":")[2]
        mutable = "@" not in image and tag in _MUTABLE_TAGS and not values.is_template(image)
        found.append({"image": image, "mutable": mutable, "at": address.at(item.at, path)})
    return found


def _identity(item: Object) -> tuple[object, ...]:
    """The values at the paths of ``_IDENTITY``."""
    metadata = item.data.get("metadata")
    given = metadata if isinstance(metadata, dict) else {}
    return item.data.get("kind"), given.get("name"), given.get("namespace"), given.get("generateName")


def _images(item: Object) -> Iterator[tuple[Steps, str]]:
    pod = pods.pod_spec(item)
    for container in pods.containers(pod) if pod else ():
        image = container.data.get("image")
        if isinstance(image, str):
            yield (*container.steps, "image"), image


def _with_braces(item: Object) -> Iterator[tuple[Steps, str]]:
    """What may hold variables: identity, images, values under a key that says host, endpoint or CIDR, and environment
    variables with such a name."""
    for path, part in zip(_IDENTITY, _identity(item), strict=True):
        if isinstance(part, str) and "{" in part:
            yield path, part
    pod = pods.pod_spec(item)
    if pod is not None:
        for container in pods.containers(pod):
            image = container.data.get("image")
            if isinstance(image, str) and "{" in image:
                yield (*container.steps, "image"), image
            for index, entry in values.mappings(container.data, "env"):
                name, value = entry.get("name"), entry.get("value")
                if isinstance(name, str) and isinstance(value, str) and "{" in value and _is_place(name):
                    yield (*container.steps, "env", index, "value"), value
    elif item.kind != "Secret" or item.group != "":
        field = "data" if item.kind == "ConfigMap" else "spec"
        yield from _places((field,), item.data.get(field), False)


def _places(steps: Steps, value: object, named: bool) -> Iterator[tuple[Steps, str]]:
    """``named`` is whether the key of the value says that it is a place."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if isinstance(inner, (dict, list)) or (isinstance(inner, str) and "{" in inner):
                yield from _places((*steps, key), inner, _is_place(key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            if isinstance(inner, (dict, list)) or (isinstance(inner, str) and "{" in inner):
                yield from _places((*steps, index), inner, named)
    elif named and isinstance(value, str) and "{" in value and "\n" not in value:
        yield steps, value


@lru_cache(maxsize=4096)
def _is_place(key: str) -> bool:
    letters = key.lower().replace("-", "").replace("_", "")
    return "cidr" in letters or letters.endswith(_PLACE_WORDS)


def _is_named(name: object) -> bool:
    return bool(name) if isinstance(name, str) else isinstance(name, _SCALARS)


def _holds_something(value: object) -> bool:
    """Whether anything but empty mappings and lists is in it: `status: {}` is what clients write."""
    if isinstance(value, dict):
        return any(map(_holds_something, value.values()))
    if isinstance(value, list):
        return any(map(_holds_something, value))
    return value is not None
