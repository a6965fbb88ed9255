"""What the rules on clusters and networks say: severity, message, sides, suggested edits."""

from __future__ import annotations

from pathlib import Path

import pytest
from checking import CHECKOUT, DATA, check

RULES = CHECKOUT / "rules"
CILIUM = DATA / "payloads" / "cilium-1.14.5-native-bgp.yaml"


@pytest.mark.parametrize(
    ("example", "severity", "message"),
    [
        (
            "clu/CLU001-unknown-kubeadm-phase/bad/join-addon",
            "error",
            (
                "joinConfiguration.skipPhases names addon/kube-proxy: kubeadm join v1.33.1 has no such phase and stops "
                "before it does anything"
            ),
        ),
        (
            "clu/CLU001-unknown-kubeadm-phase/bad/kustomize-patch",
            "warning",
            "initConfiguration.skipPhases names addon/kube-proxy: workers never run kubeadm init, this has no effect",
        ),
        (
            "clu/CLU002-overruled-by-the-cluster/bad/not-pinned",
            "warning",
            (
                "clusterConfiguration.networking.podSubnet 10.244.0.0/16 wins over the Cluster or is dropped: from "
                "Cluster API 1.11 on only the Cluster decides"
            ),
        ),
        (
            "clu/CLU002-overruled-by-the-cluster/bad/from-1-11",
            "warning",
            (
                "clusterConfiguration.networking.podSubnet 10.244.0.0/16 is dropped: from Cluster API 1.11 on only the "
                "Cluster decides"
            ),
        ),
        (
            "clu/CLU003-dangling-reference/bad/typo",
            "error",
            "controlPlaneRef names KubeadmControlPlane prod-cp, which is not in the input",
        ),
        (
            "clu/CLU003-dangling-reference/bad/kind-not-there",
            "warning",
            "infrastructureRef names Metal3Cluster prod, which is not in the input",
        ),
        (
            "clu/CLU003-dangling-reference/bad/wrong-namespace",
            "error",
            (
                "infrastructureRef names Metal3Cluster prod, but what exists is "
                "Metal3Cluster.infrastructure.cluster.x-k8s.io metal3/prod"
            ),
        ),
        (
            "clu/CLU003-dangling-reference/bad/no-reference",
            "error",
            "the Cluster has neither controlPlaneRef nor infrastructureRef nor topology: nothing is made from it",
        ),
        (
            "clu/CLU004-impossible-control-plane/bad/even",
            "error",
            "a control plane of 2 machines needs an odd number: etcd runs on them",
        ),
        (
            "clu/CLU009-impossible-rollout/bad/surge-of-two",
            "warning",
            "maxSurge 2 of a control plane must be 0 or 1",
        ),
        (
            "net/NET001-pod-cidr-differs/bad/native-range",
            "error",
            "ipv4-native-routing-cidr 10.0.0.0/16 does not hold the pod CIDR 10.244.0.0/16 of the Cluster",
        ),
        (
            "net/NET001-pod-cidr-differs/bad/pool",
            "warning",
            "cluster-pool-ipv4-cidr 10.32.0.0/12 ignores the pod CIDR 10.244.0.0/16 of the Cluster",
        ),
        (
            "net/NET001-pod-cidr-differs/bad/control-plane",
            "error",
            "KubeadmControlPlane 10.100.0.0/16 contradicts the pod CIDR 10.244.0.0/16 of the Cluster",
        ),
    ],
)
def test_severity_and_message(example: str, severity: str, message: str) -> None:
    code = example.split("/")[1][:6]
    (found,) = check(RULES / example).of(code)
    assert (found["severity"], found["message"]) == (severity, message)


@pytest.mark.parametrize(("example", "severity"), [("default-pool", "warning"), ("pool", "error")])
def test_a_pool_that_nobody_chose_is_a_warning(example: str, severity: str) -> None:
    (found,) = check(RULES / "net/NET002-ranges-overlap/bad" / example).of("NET002")
    assert found["severity"] == severity


def test_one_finding_shows_all_sides() -> None:
    found = check(RULES / "net/NET001-pod-cidr-differs/bad/control-plane-and-cilium")
    (finding,) = found.of("NET001")
    assert found.of("CLU002") == []
    assert [(side["path"], side["label"]) for side in finding["related"]] == [
        ("prod.yaml", "the Cluster says 10.244.0.0/16 here"),
        ("bootstrap.yaml", "ipv4-native-routing-cidr says 10.100.0.0/16 here"),
    ]


def test_a_shared_payload_is_reported_once_with_the_clusters_that_it_contradicts() -> None:
    (finding,) = check(RULES / "net/NET005-nothing-replaces-kube-proxy/bad/two-clusters").of("NET005")
    assert finding["clusters"] == ["default/dev", "default/prod"]
    (finding,) = check(RULES / "net/NET001-pod-cidr-differs/bad/one-of-two-clusters").of("NET001")
    assert finding["clusters"] == ["default/dev"]


MANAGEMENT = """\
apiVersion: cluster.x-k8s.io/v1beta2
kind: Cluster
metadata: {name: prod, namespace: default, labels: {bootstrap: "true"}}
spec:
  clusterNetwork: {pods: {cidrBlocks: [POD_CIDR]}, services: {cidrBlocks: [10.96.0.0/12]}}
  controlPlaneRef: {apiGroup: controlplane.cluster.x-k8s.io, kind: KubeadmControlPlane, name: prod}
  infrastructureRef: {apiGroup: infrastructure.cluster.x-k8s.io, kind: Metal3Cluster, name: prod}
---
apiVersion: controlplane.cluster.x-k8s.io/v1beta2
kind: KubeadmControlPlane
metadata: {name: prod, namespace: default}
spec:
  version: v1.33.1
  machineTemplate:
    spec: {infrastructureRef: {apiGroup: infrastructure.cluster.x-k8s.io, kind: Metal3MachineTemplate, name: prod}}
  kubeadmConfigSpec:
    initConfiguration: {skipPhases: [PHASE]}
---
apiVersion: addons.cluster.x-k8s.io/v1beta2
kind: ClusterResourceSet
metadata: {name: cni, namespace: default}
spec:
  strategy: ApplyOnce
  clusterSelector: {matchLabels: {bootstrap: "true"}}
  resources: [{kind: ConfigMap, name: cilium}]
"""


def fleet(folder: Path, pods: str, phase: str, manifest: str) -> None:
    text = MANAGEMENT.replace("POD_CIDR", pods).replace("PHASE", phase)
    (folder / "management.yaml").write_text(text)
    head = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: cilium, namespace: default}\ndata:\n  cilium.yaml: |\n"
    inner = "".join(f"    {line}".rstrip() + "\n" for line in manifest.splitlines())
    (folder / "cilium.yaml").write_text(head + inner)


def place_of(path: Path, text: str) -> tuple[int, int]:
    """Line and column of the one place that has the text."""
    lines = path.read_text().splitlines()
    (found,) = [(number, line.index(text)) for number, line in enumerate(lines, 1) if text in line]
    return found[0], found[1] + 1


@pytest.mark.skipif(not CILIUM.exists(), reason="the real payloads are not here")
def test_the_real_manifest_of_cilium_is_judged_at_the_exact_character(tmp_path: Path) -> None:
    manifest = CILIUM.read_text()
    fleet(tmp_path, "10.244.0.0/16", "addon/kube-proxy", manifest)
    assert [finding for finding in check(tmp_path).findings if finding["code"].startswith("NET")] == []

    fleet(tmp_path, "10.200.0.0/16", "addon/coredns", manifest)
    found = check(tmp_path)
    (cidr,) = found.of("NET001")
    line, column = place_of(tmp_path / "cilium.yaml", "ipv4-native-routing-cidr: ")
    start = column + len("ipv4-native-routing-cidr: ")
    assert (cidr["path"], cidr["line"], cidr["column"]) == ("cilium.yaml", line, start)
    assert cidr["address"].endswith("#/data/ipv4-native-routing-cidr")
    (proxy,) = found.of("NET004")
    assert (proxy["path"], proxy["line"], proxy["column"]) == (
        "management.yaml",
        *place_of(tmp_path / "management.yaml", "[addon/coredns]"),
    )
    (side,) = proxy["related"]
    assert (side["path"], side["line"]) == (
        "cilium.yaml",
        place_of(tmp_path / "cilium.yaml", "kube-proxy-replacement:")[0],
    )


@pytest.mark.skipif(not CILIUM.exists(), reason="the real payloads are not here")
def test_a_real_manifest_that_leaves_kube_proxy_out_and_replaces_nothing(tmp_path: Path) -> None:
    manifest = CILIUM.read_text().replace('kube-proxy-replacement: "true"', 'kube-proxy-replacement: "false"')
    fleet(tmp_path, "10.244.0.0/16", "addon/kube-proxy", manifest)
    (found,) = check(tmp_path).of("NET005")
    line, column = place_of(tmp_path / "cilium.yaml", 'kube-proxy-replacement: "false"')
    assert (found["line"], found["column"]) == (line, column + len("kube-proxy-replacement: "))
    assert found["message"] == "kubeadm skips kube-proxy, but Cilium does not replace it: no Service works"
