"""New API versions with another shape: nothing is lost on the way, and everything keeps its place."""

from __future__ import annotations

from pathlib import Path

import pytest
from test_fix import fix


def of_a_cluster(kind: str, name: str, spec: str) -> str:
    head = f"apiVersion: cluster.x-k8s.io/v1beta1\nkind: {kind}\nmetadata: {{name: {name}, namespace: fleet}}\n"
    return f"{head}spec:\n  clusterName: prod\n{spec}"


CLUSTER = """\
apiVersion: cluster.x-k8s.io/v1beta2
kind: Cluster
metadata: {name: prod, namespace: fleet}
spec:
  clusterNetwork:
    services: {cidrBlocks: [10.96.0.0/12]}
  controlPlaneRef: {apiGroup: controlplane.cluster.x-k8s.io, kind: KubeadmControlPlane, name: prod}
---
"""
CONTROL_PLANE = """\
apiVersion: controlplane.cluster.x-k8s.io/v1beta1
kind: KubeadmControlPlane
metadata: {name: prod, namespace: fleet}
spec:
  replicas: 3
  version: v1.34.2
  machineTemplate:
    infrastructureRef:
      apiVersion: infrastructure.cluster.x-k8s.io/v1beta1
      kind: Metal3MachineTemplate
      name: prod
  kubeadmConfigSpec:
    clusterConfiguration:
      networking:
        serviceSubnet: SERVICES
    format: cloud-config
"""
HEALTH_CHECK = of_a_cluster(
    "MachineHealthCheck",
    "prod",
    """\
  selector:
    matchLabels: {pool: workers}
  unhealthyConditions:
    - status: "False"
      timeout: 5m0s
      type: Ready
    - status: Unknown
      type: Ready
""",
)

DEPLOYMENT = of_a_cluster(
    "MachineDeployment",
    "workers",
    """\
  strategy:
    rollingUpdate:
      deletePolicy: Oldest
      maxSurge: 0
    type: RollingUpdate
  selector: {}
  template:
    spec:
      clusterName: prod
      bootstrap: {dataSecretName: workers}
      infrastructureRef:
        apiVersion: infrastructure.cluster.x-k8s.io/v1beta1
        kind: Metal3MachineTemplate
        name: workers
""",
)


def fixed(folder: Path, text: str) -> tuple[str, str]:
    """The text after the fix of its version, and what was said."""
    (folder / "fleet.yaml").write_text(text)
    ran = fix(folder, "--unsafe", "--select", "SCH004", ".")
    return (folder / "fleet.yaml").read_text(), ran.out + ran.err


def test_what_the_cluster_says_too_is_dropped(tmp_path: Path) -> None:
    after, _ = fixed(tmp_path, CLUSTER + CONTROL_PLANE.replace("SERVICES", "10.96.0.0/12"))
    assert "kind: KubeadmControlPlane" in after
    assert "apiVersion: controlplane.cluster.x-k8s.io/v1beta2\n" in after
    assert "serviceSubnet" not in after


@pytest.mark.parametrize("cluster", [CLUSTER, ""], ids=["other", "none"])
def test_what_only_the_control_plane_says_is_kept(cluster: str, tmp_path: Path) -> None:
    before = cluster + CONTROL_PLANE.replace("SERVICES", "10.77.0.0/16")
    after, said = fixed(tmp_path, before)
    assert after == before
    assert "networking.serviceSubnet 10.77.0.0/16 would be gone, and no Cluster says the same" in said


def test_conditions_keep_their_order_and_number(tmp_path: Path) -> None:
    after, _ = fixed(tmp_path, HEALTH_CHECK)
    assert after.endswith("""\
  checks:
    unhealthyNodeConditions:
      - status: "False"
        timeoutSeconds: 300
        type: Ready
      - status: Unknown
        type: Ready
""")


def test_a_strategy_keeps_its_order(tmp_path: Path) -> None:
    after, said = fixed(tmp_path, DEPLOYMENT)
    strategy = "  rollout:\n    strategy:\n      rollingUpdate:\n        maxSurge: 0\n      type: RollingUpdate\n"
    assert strategy in after, said
    assert "  deletion:\n    order: Oldest\n" in after
