"""Cilium's settings as a published chart renders them from Helm values, each with the value that it is made of."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from crslint import address
from crslint.fleet.charts.chart import Refusal, chart_of
from crslint.fleet.charts.rendering import Rendering, Renderings, refusals_at_first, types_of, values_behind
from crslint.fleet.cilium import Settings
from crslint.fleet.entity import UNKNOWN, Unknown
from crslint.fleet.helmvalues import AppliedValues, Path
from crslint.fleet.versions import image_tag, release

# Releases whose charts the tables describe; of a later one nothing is said.
_SINCE, _UNTIL = (1, 12, 0), (1, 21, 0)

HOST, PORT = "KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT"
# Values that decide about others, and say nothing of the setting itself.
_CONDITIONS = frozenset({"upgradeCompatibility", "cluster", "loadBalancer"})
_OTHER_WAYS = ("k8sServiceHostRef", "k8sServiceLookupConfigMapName")


def exact_version(revision: str | Unknown | None) -> str | None:
    """The release of a chart's revision; None for a range of releases, and for one that is not known here."""
    if not isinstance(revision, str) or revision.count(".") < 2:
        return None
    found = release(revision)
    return revision.removeprefix("v") if found is not None and _SINCE <= found < _UNTIL else None


class Charts:
    """Renderings by version and values: clusters and environments share them."""

    def __init__(self) -> None:
        self._rendered: dict[tuple[str, str, bool], Rendering] = {}
        self._renderings: dict[tuple[str, bool], Renderings] = {}
        self._refusals_at_first: dict[tuple[str, str], tuple[Refusal, ...]] = {}

    def rendering(self, version: str, applied: AppliedValues) -> Rendering:
        """On a cluster of which nothing is known."""
        given = _with_holes(applied)
        key = (version, repr(given), applied.complete)
        if key not in self._rendered:
            self._rendered[key] = self._of(version, complete=applied.complete).of(given)
        return self._rendered[key]

    def refusals_at_first(self, version: str, applied: AppliedValues) -> tuple[Refusal, ...]:
        """What the chart refuses on a cluster that serves the built-in kinds alone, of values that it does not refuse
        everywhere."""
        chart = chart_of(version)
        assert chart is not None
        given = {name: value for name, value in _with_holes(applied).items() if name in chart.served}
        key = (version, repr(given))
        if key not in self._refusals_at_first:
            self._refusals_at_first[key] = refusals_at_first(version, given)
        return self._refusals_at_first[key]

    def _of(self, version: str, *, complete: bool) -> Renderings:
        key = (version, complete)
        if key not in self._renderings:
            self._renderings[key] = Renderings(version, kubernetes=None, served=None, complete=complete)
        return self._renderings[key]


class ChartSettings(Settings):
    """``version`` is that of the agent's image, ``chart`` that of the chart."""

    def __init__(self, at: str, chart: str | None, applied: AppliedValues, charts: Charts) -> None:
        self.source = at
        self.chart = chart
        self.applied = applied
        self._charts = charts
        self._paths: dict[str, Path] = {}
        self.rendering = charts.rendering(chart, applied) if chart is not None else None
        config = self.rendering.config if self.rendering else None
        self.left_open = self.rendering.open if self.rendering else frozenset()
        self.version = self._image_version()
        self._take(UNKNOWN if config is None else config)

    @property
    def refused(self) -> bool:
        return self.rendering is not None and bool(self.rendering.refusals)

    def refusals_at_first(self) -> tuple[Refusal, ...]:
        return () if self.chart is None else self._charts.refusals_at_first(self.chart, self.applied)

    def path(self, key: str) -> Path:
        """The Helm value of a key of cilium-config or of a variable of the agent: one that is stated before others."""
        if key not in self._paths:
            self._paths[key] = self._path(key)
        return self._paths[key]

    def _path(self, key: str) -> Path:
        if self.chart is None:
            return ("extraConfig", key)
        if isinstance(self.applied.value("extraConfig", key), str):
            return ("extraConfig", key)
        found = _paths(self.chart, key)
        stated = (path for path in found if self.is_stated(path))
        return next(stated, found[0] if found else ("extraConfig", key))

    def is_stated(self, path: Path) -> bool:
        return self.applied.value(*path) not in (None, UNKNOWN)

    def is_parameter(self, path: Path) -> bool:
        """Whether a parameter states it, whose value is a text."""
        return self.is_stated(path) and not self.applied.address_of(path).endswith(address.pointer(path))

    def at(self, key: str) -> str:
        return self.applied.address_of(self.path(key))

    def types(self, path: Path) -> str:
        return "" if self.chart is None else types_of(self.chart, ".".join(path))

    def image(self) -> str | None | Unknown:
        return self.rendering.image if self.rendering else UNKNOWN

    def environment(self, name: str) -> tuple[str | None | Unknown, str | None]:
        """Where a variable is not set, the address of the value that would set it."""
        if self.rendering is None:
            return UNKNOWN, None
        return self.rendering.env.get(name), self.at(name)

    def environment_at(self) -> str | None:
        return None

    def names_api_server(self) -> bool | Unknown:
        host, _ = self.environment(HOST)
        if isinstance(host, Unknown):
            return UNKNOWN
        if host:
            return True
        return UNKNOWN if any(self.applied.value(way) is not None for way in _OTHER_WAYS) else False

    def _image_version(self) -> str | None | Unknown:
        if self.rendering is None:
            return UNKNOWN
        image = self.rendering.image
        if not isinstance(image, str):
            return UNKNOWN
        found = release(image_tag(image))
        return UNKNOWN if found is None else ".".join(map(str, found))


@lru_cache(maxsize=4096)
def _paths(chart: str, key: str) -> tuple[Path, ...]:
    """The values that say what a setting is."""
    return tuple([tuple(path.split(".")) for path in values_behind(chart, key) if path not in _CONDITIONS])


def _with_holes(applied: AppliedValues) -> dict[str, Any]:
    data = applied.data
    for path in applied.holes:
        data = _put(data, path)
    return data


def _put(data: dict[str, Any], path: Path) -> dict[str, Any]:
    head, *rest = path
    below = data.get(head)
    return data | {head: _put(below if isinstance(below, dict) else {}, tuple(rest)) if rest else UNKNOWN}
