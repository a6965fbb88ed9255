"""What Git makes of the bootstrap's Cilium, for each pair of day 0 and day 2 that some clusters get."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from crslint import address
from crslint.fleet import values
from crslint.fleet.argohandovers import ArgoHandovers, brings_nothing_else, not_taken_over
from crslint.fleet.arrivals import Arrivals, Content
from crslint.fleet.cilium import Settings
from crslint.fleet.ciliumpods import operator_replicas
from crslint.fleet.day2 import Brought, Day2, image_at, version_at
from crslint.fleet.entities.cilium import CiliumSetting
from crslint.fleet.entities.clusters import Cluster
from crslint.fleet.entities.handover import Handover
from crslint.fleet.entities.objects import Object
from crslint.fleet.entity import UNKNOWN, Entity, Unknown
from crslint.fleet.gitops import GitOps
from crslint.fleet.syncing import has_option, options_of
from crslint.fleet.versions import release

_CONFIG = "cilium-config"
_SHOWN = 20


def handovers(gitops: GitOps, arrivals: Arrivals, day2: Day2, entities: Iterable[Entity]) -> list[Handover]:
    """``entities`` have the Clusters, and Cilium's settings. A cluster whose root is another environment's gets that
    one's Git by mistake (APP021): nothing is compared."""
    every = list(entities)
    clusters = [item for item in every if isinstance(item, Cluster)]
    compared = [one for one in clusters if one.root_environment is None or one.root_environment["agrees"]]
    refused = frozenset(at for item in every if isinstance(item, CiliumSetting) for at in _refused(item))
    return [
        *_of_cilium(arrivals, day2, compared, refused, alone=not clusters),
        *_left_alone(gitops, arrivals, compared),
        *ArgoHandovers(gitops).of(compared),
    ]


def _left_alone(gitops: GitOps, arrivals: Arrivals, clusters: Sequence[Cluster]) -> Iterator[Handover]:
    """Cilium where Git is known to bring none."""
    found: dict[str, list[Cluster]] = defaultdict(list)
    for cluster in clusters:
        if isinstance(cluster.cilium, str) and cluster.cilium_day2 is None and brings_nothing_else(gitops, cluster):
            found[cluster.cilium].append(cluster)
    for content, settings in arrivals.settings() if found else ():
        if settings.found.at in found:
            yield not_taken_over("Cilium", content.read, settings.found.at, found[settings.found.at])


def _of_cilium(
    arrivals: Arrivals, day2: Day2, clusters: Sequence[Cluster], refused: frozenset[str], *, alone: bool
) -> list[Handover]:
    """``alone``: where the input has no Cluster, the only settings of each day are a pair."""
    if not any(isinstance(one.cilium_day2, str) for one in clusters) and not (alone and day2.has_any()):
        return []
    installed = {settings.found.at: (content, settings) for content, settings in arrivals.settings()}
    brought = {one.at: one for one in day2.every()}
    pairs: dict[tuple[str, str], list[Cluster]] = defaultdict(list)
    for cluster in clusters:
        if isinstance(cluster.cilium, str) and isinstance(cluster.cilium_day2, str):
            pairs[cluster.cilium, cluster.cilium_day2].append(cluster)
    if alone:
        later = [one for one in brought.values() if one.application is not None]
        if len(installed) == len(later) == 1:
            pairs[next(iter(installed)), later[0].at] = []
    return [
        _handover(*installed[before], brought[after], found, refused)
        for (before, after), found in pairs.items()
        if before in installed and after in brought and before != after
    ]


def _handover(
    content: Content, day0: Settings, one: Brought, clusters: Sequence[Cluster], refused: frozenset[str]
) -> Handover:
    application = one.application
    return Handover(
        id=f"Cilium of {content.read.source.id}, taken over by {application.id if application else one.at}",
        at=one.at,
        clusters=sorted({key for cluster in clusters for key in cluster.clusters}),
        component="Cilium",
        payload=content.read.source.at,
        day0=day0.found.at,
        day0_name=content.read.source.id,
        day2=one.at,
        application=application.at if application else None,
        day0_version=day0.version,
        day0_version_at=image_at(day0),
        day2_version=one.settings.version,
        day2_version_at=version_at(one),
        skips_minor=_skips(day0.version, one.settings.version),
        kube_proxy=_kube_proxy(clusters),
        identities=list(_identities(day0, one)),
        **_compared(content, day0, one, _contested(clusters) | refused),
    )


def _compared(content: Content, day0: Settings, one: Brought, contested: Collection[str]) -> dict[str, Any]:
    from crslint.fleet.drifts import Drifts

    replaces = one.application is not None and has_option(options_of(one.application), "Replace=true")
    drifts = Drifts(day0, one.settings, _replicas(content, one), _kept(one.application), replaces=replaces)
    if not drifts.known:
        unknown = dict.fromkeys(("choices", "settled", "survivors", "latent"), UNKNOWN)
        return {**unknown, "late": {"drift": lambda: UNKNOWN}}
    survivors = drifts.survivors()
    return {
        "late": {"drift": drifts.all},
        "choices": list(drifts.choices(contested)),
        "settled": list(drifts.settled(contested)),
        "survivors": survivors[:_SHOWN],
        "survivor_count": len(survivors),
        "latent": drifts.latent(),
    }


def _skips(before: object, after: object) -> bool:
    """Whether minor releases lie between; of another major release that is not known."""
    first, second = release(before), release(after)
    return first is not None and second is not None and first[0] == second[0] and second[1] - first[1] > 1


def _contested(clusters: Sequence[Cluster]) -> set[str]:
    """Ranges that do not hold the pods: one fault, told with all who say so (NET001)."""
    return {one["at"] for cluster in clusters for found in cluster.pod_ranges for one in found["dissenting"]}


def _refused(setting: CiliumSetting) -> Iterator[str]:
    """Where it says what its agent or chart does not take (CIL001, CIL003, CIL008, CIL010): no intention to compare."""
    if isinstance(setting.replacement, dict):
        yield str(setting.replacement["at"])
    checked, balancing = (() if isinstance(rows, Unknown) else rows for rows in (setting.checked, setting.balancing))
    yield from (str(row["at"]) for row in checked if row["fault"])
    if any(row["fault"] for row in balancing):
        yield from (str(row["at"]) for row in balancing)
    # What is gone says nothing any more (CIL001), and neither does the value in its place that nobody has written.
    superseded = () if isinstance(setting.superseded, Unknown) else setting.superseded
    gone = (row["instead"] for row in superseded if row["state"] == "removed" and row["instead"])
    yield from (str(instead["at"]) for instead in gone)


def _kube_proxy(clusters: Sequence[Cluster]) -> str | Unknown:
    found = [cluster.kube_proxy for cluster in clusters if isinstance(cluster.kube_proxy, str)]
    return "skipped" if "skipped" in found else found[0] if found else UNKNOWN


def _identities(day0: Settings, one: Brought) -> Iterator[dict[str, Any]]:
    """The agent's DaemonSet: charts give it a name and a selector of their own, and Git a namespace."""
    agent = day0.found.agent
    if agent is None:
        return
    place = address.at(agent.at, ("metadata", "namespace"))
    base = {"what": f"DaemonSet {agent.name}", "day0At": place}
    if isinstance(agent.namespace, str) and isinstance(one.namespace, str):
        fault = None if agent.namespace == one.namespace else "namespace"
        yield {**base, "fault": fault, "day0": agent.namespace, "day2": one.namespace, "at": _namespace_at(one)}
    other = one.settings.found.agent if one.way == "manifests" else None
    if other is not None:
        if other.name != agent.name:
            at = address.at(other.at, ("metadata", "name"))
            yield {**base, "fault": "name", "day0": agent.name, "day2": other.name, "at": at}
        before, after = (values.child(item.data, "spec", "selector", "matchLabels") for item in (agent, other))
        if other.name == agent.name and isinstance(before, dict) and isinstance(after, dict) and before != after:
            at = address.at(other.at, ("spec", "selector"))
            texts = (", ".join(f"{key}={value}" for key, value in labels.items()) for labels in (before, after))
            yield {**base, "fault": "selector", "day0": next(texts), "day2": next(texts), "at": at}


def _namespace_at(one: Brought) -> str:
    if one.way == "manifests" and one.settings.found.agent is not None:
        return address.at(one.settings.found.agent.at, ("metadata", "namespace"))
    if one.way == "kustomization":
        return address.at(one.at, ("namespace",))
    assert one.application is not None
    return address.at(one.application.at, ("spec", "destination", "namespace"))


def _replicas(content: Content, one: Brought) -> tuple[int, int] | None:
    """Of the operator on both days, where both are known."""
    rendering = getattr(one.settings, "rendering", None)
    after = rendering.operator_replicas if rendering is not None else None
    before = operator_replicas(content.read.members)
    return (before[0], after) if before is not None and isinstance(after, int) else None


def _kept(application: Object | None) -> Collection[str] | None:
    """Keys of cilium-config that a sync leaves as they are; None where that is all of it."""
    if application is None or not has_option(options_of(application), "RespectIgnoreDifferences=true"):
        return frozenset()
    found: set[str] = set()
    for _, entry in values.mappings(application.data, "spec", "ignoreDifferences"):
        if entry.get("kind") != "ConfigMap" or entry.get("name", _CONFIG) != _CONFIG:
            continue
        if entry.get("jqPathExpressions") or entry.get("managedFieldsManagers"):
            return None
        pointers = values.items(entry, "jsonPointers")
        for pointer in () if isinstance(pointers, Unknown) else pointers:
            steps = str(pointer).split("/")[1:]
            if steps == ["data"]:
                return None
            if len(steps) == 2 and steps[0] == "data":
                found.add(steps[1].replace("~1", "/").replace("~0", "~"))
    return found
