"""Cilium as Git brings it: a chart with values, or manifests that were rendered before.

Nothing is rendered before somebody asks: a fleet whose Git side has no Cilium never loads the tables of its charts.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from crslint import address
from crslint.fleet import values
from crslint.fleet.cilium import Settings, installation
from crslint.fleet.destinations import OWN_NAME, OWN_SERVER
from crslint.fleet.entities.objects import Object
from crslint.fleet.entity import UNKNOWN, Unknown
from crslint.fleet.gitops import GitOps
from crslint.fleet.helmvalues import AppliedValues, chart_values, helm_values, template_values
from crslint.fleet.payloads import CRD_GROUP, Member
from crslint.fleet.rendering import ALTERING, KUSTOMIZATIONS, ChartUse, Loaded, charts_of
from crslint.fleet.sources import Source
from crslint.fleet.world import ADDONS_GROUP
from crslint.record import record

if TYPE_CHECKING:
    from crslint.fleet.chartsettings import Charts

CHART = "cilium"
_MONITORS = "servicemonitors.monitoring.coreos.com"


@record
class Brought:
    """``at`` is the source, the entry of `helmCharts`, or the object with the settings; ``way`` is `application`,
    `kustomization`, `helmChartProxy` or `manifests`. ``settled`` is false where kustomize may change what comes out.
    ``namespace`` is where it goes."""

    at: str
    way: str
    settings: Settings
    application: Object | None = None
    namespace: str | Unknown | None = UNKNOWN
    settled: bool = True


class Day2:
    def __init__(self, gitops: GitOps) -> None:
        self._gitops = gitops
        self._by_application: dict[str, tuple[Brought, ...]] = {}
        self._by_roots: dict[tuple[tuple[str, ...], bool], Brought | None | Unknown] = {}
        self._by_place: dict[int, Settings | None] = {}
        self._uses: dict[str, Settings] = {}

    def every(self) -> list[Brought]:
        """Each once: those of Applications first."""
        gitops, world = self._gitops, self._gitops.world
        found = [one for at in gitops.applications for one in self.of_application(at)]
        known = {one.at for one in found}
        for item in world.kustomizing:
            if item.data.get("helmCharts"):
                found += [one for one in self._of_uses(_uses(item)) if one.at not in known]
        found += self._proxies()
        return list({one.at: one for one in reversed(found)}.values())[::-1]

    def has_any(self) -> bool:
        """Whether Git brings Cilium anywhere."""
        return any(self.of_application(at) for at in self._gitops.applications)

    @cached_property
    def brings_monitors(self) -> bool:
        """Whether some Application, payload or file brings the kinds of the Prometheus operator."""
        world = self._gitops.world
        members = (member.object for read in self._gitops.reads for member in read.members)
        crds = (*members, *world.of_kind(CRD_GROUP, "CustomResourceDefinition"))
        if any(item.name == _MONITORS for item in crds):
            return True
        every = (source for at in self._gitops.applications for source in self._gitops.sources(at))
        return any(isinstance(source.chart, str) and "prometheus" in source.chart for source in every)

    def of_roots(self, roots: tuple[str, ...], *, complete: bool) -> Brought | None | Unknown:
        """What these roots bring to the cluster that they lie in; None where nothing can, UNKNOWN also where several
        do. ``complete`` says that there are no other roots."""
        key = (roots, complete)
        if key not in self._by_roots:
            self._by_roots[key] = self._of_roots(roots, complete)
        return self._by_roots[key]

    def of_application(self, at: str) -> tuple[Brought, ...]:
        if at not in self._by_application:
            self._by_application[at] = tuple(self._of_application(at))
        return self._by_application[at]

    def _of_roots(self, roots: tuple[str, ...], complete: bool) -> Brought | None | Unknown:
        reach = self._gitops.reach_of(roots)
        found: dict[str, Brought] = {}
        for at in reach.applications:
            for one in self.of_application(at):
                if self._gitops.is_altered(at) or not self._stays(at) or not one.settled:
                    return UNKNOWN
                found[one.at] = one
        if not found:
            return None if complete and reach.complete else UNKNOWN
        return next(iter(found.values())) if len(found) == 1 else UNKNOWN

    def _stays(self, at: str) -> bool:
        destination = values.child(self._gitops.applications[at].data, "spec", "destination")
        server, name = values.text(destination, "server"), values.text(destination, "name")
        return (isinstance(server, str) and server.rstrip("/") == OWN_SERVER) or name == OWN_NAME

    def _of_application(self, at: str) -> Iterator[Brought]:
        gitops, item = self._gitops, self._gitops.applications[at]
        every = gitops.sources(at)
        namespace = values.text(item.data, "spec", "destination", "namespace")
        for source in every:
            if source.state == "chart":
                if isinstance(source.chart, str) and source.chart.rpartition("/")[2] == CHART:
                    settings = self._of_source(source, every)
                    yield Brought(source.at, "application", settings, item, namespace)
                continue
            loaded = gitops.loaded(source)
            if loaded is None:
                continue
            settled = not source.data.get("kustomize") and not self._alters(loaded)
            for one in self._of_uses(loaded.charts):
                yield Brought(one.at, one.way, one.settings, item, one.namespace or namespace, settled)
            rendered = self._of_loaded(loaded)
            if rendered is not None:
                place = _namespace(loaded, rendered, namespace)
                yield Brought(rendered.found.at, "manifests", rendered, item, place, settled)

    def _of_source(self, source: Source, every: Sequence[Source]) -> Settings:
        if source.at not in self._uses:
            self._uses[source.at] = self._read(
                source.at, source.revision, helm_values(source, every, self._gitops.folders)
            )
        return self._uses[source.at]

    def _of_uses(self, uses: Sequence[ChartUse]) -> Iterator[Brought]:
        for use in uses:
            if use.data.get("name") == CHART:
                if use.at not in self._uses:
                    applied = chart_values(use, self._gitops.folders)
                    self._uses[use.at] = self._read(use.at, values.text(use.data, "version"), applied)
                yield Brought(use.at, "kustomization", self._uses[use.at], namespace=use.namespace)

    def _of_loaded(self, loaded: Loaded) -> Settings | None:
        """Of manifests in a folder."""
        key = id(loaded)
        if key not in self._by_place:
            members = [Member(each.object, "", number) for number, each in enumerate(loaded.objects)]
            found = installation([one for one in members if one.object.kind in ("ConfigMap", "DaemonSet")])
            pinned = self._gitops.world.settings.versions.get("cilium")
            self._by_place[key] = Settings(found, pinned) if found is not None else None
        return self._by_place[key]

    def _proxies(self) -> Iterator[Brought]:
        for item in self._gitops.world.of_kind(ADDONS_GROUP, "HelmChartProxy"):
            if values.text(item.data, "spec", "chartName") == CHART:
                at = address.at(item.at, ("spec", "valuesTemplate"))
                applied = template_values(values.child(item.data, "spec", "valuesTemplate"), at)
                settings = self._read(item.at, values.text(item.data, "spec", "version"), applied)
                yield Brought(item.at, "helmChartProxy", settings, namespace=None)

    def _read(self, at: str, revision: str | Unknown | None, applied: AppliedValues) -> Settings:
        from crslint.fleet.chartsettings import ChartSettings, exact_version

        return ChartSettings(at, exact_version(revision), applied, self._charts)

    @cached_property
    def _charts(self) -> Charts:
        from crslint.fleet.chartsettings import Charts

        return Charts()

    def _alters(self, loaded: Loaded) -> bool:
        """Whether a kustomization on the way changes more than namespaces."""
        names = (path for path in loaded.files if posixpath.basename(path) in KUSTOMIZATIONS)
        every = (item for path in names for item in self._gitops.folders.objects(path))
        return any(item.data.get(field) for item in every for field in ALTERING)


def _uses(item: Object) -> list[ChartUse]:
    return list(charts_of(item, posixpath.dirname(address.path_of(item.at))))


def _namespace(loaded: Loaded, settings: Settings, destination: Any) -> str | Unknown | None:
    owner = settings.found.agent or settings.found.config
    for each in loaded.objects:
        if each.object is owner:
            return _given(each.namespace, destination)
    return UNKNOWN


def _given(written: str | Unknown | None, otherwise: Any) -> str | Unknown | None:
    return written if isinstance(written, Unknown) or written else otherwise


def version_at(one: Brought) -> str | None:
    """Where the release is written: of the chart, else of the agent's image."""
    field = {"application": "targetRevision", "kustomization": "version"}.get(one.way)
    return image_at(one.settings) if field is None else address.at(one.at, (field,))


def image_at(settings: Settings) -> str | None:
    place = settings.environment_at()
    return None if place is None else address.at(place.removesuffix("/env"), ("image",))
