"""Where a cluster's API server is."""

from __future__ import annotations

from typing import Any, ClassVar

from crslint.fleet.entity import Entity, fact
from crslint.record import record


@record(kw_only=True)
class ApiServer(Entity):
    """The API server of one Cluster, and who says where it is."""

    ENTITY: ClassVar[str] = "apiServer"

    agents: list[dict[str, Any]] = fact(
        "Cilium's agents where they replace kube-proxy and kubeadm leaves that out: `{fault, at, to}`; fault is `host` "
        "or `port` where they are not told, else null; at is their environment, to what is missing there, or null.",
        [],
    )
    statements: list[dict[str, Any]] = fact(
        "What is said of it besides what most say first: `{what, value, at, via, fault, base, baseVia, baseAt}`; what "
        "is `host` or `port`; fault is `differs`, `service` (it lies in the range of the services), or null; not what "
        "cannot be compared (a name and an address, a proxy on the node), or what CRS016 speaks of.",
        [],
    )
