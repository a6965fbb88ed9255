"""The native routing CIDR is the pod CIDR of the clusters, where they have one."""

from __future__ import annotations

from collections.abc import Sequence

from crslint.finding import Edit, Finding
from crslint.fix.change import CannotFix, Change
from crslint.fix.sites import Sheets
from crslint.fleet.entities.cilium import CiliumSetting
from crslint.fleet.entities.clusters import Cluster
from crslint.fleet.entity import Unknown
from crslint.fleet.fleet import Fleet


def changes(finding: Finding, fleet: Fleet, _sheets: Sheets) -> Sequence[Change]:
    settings = (item for item in fleet.entities.get(CiliumSetting.ENTITY, ()) if isinstance(item, CiliumSetting))
    setting = next((item for item in settings if item.native_cidr_at == finding.at), None)
    if setting is None:
        raise CannotFix("the setting is not known")
    clusters = [item for item in fleet.entities.get(Cluster.ENTITY, ()) if set(item.clusters) & set(setting.clusters)]
    ranges = {_first(item) for item in clusters if isinstance(item, Cluster)}
    (cidr,) = ranges if len(ranges) == 1 else (None,)
    if cidr is None:
        raise CannotFix("its clusters do not name one pod CIDR")
    return (Edit("set", setting.native_cidr_at, cidr),)


def _first(cluster: Cluster) -> str | None:
    """The first IPv4 CIDR that is said of its pods: the Cluster's own, where it has one."""
    said = () if isinstance(cluster.pod_cidrs, Unknown) else cluster.pod_cidrs
    return next((one["value"] for one in said if isinstance(one["value"], str) and ":" not in one["value"]), None)
