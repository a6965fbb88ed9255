"""Renderings of a chart one after another: each is what the chart would render of its values alone."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from crslint.fleet.charts.chart import chart_of
from crslint.fleet.charts.chartvalues import is_same
from crslint.fleet.charts.expression import expression
from crslint.fleet.charts.rendering import Rendering, Renderings, refusals_at_first, render
from crslint.fleet.charts.tables import chart_table
from crslint.fleet.entity import UNKNOWN

CHARTS = ["1.12.0", "1.13.4", "1.14.5", "1.15.3", "1.16.1", "1.17.9", "1.18.9", "1.19.3", "1.20.0"]


def read_paths() -> list[str]:
    """The Helm values that any row of the tables reads."""
    found = {"extraConfig.own-key", "extraEnv", "image.digest", "image.tag", "image.useDigest", "own"}
    for chart in (chart_of(version) for version in CHARTS):
        assert chart is not None
        rows = [row for rows in chart_table("config")["keys"].values() for row in chart.covering(rows)]
        rows += [*chart.refusals(), *chart.volumes, *(row for rows in chart.secrets.values() for row in rows)]
        rows += [chart.one(name) for name in ("rendered", "agent", "operator", "replicas", "image")]
        parts = [row[part] for row in rows for part in ("value", "when") if part in row]
        found |= {path for part in parts for path in expression(part).every_path(chart.derived)}
    return sorted(found)


PATHS = read_paths()
DECISIVE = [
    "agent",
    "preflight.enabled",
    "operator.enabled",
    "cluster.id",
    "hubble.enabled",
    "k8sServiceHost",
    "hubble",
]
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from([0, 1, 1.0, -0.0, 0.0, 7, 1000000]),
    st.sampled_from(["", "0", "1", "true", "kubernetes", "native", "${X}", "10.0.0.0/8", "1.14", "5s"]),
    st.sampled_from([UNKNOWN, [], ["a"], [None, 1], [True], {}, {"enabled": True}, [{"name": "A", "value": "b"}]]),
)
SETS = st.dictionaries(st.one_of(st.sampled_from(DECISIVE), st.sampled_from(PATHS)), VALUES, max_size=5)


def nested(values: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for path, value in values.items():
        *steps, last = path.split(".")
        below = found
        for step in steps:
            inner = below.get(step)
            below[step] = inner if isinstance(inner, dict) else {}
            below = below[step]
        below[last] = deepcopy(value)
    return found


def shown(rendering: Rendering) -> list[Any]:
    """With the order of settings, which facts keep."""
    config = rendering.config
    return [rendering, None if config is None else list(config), list(rendering.env), list(rendering.secrets)]


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(CHARTS),
    st.booleans(),
    st.sampled_from([None, "1.34.0"]),
    SETS,
    st.lists(SETS, min_size=2, max_size=4),
)
def test_a_rendering_is_the_same_after_others(
    chart: str, complete: bool, kubernetes: str | None, common: dict[str, Any], differing: list[dict[str, Any]]
) -> None:
    renderings = Renderings(chart, kubernetes=kubernetes, served=None, complete=complete)
    for each in [*differing, {}, *differing]:
        values = nested({**common, **each})
        alone = render(chart, values, kubernetes=kubernetes, served=None, complete=complete)
        assert shown(renderings.of(values)) == shown(alone)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(CHARTS), SETS)
def test_what_a_cluster_serves_matters_to_few_values(version: str, given_values: dict[str, Any]) -> None:
    chart = chart_of(version)
    assert chart is not None
    values = nested(given_values)
    read = {name: value for name, value in values.items() if name in chart.served}
    assert refusals_at_first(version, values) == refusals_at_first(version, read)


def test_values_that_are_equal_are_not_the_same() -> None:
    alike: list[Any] = [
        1,
        1.0,
        True,
        "1",
        None,
        UNKNOWN,
        0.0,
        -0.0,
        [1],
        [True],
        {"a": 1},
        {"a": True},
        {},
        {"a": None},
    ]
    assert [(one, other) for one in alike for other in alike if is_same(one, other) is not (one is other)] == []
    assert is_same({"a": [1, {"b": None}]}, {"a": [1, {"b": None}]})
    renderings = Renderings("1.18.9", kubernetes=None, served=None, complete=True)
    for written, text in ((1, "1"), (True, "true"), (1.0, "1"), ("1", "1"), (1, "1")):
        config = renderings.of({"extraConfig": {"own": written}}).config
        assert config is not None
        assert config["own"] == text
