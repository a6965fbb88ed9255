"""The conforming fleet with one thing changed: exactly the finding that owns the fault, where it is mended."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from checking import CHECKOUT

from crslint.run import Options, check
from crslint.scope import scope

CONFORMING = CHECKOUT / "fixtures" / "conforming"
SETS = "management/bootstrap/"
CILIUM = SETS + "payload-cilium-prod-01.yaml"
CILIUM_SET = SETS + "01-cilium-prod-01.yaml"
ROOT = SETS + "payload-root-production.yaml"
CLUSTER = "management/prod-01/cluster.yaml"
CONTROL_PLANE = "management/prod-01/control-plane.yaml"
WORKERS = "management/prod-01/workers.yaml"

VALUES = "cluster-configs/base/cilium/production.yaml"
API_SERVER = """\
                - name: KUBERNETES_SERVICE_HOST
                  value: "192.168.10.10"
                - name: KUBERNETES_SERVICE_PORT
                  value: "6443"
"""

LARGE = f"""\
    apiVersion: v1
    kind: ConfigMap
    metadata: {{name: large, namespace: argocd}}
    data: {{a: {"a" * 1_100_000}}}
"""


@dataclass(frozen=True)
class Fault:
    """One entry of `breaks.yaml`."""

    id: str
    file: str
    old: str
    new: str
    found: list[str]


FAULTS = [Fault(**entry) for entry in yaml.load(Path(__file__).with_name("breaks.yaml").read_text(), yaml.CSafeLoader)]
FAMILIES = {"APP", "BGP", "CIL", "CLU", "CRS", "HND", "KUS", "MTL", "NET", "PAY", "SCH", "SEC", "SET", "YML"}


# Two faults, or one that two rules could see: (file, old, new), and what is found with its file.
BOTH: dict[str, tuple[list[tuple[str, str, str]], list[str]]] = {
    "no-cni-and-no-kube-proxy": (
        [(CILIUM_SET, "kind: ClusterResourceSet", "kind: Settings")],
        ["CRS008 management/bootstrap/02-argocd.yaml 11:5"],
    ),
    "syntax-in-the-cni": (
        [(CILIUM, "      identity-allocation-mode:", "      identity-allocation-mode: [")],
        ["YML001 management/bootstrap/payload-cilium-prod-01.yaml 37:11"],
    ),
    "no-json-in-the-engine": (
        [(SETS + "payload-argocd.yaml", '"apiVersion": "v1",', "apiVersion: v1,")],
        ["PAY005 management/bootstrap/payload-argocd.yaml 6:9"],
    ),
    "strategy-is-no-text": (
        [(SETS + "02-argocd.yaml", "strategy: ApplyOnce", "strategy: no")],
        ["SCH001 management/bootstrap/02-argocd.yaml 13:13"],
    ),
    "strategy-is-a-slip": (
        [(SETS + "02-argocd.yaml", "strategy: ApplyOnce", "strategy: Applyonce")],
        ["CRS001 management/bootstrap/02-argocd.yaml 13:13"],
    ),
    "version-is-a-number": (
        [(CONTROL_PLANE, "version: v1.34.2", "version: 1.34")],
        ["SCH001 management/prod-01/control-plane.yaml 8:12"],
    ),
    "replicas-is-text": (
        [(CONTROL_PLANE, "replicas: 3", 'replicas: "2"')],
        ["SCH001 management/prod-01/control-plane.yaml 7:13"],
    ),
    "too-large-for-everything": (
        [(ROOT, "data:\n", "data:\n  large.yaml: |\n" + LARGE)],
        ["PAY001 management/bootstrap/payload-root-production.yaml 3:15"],
    ),
    "nothing-replaces-kube-proxy-and-git-does": (
        [(CILIUM, 'kube-proxy-replacement: "true"', 'kube-proxy-replacement: "false"')],
        ["NET005 management/bootstrap/payload-cilium-prod-01.yaml 39:31"],
    ),
    "bgp-off-on-both-days": (
        [
            (CILIUM, 'enable-bgp-control-plane: "true"', 'enable-bgp-control-plane: "false"'),
            (VALUES, "bgpControlPlane:\n  enabled: true", "bgpControlPlane:\n  enabled: false"),
        ],
        ["BGP001 management/bootstrap/payload-cilium-prod-01.yaml 28:33"],
    ),
    "bgp-forgotten-in-git-and-peering-there": (
        [(VALUES, "bgpControlPlane:\n  enabled: true\n", "")],
        ["HND001 cluster-configs/base/cilium/production.yaml 3:1"],
    ),
    "native-range-wrong-on-both-days": (
        [
            (CILIUM, "ipv4-native-routing-cidr: 10.244.0.0/16", "ipv4-native-routing-cidr: 10.42.0.0/16"),
            (VALUES, "ipv4NativeRoutingCIDR: 10.244.0.0/16", "ipv4NativeRoutingCIDR: 10.42.0.0/16"),
        ],
        ["NET001 management/bootstrap/payload-cilium-prod-01.yaml 38:33"],
    ),
    "native-range-dropped-in-git": (
        [(VALUES, "ipv4NativeRoutingCIDR: 10.244.0.0/16\n", "")],
        ["HND001 cluster-configs/base/cilium/production.yaml 3:1"],
    ),
    "no-api-server-on-either-day": (
        [
            *[(CILIUM, API_SERVER, "")] * 3,
            (VALUES, "k8sServiceHost: 192.168.10.10\nk8sServicePort: 6443\n", ""),
        ],
        ["NET006 management/bootstrap/payload-cilium-prod-01.yaml 180:17"],
    ),
    "another-api-server-in-git": (
        [(VALUES, "k8sServiceHost: 192.168.10.10", "k8sServiceHost: 192.168.10.11")],
        ["NET007 cluster-configs/base/cilium/production.yaml 6:17"],
    ),
    "unreadable-network-and-bgp-off-in-git": (
        [
            (CILIUM, "      identity-allocation-mode:", "      identity-allocation-mode: ["),
            (VALUES, "bgpControlPlane:\n  enabled: true", "bgpControlPlane:\n  enabled: false"),
        ],
        ["YML001 management/bootstrap/payload-cilium-prod-01.yaml 37:11"],
    ),
    "other-ranges-and-other-mode-in-git": (
        [
            (VALUES, "mode: kubernetes", "mode: multi-pool"),
            (VALUES, "ipv4NativeRoutingCIDR: 10.244.0.0/16", "ipv4NativeRoutingCIDR: 10.42.0.0/16"),
        ],
        [
            "HND001 cluster-configs/base/cilium/production.yaml 10:24",
            "HND002 cluster-configs/base/cilium/production.yaml 13:9",
        ],
    ),
    "refused-values-and-bgp-off-in-git": (
        [(VALUES, "bgpControlPlane:\n  enabled: true", "tunnel: disabled")],
        ["CIL001 cluster-configs/base/cilium/production.yaml 14:9"],
    ),
    "pods-of-the-control-plane-differ": (
        [
            (CLUSTER, "10.244.0.0/16", "10.250.0.0/16"),
            (
                CONTROL_PLANE,
                "  kubeadmConfigSpec:\n",
                "  kubeadmConfigSpec:\n    clusterConfiguration:\n      networking: {podSubnet: 10.244.0.0/16}\n",
            ),
        ],
        [
            "NET001 management/bootstrap/payload-cilium-prod-01.yaml 38:33",
            "SCH002 management/prod-01/control-plane.yaml 22:7",
        ],
    ),
    "missing-payload-of-the-engine": (
        [(SETS + "02-argocd.yaml", "name: argocd\n", "name: argo-cd\n")],
        ["CRS003 management/bootstrap/02-argocd.yaml 17:7"],
    ),
    "set-elsewhere-with-a-missing-payload": (
        [(CILIUM_SET, "namespace: fleet", "namespace: default"), (CILIUM_SET, "name: cilium-prod-01", "name: cilium")],
        ["CRS003 management/bootstrap/01-cilium-prod-01.yaml 13:7"],
    ),
    "nothing-selected-and-nothing-named": (
        [
            (CILIUM_SET, "cluster: prod-01", "cluster: prod-1"),
            (
                CILIUM_SET,
                "    - kind: ConfigMap\n      name: cilium-prod-01",
                "    - kind: ConfigMap\n      name: cilium-prod-1",
            ),
        ],
        ["CRS007 management/bootstrap/01-cilium-prod-01.yaml 8:5"],
    ),
    "refused-payload-without-namespaces": (
        [
            (CILIUM, "data:\n", "data:\n  README: my notes\n"),
            (CILIUM, "      name: cilium-config\n      namespace: kube-system\n", "      name: cilium-config\n"),
        ],
        ["PAY004 management/bootstrap/payload-cilium-prod-01.yaml 3:11"],
    ),
    "not-replaced-and-no-address": (
        [
            (CILIUM, 'kube-proxy-replacement: "true"', 'kube-proxy-replacement: "false"'),
            (CILIUM, "KUBERNETES_SERVICE_HOST", "KUBERNETES_HOST"),
        ],
        ["NET005 management/bootstrap/payload-cilium-prod-01.yaml 39:31"],
    ),
}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.id)
def test_one_change_gives_one_finding(fault: Fault, tmp_path: Path) -> None:
    fleet = tmp_path / "fleet"
    shutil.copytree(CONFORMING, fleet)
    text = (fleet / fault.file).read_text()
    assert fault.old in text
    (fleet / fault.file).write_text(text.replace(fault.old, fault.new, 1))
    assert findings(fleet, fault.file) == fault.found


def test_every_family_is_broken_in_many_ways() -> None:
    assert len({(fault.file, fault.old, fault.new) for fault in FAULTS}) == len(FAULTS) >= 80
    assert {found[:3] for fault in FAULTS for found in fault.found} == FAMILIES


@pytest.mark.parametrize("name", BOTH)
def test_two_rules_have_one_owner(name: str, tmp_path: Path) -> None:
    fleet = tmp_path / "fleet"
    shutil.copytree(CONFORMING, fleet)
    edits, expected = BOTH[name]
    for file, old, new in edits:
        text = (fleet / file).read_text()
        assert old in text
        (fleet / file).write_text(text.replace(old, new, 1))
    assert findings(fleet) == expected


def findings(fleet: Path, file: str = "") -> list[str]:
    """Errors and warnings as `CODE FILE LINE:COLUMN xCOUNT`, without the file where it is ``file``."""
    found = []
    for item in check(scope(["."], fleet), Options()).result.findings:
        if item.finding.severity != "info":
            where, count = item.place.location.range, item.finding.count
            other = f" {item.place.path}" if item.place.path != file else ""
            times = f" x{count}" if count > 1 else ""
            found.append(f"{item.finding.code}{other} {where.line}:{where.column}{times}")
    return found
