"""What reaches a cluster, and what is said of it in several places."""

from __future__ import annotations

from typing import Any

import pytest
from resolving import only, resolved

from crslint.fleet.entities.clusters import Cluster
from crslint.fleet.entity import UNKNOWN, Unknown

CLUSTER = """\
apiVersion: cluster.x-k8s.io/v1beta2
kind: Cluster
metadata:
  name: NAME
  namespace: default
  labels: {cni: cilium}
spec:
  clusterNetwork: {pods: {cidrBlocks: [10.244.0.0/16]}}
  controlPlaneRef: {apiGroup: controlplane.cluster.x-k8s.io, kind: KubeadmControlPlane, name: NAME}
  infrastructureRef: {apiGroup: infrastructure.cluster.x-k8s.io, kind: Metal3Cluster, name: NAME}
---
apiVersion: infrastructure.cluster.x-k8s.io/v1beta2
kind: Metal3Cluster
metadata: {name: NAME, namespace: default}
spec:
  controlPlaneEndpoint: {host: 192.0.2.10, port: 6443}
---
apiVersion: controlplane.cluster.x-k8s.io/v1beta2
kind: KubeadmControlPlane
metadata: {name: NAME, namespace: default}
spec:
  replicas: 3
  version: v1.33.1
  machineTemplate: {spec: {infrastructureRef: {apiGroup: infrastructure.cluster.x-k8s.io, kind: X, name: x}}}
  kubeadmConfigSpec:
    initConfiguration: {skipPhases: [addon/kube-proxy]}
"""
SET = """\
apiVersion: addons.cluster.x-k8s.io/v1beta2
kind: ClusterResourceSet
metadata: {name: NAME, namespace: default}
spec:
  clusterSelector: {matchLabels: {cni: cilium}}
  resources: RESOURCES
"""
PAYLOAD = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: NAME, namespace: default}
data:
  manifest.yaml: |
"""
CONFIG = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: cilium-config, namespace: kube-system}
data: {ipam: kubernetes, kube-proxy-replacement: "true", routing-mode: native, ipv4-native-routing-cidr: 10.0.0.0/8}
"""
AGENT = """\
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: cilium, namespace: kube-system}
spec:
  template:
    spec:
      containers:
        - name: cilium-agent
          image: quay.io/cilium/cilium:v1.16.5
          env: [{name: KUBERNETES_SERVICE_HOST, value: 192.0.2.10}]
"""


def resource_set(name: str, *payloads: str) -> str:
    listed = ", ".join(f"{{kind: ConfigMap, name: {payload}}}" for payload in payloads)
    return SET.replace("NAME", name).replace("RESOURCES", f"[{listed}]")


def payload(name: str, *documents: str) -> str:
    inner = "---\n".join(documents)
    return PAYLOAD.replace("NAME", name) + "".join(f"    {line}\n" for line in inner.splitlines())


def bundle(*documents: str, clusters: tuple[str, ...] = ("prod",)) -> str:
    return "---\n".join([*(CLUSTER.replace("NAME", name) for name in clusters), *documents])


def cluster(text: str, name: str = "prod") -> Cluster:
    found = only(resolved({"fleet.yaml": text}), "cluster", name)
    assert isinstance(found, Cluster)
    return found


def names(entries: list[Any] | Unknown) -> list[tuple[str, str]]:
    assert isinstance(entries, list)
    return [(entry["value"], entry["via"]) for entry in entries]


WHOLE = bundle(resource_set("cni", "cilium"), payload("cilium", CONFIG, AGENT))


def test_everything_that_is_said_of_one_cluster() -> None:
    found = cluster(WHOLE)
    assert names(found.pod_cidrs) == [("10.244.0.0/16", "Cluster"), ("10.0.0.0/8", "ipv4-native-routing-cidr")]
    assert names(found.endpoints) == [("192.0.2.10", "Metal3Cluster"), ("192.0.2.10", "KUBERNETES_SERVICE_HOST")]
    assert names(found.proxy_replacements) == [("cilium", "cilium-config")]
    assert found.kube_proxy == "skipped"
    assert found.version == "v1.33.1"
    assert found.cilium == "fleet.yaml:4!/data/manifest.yaml:0#"
    assert found.clusters == ["default/prod"]
    assert found.complete


def test_steps_come_in_list_order_within_each_set() -> None:
    text = bundle(resource_set("two", "agent", "config"), payload("config", CONFIG), payload("agent", AGENT))
    found = cluster(text)
    assert isinstance(found.steps, list)
    assert [step["payload"] for step in found.steps] == ["fleet.yaml:5#", "fleet.yaml:4#"]
    assert [step["delivers"] for step in found.steps] == [["cni"], ["other"]]
    assert found.delivers == ["cni", "other"]
    assert found.cilium == "fleet.yaml:4!/data/manifest.yaml:0#"


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("name: cilium}]", "name: cilium}, {kind: ConfigMap, name: missing}]"),
        lambda text: text + "  short: v1\n",
        lambda text: text.replace("matchLabels: {cni: cilium}", 'matchLabels: {cni: "${CNI}"}'),
        lambda text: f"{text}---\n{resource_set('broken', 'cilium').replace('matchLabels: {cni: cilium}', '')}",
        lambda text: text.replace(
            "kind: ConfigMap\nmetadata: {name: cilium,", "kind: ConfigMap\nmetadata: {name: other,"
        ),
    ],
)
def test_nothing_is_known_to_be_all_where_a_part_is_missing(change: Any) -> None:
    found = cluster(change(WHOLE))
    assert (found.steps, found.delivers, found.cnis) == (UNKNOWN, UNKNOWN, UNKNOWN)
    assert not found.complete


def test_what_is_known_of_the_network_stays_known() -> None:
    found = cluster(WHOLE.replace("name: cilium}]", "name: cilium}, {kind: ConfigMap, name: missing}]"))
    assert [entry["name"] for entry in found.cnis_known] == ["cilium"]
    assert names(found.proxy_replacements) == [("cilium", "cilium-config")]


def test_a_chart_proxy_is_an_installation_of_which_nothing_is_known() -> None:
    proxy = """\
apiVersion: addons.cluster.x-k8s.io/v1alpha1
kind: HelmChartProxy
metadata: {name: cilium, namespace: default}
spec: {chartName: cilium, clusterSelector: {matchLabels: {cni: cilium}}}
"""
    found = cluster(bundle(proxy))
    assert (found.cilium, found.cnis, found.proxy_replacements) == (UNKNOWN, UNKNOWN, UNKNOWN)
    other = cluster(bundle(proxy.replace("{cni: cilium}", "{cni: other}")))
    assert (other.cilium, other.cnis, other.proxy_replacements) == (None, [], [])


def test_clusters_that_the_same_sets_select_share_what_reaches_them() -> None:
    text = bundle(resource_set("cni", "cilium"), payload("cilium", CONFIG, AGENT), clusters=("prod", "dev"))
    fleet = resolved({"fleet.yaml": text})
    one, other = (only(fleet, "cluster", name) for name in ("prod", "dev"))
    assert isinstance(one, Cluster)
    assert isinstance(other, Cluster)
    assert one.steps is other.steps
    assert only(fleet, "ciliumSetting").clusters == ["default/prod", "default/dev"]


def test_a_shared_document_is_only_told_what_suits_all() -> None:
    dev = CLUSTER.replace("NAME", "dev").replace("10.244.0.0/16", "10.245.0.0/16")
    narrow = CONFIG.replace("10.0.0.0/8", "10.200.0.0/16")
    shared = [resource_set("cni", "cilium"), payload("cilium", narrow, AGENT)]
    assert cluster(bundle(*shared)).pod_ranges[0]["to"] == "10.244.0.0/16"
    found = resolved({"fleet.yaml": bundle(dev, *shared)}).entities["cluster"]
    assert [item.pod_ranges[0]["to"] for item in found if isinstance(item, Cluster)] == [None, None]
