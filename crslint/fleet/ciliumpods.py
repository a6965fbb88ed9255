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

_OPERATOR = "cilium-operator"
_UI, _RELAY = "hubble-ui", "hubble-relay"

# Images of the project that are of the agent's release, whatever the registry: of the operator there are several.
_IMAGES = ("cilium/cilium", "cilium/operator")


def metal_lb_mounts(members: Sequence[Member]) -> list[dict[str, Any]]:
    """Where workloads of Cilium mount bgp-config, which exists only where somebody made it by hand."""
    return [
        {"kind": item.kind, "name": item.name, "at": at}
        for item in _workloads(members)
        for at in _mounts(item)
        if any(True for _ in _containers(item))
    ]


def _mounts(item: Object) -> Iterator[str]:
    pod = pods.pod_spec(item)
    for volume in pods.below(pod, "volumes") if pod else ():
        source = values.child(volume.data, "configMap")
        if isinstance(source, dict) and source.get("name") == _METAL_LB_CONFIG and source.get("optional") is not True:
            yield address.at(item.at, (*volume.steps, "configMap", "name"))


def fittings(members: Sequence[Member], settings: Settings) -> Iterator[dict[str, Any]]:
    """Relay and UI of Hubble: each needs the one before it."""
    deployments = {member.object.name: member.object for member in members if member.object.kind == "Deployment"}
    ui, relay = deployments.get(_UI), deployments.get(_RELAY)
    if ui is not None:
        fault = None if relay is not None else "has no hubble-relay to ask"
        yield _fitting(ui, fault, grave=True)
    hubble = settings.get("enable-hubble")
    if relay is not None and not isinstance(hubble, Unknown) and settings.found.config is not None:
        on = hubble in ("true", "True", "TRUE", "t", "T", "1")
        yield _fitting(relay, None if on else "asks agents whose enable-hubble is not on", grave=False)


def _fitting(item: Object, fault: str | None, *, grave: bool) -> dict[str, Any]:
    at = address.at(item.at, ("metadata", "name"))
    return {"what": item.kind, "value": item.name, "at": at, "fault": fault, "effect": None, "grave": grave}


def operator_replicas(members: Sequence[Member]) -> tuple[int, str] | None:
    """How many the Deployment asks for, and where; None where that is not known."""
    for member in members:
        item = member.object
        if item.kind == "Deployment" and item.name == _OPERATOR:
            written = values.integer(item.data, "spec", "replicas")
            at = address.at(item.at, ("spec", "replicas"))
            return None if isinstance(written, Unknown) else (1 if written is None else written, at)
    return None


def images(members: Sequence[Member], settings: Settings) -> list[dict[str, Any]] | Unknown:
    """Containers of agent and operator with the version of their image, and whether it is the agent's."""
    own = settings.version
    if not isinstance(own, str) or settings.found.agent is None:
        return UNKNOWN
    found = []
    for item in _workloads(members):
        for place, image in _containers(item):
            version = release(image_tag(image))
            written = None if version is None else ".".join(map(str, version))
            what = f"{item.kind} {item.name}"
            at = address.at(item.at, (*place.steps, "image"))
            found.append(
                {"what": what, "version": written, "at": at, "same": version in (None, release(own)), "why": None}
            )
    return found


def _workloads(members: Sequence[Member]) -> list[Object]:
    return [member.object for member in members if member.object.kind in _WORKLOADS]


def _containers(item: Object) -> Iterator[tuple[pods.Place, str]]:
    """Containers of the project's own images."""
    pod = pods.pod_spec(item)
    for container in pods.containers(pod) if pod else ():
        image = values.text(container.data, "image")
        if isinstance(image, str) and not isinstance(item.name, Unknown):
            registry, _, name = pods.repository(image).rpartition("/")
            name = "operator" if name.startswith("operator-") else name
            if f"{registry}/{name}".endswith(_IMAGES):
                yield container, image
