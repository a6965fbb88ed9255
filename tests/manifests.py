"""The smallest management repository that delivers something: a ClusterResourceSet and its payload, line by line."""

from __future__ import annotations


def resource_set(strategy: str = "ApplyOnce", name: str = "01-cilium") -> str:
    """With what stands behind the strategy: a comment."""
    return f"""\
apiVersion: addons.cluster.x-k8s.io/v1beta2
kind: ClusterResourceSet
metadata:
  name: {name}
  namespace: fleet
spec:
  strategy: {strategy}
  clusterSelector: {{matchLabels: {{bootstrap: "true"}}}}
  resources: [{{kind: ConfigMap, name: cilium}}]
"""


def payload(name: str = "cilium", account: str = "agent") -> str:
    return f"""\
apiVersion: v1
kind: ConfigMap
metadata:
  name: {name}
  namespace: fleet
data:
  manifest.yaml: |
    apiVersion: v1
    kind: ServiceAccount
    metadata:
      name: {account}
      namespace: kube-system
"""


def payload_of_no_namespace() -> str:
    """PAY003: its account says none."""
    return payload().removesuffix("      namespace: kube-system\n")
