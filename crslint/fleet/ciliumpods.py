"""Agent and operator of Cilium as a payload brings them: their images and what they mount."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from crslint import address
from crslint.fleet import pods, values
from crslint.fleet.cilium import Settings
from crslint.fleet.entities.objects import Object
from crslint.fleet.entity import UNKNOWN, Unknown
from crslint.fleet.payloads import Member
from crslint.fleet.versions import image_tag, release

_METAL_LB_CONFIG = "bgp-config"
_WORKLOADS = frozenset({"DaemonSet", "Deployment"})

# Images of the project that are of the agent's release, whatever the registry: of the operator there are several.
_IMAGES = ("cilium/cilium", "cilium/operator")


def metal_lb_mounts(members: Sequence[Member]) -> list[dict[str, Any]]:
    """Where workloads of Cilium mount bgp-config, which exists only where somebody made it by hand."""
    return [
        {"kind": member.object.kind, "name": member.object.name, "at": at}
        for member in members
        if any(True for _ in _containers(member.object))
        for at in _mounts(member.object)
    ]


def _mounts(item: Object) -> Iterator[str]:
    pod = pods.pod_spec(item)
    for volume in pods.below(pod, "volumes") if pod else ():
        source = values.child(volume.data, "configMap")
        if isinstance(source, dict) and source.get("name") == _METAL_LB_CONFIG and source.get("optional") is not True:
            yield address.at(item.at, (*volume.steps, "configMap", "name"))


def images(members: Sequence[Member], settings: Settings) -> list[dict[str, Any]] | Unknown:
    """Containers of agent and operator with the version of their image, and whether it is the agent's."""
    own = settings.version
    if not isinstance(own, str) or settings.found.agent is None:
        return UNKNOWN
    found = []
    for member in members:
        for place, image in _containers(member.object):
            version = release(image_tag(image))
            written = None if version is None else ".".join(map(str, version))
            what = f"{member.object.kind} {member.object.name}"
            at = address.at(member.object.at, (*place.steps, "image"))
            found.append({"what": what, "version": written, "at": at, "same": version in (None, release(own))})
    return found


def _containers(item: Object) -> Iterator[tuple[pods.Place, str]]:
    """Containers of the project's own images."""
    pod = pods.pod_spec(item) if item.kind in _WORKLOADS else None
    for container in pods.containers(pod) if pod else ():
        image = values.text(container.data, "image")
        if isinstance(image, str) and not isinstance(item.name, Unknown):
            registry, _, name = pods.repository(image).rpartition("/")
            name = "operator" if name.startswith("operator-") else name
            if f"{registry}/{name}".endswith(_IMAGES):
                yield container, image
