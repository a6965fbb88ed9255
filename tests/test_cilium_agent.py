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
    return [(fault["key"], fault.get("near") or fault.get("release") or fault.get("reason")) for fault in faults]


@pytest.mark.skipif(not VECTORS.exists(), reason="the renderings are not here")
def test_what_charts_render_is_known_to_their_agents() -> None:
    for chart, name, _values, read in renderings():
        found, where = Agent(read), (chart, name)
        assert found.unknown_keys() == [], where
        assert found.removed() == [], where
        assert found.replacement() is None, where
        refused = keys(found.refused())
        if name in ("ipam-multi-pool", "maglev") and refused:
            assert [key for key, _ in refused] == ["ipam"], where
        else:
            assert refused == [], where
        balancing = found.balancing()
        assert balancing is UNKNOWN or bool(balancing) == (name == "dsr"), where


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


def test_removed() -> None:
    (tunnel,) = agent("1.15.2", {"tunnel": "disabled"}).removed()  # type: ignore[misc]
    assert tunnel["instead"] == {"key": "routing-mode", "value": "native"}
    assert tunnel["at"].endswith("#/data/tunnel")
    (geneve,) = agent("1.17.0", {"tunnel": "geneve"}).removed()  # type: ignore[misc]
    assert geneve["instead"] == {"key": "tunnel-protocol", "value": "geneve"}
    (beside,) = agent("1.17.0", {"tunnel": "disabled", "routing-mode": "native"}).removed()  # type: ignore[misc]
    assert beside["instead"] is None
    assert agent("1.14.5", {"tunnel": "disabled"}).removed() == []
    assert agent("1.17.0", {"tunnel": "${TUNNEL}"}).removed() == []


def test_deprecated() -> None:
    found = agent("1.14.5", {"tunnel": "vxlan", "kube-proxy-replacement": "strict"}).deprecated()
    assert isinstance(found, list)
    assert [(one["key"], one["instead"]) for one in found] == [
        ("tunnel", {"key": "tunnel-protocol", "value": "vxlan"}),
        ("kube-proxy-replacement", {"key": "kube-proxy-replacement", "value": "true"}),
    ]
    assert agent("1.13.5", {"tunnel": "vxlan", "kube-proxy-replacement": "strict"}).deprecated() == []


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
    assert [key for key, _ in keys(agent(version, config).refused())] == expected


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
    assert found.removed() is UNKNOWN
    assert found.replacement() is UNKNOWN
    assert found.refused() is UNKNOWN
    assert found.unknown_keys() is UNKNOWN
