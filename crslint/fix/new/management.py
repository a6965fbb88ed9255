"""The management side: what makes the machines of a cluster, and what a new cluster gets once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from crslint.fix.new.answers import Answers, Cluster, Environment
from crslint.fix.new.releases import Shapes
from crslint.fix.templates import Value, filled, listed

FOLDER = "management"
ARGOCD = "argocd"

Text = tuple[str, str]
"""A file's path below the new folder, and its text."""


def cilium_payload(cluster: Cluster) -> str:
    return f"cilium-{cluster.name}"


def root_payload(cluster: Cluster) -> str:
    return f"root-{cluster.name}"


def management_files(answers: Answers, shapes: Shapes, argocd: Sequence[str]) -> Iterator[Text]:
    """All but the payloads; ``argocd`` are the names of the ConfigMaps that bring Argo CD, in order."""
    if answers.namespace != "default":
        yield f"{FOLDER}/namespace.yaml", filled("fleet/namespace.yaml", {"namespace": answers.namespace})
    for environment, cluster in answers.clusters:
        folder = cluster_folder(cluster)
        for name, documents in _documents(answers, environment, cluster, shapes, argocd):
            yield f"{folder}/{name}", "---\n".join(documents)


def cluster_folder(cluster: Cluster) -> str:
    return f"{FOLDER}/clusters/{cluster.name}"


def surge(cluster: Cluster) -> int:
    """How many control-plane machines a rollout may add: none where no listed host is spare for it."""
    hosts = sum(host.role == "control-plane" for host in cluster.hosts)
    return 0 if hosts == cluster.control_planes >= 3 else 1


def _documents(
    answers: Answers, environment: Environment, cluster: Cluster, shapes: Shapes, argocd: Sequence[str]
) -> Iterator[tuple[str, list[str]]]:
    capi, metal3 = f"fleet/{shapes.capi}", f"fleet/{shapes.metal3}"
    values = _values(answers, environment, cluster, shapes)
    machines = [
        filled(f"{metal3}/machine-template.yaml", {**values, "pool": pool, "role": role})
        for pool, role in (("control-plane", "control-plane"), ("workers", "worker"))
    ]
    commands = filled("fleet/kube-vip-commands.yaml", {}).rstrip("\n") if shapes.super_admin else ""
    kube_vip = filled("fleet/kube-vip.yaml", values).rstrip("\n")
    control_plane = {**values, "kube_vip": kube_vip, "commands": commands, **_rollout(cluster)}
    yield "cluster.yaml", [filled(f"{capi}/cluster.yaml", values), filled("fleet/metal3-cluster.yaml", values)]
    yield "control-plane.yaml", [filled(f"{capi}/control-plane.yaml", control_plane), machines[0]]
    workers = [filled(f"{capi}/workers.yaml", values), machines[1]]
    if cluster.workers > 1:
        workers.append(filled(f"{capi}/health-check.yaml", values))
    yield "workers.yaml", workers
    yield "addresses.yaml", [filled(f"{metal3}/addresses.yaml", values), filled("fleet/pool-of-nodes.yaml", values)]
    if cluster.hosts:
        yield "hosts.yaml", list(_hosts(answers, cluster))
    names = [cilium_payload(cluster), *argocd, root_payload(cluster)]
    resources = "\n".join(f"- kind: ConfigMap\n  name: {name}" for name in names)
    yield "bootstrap.yaml", [filled("fleet/set.yaml", {**values, "resources": resources})]


def _values(answers: Answers, environment: Environment, cluster: Cluster, shapes: Shapes) -> dict[str, Value]:
    nodes, image = cluster.nodes, answers.image
    return {
        "namespace": answers.namespace,
        "cluster": cluster.name,
        "environment": environment.name,
        "addons": shapes.addons,
        "metal3": f"infrastructure.cluster.x-k8s.io/{shapes.metal3}",
        "endpoint": cluster.endpoint,
        "port": cluster.port,
        "pods": cluster.pods,
        "services": cluster.services,
        "kubernetes": f"v{answers.versions.kubernetes}",
        "control_planes": cluster.control_planes,
        "workers": cluster.workers,
        "interface": nodes.interface,
        "subnet": nodes.subnet,
        "prefix": int(nodes.subnet.partition("/")[2]),
        "gateway": nodes.gateway,
        "first": nodes.first,
        "last": nodes.last,
        "dns": listed(list(nodes.dns)),
        "image_url": image.url,
        "image_checksum": image.checksum,
        "image_checksum_type": image.checksum_type,
        "image_format": image.format,
    }


def _rollout(cluster: Cluster) -> dict[str, Value]:
    added = surge(cluster)
    reason = "a rollout needs one spare host of the control plane" if added else "no host is spare: one goes, one comes"
    return {"surge": added, "surge_reason": reason}


def _hosts(answers: Answers, cluster: Cluster) -> Iterator[str]:
    for host in cluster.hosts:
        hints = f"rootDeviceHints:\n  deviceName: {host.disk}" if host.disk else ""
        yield filled(
            "fleet/host.yaml",
            {
                "host": host.name,
                "namespace": answers.namespace,
                "cluster": cluster.name,
                "role": host.role,
                "mac": host.mac,
                "bmc": host.bmc,
                "hints": hints,
            },
        )
