"""What a published Cilium chart renders from Helm values, by the rules of `tables/cilium-*.yaml`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from crslint.fleet.charts import gotext
from crslint.fleet.charts.chart import Chart, Refusal, Row, chart_of, last, settings, value_of
from crslint.fleet.charts.chartvalues import Applied, opened
from crslint.fleet.charts.errors import OpenValueError, RefusedError
from crslint.fleet.charts.expression import expression
from crslint.fleet.charts.scope import Scope
from crslint.fleet.charts.tables import chart_table
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
    chart = chart_of(version)
    if chart is None:
        raise ValueError(f"no rules for chart {version}")
    told = release(kubernetes)
    given = Applied(chart.values, values)
    scope = Scope(given if complete else opened(given, values), chart.derived, told, served)
    refusals = list(_refusals(chart, values, scope, complete=complete))
    config = _config(chart, values if complete else scope.values, scope, refusals)
    parts = _Parts(chart, scope, refusals)
    env, image, replicas = parts.env(), parts.image(), parts.replicas()
    volumes, secrets = parts.volumes(), parts.secrets()
    unique = tuple(dict.fromkeys((refusal.path, refusal.reason) for refusal in refusals))
    return Rendering(
        config=None if unique else {key: value for key, value in config.items() if not isinstance(value, Unknown)},
        open=frozenset(key for key, value in config.items() if value is UNKNOWN),
        env=env,
        image=image,
        operator_replicas=replicas,
        volumes=volumes,
        secrets=secrets,
        refusals=tuple(Refusal(path, reason) for path, reason in unique),
        unknown=tuple(chart.values.unknown(values)),
    )


def refusals_at_first(version: str, values: Mapping[str, Any]) -> tuple[Refusal, ...]:
    """What refuses complete values on a cluster that serves the built-in kinds alone, where nothing else refuses them.

    What a cluster serves matters to rows of the refusals only.
    """
    chart = chart_of(version)
    rows = [row for row in chart.refusals(values) if "served(" in row["when"]] if chart is not None else []
    if chart is None or not rows:
        return ()
    scope = Scope(Applied(chart.values, values), chart.derived, None, ())
    return tuple(dict.fromkeys(_refused_by(chart, rows, scope)))


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


def _refusals(chart: Chart, values: Mapping[str, Any], scope: Scope, *, complete: bool) -> Iterator[Refusal]:
    for path, types in chart.values.misfits(values):
        yield Refusal(path, f"has the wrong type: the chart's schema takes {types}")
    if values:
        yield from _refused_by(chart, chart.refusals(values if complete else None), scope)


def _refused_by(chart: Chart, rows: Iterable[Row], scope: Scope) -> Iterator[Refusal]:
    rendered = _result(chart.one("rendered"), scope, [])
    for row in rows:
        if "part" in row and (rendered is UNKNOWN or not rendered):
            continue
        try:
            if expression(row["when"]).evaluate(scope):
                yield Refusal(row["path"], row["reason"])
        except OpenValueError:
            continue
        except RefusedError as error:
            yield Refusal(error.path, error.reason)


def _config(chart: Chart, values: Mapping[str, Any], scope: Scope, refusals: list[Refusal]) -> dict[str, str | Unknown]:
    rendered = _result(chart.one("rendered"), scope, refusals)
    if rendered is not UNKNOWN and not rendered:
        return {}
    changed = chart.readers(values)
    config = {key: value for key, value in chart.standard.items() if key not in changed}
    for key in chart.clustered:
        if key in config:
            value = last(chart.setting(key), scope, refusals)
            if value is None:
                del config[key]
            else:
                config[key] = value
    config.update(settings(chart, sorted(changed), scope, refusals))
    extra = scope.values.get("extraConfig")
    if isinstance(extra, Mapping):
        config.update({key: UNKNOWN if value is UNKNOWN else gotext.text(value) for key, value in extra.items()})
    return config


def _result(row: Row, scope: Scope, refusals: list[Refusal]) -> Any:
    try:
        value = value_of(row).evaluate(scope)
    except OpenValueError:
        return UNKNOWN
    except RefusedError as error:
        refusals.append(Refusal(error.path, error.reason))
        return UNKNOWN
    return value


class _Parts:
    """What a chart makes of its values beside cilium-config."""

    def __init__(self, chart: Chart, scope: Scope, refusals: list[Refusal]) -> None:
        self._chart = chart
        self._scope = scope
        self._refusals = refusals
        agent = _result(chart.one("agent"), scope, refusals)
        self._has_agent = agent is UNKNOWN or bool(agent)

    def env(self) -> dict[str, str | Unknown]:
        """Variables of the agent with a value of their own."""
        if not self._has_agent:
            return {}
        found: dict[str, str | Unknown] = {}
        for name, rows in self._chart.env.items():
            value = last(rows, self._scope, self._refusals)
            if value is not None:
                found[name] = value
        extra = self._scope.values.get("extraEnv")
        for entry in extra if isinstance(extra, list) else []:
            if isinstance(entry, Mapping) and isinstance(entry.get("name"), str) and "value" in entry:
                found[entry["name"]] = gotext.text(entry["value"])
        return found

    def image(self) -> str | None | Unknown:
        """The agent's image as the DaemonSet names it."""
        if not self._has_agent:
            return None
        base = _result(self._chart.one("image"), self._scope, self._refusals)
        given = self._scope.values.get("image")
        if base is UNKNOWN or not isinstance(given, Mapping) or given.get("override"):
            return base if isinstance(base, (str, Unknown)) else UNKNOWN
        text = ".".join(map(str, self._chart.version))
        tag, digest = given.get("tag", f"v{text}"), given.get("digest", _digest(text))
        if UNKNOWN in (tag, digest, given.get("useDigest", True)) or (digest is None and given.get("useDigest", True)):
            return UNKNOWN
        return f"{base}:{tag}" + (f"@{digest}" if given.get("useDigest", True) else "")

    def replicas(self) -> int | None | Unknown:
        has_operator = _result(self._chart.one("operator"), self._scope, self._refusals)
        if has_operator is not UNKNOWN and not has_operator:
            return None
        found = _result(self._chart.one("replicas"), self._scope, self._refusals)
        return found if isinstance(found, int) and not isinstance(found, bool) else UNKNOWN

    def volumes(self) -> tuple[tuple[str, bool], ...]:
        if not self._has_agent:
            return ()
        found = ((row, last((row,), self._scope, self._refusals)) for row in self._chart.volumes)
        return tuple((name, row.get("optional", False)) for row, name in found if isinstance(name, str) and name)

    def secrets(self) -> dict[str, tuple[str, ...]]:
        """Secrets that the chart fills with keys and certificates, and their keys."""
        found = ((name, last(rows, self._scope, self._refusals)) for name, rows in self._chart.secrets.items())
        return {name: tuple(keys.split()) for name, keys in found if isinstance(keys, str)}


def _digest(version: str) -> str | None:
    found = chart_table("images").get(version)
    return f"sha256:{found}" if found else None
