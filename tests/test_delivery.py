"""What a payload brings, told by its contents."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from crslint.fleet.delivery import Delivery, deliveries
from crslint.fleet.payloads import Member, Read, read_payloads
from crslint.fleet.settings import FleetSettings
from crslint.fleet.world import World
from crslint.source.reader import read_file

PAYLOADS = Path(__file__).parents[1].parent / "shared" / "data" / "payloads"


def workload(kind: str, image: str, container: str = "main", *more: str, name: str = "some-name") -> str:
    lines = [
        "apiVersion: apps/v1",
        f"kind: {kind}",
        f"metadata: {{name: {name}, namespace: tools}}",
        f"spec: {{template: {{spec: {{containers: [{{name: {container}, image: '{image}'{''.join(more)}}}]}}}}}}",
    ]
    return "\n".join(lines) + "\n"


def brought(*documents: str) -> tuple[Delivery, ...]:
    return deliveries(tuple(_members("---\n".join(documents))))


def told(*documents: str) -> list[tuple[str, str, bool]]:
    return [(item.kind, item.name, item.primary) for item in brought(*documents)]


def _members(text: str) -> Iterator[Member]:
    (read,) = _read(text)
    return iter(read.members)


def _read(text: str) -> tuple[Read, ...]:
    data = "".join(f"    {line}\n" for line in text.splitlines())
    payload = f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: p}}\ndata:\n  x.yaml: |\n{data}"
    return read_payloads(World([read_file("p.yaml", payload.encode())], FleetSettings()), ())


@pytest.mark.parametrize(
    ("image", "container", "name"),
    [
        ("quay.io/cilium/cilium:v1.18.9@sha256:c9140c2ebcc6", "x", "cilium"),
        ("public.ecr.aws/isovalent/cilium:v1.15.4", "x", "cilium"),
        ("registry.local:5000/mirrored-cilium-cilium", "x", "cilium"),
        ("cilium:v1", "x", "cilium"),
        ("${REGISTRY}/${IMAGE}", "cilium-agent", "cilium"),
        ("docker.io/calico/node:v3.28.0", "x", "calico"),
        ("rancher/mirrored-calico-node:v3.28.0", "x", "calico"),
        ("ghcr.io/flannel-io/flannel:v0.28.4", "x", "flannel"),
        ("ghcr.io/weaveworks/launcher/weave-kube:2.8.1", "weave", "weave"),
        ("projects.registry.vmware.com/antrea/antrea-agent-ubuntu:v2.0.0", "x", "antrea"),
        ("docker.io/cloudnativelabs/kube-router:v2", "x", "kube-router"),
        ("ghcr.io/ovn-kubernetes/ovn-kubernetes/ovn-kube-ubuntu:master", "x", "ovn-kubernetes"),
        ("docker.io/kubeovn/kube-ovn:v1.13", "cni-server", "kube-ovn"),
        ("kindest/kindnetd:v2024", "kindnet-cni", "kindnet"),
    ],
)
def test_cnis(image: str, container: str, name: str) -> None:
    assert told(workload("DaemonSet", image, container)) == [("cni", name, True)]


@pytest.mark.parametrize(
    ("kind", "image"),
    [
        ("Deployment", "quay.io/cilium/operator-generic:v1.18.9"),
        ("DaemonSet", "quay.io/cilium/cilium-envoy:v1.34"),
        ("Job", "quay.io/cilium/cilium-cli:v0.16"),
        ("Deployment", "docker.io/calico/kube-controllers:v3.28.0"),
        ("DaemonSet", "docker.io/calico/cni:v3.28.0"),
    ],
)
def test_parts_of_a_cni_are_no_cni(kind: str, image: str) -> None:
    assert [item[0] for item in told(workload(kind, image))] == ["other"]


def test_a_cni_that_leaves_the_pod_network_to_another_one() -> None:
    backend = ", env: [{name: CALICO_NETWORKING_BACKEND, value: none}]"
    assert told(workload("DaemonSet", "calico/node", "calico-node", backend)) == [("cni", "calico", False)]
    indirect = ", env: [{name: CALICO_NETWORKING_BACKEND, valueFrom: {configMapKeyRef: {name: calico-config, key: b}}}]"
    config = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: calico-config}\ndata: {b: none}\n"
    node = workload("DaemonSet", "calico/node", "calico-node", indirect)
    assert told(config, node) == [("cni", "calico", False)]
    assert told(config.replace("none", "bird"), node) == [("cni", "calico", True)]
    chained = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: cilium-config}\ndata: {cni-chaining-mode: aws-cni}\n"
    agent = workload("DaemonSet", "cilium/cilium")
    assert told(chained, agent) == [("cni", "cilium", False)]
    assert told(chained.replace("aws-cni", "none"), agent) == [("cni", "cilium", True)]
    firewall = workload("DaemonSet", "kube-router", "kube-router", ", args: [--run-router=false]")
    assert told(firewall) == [("cni", "kube-router", False)]
    installation = (
        "apiVersion: operator.tigera.io/v1\nkind: Installation\nmetadata: {name: x}\nspec: {cni: {type: %s}}\n"
    )
    assert told(installation % "AmazonVPC") == [("cni", "calico", False)]
    assert told(installation % "Calico") == [("cni", "calico", True)]


def test_canal_is_one_cni() -> None:
    both = ", image: flannel}, {name: calico-node, image: calico/node"
    node = workload("DaemonSet", "x", "kube-flannel").replace(", image: 'x'", both)
    assert told(node) == [("cni", "canal", True)]


DRIVER = "apiVersion: storage.k8s.io/v1\nkind: CSIDriver\nmetadata: {name: csi.example.org}\n"
REGISTRAR = workload("DaemonSet", "registry.k8s.io/sig-storage/csi-node-driver-registrar:v2", name="csi-node")


def test_csi_drivers() -> None:
    assert told(REGISTRAR, DRIVER) == [("csi", "csi.example.org", True)]
    assert told(REGISTRAR) == [("csi", "csi-node", True)]
    assert told(workload("Deployment", "rancher/local-path-provisioner:v0.0.30")) == [("csi", "local-path", True)]


def test_argo_cd() -> None:
    controller = workload(
        "StatefulSet", "quay.io/argoproj/argocd:v3", "x", ", args: [/usr/local/bin/argocd-application-controller]"
    )
    server = workload("Deployment", "quay.io/argoproj/argocd:v3", "server")
    assert told(controller) == [("argocd", "tools", True)]
    assert told(server) == [("argocd", "tools", False)]
    assert told(server, controller) == [("argocd", "tools", True)]
    assert told(workload("Deployment", "quay.io/argoprojlabs/argocd-image-updater:v0.15")) == [
        ("other", "Deployment", True)
    ]
    operated = "apiVersion: argoproj.io/v1beta1\nkind: ArgoCD\nmetadata: {name: x, namespace: gitops}\n"
    assert told(operated) == [("argocd", "gitops", True)]


APPLICATION = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: root, namespace: argocd}
spec: {source: {repoURL: https://git.example.org/x.git, path: /a/b/}}
"""


def test_root_applications() -> None:
    (root,) = brought(APPLICATION)
    assert (root.kind, root.name, root.source) == ("rootApplication", "argocd/root", "git.example.org/x//a/b")
    assert root.evidence == "Application argocd/root"
    assert brought(APPLICATION.replace("path: /a/b/", "path: a, helm: {valueFiles: [x]}"))[0].source is None
    assert brought(APPLICATION.replace("spec: {source", "spec: {sources"))[0].source is None
    assert told(APPLICATION.replace("kind: Application", "kind: ApplicationSet")) == [
        ("rootApplication", "argocd/root", True)
    ]
    assert told(APPLICATION.replace("argoproj.io/v1alpha1", "app.k8s.io/v1beta1")) == [("other", "Application", True)]


def test_other_things() -> None:
    assert told(workload("DaemonSet", "ghcr.io/k8snetworkplumbingwg/multus-cni:v4")) == [("other", "multus", True)]
    assert told("apiVersion: v1\nkind: Namespace\nmetadata: {name: x, labels: {a: cilium}}\n") == [
        ("other", "Namespace", True)
    ]
    assert deliveries(()) == ()


@pytest.mark.skipif(not PAYLOADS.exists(), reason="the real payloads are not part of the project")
def test_real_payloads() -> None:
    for path in sorted(PAYLOADS.glob("*.yaml")):
        (read,) = _read(path.read_text())
        kinds = {item.kind: item.evidence for item in deliveries(read.members)}
        if path.name.startswith("cilium"):
            assert kinds == {"cni": "DaemonSet kube-system/cilium"}, path.name
        else:
            assert kinds == {"argocd": "StatefulSet argocd-application-controller"}, path.name
