"""Labels and taints that reach Nodes (facts/capi.md 3.5), phases of kubeadm, and rollouts."""

from __future__ import annotations

from typing import Any

import pytest
from resolving import only, resolved

from crslint.fleet.entities.clusters import NodePool
from crslint.fleet.entities.machines import KubeadmConfig
from crslint.fleet.entity import UNKNOWN
from crslint.fleet.nodelabels import is_synced, kubelet_refuses
from crslint.fleet.phases import phase_exists
from crslint.fleet.settings import FleetSettings

MARKS = {"node-role.kubernetes.io/control-plane": "", "node.kubernetes.io/exclude-from-external-load-balancers": ""}

CONTROL_PLANE = """\
apiVersion: controlplane.cluster.x-k8s.io/v1beta2
kind: KubeadmControlPlane
metadata:
  name: prod
  labels: {node-role.kubernetes.io/ignored: "", team: a}
spec:
  version: VERSION
  machineTemplate:
    metadata:
      labels: {node-role.kubernetes.io/etcd: "", rack: r1}
    spec: {infrastructureRef: {apiGroup: infrastructure.cluster.x-k8s.io, kind: Metal3MachineTemplate, name: prod}}
  kubeadmConfigSpec:
    joinConfiguration:
      nodeRegistration:
        kubeletExtraArgs:
          - {name: node-labels, value: "metal3.io/uuid={{ ds.meta_data.uuid }},zone=a"}
"""
WORKERS = """\
apiVersion: cluster.x-k8s.io/v1beta1
kind: MachineDeployment
metadata:
  name: workers
  labels: {node-role.kubernetes.io/ignored: ""}
spec:
  clusterName: prod
  template:
    metadata:
      labels:
        node-role.kubernetes.io/worker: ""
        x.node-role.kubernetes.io/no: ""
        team.node-restriction.kubernetes.io/zone: a
        node.cluster.x-k8s.io/pool: b
        bgp-policy: a
    spec:
      clusterName: prod
      bootstrap:
        configRef: {apiVersion: bootstrap.cluster.x-k8s.io/v1beta1, kind: KubeadmConfigTemplate, name: workers}
      infrastructureRef: {apiVersion: infrastructure.cluster.x-k8s.io/v1beta1, kind: Metal3MachineTemplate, name: w}
---
apiVersion: bootstrap.cluster.x-k8s.io/v1beta1
kind: KubeadmConfigTemplate
metadata: {name: workers}
spec:
  template:
    spec:
      initConfiguration:
        nodeRegistration:
          kubeletExtraArgs: {node-labels: "never=used"}
      joinConfiguration:
        nodeRegistration:
          kubeletExtraArgs: {node-labels: "rack=r2,empty="}
          taints: [{key: dedicated, value: storage, effect: NoSchedule}]
"""
SYNCED = {
    "node-role.kubernetes.io/worker": "",
    "team.node-restriction.kubernetes.io/zone": "a",
    "node.cluster.x-k8s.io/pool": "b",
}


def pool(text: str, settings: FleetSettings | None = None) -> NodePool:
    found = only(resolved({"fleet.yaml": text}, settings), "nodePool")
    assert isinstance(found, NodePool)
    return found


def test_a_control_plane_carries_marks_synced_labels_and_those_of_kubelet() -> None:
    found = pool(CONTROL_PLANE.replace("VERSION", "v1.33.1"))
    kubelet = {"metal3.io/uuid": "{{ ds.meta_data.uuid }}", "zone": "a"}
    assert found.node_labels == {**MARKS, "node-role.kubernetes.io/etcd": "", **kubelet}
    assert found.taints == [{"key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"}]


@pytest.mark.parametrize(
    ("version", "old_label", "taints"),
    [
        ("v1.23.17", True, ["master"]),
        ("v1.24.0", False, ["master", "control-plane"]),
        ("v1.25.0", False, ["control-plane"]),
    ],
)
def test_the_older_role_goes_with_the_release(version: str, old_label: bool, taints: list[str]) -> None:
    found = pool(CONTROL_PLANE.replace("VERSION", version))
    assert isinstance(found.node_labels, dict)
    assert isinstance(found.taints, list)
    assert ("node-role.kubernetes.io/master" in found.node_labels) is old_label
    assert [taint["key"] for taint in found.taints] == [f"node-role.kubernetes.io/{role}" for role in taints]


def test_workers_carry_synced_labels_of_the_template_and_those_of_join() -> None:
    found = pool(WORKERS)
    assert found.node_labels == {**SYNCED, "rack": "r2", "empty": ""}
    assert found.taints == [{"key": "dedicated", "effect": "NoSchedule"}]


def test_labels_are_synced_from_1_4_on() -> None:
    assert pool(WORKERS, FleetSettings(versions={"capi": "1.3"})).node_labels == {"rack": "r2", "empty": ""}
    assert pool(WORKERS, FleetSettings(versions={"capi": "1.4"})).node_labels == {**SYNCED, "rack": "r2", "empty": ""}


def test_labels_are_unknown_without_the_bootstrap_template_and_where_a_script_labels() -> None:
    assert pool(WORKERS.partition("---\n")[0]).node_labels is UNKNOWN
    assert pool(WORKERS.replace("rack=r2,empty=", "${LABELS}")).node_labels is UNKNOWN
    assert pool(WORKERS.replace("bgp-policy: a", "bgp-policy: 1")).node_labels is UNKNOWN
    command = "      postKubeadmCommands: [kubectl label node x rack=r3]\n"
    assert (
        pool(WORKERS.replace("      initConfiguration:", command + "      initConfiguration:")).node_labels is UNKNOWN
    )


@pytest.mark.parametrize(
    ("key", "synced", "refused"),
    [
        ("node-role.kubernetes.io/worker", True, True),
        ("a.node-role.kubernetes.io/worker", False, True),
        ("node-restriction.kubernetes.io/x", True, True),
        ("a.b.node.cluster.x-k8s.io/x", True, False),
        ("xnode.cluster.x-k8s.io/x", False, False),
        ("node.kubernetes.io/x", False, False),
        ("a.kubelet.kubernetes.io/x", False, False),
        ("kubernetes.io/hostname", False, False),
        ("kubernetes.io/role", False, True),
        ("topology.kubernetes.io/zone", False, False),
        ("topology.kubernetes.io/rack", False, True),
        ("k8s.io/x", False, True),
        ("x-k8s.io/x", False, False),
        ("rack", False, False),
        ("kubernetes.io", False, False),
    ],
)
def test_who_takes_and_who_refuses_a_label(key: str, synced: bool, refused: bool) -> None:
    assert (is_synced(key), kubelet_refuses(key)) == (synced, refused)


@pytest.mark.parametrize(
    ("command", "phase", "versions", "exists"),
    [
        ("init", "addon/kube-proxy", ["v1.33.1"], True),
        ("join", "addon/kube-proxy", ["v1.33.1", None], False),
        ("init", "addon/all", [None], False),
        ("init", "show-join-command", ["v1.25.3"], False),
        ("init", "show-join-command", ["v1.26.0"], True),
        ("init", "show-join-command", [None], None),
        ("init", "show-join-command", ["v1.26.0", None], None),
        ("init", "show-join-command", ["v1.26.0", "v1.25.0"], False),
        ("init", "kubelet-finalize/experimental-cert-rotation", ["v1.31.9"], True),
        ("init", "kubelet-finalize/experimental-cert-rotation", ["v1.32.0-alpha.1"], False),
        ("join", "nonsense", ["v1.21.0"], None),
    ],
)
def test_phases_by_command_and_release(
    command: str, phase: str, versions: list[str | None], exists: bool | None
) -> None:
    assert phase_exists(command, phase, versions) is exists


def phases(text: str) -> list[dict[str, Any]]:
    found = only(resolved({"kcp.yaml": text}), "kubeadmConfig")
    assert isinstance(found, KubeadmConfig)
    assert isinstance(found.phases, list)
    return found.phases


KCP = "apiVersion: controlplane.cluster.x-k8s.io/v1beta2\nkind: KubeadmControlPlane\nmetadata: {name: a}\nspec: "


@pytest.mark.parametrize(
    ("join", "left_out"),
    [
        ("{skipPhases: [addon]}", ["/joinConfiguration"]),
        ("{skipPhases: [addon, addon/coredns]}", ["/joinConfiguration"] * 2),
        ("{nodeRegistration: {name: a}, skipPhases: [addon]}", ["/joinConfiguration/skipPhases"]),
        ("{skipPhases: [preflight, addon]}", ["/joinConfiguration/skipPhases/0", "/joinConfiguration/skipPhases/1"]),
    ],
)
def test_nothing_empty_stays_behind_a_removed_phase(join: str, left_out: list[str]) -> None:
    found = phases(f"{KCP}{{version: v1.33.1, kubeadmConfigSpec: {{joinConfiguration: {join}}}}}")
    assert [phase["without"] for phase in found] == [f"kcp.yaml:0#/spec/kubeadmConfigSpec{path}" for path in left_out]
