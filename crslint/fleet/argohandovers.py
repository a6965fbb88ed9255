"""What Git makes of the bootstrap's Argo CD: its release, and whether objects of the same names can be updated at all.

The chart of argo-helm puts the name of its release into every selector, and before the names unless it holds
`argocd`; the install manifests do neither. Selectors of workloads are immutable.
"""

from __future__ import annotations

import posixpath
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from crslint import address
from crslint.fleet import values
from crslint.fleet.delivery import Delivery
from crslint.fleet.entities.clusters import Cluster
from crslint.fleet.entities.handover import Handover
from crslint.fleet.entities.objects import Object
from crslint.fleet.entity import UNKNOWN, Unknown
from crslint.fleet.gitops import GitOps
from crslint.fleet.helmvalues import AppliedValues, chart_values, helm_values
from crslint.fleet.payloads import Read
from crslint.fleet.pods import containers, pod_spec, repository
from crslint.fleet.rendering import KUSTOMIZATIONS, Loaded
from crslint.fleet.sources import Source
from crslint.fleet.versions import image_tag, release
from crslint.record import record

_CHART = "argo-cd"
_IMAGE = "argoproj/argocd"
_NAME = "argocd"
_CONTROLLER = "application-controller"
_INSTANCE = "app.kubernetes.io/instance"
# What a handover says of Cilium's settings alone.
NOT_OF_CILIUM: dict[str, Any] = {
    "late": {"drift": list},
    "choices": [],
    "settled": [],
    "survivors": [],
    "latent": False,
    "kube_proxy": UNKNOWN,
}

# Names of charts that may hold others.
_UMBRELLAS = ("cilium", "cni", "network", "argo", "platform", "base", "core", "infra", "bootstrap", "cluster", "system")


@record
class _Engine:
    """Argo CD as one side has it: ``controller`` is the workload that decides, None where only a URL is known.

    ``instance`` is the label in its selector, ``name`` that of the workload, UNKNOWN where they cannot be told.
    """

    at: str
    version: str | Unknown
    version_at: str
    namespace: str | Unknown | None
    name: str | Unknown
    instance: str | Unknown | None
    place: str


class ArgoHandovers:
    def __init__(self, gitops: GitOps) -> None:
        self._gitops = gitops
        self._by_roots: dict[tuple[str, ...], tuple[Object, _Engine] | None] = {}

    def of(self, clusters: Sequence[Cluster]) -> Iterator[Handover]:
        """One for each payload that brings Argo CD and what takes it over, for the clusters that get both."""
        by_key = {key: cluster for cluster in clusters for key in cluster.clusters}
        for read in self._gitops.reads:
            before = _installed(read)
            if before is None:
                continue
            pairs: dict[tuple[str, str], list[Cluster]] = defaultdict(list)
            found: dict[tuple[str, str], tuple[Object, _Engine]] = {}
            left: list[Cluster] = []
            for link in read.used_by:
                for item in link.known:
                    cluster = by_key.get(f"{item.namespace}/{item.name}")
                    later = self._brought(tuple(cluster.gitops_roots)) if cluster is not None else None
                    if cluster is not None and later is not None:
                        key = (later[0].at, later[1].at)
                        found[key] = later
                        pairs[key].append(cluster)
                    elif cluster is not None and brings_nothing_else(self._gitops, cluster):
                        left.append(cluster)
            for key, together in pairs.items():
                yield _handover(read, before, *found[key], together)
            if left:
                yield not_taken_over("Argo CD", read, before.at, left)

    def _brought(self, roots: tuple[str, ...]) -> tuple[Object, _Engine] | None:
        """None where nothing does, or where it cannot be told."""
        if roots not in self._by_roots:
            reach = self._gitops.reach_of(roots)
            found = [
                (self._gitops.applications[at], engine)
                for at in reach.applications
                if not self._gitops.is_altered(at)
                for engine in self._engines(at)
            ]
            self._by_roots[roots] = found[0] if len(found) == 1 else None
        return self._by_roots[roots]

    def _engines(self, at: str) -> Iterator[_Engine]:
        gitops, item = self._gitops, self._gitops.applications[at]
        every = gitops.sources(at)
        namespace = values.text(item.data, "spec", "destination", "namespace")
        for source in every:
            if source.state == "chart" and source.chart == _CHART:
                applied = helm_values(source, every, gitops.folders)
                yield _of_chart(source.at, "chart", _release_name(source, item), applied, namespace)
            loaded = gitops.loaded(source)
            if loaded is None or source.data.get("kustomize"):
                continue
            for use in loaded.charts:
                if use.data.get("name") == _CHART:
                    applied = chart_values(use, gitops.folders)
                    name = values.text(use.data, "releaseName")
                    yield _of_chart(
                        use.at, "name", _CHART if name is None else name, applied, use.namespace or namespace
                    )
            yield from self._of_loaded(loaded, namespace)

    def _of_loaded(self, loaded: Loaded, namespace: str | Unknown | None) -> Iterator[_Engine]:
        places = {each.object.at: each for each in loaded.objects}
        found = _decisive(self._gitops.delivered(loaded), [each.object for each in loaded.objects])
        if found is not None:
            rendered = places[found.at]
            if not rendered.altered:
                written = rendered.namespace
                yield _of_workload(found, written if isinstance(written, Unknown) or written else namespace)
            return
        for entry, at in _remote_entries(self._gitops, loaded):
            match = _remote().search(entry)
            if match is not None:
                name: str | Unknown = UNKNOWN if _renames(self._gitops, loaded) else f"{_NAME}-{_CONTROLLER}"
                yield _Engine(at, match[1], at, UNKNOWN, name, None if isinstance(name, str) else UNKNOWN, at)


def brings_nothing_else(gitops: GitOps, cluster: Cluster) -> bool:
    """Whether all that its root Applications lead to is known, and nothing there may hold the network or Argo CD. One
    that leads to nothing, or in a circle, has another fault."""
    if not cluster.gitops_roots or not cluster.applications_complete:
        return False
    if gitops.reach_of(cluster.gitops_roots).circles:
        return False
    for source in (source for at in cluster.applications for source in gitops.sources(at)):
        loaded = gitops.loaded(source)
        if source.state not in ("chart", "ref") and (loaded is None or not loaded.objects):
            return False
        if isinstance(source.chart, str) and any(word in source.chart for word in _UMBRELLAS):
            return False
    return True


def not_taken_over(component: str, read: Read, at: str, clusters: Sequence[Cluster]) -> Handover:
    return Handover(
        id=f"{component} of {read.source.id}, taken over by nothing",
        at=at,
        clusters=sorted({key for cluster in clusters for key in cluster.clusters}),
        component=component,
        payload=read.source.at,
        day0=at,
        day0_name=read.source.id,
        day2=None,
        application=None,
        day0_version=UNKNOWN,
        day2_version=None,
        **NOT_OF_CILIUM,
    )


def _installed(read: Read) -> _Engine | None:
    found = _decisive(read.delivered, [member.object for member in read.members])
    return _of_workload(found, found.namespace) if found is not None else None


def _decisive(delivered: Sequence[Delivery], objects: Sequence[Object]) -> Object | None:
    at = next((one.at for one in delivered if one.kind == "argocd" and one.primary), None)
    found = next((item for item in objects if item.at == at), None) if at is not None else None
    return found if found is not None and pod_spec(found) is not None else None


def _of_workload(item: Object, namespace: str | Unknown | None) -> _Engine:
    pod = pod_spec(item)
    assert pod is not None
    written: str | Unknown = UNKNOWN
    at = item.at
    for container in containers(pod):
        image = container.data.get("image")
        tag = image_tag(image) if isinstance(image, str) and repository(image).endswith(_IMAGE) else None
        if release(tag) is not None and tag is not None:
            written, at = tag.removeprefix("v"), address.at(item.at, (*container.steps, "image"))
    labels = values.child(item.data, "spec", "selector", "matchLabels")
    instance = UNKNOWN if isinstance(labels, Unknown) else values.text(labels, _INSTANCE)
    name = item.name if isinstance(item.name, str) else UNKNOWN
    return _Engine(item.at, written, at, namespace, name, instance, address.at(item.at, ("metadata", "name")))


def _of_chart(
    at: str, field: str, name: str | Unknown, applied: AppliedValues, namespace: str | Unknown | None
) -> _Engine:
    tag = applied.value("global", "image", "tag")
    known = isinstance(tag, str) and release(tag) is not None
    place = applied.address_of(("global", "image", "tag"))
    version: str | Unknown = str(tag).removeprefix("v") if known else UNKNOWN
    given = [applied.value(key) for key in ("fullnameOverride", "nameOverride")]
    full: str | Unknown = UNKNOWN
    if isinstance(name, str) and given == [None, None]:
        full = name if _NAME in name else f"{name}-{_NAME}"
    workload = f"{full}-{_CONTROLLER}" if isinstance(full, str) else UNKNOWN
    return _Engine(at, version, place, namespace, workload, name, address.at(at, (field,)))


def _release_name(source: Source, item: Object) -> str | Unknown:
    written = values.text(source.data, "helm", "releaseName")
    if written is None:
        return item.name if isinstance(item.name, str) and not values.is_template(item.name) else UNKNOWN
    return written


def _remote_entries(gitops: GitOps, loaded: Loaded) -> Iterator[tuple[str, str]]:
    """Entries of its kustomizations that are not at hand, with their places."""
    for item in _kustomizations(gitops, loaded):
        for field in ("resources", "bases", "components"):
            names = values.items(item.data, field)
            for number, entry in enumerate(() if isinstance(names, Unknown) else names):
                if isinstance(entry, str) and entry in loaded.remote:
                    yield entry, address.at(item.at, (field, number))


def _renames(gitops: GitOps, loaded: Loaded) -> bool:
    changing = ("namePrefix", "nameSuffix", "patches", "patchesStrategicMerge", "patchesJson6902", "commonLabels")
    return any(item.data.get(field) for item in _kustomizations(gitops, loaded) for field in (*changing, "labels"))


def _kustomizations(gitops: GitOps, loaded: Loaded) -> Iterator[Object]:
    for path in sorted(loaded.files):
        if posixpath.basename(path) in KUSTOMIZATIONS:
            yield from gitops.folders.objects(path)


def _handover(
    read: Read, before: _Engine, application: Object, after: _Engine, clusters: Sequence[Cluster]
) -> Handover:
    return Handover(
        id=f"Argo CD of {read.source.id}, taken over by {application.id}",
        at=after.at,
        clusters=sorted({key for cluster in clusters for key in cluster.clusters}),
        component="Argo CD",
        payload=read.source.at,
        day0=before.at,
        day0_name=read.source.id,
        day2=after.at,
        application=application.at,
        day0_version=before.version,
        day0_version_at=before.version_at,
        day2_version=after.version,
        day2_version_at=after.version_at,
        identities=list(_identities(before, after)),
        **NOT_OF_CILIUM,
    )


def _identities(before: _Engine, after: _Engine) -> Iterator[dict[str, Any]]:
    """`handover.identities`."""
    parts = (before.name, after.name, before.instance, after.instance)
    if any(isinstance(part, Unknown) for part in parts):
        return
    base = {"what": str(before.name), "at": after.place, "day0At": before.place}
    if before.name != after.name:
        yield {**base, "fault": "name", "day0": before.name, "day2": after.name}
    else:
        fault = None if before.instance == after.instance else "selector"
        yield {**base, "fault": fault, "day0": before.instance, "day2": after.instance}
    known = isinstance(before.namespace, str) and isinstance(after.namespace, str)
    if known and before.namespace != after.namespace:
        yield {**base, "fault": "namespace", "day0": before.namespace, "day2": after.namespace}


@cache
def _remote() -> re.Pattern[str]:
    """A release in the address of the project's own manifests."""
    return re.compile(r"argoproj/argo-cd\b.*?[/=]v(\d+\.\d+\.\d+)\b")
