"""The rows of one published chart: what it makes of its values, setting by setting.

A rendering asks for few of them. What the chart makes of no values at all, and which rows read a value, stands in
``tables/cilium-index.yaml``, so that the expressions of other rows are never read.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from functools import cached_property, lru_cache
from typing import Any

from crslint.fleet.charts import gotext
from crslint.fleet.charts.chartvalues import ChartValues
from crslint.fleet.charts.errors import OpenValueError, RefusedError
from crslint.fleet.charts.expression import Expression, expression
from crslint.fleet.charts.scope import Scope
from crslint.fleet.charts.tables import chart_table, covers
from crslint.fleet.entity import UNKNOWN, Unknown
from crslint.fleet.versions import Release, release
from crslint.record import record

CHARTS_SINCE: Release = (1, 12, 0)

Row = Mapping[str, Any]
Rows = tuple[Row, ...]


@record
class Refusal:
    """``path`` leads into the values (``ipam.operator``), ``reason`` says on: "was removed in 1.15"."""

    path: str
    reason: str


class Chart:
    def __init__(self, version: Release) -> None:
        self.version = version
        self.values = ChartValues(version)
        self.derived: Mapping[str, Expression] = _Derived(self)
        self._settings: dict[str, Rows] = {}
        self._orders: dict[frozenset[str], tuple[str, ...]] = {}

    def covering(self, rows: Iterable[Row]) -> Rows:
        """Those for this release."""
        return tuple([row for row in rows if covers(row.get("in", ""), self.version)])

    def setting(self, key: str) -> Rows:
        """The rows of a key of cilium-config, none for a key that the chart does not write."""
        if key not in self._settings:
            self._settings[key] = self.covering(chart_table("config")["keys"].get(key, ()))
        return self._settings[key]

    def one(self, name: str) -> Row:
        """Of what a chart has once: whether it renders cilium-config, the agent, the operator; its image, replicas."""
        (row,) = self.covering(chart_table("config" if name == "rendered" else "workload")[name])
        return row

    @cached_property
    def env(self) -> dict[str, Rows]:
        return self._by_name("env")

    @cached_property
    def secrets(self) -> dict[str, Rows]:
        return self._by_name("secrets")

    @cached_property
    def volumes(self) -> Rows:
        return self.covering(chart_table("workload")["volumes"])

    def _by_name(self, part: str) -> dict[str, Rows]:
        return {name: rows for name, found in chart_table("workload")[part].items() if (rows := self.covering(found))}

    @cached_property
    def standard(self) -> dict[str, str | Unknown]:
        """cilium-config for no values by key; of ``clustered`` keys UNKNOWN, on whatever cluster."""
        found: dict[str, str | Unknown] = dict.fromkeys(self.clustered, UNKNOWN)
        for charts, settings in chart_table("index")["standard"].items():
            if covers(charts, self.version):
                found.update(settings)
        return dict(sorted(found.items()))

    @cached_property
    def clustered(self) -> list[str]:
        """Keys whose values depend on the cluster too."""
        return [key for key in chart_table("index")["clustered"] if self.setting(key)]

    def readers(self, names: Iterable[str]) -> set[str]:
        """The keys of cilium-config that may depend on these top-level Helm values."""
        readers = chart_table("index")["readers"]
        found = (readers[name] for name in names if name in readers)
        return {key for rows in found for charts, keys in rows.items() if covers(charts, self.version) for key in keys}

    def parts(self, names: Iterable[str]) -> set[str]:
        """The parts beside cilium-config that may depend on these top-level Helm values."""
        readers = chart_table("index")["parts"]
        return {part for name in names for part in readers.get(name, ())}

    def order(self, names: frozenset[str]) -> tuple[str, ...]:
        """All keys as a cilium-config has them: first those that do not depend on these top-level Helm values."""
        if names not in self._orders:
            keys = self.readers(names)
            self._orders[names] = (*(key for key in self.standard if key not in keys), *sorted(keys))
        return self._orders[names]

    @cached_property
    def served(self) -> frozenset[str]:
        """The top-level Helm values that refusals by what a cluster serves may depend on."""
        rows = {number for number, row in enumerate(chart_table("refusals")) if "served(" in row["when"]}
        readers = chart_table("index")["refusals"]
        names = [name for name, numbers in readers.items() if not rows.isdisjoint(numbers)]
        paths = value_of(self.one("rendered")).every_path(self.derived)
        return frozenset((*names, *(path.partition(".")[0] for path in paths)))

    def refusals(self, names: Collection[str] | None = None) -> Rows:
        """Those that may depend on these top-level Helm values: no chart refuses its defaults, so that others need not
        be asked."""
        rows = chart_table("refusals")
        if names is not None:
            readers = chart_table("index")["refusals"]
            rows = [rows[number] for number in sorted({number for name in names for number in readers.get(name, ())})]
        return self.covering(rows)


class _Derived(dict[str, Expression]):
    """Derived values by name: read where one is asked for."""

    def __init__(self, chart: Chart) -> None:
        super().__init__()
        self._chart = chart

    def __missing__(self, name: str) -> Expression:
        for table in ("workload", "config"):
            rows = self._chart.covering(chart_table(table)["derived"].get(name, ()))
            if rows:
                return self.setdefault(name, expression(rows[-1]["value"]))
        raise KeyError(name)


def chart_of(version: str) -> Chart | None:
    """None for what is no version, or one before the first that the tables describe."""
    found = release(version)
    return None if found is None or found < CHARTS_SINCE else _chart(found)


@lru_cache(maxsize=64)
def _chart(version: Release) -> Chart:
    return Chart(version)


def last(rows: Rows, scope: Scope, refusals: list[Refusal]) -> str | Unknown | None:
    """What the last row that holds gives, None where none does."""
    result: str | Unknown | None = None
    for row in rows:
        try:
            if "when" not in row or expression(row["when"]).evaluate(scope):
                result = UNKNOWN
                result = gotext.text(value_of(row).evaluate(scope))
        except OpenValueError:
            result = UNKNOWN
        except RefusedError as error:
            refusals.append(Refusal(error.path, error.reason))
    return result


def result(row: Row, scope: Scope, refusals: list[Refusal]) -> Any:
    """What one row gives as it is."""
    try:
        return value_of(row).evaluate(scope)
    except OpenValueError:
        return UNKNOWN
    except RefusedError as error:
        refusals.append(Refusal(error.path, error.reason))
        return UNKNOWN


def written(value: Any) -> str | Unknown:
    """The text of a value that goes through the chart as it is."""
    try:
        return gotext.text(value)
    except OpenValueError:
        return UNKNOWN


def value_of(row: Row) -> Expression:
    return expression(row["value"])
