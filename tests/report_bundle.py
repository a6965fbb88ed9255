"""One small bundle with everything that a report must carry: payloads, other places, several clusters, a Secret, text
beyond ASCII, what is suppressed, what is not checked, fixes, and names that want to be markup or commands."""

from __future__ import annotations

from pathlib import Path

from crslint import run
from crslint.config.selection import CommandLine
from crslint.finding import Range
from crslint.report.result import Located, Replacement, Result
from crslint.scope import scope

CLUSTERS = """\
# 🚀 Zwei Cluster, ein Netz
apiVersion: cluster.x-k8s.io/v1beta2
kind: Cluster
metadata: {name: berlin, namespace: fleet, labels: {cni: cilium}}
spec:
  clusterNetwork: {pods: {cidrBlocks: [10.244.0.0/16]}}
  controlPlaneRef: {apiGroup: controlplane.cluster.x-k8s.io, kind: KubeadmControlPlane, name: berlin}
---
apiVersion: cluster.x-k8s.io/v1beta2
kind: Cluster
metadata: {annotations: {note: 🚀}, name: köln, namespace: fleet, labels: {cni: cilium}}
spec:
  clusterNetwork: {pods: {cidrBlocks: [10.244.0.0/16]}}
  # crslint: ignore[CLU003] made by another repository; see [ADR 7](https://adr.example)
  controlPlaneRef: {apiGroup: controlplane.cluster.x-k8s.io, kind: KubeadmControlPlane, name: berlin}
"""
SET = """\
apiVersion: addons.cluster.x-k8s.io/v1beta2
kind: ClusterResourceSet
metadata: {name: cni, namespace: fleet}
spec:
  strategy: Reconcile
  clusterSelector: {matchLabels: {cni: cilium}}
  resources:
  - {kind: ConfigMap, name: cni}
"""
PAYLOAD = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: cni, namespace: fleet}
data:
  cilium.yaml: |
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: cilium-config, namespace: kube-system}
    data:
      routing-mode: native
      ipv4-native-routing-cidr: 10.42.0.0/16
    ---
    apiVersion: v1
    kind: Secret
    metadata: {name: hubble-ca, namespace: kube-system}
    stringData: {ca.key: "🔑 hunter2-hunter2"}
    ---
    apiVersion: v1
    kind: ServiceAccount
    metadata: {name: one}
    ---
    apiVersion: v1
    kind: ServiceAccount
    metadata: {name: two}
    ---
    apiVersion: rbac.authorization.k8s.io/v1
    kind: ClusterRoleBinding
    metadata: {name: both}
    roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
    subjects:
    - {kind: ServiceAccount, name: one, namespace: kube-system}
    - {kind: ServiceAccount, name: two, namespace: kube-system}
"""
SECRET = "hunter2"
# Escapes in the file; what crslint reads are a line break, an escape sequence and marks that reorder text.
HOSTILE = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: hostile, namespace: fleet}
"da\\u202eta": {}
"x\\n::error file=a.yaml::[owned](https://evil.example) <b>|{0}|</b> @all %0A::stop-commands::x\\u001b[2J": 1
"""
HOSTILE_NAME = "a,b\n::error::%0A [x](y) <i>|{0}@all.yaml"
TEMPLATE = "kind: {{ .Values.kind }}\n"
FILES = {
    "clusters.yaml": CLUSTERS,
    "sets/cni.yaml": SET,
    "sets/payload.yaml": PAYLOAD,
    "template.yaml": TEMPLATE,
    HOSTILE_NAME: HOSTILE,
}
NAMESPACE = ", namespace: kube-system"


def write(root: Path) -> None:
    for name, text in FILES.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


def checked(root: Path) -> Result:
    """The report about the bundle, with a duration of 12 ms."""
    rules = CommandLine(select=("CRS001", "CLU003", "CLU007", "NET001", "SEC003", "PAY003", "SCH", "YML"))
    result = run.check(scope((".",), root), run.Options(rules, edits=True)).result
    findings = tuple(map(_with_two_edits, result.findings))
    return result._replace(findings=findings, summary=result.summary._replace(duration_ms=12))


def _with_two_edits(item: Located) -> Located:
    """Of one finding the edits are given here, whatever its fix does today."""
    if item.finding.code != "PAY003":
        return item
    places = (Range(20, 25, 20, 25), Range(24, 25, 24, 25))
    return item._replace(edits=tuple(Replacement(item.place.path, place, NAMESPACE) for place in places))
