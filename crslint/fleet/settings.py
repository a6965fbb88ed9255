"""What the configuration tells the fleet."""

from __future__ import annotations

from collections.abc import Mapping

from crslint.record import record


@record
class External:
    """An object that is declared to be made elsewhere."""

    kind: str
    namespace: str
    name: str


@record
class FleetSettings:
    """``versions`` are pinned releases by component (kubernetes, capi, cilium, ...), ``cluster_versions`` the same for
    one ``namespace/name``; ``repositories`` map the URL of a Git repository to its folder below the root; ``folder`` is
    false where the input cannot be whole (stdin, single files alone)."""

    versions: Mapping[str, str] = {}
    cluster_versions: Mapping[str, Mapping[str, str]] = {}
    external: tuple[External, ...] = ()
    repositories: Mapping[str, str] = {}
    components: tuple[str, ...] = ("cni", "csi", "argocd", "root-application")
    folder: bool = True
