"""What published Cilium charts render, against the real Helm engine's renderings."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from crslint.fleet.charts.rendering import Rendering, render

VECTORS = Path(__file__).parents[1].parent / "shared" / "data" / "cilium-vectors.json"

# The engine that made the vectors was told no Kubernetes version and took its own.
ENGINE_KUBERNETES = "1.20.0"

pytestmark = pytest.mark.skipif(not VECTORS.exists(), reason="the vectors are not here")


@cache
def vectors() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(VECTORS.read_text(encoding="utf-8"))
    return found


def rendered() -> Iterator[tuple[dict[str, Any], Rendering]]:
    """The vectors that the chart does not refuse."""
    for vector in vectors():
        if not vector["fails"]:
            yield vector, render(vector["chart"], vector["values"], kubernetes=ENGINE_KUBERNETES)


def test_refusals() -> None:
    def verdict(vector: dict[str, Any]) -> bool:
        return bool(render(vector["chart"], vector["values"], kubernetes=ENGINE_KUBERNETES).refusals)

    wrong = [(v["chart"], v["name"]) for v in vectors() if verdict(v) != bool(v["fails"])]
    assert not wrong


def test_configuration() -> None:
    defaults = {v["chart"]: v["config"] for v in vectors() if v.get("config")}
    wrong = []
    for vector, rendering in rendered():
        expected = {**defaults[vector["chart"]], **vector.get("configChanged", {})}
        gone = [key for key, value in vector.get("configChanged", {}).items() if value is None]
        expected = {key: value or "" for key, value in expected.items() if key not in gone}
        if rendering.config != expected:
            wrong.append((vector["chart"], vector["name"]))
    assert not wrong


def test_workload() -> None:
    wrong = []
    for vector, rendering in rendered():
        expected = (
            vector["env"],
            vector["image"],
            vector["operatorReplicas"],
            tuple((name, optional) for name, optional in vector["configMapVolumes"]),
            {name: tuple(keys) for name, keys in vector["secretKeys"]},
        )
        found = (rendering.env, rendering.image, rendering.operator_replicas, rendering.volumes, rendering.secrets)
        if found != expected:
            wrong.append((vector["chart"], vector["name"]))
    assert not wrong


@pytest.mark.parametrize(
    ("name", "paths"),
    [
        ("kpr-probe", {"kubeProxyReplacement"}),
        ("api-host-auto", {"k8sServiceHost", "kubeProxyReplacement"}),
        ("ipam-pool-singular", {"ipam.operator.clusterPoolIPv4PodCIDR"}),
        ("bgp-metallb-no-announce", {"bgp.announce"}),
        ("hubble-ui-no-relay", {"hubble.ui.enabled"}),
        ("prometheus", {"prometheus.serviceMonitor"}),
        ("tunnel-vxlan", {"tunnel"}),
    ],
)
def test_value_at_fault(name: str, paths: set[str]) -> None:
    refused = [v for v in vectors() if v["name"] == name and v["fails"]]
    assert refused
    for vector in refused:
        assert {refusal.path for refusal in render(vector["chart"], vector["values"]).refusals} <= paths


def test_misspelt_value() -> None:
    for vector in vectors():
        if vector["name"] == "typo":
            assert render(vector["chart"], vector["values"]).unknown == (("bgpControlPlan", "bgpControlPlane"),)
