"""What Git makes of what the bootstrap installed."""

from __future__ import annotations

from typing import Any, ClassVar

from crslint.fleet.entity import Entity, Late, Unknown, fact, late_fact
from crslint.record import record


@record(kw_only=True)
class Handover(Entity):
    """One component of a bootstrap and what takes it over in Git, for the clusters that get both."""

    ENTITY: ClassVar[str] = "handover"

    component: str = fact("`Cilium` or `Argo CD`.")
    payload: str = fact("The payload that brings it on day 0.", entity="payload")
    day0: str = fact("Address of what brings it there: `ciliumSetting.at`, or the workload that decides.")
    day0_name: str = fact("Kind and name of that payload, for people.")
    day2: str | None | Unknown = fact("Address of what brings it on day 2; null where nothing does.")
    application: str | None | Unknown = fact("The Application on day 2.", entity="application")
    day0_version: str | None | Unknown = fact("Its release on day 0.")
    day0_version_at: str | None = fact("Address of that: of an image.", None)
    day2_version: str | None | Unknown = fact("Its release on day 2.")
    day2_version_at: str | None = fact("Address of that: of a chart's version, or of an image.", None)
    skips_minor: bool = fact(
        "Whether Git's release is more than one minor release newer, and that is not supported.", False
    )
    late: Late
    drift: list[dict[str, Any]] | Unknown = late_fact(
        "drift",
        "Every setting of Cilium that differs: `{setting, day0, day2}`, by the names of the newest releases; null "
        "where a side says nothing and the agent's own value is not known; besides cilium-config the agent's "
        "KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT, and `operator replicas`.",
    )
    choices: list[dict[str, Any]] | Unknown = fact(
        "What decides about the network and day 0 sets away from its chart's default: `{setting, kind, day0, day2, "
        "agrees, at, with, day0At, path, stated, survives, to}`; kind is `proxy`, `bgp`, `server`, `routing` or "
        "`feature` (agrees unless Git turns it off); with is the address of what it belongs to, itself but for a port "
        "dropped with its host; path is the Helm value, null for manifests; stated says that the value is written; "
        "survives that Git names no such key, so that what is there stays; to is what the Helm value would have to be, "
        "or null. What another fault speaks of (a range that does not hold the pods, another API server) is not among "
        "them."
    )
    settled: list[dict[str, Any]] | Unknown = fact(
        "What cannot change on a live cluster, likewise, whatever day 0's chart does by default; a pool that only "
        "grows agrees."
    )
    survivors: list[dict[str, Any]] | Unknown = fact(
        "Keys of the bootstrap's cilium-config that Git does not name, the first 20: `{key, value, at}`."
    )
    survivor_count: int = fact("How many there are.", 0)
    identities: list[dict[str, Any]] = fact(
        "Whether Git updates the workload of the bootstrap or makes another one: `{what, fault, day0, day2, at, "
        "day0At}`; fault is `name`, `namespace` (a second one beside it), `selector` (the same name with another "
        "selector, which is immutable) or null.",
        [],
    )
    latent: bool | Unknown = fact(
        "Whether cilium-config changes and nothing restarts the agents, whose pods stay as they are."
    )
    kube_proxy: str | Unknown = fact("`skipped` where that is so on any of the clusters, `installed`, or unknown.")
