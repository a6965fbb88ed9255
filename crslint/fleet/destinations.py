"""Where an Application's objects go (facts/argocd.md 2.1, 2.11)."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from crslint import address
from crslint.fleet import values
from crslint.fleet.entities.objects import Object
from crslint.fleet.entity import UNKNOWN, Unknown
from crslint.fleet.gitops import GitOps
from crslint.fleet.world import CAPI_GROUP

OWN_SERVER = "https://kubernetes.default.svc"
OWN_NAME = "in-cluster"

_TYPE = "argocd.argoproj.io/secret-type"
# What makes Secrets that the input does not show.
_SECRET_MAKERS = (
    ("external-secrets.io", "ExternalSecret"),
    ("external-secrets.io", "ClusterExternalSecret"),
    ("external-secrets.io", "PushSecret"),
    ("bitnami.com", "SealedSecret"),
)


class Destinations:
    def __init__(self, gitops: GitOps) -> None:
        self._gitops = gitops
        self._world = gitops.world

    def of(self, item: Object, *, bootstrapped: bool) -> dict[str, Any] | Unknown:
        """`application.destination`; ``bootstrapped`` where a payload's root leads to it, so that its Argo CD is known
        to run in the cluster that the payload reaches."""
        section = values.child(item.data, "spec", "destination")
        if section is None:
            section = {}
        server, name = values.text(section, "server"), values.text(section, "name")
        namespace = values.text(section, "namespace")
        if isinstance(server, Unknown) or isinstance(name, Unknown):
            return UNKNOWN
        fault = "both" if server and name else None if server or name else "neither"
        state, cluster = ("unknown", None) if fault else self._state(server, name, bootstrapped=bootstrapped)
        field = "server" if server else "name"
        return {
            "server": server or None,
            "name": name or None,
            "namespace": None if isinstance(namespace, Unknown) else namespace,
            "at": address.at(item.at, ("spec", "destination", *([] if fault == "neither" else [field]))),
            "fault": fault,
            "state": state,
            "cluster": cluster,
        }

    def _state(self, server: object, name: object, *, bootstrapped: bool) -> tuple[str, str | None]:
        if isinstance(server, str) and server:
            server = server.rstrip("/")
            if server == OWN_SERVER:
                return "own", None
            if server in self.registered["server"]:
                return "registered", None
        elif name == OWN_NAME:
            return "own", None
        elif name in self.registered["name"]:
            return "registered", None
        cluster = self._clusters.get(name) if isinstance(name, str) else None
        if not bootstrapped:
            return "unknown", cluster
        return ("open" if self.may_be_registered else "nowhere"), cluster

    @cached_property
    def _clusters(self) -> dict[str, str]:
        """By name: the first Cluster of the input."""
        clusters = self._world.of_kind(CAPI_GROUP, "Cluster")
        return {item.name: item.at for item in reversed(clusters) if isinstance(item.name, str)}

    @cached_property
    def registered(self) -> dict[str, set[str]]:
        """Servers and names of the cluster Secrets in the input."""
        found: dict[str, set[str]] = {"server": set(), "name": set()}
        for item in self.secrets:
            for field, known in found.items():
                text = stored_text(item, field)
                if text is not None:
                    known.add(text.rstrip("/"))
        return found

    @cached_property
    def secrets(self) -> list[Object]:
        """Cluster Secrets of the input."""
        members = (member.object for read in self._gitops.payload_of.values() for member in read.members)
        every = (*self._world.of_kind("", "Secret"), *(item for item in members if item.kind == "Secret"))
        return [item for item in every if not isinstance(item.labels, Unknown) and item.labels.get(_TYPE) == "cluster"]

    @cached_property
    def may_be_registered(self) -> bool:
        """Whether something that the input does not show may register clusters."""
        world = self._world
        if any(world.of_kind(group, kind) for group, kind in _SECRET_MAKERS) or world.may_hide_some({"Secret"}, ""):
            return True
        return not all(self._gitops.is_complete(at) for at in self._gitops.applications)


def stored_text(secret: Object, field: str) -> str | None:
    """What a Secret holds under a key; None also where that is not known."""
    written = values.text(secret.data, "stringData", field)
    if isinstance(written, Unknown):
        return None
    return written or decoded(values.text(secret.data, "data", field))


def decoded(text: str | Unknown | None) -> str | None:
    """The text behind a value of a Secret's `data`."""
    import base64

    if not isinstance(text, str):
        return None
    try:
        return base64.b64decode(text, validate=True).decode()
    except ValueError:
        return None
