"""Settings of day 0 against those of day 2: what the real Helm engine rendered, and combinations that it did not."""

from __future__ import annotations

import json
from functools import cache
from itertools import pairwise
from typing import Any

import pytest
from checking import DATA
from hypothesis import given, settings
from hypothesis import strategies as st
from resolving import resolved
from test_cilium_charts import CHARTS, INDEPENDENT, changes, config, joined
from test_cilium_settings import settings as day0_of

from crslint.fleet.charts.drift import drift, settings_of
from crslint.fleet.charts.tables import value_table
from crslint.fleet.chartsettings import Charts, ChartSettings
from crslint.fleet.drifts import Drifts
from crslint.fleet.helmvalues import AppliedValues

VECTORS = DATA / "cilium-vectors.json"
CHARTS_READ = Charts()
needs_vectors = pytest.mark.skipif(not VECTORS.exists(), reason="the renderings are not here")


def day2_of(chart: str, values: dict[str, Any], *, complete: bool = True) -> ChartSettings:
    return ChartSettings("app.yaml:0#", chart, AppliedValues(values, complete, "app.yaml:0#"), CHARTS_READ)


def differing(day0: Any, day2: ChartSettings, replicas: tuple[int, int] | None = None) -> dict[str, Any]:
    rows = Drifts(day0, day2, replicas, frozenset()).all()
    return {row["setting"]: (row["day0"], row["day2"]) for row in rows}


@cache
def renderings() -> list[dict[str, Any]]:
    """Those that the chart does not refuse, with the whole cilium-config."""
    vectors = json.loads(VECTORS.read_text())
    defaults = {entry["chart"]: entry["config"] for entry in vectors if entry["name"] == "defaults"}
    found = []
    for entry in vectors:
        if not entry["fails"]:
            changed = entry.get("configChanged", {})
            whole = {**defaults[entry["chart"]], **changed}
            gone = {key for key, value in changed.items() if value is None}
            entry["whole"] = {key: value or "" for key, value in whole.items() if key not in gone}
            found.append(entry)
    return found


@needs_vectors
def test_the_same_values_do_not_drift() -> None:
    for entry in renderings():
        day0 = day0_of(entry["whole"], entry["image"], entry["env"])
        day2 = day2_of(entry["chart"], entry["values"])
        where = (entry["chart"], entry["name"])
        replicas = day2.rendering.operator_replicas if day2.rendering else None
        assert replicas == entry["operatorReplicas"], where
        assert day0.version == day2.version, where
        assert differing(day0, day2, (entry["operatorReplicas"], entry["operatorReplicas"])) == {}, where


def differing_between(before: dict[str, Any], after: dict[str, Any]) -> dict[str, tuple[str | None, str | None]]:
    """What two renderings of the engine differ by, but for what depends on the Kubernetes version."""
    day2 = day2_of(after["chart"], after["values"])
    one, other = (settings_of(entry["whole"], entry["chart"]) for entry in (before, after))
    expected = {
        row["setting"]: (row["day0"], row["day2"]) for row in drift(one, other) if row["setting"] not in day2.left_open
    }
    for name in ("KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT"):
        told = (before["env"].get(name) or None, after["env"].get(name) or None)
        if told[0] != told[1]:
            expected[name] = told
    counts = (str(before["operatorReplicas"]), str(after["operatorReplicas"]))
    return expected | ({"operator replicas": counts} if counts[0] != counts[1] else {})


@needs_vectors
def test_other_values_drift_where_they_differ() -> None:
    """Each rendering against the values of the next one of its chart: compared are two renderings of the engine."""
    for before, after in pairwise(renderings()):
        if before["chart"] == after["chart"]:
            day0 = day0_of(before["whole"], before["image"], before["env"])
            day2 = day2_of(after["chart"], after["values"])
            counts = (before["operatorReplicas"], after["operatorReplicas"])
            expected = differing_between(before, after)
            assert differing(day0, day2, counts) == expected, (before["chart"], before["name"], after["name"])


@settings(max_examples=40)
@given(st.sampled_from(CHARTS), *(st.sets(st.sampled_from(sorted(INDEPENDENT)), max_size=5) for _ in range(2)))
def test_values_combined_otherwise_drift_by_what_only_one_side_has(chart: str, one: set[str], other: set[str]) -> None:
    before, after = (joined(*(INDEPENDENT[name] for name in sorted(names))) for names in (one, other))
    day0 = day0_of(config(chart, before), f"quay.io/cilium/cilium:v{chart}")
    found = differing(day0, day2_of(chart, after))
    assert not found if one == other else True
    changed = {
        key
        for name in one ^ other
        for key in settings_of({key: value or "-" for key, value in changes(chart, INDEPENDENT[name]).items()}, chart)
    }
    assert found.keys() <= changed
    own = {
        "routes": "auto-direct-node-routes",
        "cluster": "cluster-id",
        "policy": "enable-policy",
        "devices": "devices",
    }
    assert {own[name] for name in one ^ other if name in own} <= found.keys()


def test_values_that_are_not_all_known_leave_the_rest_open() -> None:
    day2 = day2_of("1.18.9", {"kubeProxyReplacement": True}, complete=False)
    assert day2.config() == {"kube-proxy-replacement": "true"}
    assert "enable-bgp-control-plane" in day2.left_open
    day0 = day0_of({"kube-proxy-replacement": "false", "ipam": "kubernetes"}, "quay.io/cilium/cilium:v1.18.9")
    assert differing(day0, day2) == {"kube-proxy-replacement": ("false", "true")}


@pytest.mark.parametrize(
    ("chart", "values", "key", "path"),
    [
        ("1.14.5", {"tunnel": "disabled"}, "routing-mode", "tunnel"),
        ("1.14.5", {"routingMode": "native", "tunnel": "vxlan"}, "routing-mode", "routingMode"),
        ("1.18.9", {}, "enable-bgp-control-plane", "bgpControlPlane.enabled"),
        ("1.18.9", {"extraConfig": {"devices": "eth0"}}, "devices", "extraConfig.devices"),
        ("1.18.9", {}, "KUBERNETES_SERVICE_HOST", "k8sServiceHost"),
        ("1.18.9", {}, "own-key", "extraConfig.own-key"),
    ],
)
def test_the_value_behind_a_setting(chart: str, values: dict[str, Any], key: str, path: str) -> None:
    assert ".".join(day2_of(chart, values).path(key)) == path


PATHS = sorted(f"{name}{rest}" for name, entry in value_table().items() for rest in entry)

ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),  # JSON has neither
    st.sampled_from(["", "true", "auto", "strict", "${X}", "{{ x }}", "10.0.0.0/8", "v1.18.9@sha256:aa"]),
    st.lists(st.one_of(st.none(), st.text(max_size=3)), max_size=2),
    st.dictionaries(st.sampled_from(["enabled", "a", "1"]), st.one_of(st.none(), st.booleans()), max_size=2),
)


@settings(max_examples=120)
@given(
    st.sampled_from([*CHARTS, "1.21.0", "1.18.*", "x"]),
    st.dictionaries(st.sampled_from(PATHS), ODD, max_size=6),
    st.sampled_from(["values", "valuesObject", "parameters"]),
)
def test_odd_values_give_facts(chart: str, given_values: dict[str, Any], form: str) -> None:
    values: dict[str, Any] = {}
    for path, value in given_values.items():
        *steps, last = path.split(".")
        below = values
        for step in steps:
            below[step] = below.get(step) if isinstance(below.get(step), dict) else {}
            below = below[step]
        below[last] = value
    helm: dict[str, Any] = {form: json.dumps(values) if form == "values" else values}
    if form == "parameters":
        helm = {form: [{"name": name, "value": value} for name, value in given_values.items()]}
    source = {"repoURL": "https://helm.cilium.io", "chart": "cilium", "targetRevision": chart, "helm": helm}
    application = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": "cilium"},
        "spec": {"source": source},
    }
    (found,) = resolved({"app.yaml": json.dumps(application)}).entities["ciliumSetting"]
    assert json.loads(json.dumps(found.facts()))["day"] == 2


def test_helm_of_a_wrong_type_says_nothing() -> None:
    application = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: cilium}
spec:
  source: {repoURL: 'https://helm.cilium.io', chart: cilium, targetRevision: 1.18.9, helm: 7}
"""
    fleet = resolved({"app.yaml": application})
    (found,) = fleet.entities["ciliumSetting"]
    assert "bgpControlPlane" not in found.facts()
    assert [entity.ENTITY for entity in fleet.entities["application"]] == ["application"]
