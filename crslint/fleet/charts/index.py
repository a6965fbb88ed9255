"""What follows from the tables of charts, computed once for all.

``python -m crslint.fleet.charts.index`` writes it into ``tables/cilium-index.yaml``, and a test compares. ``standard``
has per range of charts the cilium-config of no values, ``clustered`` the keys that depend on the cluster too.
``readers`` tells per top-level Helm value and range of charts which keys depend on it, ``refusals`` which rows of
``tables/cilium-refusals.yaml`` do, in any chart, and ``parts`` which parts of a rendering beside cilium-config.
``tables/cilium-trees.yaml`` has all expressions as trees.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any

from crslint.fleet.charts import workload
from crslint.fleet.charts.chart import CHARTS_SINCE, Chart, Rows, last
from crslint.fleet.charts.chartvalues import Applied
from crslint.fleet.charts.expression import expression
from crslint.fleet.charts.scope import Scope
from crslint.fleet.charts.syntax import tree
from crslint.fleet.charts.tables import chart_table, table_path, value_table
from crslint.fleet.entity import Unknown
from crslint.fleet.versions import Release, release

_PARTS = ("config", "workload")


def index() -> dict[str, Any]:
    charts = [Chart(start) for start in _starts()]
    standard, clustered = _standard(charts)
    return {
        "standard": standard,
        "clustered": clustered,
        "readers": _readers(charts),
        "refusals": _refusals(charts),
        "parts": _parts(charts),
    }


def _standard(charts: Sequence[Chart]) -> tuple[dict[str, dict[str, str]], list[str]]:
    keys = chart_table("config")["keys"]
    found = [_of_no_values(chart, keys) for chart in charts]
    clustered = {key for made in found for key, value in made.items() if isinstance(value, Unknown)}
    ranges: dict[str, dict[str, str]] = defaultdict(dict)
    for key in keys:
        for span, value in _spans(charts, [made.get(key) for made in found]) if key not in clustered else ():
            ranges[span][key] = value
    return {span: ranges[span] for span in sorted(ranges)}, sorted(clustered)


def _of_no_values(chart: Chart, keys: Iterable[str]) -> dict[str, str | Unknown | None]:
    scope = Scope(Applied(chart.values, {}), chart.derived, None, None)
    return {key: last(chart.setting(key), scope, []) for key in keys}


def _readers(charts: Sequence[Chart]) -> dict[str, dict[str, list[str]]]:
    keys = chart_table("config")["keys"]
    readers: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for key in keys:
        read = [_read(chart, chart.setting(key)) for chart in charts]
        for name in frozenset[str]().union(*read):
            for span, _ in _spans(charts, [name in each or None for each in read]):
                readers[name][span].append(key)
    return {name: readers[name] for name in sorted(readers)}


def _refusals(charts: Sequence[Chart]) -> dict[str, list[int]]:
    readers: dict[str, list[int]] = defaultdict(list)
    for number, row in enumerate(chart_table("refusals")):
        for name in frozenset[str]().union(*(_read(chart, chart.covering([row])) for chart in charts)):
            readers[name].append(number)
    return {name: readers[name] for name in sorted(readers)}


def _parts(charts: Sequence[Chart]) -> dict[str, list[str]]:
    readers: dict[str, list[str]] = defaultdict(list)
    for part, (tables, own) in workload.READ.items():
        found = [chart_table("workload")[table] for table in tables]
        rows = [row for each in found for row in (each if isinstance(each, list) else chain(*each.values()))]
        for name in frozenset(own).union(*(_read(chart, chart.covering(rows)) for chart in charts)):
            readers[name].append(part)
    return {name: readers[name] for name in sorted(readers)}


def _read(chart: Chart, rows: Rows) -> frozenset[str]:
    """The top-level Helm values that rows read, also through derived values."""
    parts = [expression(row[part]) for row in rows for part in ("value", "when") if part in row]
    paths = (path for part in parts for path in part.every_path(chart.derived))
    return frozenset(path.partition(".")[0] for path in paths)


def _spans(charts: Sequence[Chart], values: Sequence[Any]) -> Iterator[tuple[str, Any]]:
    """Each value but None with the range of charts that have it."""
    first = 0
    for number in range(1, len(values) + 1):
        after = charts[number].version if number < len(values) else None
        if after is None or values[number] != values[first]:
            if values[first] is not None:
                yield _range(charts[first].version, after), values[first]
            first = number


def _starts() -> list[Release]:
    """The releases from which on another row is for a chart."""
    charts = set(re.findall(r'"in": *"([^"]*)"', json.dumps([chart_table(part) for part in _PARTS])))
    charts |= {row[0] for entry in value_table().values() for rows in entry.values() for row in rows}
    found = {CHARTS_SINCE}
    for bounds in (bounds for each in charts for bounds in each.split()):
        first, dash, last = bounds.partition("-")
        if first:
            found.add(_release(first))
        if last or not dash:
            *head, end = map(int, (last or first).split("."))
            found.add(_release(".".join(map(str, (*head, end + 1)))))
    return sorted(found)


def _release(text: str) -> Release:
    found = release(text)
    assert found is not None
    return found


def _range(start: Release, after: Release | None) -> str:
    """As in the rows of tables, of the charts from ``start`` until before ``after``."""
    first = "" if start == CHARTS_SINCE else _bound(*start)
    if after is None:
        return f"{first}-" if first else ""
    major, minor, patch = after
    last = f"{major}.{minor}.{patch - 1}" if patch else f"{major}.{minor - 1}"
    return f"{first}-{last}" if first != last else first


def _bound(major: int, minor: int, patch: int) -> str:
    return f"{major}.{minor}.{patch}" if patch else f"{major}.{minor}"


_COMMENT = """\
# Made from the other tables of charts by `python -m crslint.fleet.charts.index`, which says what it holds.
"""


_TREES_COMMENT = """\
# The expressions of the tables of charts as trees, made by `python -m crslint.fleet.charts.index`.
"""


def written() -> str:
    """The text of the table."""
    parts = (f"{json.dumps(name)}: {_lines(part)}" for name, part in index().items())
    return _COMMENT + "{" + ",\n".join(parts) + "\n}\n"


def _lines(part: Any) -> str:
    if isinstance(part, list):
        return json.dumps(part)
    return "{\n" + ",\n".join(f"  {json.dumps(name)}: {json.dumps(row)}" for name, row in part.items()) + "\n}"


def trees() -> str:
    """The text of the table of expressions."""
    text = json.dumps([chart_table(name) for name in (*_PARTS, "refusals")])
    found = {json.loads(each) for each in re.findall(r'"(?:value|when)": ("(?:[^"\\\\]|\\\\.)*")', text)}
    lines = (f"{json.dumps(source)}:\n{json.dumps(tree(source), separators=(',', ':'))}" for source in sorted(found))
    return _TREES_COMMENT + "{\n" + ",\n".join(lines) + "\n}\n"


if __name__ == "__main__":
    table_path("trees").write_text(trees(), encoding="utf-8")
    table_path("index").write_text(written(), encoding="utf-8")
