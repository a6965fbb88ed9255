"""What cilium-config means, by release: against the renderings of the published charts."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pytest
from checking import DATA

from crslint.fleet.cilium import Settings, installation
from crslint.fleet.entity import UNKNOWN
from crslint.fleet.payloads import Member
from crslint.fleet.versions import release
from crslint.fleet.world import make_object

VECTORS = DATA / "cilium-vectors.json"


def settings(config: dict[str, Any], image: str | None, env: dict[str, str] | None = None) -> Settings:
    documents: list[dict[str, Any]] = [
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "cilium-config"}, "data": config}
    ]
    if image is not None:
        variables = [{"name": name, "value": value} for name, value in (env or {}).items()]
        container = {"name": "cilium-agent", "image": image, "env": variables}
        spec = {"template": {"spec": {"containers": [{"name": "sidecar"}, container]}}}
        documents.append({"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": "cilium"}, "spec": spec})
    made = [make_object(f"cilium.yaml:{index}#", data, {}) for index, data in enumerate(documents)]
    found = installation([Member(item, "cilium.yaml", index) for index, item in enumerate(made) if item is not None])
    assert found is not None
    return Settings(found)


@cache
def renderings() -> list[tuple[str, str, dict[str, Any], Settings]]:
    """Chart, name, values and settings of each rendering that the chart did not refuse."""
    vectors = json.loads(VECTORS.read_text())
    defaults = {entry["chart"]: entry["config"] for entry in vectors if entry["name"] == "defaults"}
    found = []
    for entry in vectors:
        if not entry["fails"]:
            config = {**defaults[entry["chart"]], **entry.get("configChanged", {})}
            written = {key: value for key, value in config.items() if value is not None}
            read = settings(written, entry["image"], entry["env"])
            found.append((entry["chart"], entry["name"], entry["values"], read))
    return found


@pytest.mark.skipif(not VECTORS.exists(), reason="the renderings are not here")
def test_renderings_are_read_as_their_values_ask() -> None:
    for chart, name, values, read in renderings():
        where = (chart, name)
        assert read.version == chart, where
        assert read.ipam() == values.get("ipam", {}).get("mode", "cluster-pool"), where
        assert read.bgp_control_plane() is bool(values.get("bgpControlPlane", {}).get("enabled")), where
        replacing = values.get("kubeProxyReplacement") in (True, "true", "strict")
        expected = UNKNOWN if name == "node-port" and read.get("enable-node-port") == "true" else replacing
        assert read.kube_proxy_replacement() is expected, where
        host = values.get("k8sServiceHost")
        assert read.environment("KUBERNETES_SERVICE_HOST")[0] == (host or None), where


@pytest.mark.skipif(not VECTORS.exists(), reason="the renderings are not here")
def test_tunnel_disabled_is_native_routing_up_to_1_14_only() -> None:
    modes = {chart: read.routing_mode() for chart, name, _, read in renderings() if name == "tunnel-disabled"}
    assert modes.keys() >= {"1.12.19", "1.14.5", "1.15.0", "1.16.0"}
    assert {chart for chart, mode in modes.items() if mode == "native"} == {
        chart for chart in modes if (release(chart) or (9, 0, 0)) < (1, 15, 0)
    }


@pytest.mark.parametrize(
    ("written", "version", "meaning"),
    [
        ("strict", "1.12.0", True),
        ("partial", "1.12.0", False),
        ("probe", "1.12.0", False),
        ("true", "1.13.0", UNKNOWN),
        ("strict", "1.15.19", True),
        ("true", "1.14.0", True),
        ("strict", "1.16.0", UNKNOWN),
        ("True", "1.17.0", UNKNOWN),
        ("True", "1.18.0", True),
        ("yes", "1.18.0", UNKNOWN),
        ("false", "1.20.0", False),
        ("true", None, True),
        ("strict", None, True),
        ("disabled", None, False),
        ("yes", None, UNKNOWN),
    ],
)
def test_replacement_by_release(written: str, version: str | None, meaning: object) -> None:
    image = None if version is None else f"registry.local/mirror/cilium/cilium:v{version}@sha256:{'0' * 64}"
    assert settings({"kube-proxy-replacement": written}, image).kube_proxy_replacement() is meaning


def test_a_stale_tunnel_key_says_nothing_without_a_release() -> None:
    assert settings({"tunnel": "disabled"}, None).routing_mode() is UNKNOWN
    assert settings({"tunnel": "disabled", "routing-mode": "native"}, None).routing_mode() == "native"
    assert settings({"routing-mode": "native"}, "quay.io/cilium/cilium:v1.13.0").routing_mode() == "tunnel"


def test_each_cidr_has_its_place_and_its_family() -> None:
    read = settings(
        {
            "cluster-pool-ipv4-cidr": "10.1.0.0/16 10.2.0.0/16",
            "cluster-pool-ipv6-cidr": "fd00::/104",
            "enable-ipv6": "false",
            "ipv4-native-routing-cidr": "${NATIVE}",
        },
        "quay.io/cilium/cilium:v1.16.0",
    )
    at = "cilium.yaml:0#/data/cluster-pool-ipv4-cidr"
    assert read.pool_cidrs() == [
        {"value": "10.1.0.0/16", "at": at, "via": "cluster-pool-ipv4-cidr"},
        {"value": "10.2.0.0/16", "at": at, "via": "cluster-pool-ipv4-cidr"},
    ]
    assert read.native_cidrs() is UNKNOWN


def test_the_api_host_is_that_of_the_agent() -> None:
    read = settings({}, "quay.io/cilium/cilium:v1.16.0", {"A": "b", "KUBERNETES_SERVICE_HOST": "192.0.2.10"})
    at = "cilium.yaml:1#/spec/template/spec/containers/1/env/1/value"
    assert read.environment("KUBERNETES_SERVICE_HOST") == ("192.0.2.10", at)
    assert read.environment("KUBERNETES_SERVICE_PORT") == (None, None)


def test_settings_without_an_agent_have_no_release() -> None:
    read = settings({"ipam": "kubernetes"}, None)
    assert read.version is None
    assert read.environment("KUBERNETES_SERVICE_HOST") == (UNKNOWN, None)
