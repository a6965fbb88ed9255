"""A generated fleet whose clusters share their bootstrap: the same bytes for the same number of clusters.

Each cluster is nine documents in a file of its own. The ClusterResourceSets for Cilium and Argo CD select all of them,
a third one for each environment half of them: every cluster is reached by three sets and belongs to one of two
environments. Everything but the clusters is the conforming fixture's, with Cilium settings that name no cluster.
"""

from __future__ import annotations

import re
from pathlib import Path

from corpus import FIXTURE, count_documents, files, write

ENVIRONMENTS = ("production", "staging")

_SHARED = (
    "crslint.yaml",
    "management/namespace.yaml",
    "management/bootstrap/01-cilium-prod-01.yaml",
    "management/bootstrap/payload-cilium-prod-01.yaml",
    "management/bootstrap/02-argocd.yaml",
    "management/bootstrap/payload-argocd.yaml",
    "management/bootstrap/payload-argocd-prerequisites.yaml",
    "cluster-configs/base/argocd",
    "cluster-configs/base/ingress",
    "cluster-configs/base/cilium/production.yaml",
)
_OF_ENVIRONMENT = (
    "management/bootstrap/03-root-production.yaml",
    "management/bootstrap/payload-root-production.yaml",
    "cluster-configs/environments/production",
    "cluster-configs/base/cilium-bgp/production",
)
_OF_CLUSTER = ("cluster.yaml", "control-plane.yaml", "addresses.yaml", "workers.yaml")
_DOCUMENTS = 9  # the MachineHealthCheck, the last of workers.yaml, is left out


# What names one cluster or its API server, and what it becomes where every cluster shares it.
_OWN = (
    (r" *- name: KUBERNETES_SERVICE_(HOST|PORT)\n.*\n", ""),
    (r"k8sService(Host|Port): .*\n", ""),
    (r"kube-proxy-replacement: \"true\"", 'kube-proxy-replacement: "false"'),
    (r"kubeProxyReplacement: true", "kubeProxyReplacement: false"),
    (r" *cluster: prod-01\n", ""),
    (r"(cluster-name: |name: )prod-01\n", r"\1default\n"),
    (r"cluster-id: \"1\"", 'cluster-id: "0"'),
    (r"  id: 1\n", "  id: 0\n"),
    (r"  timers:\n", "  ebgpMultihop: 4\n  timers:\n"),
    (r"prod-01", "all"),
    (r"cilium/production", "cilium/all"),
)
_SKIP_PHASES = r" *skipPhases:.*\n *- addon/kube-proxy\n"


def write_shared_fleet(root: Path, clusters: int) -> int:
    """Returns the number of documents."""
    for source in files(_SHARED):
        write(root / _shared(str(source.relative_to(FIXTURE))), _shared(source.read_text()))
    for number, environment in enumerate(ENVIRONMENTS):
        for source in files(_OF_ENVIRONMENT):
            name, text = _shared(str(source.relative_to(FIXTURE))), _shared(source.read_text())
            text = text.replace("172.20.10.", f"172.20.{number}.").replace("production", environment)
            write(root / name.replace("production", environment), text)
    documents = "---\n".join((FIXTURE / "management" / "prod-01" / name).read_text() for name in _OF_CLUSTER)
    template = re.sub(_SKIP_PHASES, "", "---\n".join(documents.split("---\n")[:_DOCUMENTS]))
    for number in range(clusters):
        write(root / "management" / "clusters" / f"c-{number:04}.yaml", _cluster(template, number))
    return sum(count_documents(path.read_text()) for path in root.rglob("*.yaml"))


def _cluster(template: str, number: int) -> str:
    high, low = divmod(number, 256)
    text = template.replace("192.168.10.", f"10.{high}.{low}.").replace("prod-01", f"c-{number:04}")
    return text.replace("environment: production", f"environment: {ENVIRONMENTS[number % len(ENVIRONMENTS)]}")


def _shared(text: str) -> str:
    for pattern, replacement in _OWN:
        text = re.sub(pattern, replacement, text)
    return text
