"""What an agent makes of its cilium-config, by release: of the published charts' renderings, and of faulty settings."""

from __future__ import annotations

from typing import Any

import pytest
from test_cilium_settings import VECTORS, renderings, settings

from crslint.fleet.agent import Agent
from crslint.fleet.entity import UNKNOWN


def agent(version: str, config: dict[str, str], image: str = "quay.io/cilium/cilium") -> Agent:
    return Agent(settings(config, f"{image}:v{version}"))


def keys(faults: Any) -> list[tuple[str, Any]]:
    found = [(fault["key"], fault.get("near") or fault.get("release") or fault.get("fault")) for fault in faults]
    return [(key, what) for key, what in found if what is not None]


@pytest.mark.skipif(not VECTORS.exists(), reason="the renderings are not here")
def test_what_charts_render_is_known_to_their_agents() -> None:
    for chart, name, _values, read in renderings():
        found, where = Agent(read), (chart, name)
        assert found.unknown_keys() == [], where
        superseded = found.superseded()
        assert isinstance(superseded, list)
        assert all(one["state"] != "removed" for one in superseded), where
        assert found.replacement() is None, where
        refused = keys(found.checked())
        if name in ("ipam-multi-pool", "maglev") and refused:
            assert [key for key, _ in refused] == ["ipam"], where
        else:
            assert refused == [], where
        balancing = found.balancing()
        assert balancing is UNKNOWN or bool(keys(balancing)) == (name == "dsr"), where


@pytest.mark.parametrize(
    ("version", "value", "accepted", "instead"),
    [
        ("1.12.5", "probe", True, None),
        ("1.12.5", "true", False, "strict"),
        ("1.13.5", "true", False, "strict"),
        ("1.13.5", "false", False, "disabled"),
        ("1.14.5", "true", True, None),
        ("1.14.5", "strict", True, None),
        ("1.14.5", "probe", False, None),
        ("1.16.0", "strict", False, "true"),
        ("1.16.0", "disabled", False, "false"),
        ("1.16.0", "partial", False, None),
        ("1.18.0", "strict", False, "true"),
        ("1.18.0", "T", True, None),
    ],
)
def test_replacement(version: str, value: str, accepted: bool, instead: str | None) -> None:
    found = agent(version, {"kube-proxy-replacement": value}).replacement()
    assert (found is None) is accepted
    if isinstance(found, dict):
        assert found["instead"] == instead


@pytest.mark.parametrize(
    ("version", "config", "state", "instead"),
    [
        ("1.13.4", {"tunnel": "disabled"}, "read", {"key": "routing-mode", "value": "native"}),
        ("1.14.5", {"tunnel": "vxlan"}, "deprecated", {"key": "tunnel-protocol", "value": "vxlan"}),
        ("1.15.2", {"tunnel": "disabled"}, "removed", {"key": "routing-mode", "value": "native"}),
        ("1.17.0", {"tunnel": "disabled", "routing-mode": "native"}, "removed", None),
        (
            "1.14.5",
            {"kube-proxy-replacement": "strict"},
            "deprecated",
            {"key": "kube-proxy-replacement", "value": "true"},
        ),
        ("1.13.5", {"kube-proxy-replacement": "strict"}, "read", {"key": "kube-proxy-replacement", "value": "true"}),
        ("1.14.5", {"kube-proxy-replacement": "partial"}, "deprecated", None),
        ("1.12.5", {"kube-proxy-replacement": "probe"}, "deprecated", None),
        ("1.16.9", {"bgp-announce-lb-ip": "true"}, "read", None),
        ("1.17.0", {"bgp-announce-pod-cidr": "true"}, "removed", None),
    ],
)
def test_superseded(version: str, config: dict[str, str], state: str, instead: dict[str, str] | None) -> None:
    found = agent(version, config).superseded()
    assert isinstance(found, list)
    place = instead and {**instead, "text": instead["value"], "at": f"cilium.yaml:0#/data/{instead['key']}"}
    assert [(one["state"], one["instead"]) for one in found] == [(state, place)]
    assert found[0]["at"].endswith(f"#/data/{found[0]['key']}")


def test_superseded_by_a_template_variable() -> None:
    assert agent("1.17.0", {"tunnel": "${TUNNEL}"}).superseded() == []


@pytest.mark.parametrize(
    ("version", "config", "expected"),
    [
        ("1.14.5", {"enable-bgp-controlplane": "true"}, [("enable-bgp-controlplane", "enable-bgp-control-plane")]),
        ("1.16.0", {"kube-proxy-replacment": "true"}, [("kube-proxy-replacment", "kube-proxy-replacement")]),
        ("1.13.4", {"enable-l2-announcements": "true"}, [("enable-l2-announcements", "1.14")]),
        ("1.18.0", {"enable-remote-node-identity": "true"}, [("enable-remote-node-identity", "1.15")]),
        ("1.16.0", {"own-words": "true", "bpf-lb-service-map-max": "1"}, []),
    ],
)
def test_unknown_keys(version: str, config: dict[str, str], expected: list[tuple[str, str]]) -> None:
    assert keys(agent(version, config).unknown_keys()) == expected


def test_other_distributions_have_keys_of_their_own() -> None:
    assert agent("1.14.5", {"kube-proxy-replacment": "true"}, "quay.io/isovalent/cilium").unknown_keys() is UNKNOWN


@pytest.mark.parametrize(
    ("version", "config", "expected"),
    [
        ("1.14.5", {"routing-mode": "direct"}, ["routing-mode"]),
        ("1.18.0", {"routing-mode": "hybrid"}, ["routing-mode"]),
        ("1.20.0", {"routing-mode": "hybrid"}, []),
        ("1.14.5", {"enable-ipv4": "false", "enable-ipv6": "false"}, ["enable-ipv4"]),
        ("1.14.5", {"enable-ipv4": "false", "enable-ipv6": "true"}, []),
        (
            "1.14.5",
            {"enable-ipv6": "yes-please", "debug": "on", "cluster-id": "one"},
            ["enable-ipv6", "debug", "cluster-id"],
        ),
        ("1.14.5", {"enable-ipv6": "${IPV6}", "cluster-id": "0x1f", "policy-audit-mode": "T"}, []),
        ("1.14.5", {"bpf-lb-maglev-table-size": "65536"}, ["bpf-lb-maglev-table-size"]),
        ("1.14.5", {"ipam": "multi-pool", "routing-mode": "tunnel"}, ["ipam"]),
        ("1.14.5", {"ipam": "multi-pool", "routing-mode": "native"}, []),
        ("1.14.5", {"ipam": "eni", "routing-mode": "native", "enable-bgp-control-plane": "true"}, ["ipam"]),
        ("1.15.0", {"ipam": "eni", "routing-mode": "native", "enable-bgp-control-plane": "true"}, []),
        ("1.14.5", {"enable-ipsec": "true", "kube-proxy-replacement": "true"}, ["enable-ipsec"]),
        ("1.16.0", {"enable-ipsec": "true", "kube-proxy-replacement": "true"}, []),
        ("1.14.5", {"kube-proxy-replacement": "maybe"}, []),
    ],
)
def test_refused(version: str, config: dict[str, str], expected: list[str]) -> None:
    assert [key for key, _ in keys(agent(version, config).checked())] == expected


DSR = {"kube-proxy-replacement": "true", "bpf-lb-mode": "dsr"}
GENEVE = {**DSR, "routing-mode": "tunnel", "tunnel-protocol": "geneve"}


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({**DSR, "routing-mode": "tunnel"}, ["bpf-lb-mode"]),
        ({**DSR, "routing-mode": "native"}, []),
        (GENEVE, ["bpf-lb-dsr-dispatch"]),
        ({**GENEVE, "bpf-lb-dsr-dispatch": "geneve"}, []),
        ({**DSR, "routing-mode": "native", "bpf-lb-dsr-dispatch": "geneve"}, ["bpf-lb-dsr-dispatch"]),
        (
            {**DSR, "routing-mode": "native", "bpf-lb-mode": "hybrid", "bpf-lb-dsr-dispatch": "ipip"},
            ["bpf-lb-dsr-dispatch"],
        ),
        ({**DSR, "routing-mode": "tunnel", "bpf-lb-mode": "snat"}, []),
        ({**DSR, "routing-mode": "tunnel", "kube-proxy-replacement": "false"}, []),
    ],
)
def test_balancing(config: dict[str, str], expected: list[str]) -> None:
    assert [key for key, _ in keys(agent("1.16.0", config).balancing())] == expected


@pytest.mark.parametrize(
    ("version", "config", "needed"),
    [
        ("1.14.5", {"routing-mode": "native"}, True),
        ("1.14.5", {"routing-mode": "tunnel"}, False),
        ("1.14.5", {"routing-mode": "native", "enable-ipv4-masquerade": "false"}, False),
        ("1.14.5", {"routing-mode": "native", "ipam": "eni"}, False),
        ("1.14.5", {"routing-mode": "native", "enable-ip-masq-agent": "true"}, True),
        ("1.15.0", {"routing-mode": "native", "enable-ip-masq-agent": "true"}, False),
        ("1.13.0", {"tunnel": "disabled"}, True),
        ("1.14.5", {"routing-mode": "${MODE}"}, UNKNOWN),
    ],
)
def test_native_cidr(version: str, config: dict[str, str], needed: object) -> None:
    assert agent(version, config).needs_native_cidr() is needed


def test_nothing_is_known_without_a_release() -> None:
    found = Agent(settings({"tunnel": "disabled", "kube-proxy-replacement": "maybe"}, "registry/cilium:latest"))
    assert found.superseded() is UNKNOWN
    assert found.replacement() is UNKNOWN
    assert found.checked() is UNKNOWN
    assert found.unknown_keys() is UNKNOWN
