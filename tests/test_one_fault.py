"""The conforming fleet with one thing changed: exactly the finding that owns the fault, where it is mended."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
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

LARGE = f"""\
    apiVersion: v1
    kind: ConfigMap
    metadata: {{name: large, namespace: argocd}}
    data: {{a: {"a" * 1_100_000}}}
"""


@dataclass(frozen=True)
class Fault:
    """``found`` is `CODE LINE:COLUMN`, with a file where it is not the changed one and a count where it is not 1."""

    id: str
    file: str
    old: str
    new: str
    found: tuple[str, ...]


FAULTS = [
    Fault("reconcile", SETS + "02-argocd.yaml", "strategy: ApplyOnce", "strategy: Reconcile", ("CRS001 13:13",)),
    Fault(
        "misspelt-payload",
        SETS + "01-cilium-prod-01.yaml",
        "      name: cilium-prod-01",
        "      name: cilium-prod-1",
        ("CRS003 13:7",),
    ),
    Fault(
        "set-in-another-namespace",
        SETS + "01-cilium-prod-01.yaml",
        "namespace: fleet",
        "namespace: default",
        ("CRS004 5:14",),
    ),
    Fault("payload-in-another-namespace", CILIUM, "  namespace: fleet", "  namespace: default", ("CRS004 285:14",)),
    Fault(
        "empty-selector",
        SETS + "01-cilium-prod-01.yaml",
        '    matchLabels:\n      bootstrap: "true"\n      cluster: prod-01\n',
        "    matchLabels: {}\n",
        ("CRS006 8:5",),
    ),
    Fault(
        "misspelt-selector",
        SETS + "01-cilium-prod-01.yaml",
        "cluster: prod-01",
        "cluster: prod-1",
        ("CRS007 8:5",),
    ),
    Fault(
        "misspelt-label",
        CLUSTER,
        "environment: production ",
        "environment: produktion ",
        ("CRS007 management/bootstrap/03-root-production.yaml 8:5",),
    ),
    Fault(
        "duplicate-resource",
        SETS + "02-argocd.yaml",
        "      name: argocd\n",
        "      name: argocd\n    - kind: ConfigMap\n      name: argocd\n",
        ("CRS012 19:7",),
    ),
    Fault(
        "crds-in-another-set",
        SETS + "03-root-production.yaml",
        "    - kind: ConfigMap\n      name: argocd-prerequisites\n",
        "",
        ("CRS011 13:7",),
    ),
    Fault(
        "crds-listed-last",
        SETS + "02-argocd.yaml",
        "name: argocd-prerequisites\n    - kind: ConfigMap\n      name: argocd\n",
        "name: argocd\n    - kind: ConfigMap\n      name: argocd-prerequisites\n",
        ("PAY009 management/bootstrap/payload-argocd.yaml 10:24 x23",),
    ),
    Fault("number-contradicts", SETS + "01-cilium-prod-01.yaml", "name: 01-cilium", "name: 04-cilium", ("CRS010 4:9",)),
    Fault(
        "kube-proxy-not-skipped",
        CONTROL_PLANE,
        "      skipPhases: # kubeadm init only: kubeadm join has no addon phases\n        - addon/kube-proxy\n",
        "",
        ("NET004 21:5",),
    ),
    Fault(
        "kube-proxy-not-replaced",
        CILIUM,
        'kube-proxy-replacement: "true"',
        'kube-proxy-replacement: "false"',
        ("NET005 39:31",),
    ),
    Fault(
        "join-has-no-addon-phase",
        CONTROL_PLANE,
        "    joinConfiguration:\n",
        "    joinConfiguration:\n      skipPhases:\n        - addon/kube-proxy\n",
        ("CLU001 31:11",),
    ),
    Fault(
        "pods-of-the-cluster-differ",
        CLUSTER,
        "10.244.0.0/16",
        "10.250.0.0/16",
        ("NET001 management/bootstrap/payload-cilium-prod-01.yaml 38:33",),
    ),
    Fault(
        "native-cidr-differs-in-a-quoted-payload",
        SETS + "payload-cilium-staging-01.yaml",
        "10.245.0.0",
        "10.246.0.0",
        ("NET001 14:5",),
    ),
    Fault("services-in-pods", CLUSTER, "10.96.0.0/12", "10.244.0.0/20", ("NET002 14:11",)),
    Fault("host-bits", CLUSTER, "10.244.0.0/16", "10.244.0.1/16", ("NET003 14:11",)),
    Fault("even-replicas", CONTROL_PLANE, "replicas: 3", "replicas: 2", ("CLU004 7:13",)),
    Fault("version-no-semver", CONTROL_PLANE, "version: v1.34.2", 'version: "1.34"', ("CLU004 8:12",)),
    Fault(
        "dangling-control-plane",
        CLUSTER,
        "name: prod-01-control-plane",
        "name: prod-01-controlplane",
        ("CLU003 25:11",),
    ),
    Fault(
        "dangling-bootstrap",
        WORKERS,
        "kind: KubeadmConfigTemplate\n          name: prod-01-workers",
        "kind: KubeadmConfigTemplate\n          name: prod-01-worker",
        ("CLU003 32:17",),
    ),
    Fault(
        "label-that-kubelet-refuses",
        WORKERS,
        "metal3.io/uuid={{ ds.meta_data.uuid }}",
        "metal3.io/uuid={{ ds.meta_data.uuid }},node-role.kubernetes.io/worker=",
        ("CLU005 51:22",),
    ),
    Fault("version-skew", WORKERS, "version: v1.34.2", "version: v1.29.2", ("CLU008 27:16",)),
    Fault(
        "no-surge-with-one-replica",
        "management/staging-01/control-plane.yaml",
        "maxSurge: 1",
        "maxSurge: 0",
        ("CLU009 13:19",),
    ),
    Fault(
        "selector-without-label",
        WORKERS,
        "      nodepool: prod-01-workers\n  template",
        "      nodepool: prod-01-worker\n  template",
        ("CLU007 16:5",),
    ),
    Fault(
        "no-namespace",
        ROOT,
        "      name: cluster-bootstrap\n      namespace: argocd\n",
        "      name: cluster-bootstrap\n",
        ("PAY003 24:5",),
    ),
    Fault(
        "namespace-nowhere",
        SETS + "payload-argocd-prerequisites.yaml",
        '"metadata":{"name":"argocd"}',
        '"metadata":{"name":"argo-cd"}',
        ("PAY010 management/bootstrap/payload-argocd.yaml 10:24 x27",),
    ),
    Fault(
        "definition-nowhere",
        SETS + "payload-argocd-prerequisites.yaml",
        '"kind":"Application"',
        '"kind":"Applications"',
        ("PAY011 management/bootstrap/payload-root-production.yaml 23:11 x2",),
    ),
    Fault(
        "dropped-after-dots",
        CILIUM,
        "    ---\n    apiVersion: apps/v1\n    kind: Deployment",
        "    ...\n    apiVersion: apps/v1\n    kind: Deployment",
        ("PAY018 234:5",),
    ),
    Fault(
        "log-line",
        CILIUM,
        "    # helm template cilium",
        "    Using Cilium version 1.18.9\n    ---\n    # helm template cilium",
        ("PAY007 4:5",),
    ),
    Fault("short-value", CILIUM, "data:\n", "data:\n  README: my notes\n", ("PAY004 3:11",)),
    Fault("json-list-not-closed", SETS + "payload-argocd-prerequisites.yaml", "]'\n", "'\n", ("PAY005 3:3131",)),
    Fault(
        "list",
        ROOT,
        "    apiVersion: argoproj.io/v1alpha1\n    kind: AppProject\n",
        "    apiVersion: v1\n    kind: List\n    items: []\n    ---\n"
        "    apiVersion: argoproj.io/v1alpha1\n    kind: AppProject\n",
        ("PAY006 5:5",),
    ),
    Fault(
        "binary-data",
        ROOT,
        "\ndata:\n",
        "\nbinaryData:\n",
        (
            "PAY008 3:3",
            "SCH001 3:14",
        ),
    ),
    Fault("name-is-a-boolean", ROOT, "name: cluster-bootstrap", "name: yes", ("PAY019 25:13",)),
    Fault(
        "resource-version",
        ROOT,
        "      name: cluster-bootstrap\n",
        '      name: cluster-bootstrap\n      resourceVersion: "1234"\n',
        ("PAY012 26:24",),
    ),
    Fault(
        "variable",
        CILIUM,
        'value: "192.168.10.10"',
        'value: "${API_HOST}"',
        ("PAY015 155:26",),
    ),
    Fault(
        "subject-without-account",
        CILIUM,
        "      - kind: ServiceAccount\n        name: cilium-operator\n",
        "      - kind: ServiceAccount\n        name: cilium-operators\n",
        ("PAY016 93:15",),
    ),
    Fault(
        "misspelt-config-map",
        CILIUM,
        "              configMap:\n                name: cilium-config",
        "              configMap:\n                name: cilium-configs",
        ("PAY014 281:23",),
    ),
    Fault("syntax", CONTROL_PLANE, "  kubeadmConfigSpec:\n", "  kubeadmConfigSpec: [\n", ("YML001 22:23",)),
    Fault("key-twice", CONTROL_PLANE, "  replicas: 3\n", "  replicas: 3\n  replicas: 3\n", ("YML002 8:3",)),
    Fault(
        "port-twice",
        CLUSTER,
        "    port: 6443\n  controlPlaneRef",
        "    port: 6443\n    port: 6444\n  controlPlaneRef",
        ("YML002 22:5",),
    ),
    Fault("no-pod-cidr", CLUSTER, "    pods:\n      cidrBlocks:\n        - 10.244.0.0/16\n", "", ("NET008 11:3",)),
]


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
    "pods-of-the-control-plane-differ": (
        [
            (CLUSTER, "10.244.0.0/16", "10.250.0.0/16"),
            (
                CONTROL_PLANE,
                "  kubeadmConfigSpec:\n",
                "  kubeadmConfigSpec:\n    clusterConfiguration:\n      networking: {podSubnet: 10.244.0.0/16}\n",
            ),
        ],
        ["SCH002 management/prod-01/control-plane.yaml 22:7", "NET001 management/prod-01/control-plane.yaml 22:31"],
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
    assert findings(fleet, fault.file) == list(fault.found)


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
