"""Pod ranges that leave their cluster."""

from __future__ import annotations

from typing import Any, ClassVar

from crslint.fleet.entity import Entity, fact
from crslint.record import record


@record(kw_only=True)
class PodExport(Entity):
    """A range of a cluster's pods that other clusters can see: announced by BGP, or shared in a cluster mesh."""

    ENTITY: ClassVar[str] = "podExport"

    cluster: str = fact("`namespace/name` of the Cluster.")
    cidr: str = fact("The range.")
    cidr_at: str = fact("Where it is written.")
    way: str = fact("`BGP` or `cluster mesh`.")
    by_at: str = fact("The object that exports it.")
    rival: dict[str, Any] | None = fact(
        "A range of another cluster that leaves the same way and overlaps it: `{cluster, cidr, at}`; told at one "
        "of the two.",
        None,
    )


@record(kw_only=True)
class PodRoute(Entity):
    """How nodes of a bare-metal cluster that routes natively find each other's pods; `at` is the setting
    `auto-direct-node-routes`, or the Helm value behind it."""

    ENTITY: ClassVar[str] = "podRoute"

    fault: str | None = fact(
        "`source` (neither direct routes nor an announcement), `subnets` (direct routes, and nodes of several) or null."
    )
    subnets: list[str] = fact("Subnets of which one pool gives the nodes addresses, where there are several.", [])
