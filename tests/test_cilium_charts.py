"""Rules of published Cilium charts that no one rendering shows: independence, unknowns, patch releases, drift."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crslint.fleet.charts.chartvalues import Applied, ChartValues
from crslint.fleet.charts.drift import drift, settings_of
from crslint.fleet.charts.gotext import text
from crslint.fleet.charts.index import trees, written
from crslint.fleet.charts.rendering import refusals_at_first, render, value_behind
from crslint.fleet.charts.tables import chart_table, covers, table_path
from crslint.fleet.entity import UNKNOWN
from crslint.fleet.versions import release

CHARTS = ["1.12.19", "1.13.4", "1.14.2", "1.14.5", "1.15.3", "1.16.1", "1.17.9", "1.18.4", "1.19.3", "1.20.0"]

# Values that no condition of another one's settings reads.
INDEPENDENT: dict[str, dict[str, Any]] = {
    "routes": {"autoDirectNodeRoutes": True},
    "cluster": {"cluster": {"name": "prod-01", "id": 7}},
    "devices": {"devices": ["eth0", "bond0.100"]},
    "maglev": {"loadBalancer": {"algorithm": "maglev"}, "maglev": {"tableSize": 65521}},
    "masquerade": {"enableIPv6Masquerade": False},
    "prometheus": {"prometheus": {"enabled": True, "port": 9999}},
    "debug": {"debug": {"enabled": True, "verbose": "flow"}},
    "policy": {"policyEnforcementMode": "Always"},
    "pool": {"ipam": {"operator": {"clusterPoolIPv4PodCIDRList": ["10.1.0.0/16", "10.2.0.0/16"]}}},
    "extra": {"extraConfig": {"mesh-auth-gc-interval": "9m", "own-key": "x"}},
    "host firewall": {"hostFirewall": {"enabled": True}},
    "limits": {"bpf": {"policyMapMax": 65536, "mapDynamicSizeRatio": 0.005}},
    "labels": {"labels": "k8s:io\\.kubernetes\\.pod\\.namespace"},
    "wireguard": {"encryption": {"enabled": True, "type": "wireguard", "nodeEncryption": True}},
}


def config(chart: str, values: dict[str, Any]) -> dict[str, str]:
    found = render(chart, values).config
    assert found is not None
    return found


def changes(chart: str, values: dict[str, Any]) -> dict[str, str | None]:
    before, after = config(chart, {}), config(chart, values)
    return {key: after.get(key) for key in before.keys() | after.keys() if before.get(key) != after.get(key)}


def joined(*parts: dict[str, Any]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for part in parts:
        for key, value in part.items():
            both = isinstance(value, dict) and isinstance(result.get(key), dict)
            result[key] = joined(result[key], value) if both else value
    return result


@settings(max_examples=60)
@given(st.sampled_from(CHARTS), st.sets(st.sampled_from(sorted(INDEPENDENT)), min_size=2, max_size=6))
def test_independent_values_add_up(chart: str, names: set[str]) -> None:
    parts = [INDEPENDENT[name] for name in sorted(names)]
    expected: dict[str, str | None] = {}
    for part in parts:
        expected.update(changes(chart, part))
    assert changes(chart, joined(*parts)) == expected


@pytest.mark.parametrize("chart", CHARTS)
def test_each_value_changes_only_its_settings(chart: str) -> None:
    assert changes(chart, INDEPENDENT["devices"]) == {"devices": "eth0 bond0.100"}
    assert changes(chart, INDEPENDENT["routes"]) == {"auto-direct-node-routes": "true"}
    assert changes(chart, INDEPENDENT["cluster"]) == {"cluster-id": "7", "cluster-name": "prod-01"}
    assert changes(chart, INDEPENDENT["policy"]) == {"enable-policy": "always"}
    assert changes(chart, INDEPENDENT["extra"])["own-key"] == "x"
    assert changes(chart, INDEPENDENT["pool"]) == {"cluster-pool-ipv4-cidr": "10.1.0.0/16 10.2.0.0/16"}


@pytest.mark.parametrize(
    ("chart", "mode", "protocol"),
    [
        ("1.14.0", "native", None),
        ("1.14.2", "native", None),
        ("1.14.3", "native", None),
        ("1.15.0", "tunnel", "vxlan"),
        ("1.15.7", "tunnel", "vxlan"),
        ("1.16.1", "tunnel", "vxlan"),
    ],
)
def test_tunnel_by_patch_release(chart: str, mode: str, protocol: str | None) -> None:
    found = config(chart, {"tunnel": "disabled"})
    assert (found.get("routing-mode"), found.get("tunnel-protocol")) == (mode, protocol)


@pytest.mark.parametrize("chart", ["1.15.8", "1.15.19", "1.16.2", "1.17.4", "1.20.0"])
def test_tunnel_refused(chart: str) -> None:
    rendering = render(chart, {"tunnel": "geneve", "devices": ["eth0"]})
    assert rendering.config is None
    assert [refusal.path for refusal in rendering.refusals] == ["tunnel"]


def test_tunnel_unknown_where_it_is_ignored() -> None:
    assert render("1.15.4", {"tunnel": "disabled"}).unknown == (("tunnel", None),)
    assert render("1.14.5", {"tunnel": "disabled"}).unknown == ()


def test_unknown_names_are_free_in_maps_of_the_user() -> None:
    values = {
        "podAnnotations": {"any": "x"},
        "nodeSelector": {"role": "worker"},
        "hubble": {"rely": {"enabled": True}, "relay": {"enbled": True}},
        "global": {"x": 1},
    }
    assert render("1.18.4", values).unknown == (("hubble.rely", "relay"), ("hubble.relay.enbled", "enabled"))


def test_templates_leave_open_what_depends_on_them() -> None:
    values = {"cluster": {"name": "${CLUSTER_NAME}"}, "ipam": {"mode": "{{ mode }}"}, "devices": ["${NIC}", "eth1"]}
    rendering = render("1.14.5", values)
    assert rendering.config is not None
    open_keys = {"cluster-name", "ipam", "devices", "cluster-pool-ipv4-cidr", "cluster-pool-ipv4-mask-size"}
    assert open_keys <= rendering.open
    assert not open_keys & rendering.config.keys()
    assert rendering.config["cluster-id"] == "0"
    assert not render("1.16.0", {"tunnel": "${TUNNEL}"}).refusals
    assert render("1.14.5", {"k8sServiceHost": "${HOST}"}).env["KUBERNETES_SERVICE_HOST"] is UNKNOWN
    inner = {"extraConfig": {"own": {"a": "${X}"}}, "extraEnv": [{"name": "A", "value": {"b": UNKNOWN}}]}
    rendering = render("1.18.9", inner)
    assert set(rendering.open) == {"own"}
    assert rendering.env["A"] is UNKNOWN


def test_kubernetes_version() -> None:
    assert "k8s-client-qps" in render("1.16.5", {}).open
    assert config("1.16.5", {"k8sClientRateLimit": {"qps": 7}})["k8s-client-qps"] == "7"
    told = render("1.16.5", {}, kubernetes="1.29.1").config
    assert told is not None
    assert told["k8s-client-qps"] == "10"


def test_service_monitor_depends_on_what_the_cluster_serves() -> None:
    values = {"prometheus": {"enabled": True, "serviceMonitor": {"enabled": True}}}
    assert [refusal.path for refusal in render("1.18.0", values).refusals] == ["prometheus.serviceMonitor"]
    assert not render("1.18.0", values, served={"monitoring.coreos.com/v1"}).refusals
    assert not render("1.18.0", values, served=None).refusals


@pytest.mark.parametrize(
    ("chart", "values", "path"),
    [
        ("1.12.19", {"kubeProxyReplacement": True}, "kubeProxyReplacement"),
        ("1.17.0", {"ipam": "kubernetes"}, "ipam"),
        ("1.13.0", {"ipam": "kubernetes"}, "ipam"),
        ("1.18.0", {"hubble": {"relay": {"enabled": "true"}}}, "hubble.relay.enabled"),
        ("1.16.3", {"cluster": {"name": "Prod_01"}}, "cluster.name"),
        ("1.18.0", {"cluster": {"id": 3}}, "cluster.name"),
        ("1.14.0", {"operator": {"identityGCInterval": "15"}}, "operator.identityGCInterval"),
        ("1.20.0", {"hubble": None}, "hubble"),
        ("1.20.0", {"routingMode": "native", "enableIPv4Masquerade": True}, "ipv4NativeRoutingCIDR"),
        ("1.20.0", {"ipam": {"mode": "eni"}}, "ipam.mode"),
        ("1.18.2", {"clustermesh": {"maxConnectedClusters": 100}}, "clustermesh.maxConnectedClusters"),
    ],
)
def test_refusals(chart: str, values: dict[str, Any], path: str) -> None:
    rendering = render(chart, values)
    assert path in [refusal.path for refusal in rendering.refusals]
    assert rendering.config is None


def test_null_takes_a_default_away() -> None:
    assert "cluster-id" not in config("1.18.0", {"cluster": {"id": None}})
    known = render("1.12.0", {"enableXTSocketFallback": None}, complete=False).config
    assert known is not None
    assert (
        known["enable-xt-socket-fallback"]
        == config("1.12.0", {"enableXTSocketFallback": None})["enable-xt-socket-fallback"]
    )


def test_environment_by_release() -> None:
    values = {"k8sServicePort": 6443}
    assert render("1.15.19", values).env["KUBERNETES_SERVICE_PORT"] == "6443"
    assert "KUBERNETES_SERVICE_PORT" not in render("1.16.0", values).env
    reference = {"k8sServiceHostRef": {"name": "cluster-info", "key": "host"}, "k8sServicePort": "6443"}
    env = render("1.19.0", reference).env
    assert (env["KUBERNETES_SERVICE_HOST"], env["KUBERNETES_SERVICE_PORT"]) == (UNKNOWN, "6443")
    assert render("1.17.0", {"extraEnv": [{"name": "A", "value": "b"}]}).env["A"] == "b"


def test_image() -> None:
    assert render("1.14.5", {"image": {"override": "registry/cilium:x"}}).image == "registry/cilium:x"
    mirrored = render("1.14.5", {"image": {"repository": "mirror/cilium", "useDigest": False}})
    assert mirrored.image == "mirror/cilium:v1.14.5"
    assert render("1.14.5", {"image": {"tag": "${TAG}"}}).image is UNKNOWN
    assert render("1.99.0", {}).image is UNKNOWN


def test_what_is_no_chart() -> None:
    with pytest.raises(ValueError, match=r"1\.11\.9"):
        render("1.11.9", {})
    with pytest.raises(ValueError, match="main"):
        render("main", {})


@pytest.mark.parametrize("chart", CHARTS)
@pytest.mark.parametrize("values", [{}, *INDEPENDENT.values()], ids=["defaults", *INDEPENDENT])
def test_no_drift_against_itself(chart: str, values: dict[str, Any]) -> None:
    day0 = settings_of(config(chart, values), chart)
    rendering = render(chart, values)
    assert rendering.config is not None
    assert drift(day0, settings_of(rendering.config, chart), rendering.open) == []


def test_drift_of_the_pattern() -> None:
    common = {"tunnel": "disabled", "ipam": {"mode": "kubernetes"}, "kubeProxyReplacement": True}
    day0 = config("1.14.5", {**common, "bgpControlPlane": {"enabled": True}, "autoDirectNodeRoutes": True})
    day2 = config("1.14.5", {**common, "prometheus": {"enabled": True}})
    assert drift(settings_of(day0, "1.14.5"), settings_of(day2, "1.14.5")) == [
        {"setting": "auto-direct-node-routes", "day0": "true", "day2": "false"},
        {"setting": "enable-bgp-control-plane", "day0": "true", "day2": "false"},
        {"setting": "prometheus-serve-addr", "day0": None, "day2": ":9962"},
    ]


def test_drift_across_releases_is_by_meaning() -> None:
    day0 = settings_of({"tunnel": "disabled", "kube-proxy-replacement": "strict"}, "1.13.4")
    day2 = settings_of({"routing-mode": "native", "kube-proxy-replacement": "true", "tunnel": "vxlan"}, "1.16.0")
    assert drift(day0, day2) == []
    ignored = settings_of({"tunnel": "disabled"}, "1.15.0")
    assert drift(day0, ignored)[-1] == {"setting": "routing-mode", "day0": "native", "day2": "tunnel"}


def test_bgp_left_out_on_day_two() -> None:
    """From 1.16 on the key is not rendered at all: the agent's own default is off."""
    day0 = settings_of(config("1.17.0", {"bgpControlPlane": {"enabled": True}}), "1.17.0")
    found = drift(day0, settings_of(config("1.17.0", {}), "1.17.0"))
    assert {"setting": "enable-bgp-control-plane", "day0": "true", "day2": "false"} in found


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (65536, "65536"),
        (1000000, "1e+06"),
        (1234567, "1.234567e+06"),
        (-2500000, "-2.5e+06"),
        (0.0025, "0.0025"),
        (0.00001, "1e-05"),
        (30.0, "30"),
        (True, "true"),
        (None, ""),
        (["a", None, 2], "[a <nil> 2]"),
        ({"b": 1, "a": "x"}, "map[a:x b:1]"),
    ],
)
def test_text_as_go_prints_it(value: Any, written: str) -> None:
    assert text(value) == written


@pytest.mark.parametrize(
    ("charts", "release", "covered"),
    [
        ("", (1, 12, 0), True),
        ("1.15", (1, 15, 19), True),
        ("1.15", (1, 16, 0), False),
        ("-1.14.2", (1, 14, 2), True),
        ("-1.14.2", (1, 14, 3), False),
        ("1.14.3-1.14", (1, 14, 30), True),
        ("1.15.8-1.15 1.16.2-", (1, 16, 1), False),
        ("1.15.8-1.15 1.16.2-", (2, 0, 0), True),
    ],
)
def test_charts_of_a_row(charts: str, release: tuple[int, int, int], covered: bool) -> None:
    assert covers(charts, release) is covered


@pytest.mark.parametrize(
    ("chart", "key", "path"),
    [
        ("1.14.5", "enable-bgp-control-plane", "bgpControlPlane.enabled"),
        ("1.17.0", "enable-bgp-control-plane", "bgpControlPlane.enabled"),
        ("1.16.0", "kube-proxy-replacement", "kubeProxyReplacement"),
        ("1.19.0", "routing-mode", "routingMode"),
        ("1.13.0", "tunnel", "tunnel"),
        ("1.15.0", "routing-mode", "routingMode"),
        ("1.20.0", "ipam", "ipam.mode"),
        ("1.16.0", "ipam", "ipam.mode"),
        ("1.16.0", "cluster-pool-ipv4-cidr", "ipam.operator.clusterPoolIPv4PodCIDRList"),
        ("1.16.0", "own-words", None),
    ],
)
def test_value_behind_a_setting(chart: str, key: str, path: str | None) -> None:
    assert value_behind(chart, key) == path


@cache
def words_of_refusals() -> set[str]:
    return {word for row in chart_table("refusals") for word in re.findall(r"[A-Za-z]\w*", row["when"])}


@pytest.mark.parametrize("chart", sorted(chart_table("images")))
def test_no_chart_refuses_its_defaults(chart: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # Most of the words are no values of the chart, and what each may have meant takes nearly all of the time.
    monkeypatch.setattr(ChartValues, "unknown", lambda *_: ())
    # Refusals that read none of the given values are not asked: here all names are given, as the defaults have them.
    found = release(chart)
    assert found is not None
    values = dict.fromkeys(words_of_refusals()) | dict(Applied(ChartValues(found), {}))
    assert render(chart, values, served=None).refusals == ()
    assert render(chart, values, kubernetes="1.34.0").refusals == ()


def test_the_index_is_made_from_the_other_tables() -> None:
    # python -m crslint.fleet.charts.index writes it anew.
    assert table_path("index").read_text(encoding="utf-8") == written()
    assert table_path("trees").read_text(encoding="utf-8") == trees()


def test_what_is_served_matters_to_refusals_only() -> None:
    assert "served(" in json.dumps(chart_table("refusals"))
    assert "served(" not in json.dumps([chart_table("config"), chart_table("workload")])


MONITORS: list[dict[str, Any]] = [
    {"prometheus": {"enabled": True, "serviceMonitor": {"enabled": True}}},
    {"operator": {"prometheus": {"enabled": True, "serviceMonitor": {"enabled": True}}}},
    {"hubble": {"enabled": True, "metrics": {"enabled": ["dns"], "serviceMonitor": {"enabled": True}}}},
]


@pytest.mark.parametrize("chart", CHARTS)
@pytest.mark.parametrize("values", [*MONITORS, *INDEPENDENT.values()])
def test_refusals_at_first_are_those_without_any_api(chart: str, values: dict[str, Any]) -> None:
    assert render(chart, values, served=None).refusals == ()
    assert refusals_at_first(chart, values) == render(chart, values).refusals
