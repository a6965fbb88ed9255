"""What a published Cilium chart renders from Helm values, by the rules of `tables/cilium-*.yaml`."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from typing import Any

from crslint.fleet.charts import gotext
from crslint.fleet.charts.chartvalues import ChartValues, merged, opened
from crslint.fleet.charts.errors import OpenValueError, RefusedError
from crslint.fleet.charts.expression import Expression, expression
from crslint.fleet.charts.scope import Scope
from crslint.fleet.charts.tables import chart_table, covers
from crslint.fleet.entity import UNKNOWN, Unknown
from crslint.fleet.versions import Release, release
from crslint.record import record
from crslint.row import NamedTuple

_CHARTS_SINCE = (1, 12, 0)


@record
class Refusal:
    """``path`` leads into the values (``ipam.operator``), ``reason`` says on: "was removed in 1.15"."""

    path: str
    reason: str


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


class _Row(NamedTuple):
    value: Expression
    when: Expression | None
    data: Mapping[str, Any]


class _Refusing(NamedTuple):
    """A row of the refusals, whose expression is built where one of its ``words`` is given: most never are. Its names
    are among the words."""

    words: frozenset[str]
    data: Mapping[str, Any]


class _Chart:
    """The rows of one release, and what they give for no values at all."""

    def __init__(self, version: Release) -> None:
        self.version = version
        self.values = ChartValues(version)
        config, workload = chart_table("config"), chart_table("workload")
        self.derived = {
            name: row.value
            for table in (config["derived"], workload["derived"])
            for name, rows in table.items()
            for row in self._rows(rows)
        }
        self.keys = {key: rows for key, found in config["keys"].items() if (rows := self._rows(found))}
        self.env = {name: rows for name, found in workload["env"].items() if (rows := self._rows(found))}
        self.secrets = {name: rows for name, found in workload["secrets"].items() if (rows := self._rows(found))}
        self.refusals = tuple(
            _Refusing(frozenset(_word().findall(row["when"])), row)
            for row in chart_table("refusals")
            if covers(row.get("in", ""), version)
        )
        self.volumes = self._rows(workload["volumes"])
        (self.rendered,) = self._rows(config["rendered"])
        (self.agent,) = self._rows(workload["agent"])
        (self.operator,) = self._rows(workload["operator"])
        (self.replicas,) = self._rows(workload["replicas"])
        (self.image,) = self._rows(workload["image"])
        self._behind = self._names_behind()
        self.readers = self._readers()
        self.standard: dict[tuple[Release | None, frozenset[str] | None], dict[str, str | Unknown]] = {}

    def refusals_of(self, given: Collection[str]) -> Iterator[_Refusing]:
        """The refusals that may depend on these top-level Helm values. No chart refuses its defaults, so that others
        need not be asked."""
        touched = {*given, *(name for name, read in self._behind.items() if not read.isdisjoint(given))}
        return (row for row in self.refusals if not row.words.isdisjoint(touched))

    def _rows(self, rows: Sequence[Mapping[str, Any]]) -> tuple[_Row, ...]:
        return tuple(
            _Row(expression(row.get("value", "True")), expression(row["when"]) if "when" in row else None, row)
            for row in rows
            if covers(row.get("in", ""), self.version)
        )

    def _names_behind(self) -> dict[str, frozenset[str]]:
        """Per derived value all names that it may depend on."""
        behind: dict[str, frozenset[str]] = {}

        def names(item: Expression) -> frozenset[str]:
            found = set(item.names)
            for name in item.names:
                if name.startswith("_"):
                    if name not in behind:
                        behind[name] = names(self.derived[name])
                    found |= behind[name]
            return frozenset(found)

        return {name: names(item) for name, item in self.derived.items()}

    def _readers(self) -> dict[str, set[str]]:
        """Per top-level Helm value the keys of cilium-config that may depend on it."""
        readers: dict[str, set[str]] = {}
        for key, rows in self.keys.items():
            for row in rows:
                for part in (row.value, row.when):
                    for name in part.names if part else ():
                        readers.setdefault(name, set()).add(key)
        for name, read in self._behind.items():
            for each in read if name in readers else ():
                readers.setdefault(each, set()).update(readers[name])
        return readers


@cache
def _word() -> re.Pattern[str]:
    """A name in an expression, apart from fields."""
    return re.compile(r"(?<![\w.'])[A-Za-z_]\w*")


@lru_cache(maxsize=64)
def _chart(version: Release) -> _Chart:
    return _Chart(version)


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
    found = release(version)
    if found is None or found < _CHARTS_SINCE:
        raise ValueError(f"no rules for chart {version}")
    chart = _chart(found)
    told = release(kubernetes)
    given = merged(chart.values.defaults, values)
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
    found = release(version)
    if found is None or found < _CHARTS_SINCE:
        return ()
    chart = _chart(found)
    rows = [row for row in chart.refusals_of(values) if "served" in row.words]
    scope = Scope(merged(chart.values.defaults, values), chart.derived, None, ()) if rows else None
    return tuple(dict.fromkeys(_refused_by(chart, rows, scope))) if scope else ()


def value_behind(version: str, key: str) -> str | None:
    """The Helm value that a key of cilium-config is made of first of all: ``bgpControlPlane.enabled`` for
    ``enable-bgp-control-plane``. None for a key that the chart does not render, or that no value changes."""
    return next(iter(values_behind(version, key)), None)


@lru_cache(maxsize=4096)
def values_behind(version: str, key: str) -> tuple[str, ...]:
    """The Helm values that a key of cilium-config, or a variable of the agent, is made of, that first of all which
    gives its value."""
    found = release(version)
    if found is None or found < _CHARTS_SINCE:
        return ()
    chart = _chart(found)
    rows = chart.keys.get(key) or chart.env.get(key) or ()
    parts = (*(row.value for row in reversed(rows)), *(row.when for row in reversed(rows)))
    return tuple(dict.fromkeys(path for part in parts if part is not None for path in part.every_path(chart.derived)))


def types_of(version: str, path: str) -> str:
    """The types that the chart's schema takes for a value, as letters of ``tables/cilium-values.yaml``."""
    found = release(version)
    return "" if found is None or found < _CHARTS_SINCE else _chart(found).values.types.get(path, "")


def _refusals(chart: _Chart, values: Mapping[str, Any], scope: Scope, *, complete: bool) -> Iterator[Refusal]:
    for path, types in chart.values.misfits(values):
        yield Refusal(path, f"has the wrong type: the chart's schema takes {types}")
    if values:
        yield from _refused_by(chart, chart.refusals_of(values) if complete else chart.refusals, scope)


def _refused_by(chart: _Chart, rows: Iterable[_Refusing], scope: Scope) -> Iterator[Refusal]:
    rendered = _result(chart.rendered, scope, [])
    for row in rows:
        if "part" in row.data and (rendered is UNKNOWN or not rendered):
            continue
        try:
            if expression(row.data["when"]).evaluate(scope):
                yield Refusal(row.data["path"], row.data["reason"])
        except OpenValueError:
            continue
        except RefusedError as error:
            yield Refusal(error.path, error.reason)


def _config(
    chart: _Chart, values: Mapping[str, Any], scope: Scope, refusals: list[Refusal]
) -> dict[str, str | Unknown]:
    rendered = _result(chart.rendered, scope, refusals)
    if rendered is not UNKNOWN and not rendered:
        return {}
    situation = (scope.kubernetes, None if scope.served is None else frozenset(scope.served))
    if situation not in chart.standard:
        standard = Scope(chart.values.defaults, chart.derived, *situation)
        chart.standard[situation] = dict(_settings(chart, chart.keys, standard, []))
    config = dict(chart.standard[situation])
    changed: set[str] = set()
    for name in values:
        changed |= chart.readers.get(name, set())
    for key in changed:
        config.pop(key, None)
    config.update(_settings(chart, sorted(changed), scope, refusals))
    extra = scope.values.get("extraConfig")
    if isinstance(extra, Mapping):
        config.update({key: UNKNOWN if value is UNKNOWN else gotext.text(value) for key, value in extra.items()})
    return config


def _settings(
    chart: _Chart, keys: Collection[str], scope: Scope, refusals: list[Refusal]
) -> Iterator[tuple[str, str | Unknown]]:
    for key in keys:
        value = _last(chart.keys[key], scope, refusals)
        if value is not None:
            yield key, value


def _last(rows: tuple[_Row, ...], scope: Scope, refusals: list[Refusal]) -> str | Unknown | None:
    """What the last row that holds gives, None where none does."""
    result: str | Unknown | None = None
    for row in rows:
        try:
            if row.when is None or row.when.evaluate(scope):
                result = UNKNOWN
                result = gotext.text(row.value.evaluate(scope))
        except OpenValueError:
            result = UNKNOWN
        except RefusedError as error:
            refusals.append(Refusal(error.path, error.reason))
    return result


def _result(row: _Row, scope: Scope, refusals: list[Refusal]) -> Any:
    try:
        value = row.value.evaluate(scope)
    except OpenValueError:
        return UNKNOWN
    except RefusedError as error:
        refusals.append(Refusal(error.path, error.reason))
        return UNKNOWN
    return value


class _Parts:
    """What a chart makes of its values beside cilium-config."""

    def __init__(self, chart: _Chart, scope: Scope, refusals: list[Refusal]) -> None:
        self._chart = chart
        self._scope = scope
        self._refusals = refusals
        agent = _result(chart.agent, scope, refusals)
        self._has_agent = agent is UNKNOWN or bool(agent)

    def env(self) -> dict[str, str | Unknown]:
        """Variables of the agent with a value of their own."""
        if not self._has_agent:
            return {}
        found: dict[str, str | Unknown] = {}
        for name, rows in self._chart.env.items():
            value = _last(rows, self._scope, self._refusals)
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
        base = _result(self._chart.image, self._scope, self._refusals)
        given = self._scope.values.get("image")
        if base is UNKNOWN or not isinstance(given, Mapping) or given.get("override"):
            return base if isinstance(base, (str, Unknown)) else UNKNOWN
        text = ".".join(map(str, self._chart.version))
        tag, digest = given.get("tag", f"v{text}"), given.get("digest", _digest(text))
        if UNKNOWN in (tag, digest, given.get("useDigest", True)) or (digest is None and given.get("useDigest", True)):
            return UNKNOWN
        return f"{base}:{tag}" + (f"@{digest}" if given.get("useDigest", True) else "")

    def replicas(self) -> int | None | Unknown:
        has_operator = _result(self._chart.operator, self._scope, self._refusals)
        if has_operator is not UNKNOWN and not has_operator:
            return None
        found = _result(self._chart.replicas, self._scope, self._refusals)
        return found if isinstance(found, int) and not isinstance(found, bool) else UNKNOWN

    def volumes(self) -> tuple[tuple[str, bool], ...]:
        if not self._has_agent:
            return ()
        found = ((row, _last((row,), self._scope, self._refusals)) for row in self._chart.volumes)
        return tuple((name, row.data.get("optional", False)) for row, name in found if isinstance(name, str) and name)

    def secrets(self) -> dict[str, tuple[str, ...]]:
        """Secrets that the chart fills with keys and certificates, and their keys."""
        found = ((name, _last(rows, self._scope, self._refusals)) for name, rows in self._chart.secrets.items())
        return {name: tuple(keys.split()) for name, keys in found if isinstance(keys, str)}


def _digest(version: str) -> str | None:
    found = chart_table("images").get(version)
    return f"sha256:{found}" if found else None
