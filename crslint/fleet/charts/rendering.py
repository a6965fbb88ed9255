"""What a published Cilium chart renders from Helm values, by the rules of `tables/cilium-*.yaml`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from crslint.fleet.charts import workload
from crslint.fleet.charts.chart import Chart, Refusal, Row, chart_of, last, result, written
from crslint.fleet.charts.chartvalues import Applied, is_same, opened
from crslint.fleet.charts.errors import OpenValueError, RefusedError
from crslint.fleet.charts.expression import expression
from crslint.fleet.charts.scope import Scope
from crslint.fleet.entity import UNKNOWN, Unknown
from crslint.fleet.versions import release
from crslint.record import record


@record
class Rendering:
    """``config`` (cilium-config) is None where the chart refuses the values; the keys in ``open`` depend on what is not
    known here and are left out of it. ``volumes``: the ConfigMaps that the agent mounts, and whether it can do without.
    """

    config: dict[str, str] | None
    open: frozenset[str]
    env: dict[str, str | Unknown]
    image: str | None | Unknown
    operator_replicas: int | None | Unknown
    volumes: tuple[tuple[str, bool], ...]
    secrets: dict[str, tuple[str, ...]]
    refusals: tuple[Refusal, ...]
    unknown: tuple[tuple[str, str | None], ...]


def render(
    version: str,
    values: Mapping[str, Any],
    *,
    kubernetes: str | None = None,
    served: Collection[str] | None = (),
    complete: bool = True,
) -> Rendering:
    """The rendering of a published chart without a cluster, as ``helm template`` and Argo CD make it.

    ``values`` is plain data; what is a template variable in it leaves open what depends on it. ``kubernetes`` is the
    version that Helm is told; where it is not given, settings that depend on it are open. ``served`` are the API
    versions that Helm is told besides the built-in ones, None where they are not known. Where the values are not
    ``complete``, what they do not say is open too. Releases after the newest known one are read like it. Raises
    ValueError for what is no version, or one before 1.12.
    """
    return Renderings(version, kubernetes=kubernetes, served=served, complete=complete).of(values)


class Renderings:
    """Renderings of one chart on one kind of cluster, each made from the one before: what reads no value that is
    another one now gives what it gave then.

    Values differ in little from cluster to cluster. Nobody changes them between two renderings.
    """

    def __init__(self, version: str, *, kubernetes: str | None, served: Collection[str] | None, complete: bool) -> None:
        chart = chart_of(version)
        if chart is None:
            raise ValueError(f"no rules for chart {version}")
        self._chart = chart
        self._kubernetes = release(kubernetes)
        self._served = served
        self._complete = complete
        self._before: _Made | None = None

    def of(self, values: Mapping[str, Any]) -> Rendering:
        chart, complete = self._chart, self._complete
        given = Applied(chart.values, values)
        scope = Scope(given if complete else opened(given, values), chart.derived, self._kubernetes, self._served)
        refusals = [
            Refusal(path, f"has the wrong type: the chart's schema takes {types}")
            for path, types in chart.values.misfits(values)
        ]
        told: list[Refusal] = []
        rendered = result(chart.one("rendered"), scope, told)
        is_rendered = UNKNOWN if rendered is UNKNOWN else bool(rendered)
        before = self._before
        if before is not None and before.is_rendered is not is_rendered:
            before = None
        named = values if complete else dict.fromkeys((*scope.values, *values))
        changed = list(named) if before is None else _differing(before.values, values)
        rows = chart.refusals(None if before is None and not complete else changed) if values else ()
        refusals += _refused_by(rows, scope, is_rendered=is_rendered is True)
        refusals += told
        config: dict[str, str | Unknown] = {}
        if is_rendered is not False:
            config = _config(chart, before, changed, scope, refusals)
        parts = {} if before is None else dict(before.parts)
        for name in workload.PARTS if before is None else sorted(chart.parts(changed), key=list(workload.PARTS).index):
            parts[name] = workload.PARTS[name](chart, scope, refusals)
        if not refusals and is_rendered is not False:
            # A chart that refuses values says of nothing what it would have been.
            self._before = _Made(values, is_rendered, config, parts)
        if is_rendered is not False:
            config = _ordered(config, chart.order(frozenset(named)), scope.values.get("extraConfig"))
        left_open = frozenset([key for key, value in config.items() if value is UNKNOWN])
        known = {key: value for key, value in config.items() if key not in left_open} if left_open else config
        unique = tuple(dict.fromkeys((refusal.path, refusal.reason) for refusal in refusals))
        return Rendering(
            config=None if unique else known,  # type: ignore[arg-type]  # nothing in it is unknown
            open=left_open,
            **parts,
            refusals=tuple([Refusal(path, reason) for path, reason in unique]),
            unknown=tuple(chart.values.unknown(values)),
        )


@record
class _Made:
    """A rendering as the next one takes it over: ``config`` with what is open, without `extraConfig`."""

    values: Mapping[str, Any]
    is_rendered: bool | Unknown
    config: dict[str, str | Unknown]
    parts: dict[str, Any]


def _differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """The top-level values of which only one has any, or that are not the same in both."""
    return [
        name
        for name in dict.fromkeys((*before, *after))
        if name not in before or name not in after or not is_same(before[name], after[name])
    ]


def refusals_at_first(version: str, values: Mapping[str, Any]) -> tuple[Refusal, ...]:
    """What refuses complete values on a cluster that serves the built-in kinds alone, where nothing else refuses them.

    What a cluster serves matters to rows of the refusals only, and ``Chart.served`` are the values that they read.
    """
    chart = chart_of(version)
    rows = [row for row in chart.refusals(values) if "served(" in row["when"]] if chart is not None else []
    if chart is None or not rows:
        return ()
    scope = Scope(Applied(chart.values, values), chart.derived, None, ())
    is_rendered = result(chart.one("rendered"), scope, [])
    return tuple(dict.fromkeys(_refused_by(rows, scope, is_rendered=is_rendered is not UNKNOWN and bool(is_rendered))))


def value_behind(version: str, key: str) -> str | None:
    """The Helm value that a key of cilium-config is made of first of all: ``bgpControlPlane.enabled`` for
    ``enable-bgp-control-plane``. None for a key that the chart does not render, or that no value changes."""
    return next(iter(values_behind(version, key)), None)


@lru_cache(maxsize=4096)
def values_behind(version: str, key: str) -> tuple[str, ...]:
    """The Helm values that a key of cilium-config, or a variable of the agent, is made of, that first of all which
    gives its value."""
    chart = chart_of(version)
    if chart is None:
        return ()
    rows = (chart.setting(key) or chart.env.get(key) or ())[::-1]
    parts = [row[part] for part in ("value", "when") for row in rows if part in row]
    return tuple(dict.fromkeys(path for part in parts for path in expression(part).every_path(chart.derived)))


def types_of(version: str, path: str) -> str:
    """The types that the chart's schema takes for a value, as letters of ``tables/cilium-values.yaml``."""
    chart = chart_of(version)
    return "" if chart is None else chart.values.types(path) or ""


def _refused_by(rows: Iterable[Row], scope: Scope, *, is_rendered: bool) -> Iterator[Refusal]:
    for row in rows:
        if "part" in row and not is_rendered:
            continue
        try:
            if expression(row["when"]).evaluate(scope):
                yield Refusal(row["path"], row["reason"])
        except OpenValueError:
            continue
        except RefusedError as error:
            yield Refusal(error.path, error.reason)


def _config(
    chart: Chart, before: _Made | None, changed: Iterable[str], scope: Scope, refusals: list[Refusal]
) -> dict[str, str | Unknown]:
    """Without `extraConfig`."""
    config = dict(chart.standard if before is None else before.config)
    keys = chart.readers(changed)
    clustered = (key for key in chart.clustered if key not in keys) if before is None else ()
    for key in (*clustered, *sorted(keys)):
        value = last(chart.setting(key), scope, refusals)
        if value is not None:
            config[key] = value
        else:
            config.pop(key, None)
    return config


def _ordered(config: Mapping[str, str | Unknown], order: Iterable[str], extra: Any) -> dict[str, str | Unknown]:
    found = {key: config[key] for key in order if key in config}
    if isinstance(extra, Mapping):
        found.update({key: written(value) for key, value in extra.items()})
    return found
