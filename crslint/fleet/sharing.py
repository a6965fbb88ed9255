"""What one payload says of a single cluster, and whether it reaches several."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from crslint import address
from crslint.fleet import values
from crslint.fleet.entities.cilium import CiliumSetting
from crslint.fleet.entities.clusters import Cluster
from crslint.fleet.entity import Entity, Statement, Unknown
from crslint.record import replace

_LOCAL = ("localhost", "127.0.0.1", "::1", "[::1]")
_OF_AGENT = "KUBERNETES_SERVICE_HOST"


def with_specific_values(entities: Iterable[Entity]) -> list[Entity]:
    """The entities, Cilium's settings with `specific`."""
    every = list(entities)
    clusters = {key: item for item in every if isinstance(item, Cluster) for key in item.clusters}
    return [
        replace(item, specific=_specific(item, [clusters[key] for key in item.clusters if key in clusters]))
        if isinstance(item, CiliumSetting) and item.day == 0
        else item
        for item in every
    ]


def _specific(setting: CiliumSetting, clusters: Sequence[Cluster]) -> list[dict[str, Any]]:
    found = []
    host, at = setting.api_host, setting.api_host_at
    if isinstance(host, str) and at is not None and host not in _LOCAL:
        stated = [_endpoint(cluster) for cluster in clusters]
        known = [one for one in stated if one is not None]
        other = next((one for one in known if one["value"] != host), None)
        differ = "yes" if len({one["value"] for one in known}) > 1 else "no" if len(known) == len(stated) else "unknown"
        found.append(_row("API server address", host, at, clusters, differ, other))
    number = values.text({} if isinstance(setting.settings, Unknown) else setting.settings, "cluster-id")
    if setting.config is not None and isinstance(number, str) and number not in ("", "0"):
        place = address.at(setting.config, ("data", "cluster-id"))
        found.append(_row("cluster-id", number, place, clusters, "unknown", None))
    return found


def _endpoint(cluster: Cluster) -> Statement | None:
    """What the Cluster or its infrastructure says."""
    if isinstance(cluster.endpoints, Unknown):
        return None
    return next((one for one in cluster.endpoints if one["via"] != _OF_AGENT), None)


def _row(
    what: str, value: str, at: str, clusters: Sequence[Cluster], differ: str, other: Statement | None
) -> dict[str, Any]:
    return {
        "what": what,
        "value": value,
        "at": at,
        "clusters": len(clusters),
        "differ": differ,
        "other": other["value"] if other else None,
        "otherAt": other["at"] if other else None,
    }
