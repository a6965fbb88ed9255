"""KubeadmConfigSpecs, in both API shapes (facts/capi.md 3.2): phases, arguments, networking."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from crslint import address
from crslint.fleet import values
from crslint.fleet.entities.objects import Object
from crslint.fleet.entity import UNKNOWN, Statement, Unknown
from crslint.fleet.references import BOOTSTRAP_GROUP, CONTROL_PLANE_GROUP
from crslint.row import NamedTuple

Steps = tuple[str | int, ...]

# Where the KubeadmConfigSpec stands.
SPECS: dict[tuple[str, str], tuple[str, ...]] = {
    (CONTROL_PLANE_GROUP, "KubeadmControlPlane"): ("spec", "kubeadmConfigSpec"),
    (CONTROL_PLANE_GROUP, "KubeadmControlPlaneTemplate"): ("spec", "template", "spec", "kubeadmConfigSpec"),
    (BOOTSTRAP_GROUP, "KubeadmConfigTemplate"): ("spec", "template", "spec"),
    (BOOTSTRAP_GROUP, "KubeadmConfig"): ("spec",),
}
COMMANDS = {"init": "initConfiguration", "join": "joinConfiguration"}


class Argument(NamedTuple):
    """A command line argument, ``at`` its value; UNKNOWN where it is no text, templates are as written."""

    name: str
    value: str | Unknown
    at: str


def spec_steps(item: Object) -> tuple[str, ...] | None:
    """The path of its KubeadmConfigSpec; None for a kind that has none."""
    return SPECS.get((item.group, item.kind))


def skip_phases(item: Object, command: str) -> list[str] | Unknown:
    """``skipPhases`` of init or join as written, empty where absent."""
    steps = spec_steps(item) or ()
    return values.texts(item.data, *steps, COMMANDS[command], "skipPhases")


def skip_phases_at(item: Object, command: str) -> str:
    return address.at(item.at, (*(spec_steps(item) or ()), COMMANDS[command], "skipPhases"))


def arguments(item: Object, *path: str) -> list[Argument] | Unknown:
    """``extraArgs`` at a path below the KubeadmConfigSpec: a map in v1beta1, a list of name and value in v1beta2."""
    steps: Steps = (*(spec_steps(item) or ()), *path)
    written = values.child(item.data, *map(str, steps))
    if written is None:
        return []
    found = list(_pairs(written, steps))
    if isinstance(written, Unknown) or any(pair is None for pair in found):
        return UNKNOWN
    return [Argument(name, value, address.at(item.at, at)) for name, value, at in filter(None, found)]


def _pairs(written: object, steps: Steps) -> Iterator[tuple[str, str | Unknown, Steps] | None]:
    if isinstance(written, dict):
        for name, value in written.items():
            yield name, _text(value), (*steps, name)
    elif isinstance(written, list):
        for index, entry in enumerate(written):
            name = values.text(entry, "name")
            known = isinstance(name, str) and isinstance(entry, dict)
            yield (name, _text(entry.get("value")), (*steps, index, "value")) if known else None  # type: ignore[misc]
    else:
        yield None


def node_label_arguments(item: Object, command: str) -> list[Argument] | Unknown:
    """The values of kubelet's ``--node-labels``."""
    found = arguments(item, COMMANDS[command], "nodeRegistration", "kubeletExtraArgs")
    return found if isinstance(found, Unknown) else [one for one in found if one.name == "node-labels"]


def split_labels(text: str) -> list[tuple[str, str]]:
    """``a=b,c=d`` as kubelet splits it; a part without ``=`` has an empty value."""
    pairs = (part.partition("=") for part in text.split(",") if part.strip())
    return [(key.strip(), value.strip()) for key, _, value in pairs]


def networks(item: Object, field: str) -> list[Statement] | Unknown:
    """``podSubnet`` or ``serviceSubnet`` of ``clusterConfiguration.networking``, one statement for each CIDR; none in
    v1beta2, which has no such field and drops it."""
    if item.api_version.endswith("/v1beta2"):
        return []
    steps = (*(spec_steps(item) or ()), "clusterConfiguration", "networking", field)
    text = values.text(item.data, *steps)
    if isinstance(text, Unknown):
        return UNKNOWN
    at = address.at(item.at, steps)
    return _statements(text, at, item.kind)


def pod_networks(item: Object) -> list[Statement] | Unknown:
    """``podSubnet``, else the controller manager's ``cluster-cidr``."""
    found = networks(item, "podSubnet")
    if isinstance(found, Unknown) or found:
        return found
    extra = arguments(item, "clusterConfiguration", "controllerManager", "extraArgs")
    if isinstance(extra, Unknown):
        return UNKNOWN
    for argument in extra:
        if argument.name == "cluster-cidr":
            value = argument.value
            if isinstance(value, Unknown) or values.is_template(value):
                return UNKNOWN
            return _statements(value, argument.at, "kube-controller-manager")
    return []


def external_etcd(item: Object) -> bool | Unknown:
    external = values.child(item.data, *(spec_steps(item) or ()), "clusterConfiguration", "etcd", "external")
    return external if isinstance(external, Unknown) else external is not None


def taints(item: Object, command: str) -> list[Any] | Unknown | None:
    """``nodeRegistration.taints`` as written; None where absent."""
    written = values.child(item.data, *(spec_steps(item) or ()), COMMANDS[command], "nodeRegistration", "taints")
    if written is None or isinstance(written, Unknown):
        return written
    return written if isinstance(written, list) else UNKNOWN


def scripts(item: Object) -> Iterator[str]:
    """The texts that run on or are written to the machines."""
    steps = spec_steps(item) or ()
    for field in ("bootCommands", "preKubeadmCommands", "postKubeadmCommands"):
        commands = values.items(item.data, *steps, field)
        if not isinstance(commands, Unknown):
            yield from (command for command in commands if isinstance(command, str))
    for _, file in values.mappings(item.data, *steps, "files"):
        content = file.get("content")
        if isinstance(content, str):
            yield content


def mentions(item: Object, *words: str) -> bool:
    """Whether a script or file of the machines has one of these words."""
    return any(word in text for text in scripts(item) for word in words)


def _statements(text: str | None, at: str, via: str) -> list[Statement]:
    parts: Sequence[str] = text.split(",") if text else ()
    return [{"value": part.strip(), "at": at, "via": via} for part in parts if part.strip()]


def _text(value: object) -> str | Unknown:
    return value if isinstance(value, str) else UNKNOWN
