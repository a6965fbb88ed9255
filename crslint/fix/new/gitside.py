"""The Git side: what Argo CD reads, from the root Application of a cluster down."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from crslint.fix.new.answers import Answers, Cluster, Environment
from crslint.fix.new.ciliumvalues import Settings, values_text
from crslint.fix.new.management import Text
from crslint.fix.new.releases import Shapes
from crslint.fix.templates import Value, filled, listed

_INSTALL = "https://raw.githubusercontent.com/argoproj/argo-cd/v{}/manifests/install.yaml"
_SKIP_DRY_RUN = "SkipDryRunOnMissingResource=true"
_LATE_CRDS = "the CRDs are registered by the Cilium operator, at run time"


def root_folder(environment: Environment, cluster: Cluster) -> str:
    """What the root Application of a cluster reads."""
    return f"environments/{environment.name}/{cluster.name}"


def root_documents(answers: Answers, environment: Environment, cluster: Cluster) -> list[str]:
    """What the bootstrap brings of Argo CD's own kinds: the project and the root Application."""
    values = _values(answers, environment, cluster)
    project = filled("fleet/project.yaml", {**values, "comment": ""})
    return [project, filled("fleet/root.yaml", values)]


def git_files(
    answers: Answers, shapes: Shapes, settings: Mapping[str, Settings], *, has_namespace: bool
) -> Iterator[Text]:
    """``settings`` are those of Cilium, by cluster; ``has_namespace`` is whether Argo CD's manifest has its own."""
    resources = ["install.yaml" if answers.argocd else _INSTALL.format(answers.versions.argocd)]
    if not has_namespace:
        yield "base/argocd/namespace.yaml", filled("fleet/argocd-namespace.yaml", {})
        resources.insert(0, "namespace.yaml")
    yield "base/argocd/kustomization.yaml", filled("fleet/kustomization.yaml", {"resources": listed(resources)})
    for environment, cluster in answers.clusters:
        values = _values(answers, environment, cluster)
        folder = root_folder(environment, cluster)
        comment = f"# The same project as in the payload root-{cluster.name}, where it must exist before Git is read."
        yield f"{folder}/project.yaml", filled("fleet/project.yaml", {**values, "comment": comment})
        yield f"{folder}/app-of-apps.yaml", filled("fleet/app-of-apps.yaml", values)
        options = ""
        if shapes.dry_run_option:
            options = f"syncOptions:\n  - {_SKIP_DRY_RUN} # {_LATE_CRDS}"
        yield f"{folder}/applications/argocd.yaml", filled("fleet/application-argocd.yaml", values)
        yield f"{folder}/applications/cilium.yaml", filled("fleet/application-cilium.yaml", values)
        peering = filled("fleet/application-cilium-bgp.yaml", {**values, "options": options})
        yield f"{folder}/applications/cilium-bgp.yaml", peering
        yield f"base/cilium/{cluster.name}.yaml", values_text(cluster, settings[cluster.name])
        for name, text in _peering(answers, cluster, shapes):
            yield f"base/cilium-bgp/{cluster.name}/{name}", text


def _values(answers: Answers, environment: Environment, cluster: Cluster) -> dict[str, Value]:
    return {
        "cluster": cluster.name,
        "folder": root_folder(environment, cluster),
        "repository": answers.repository,
        "chart_repository": answers.charts,
        "revision": environment.revision,
        "cilium": answers.versions.cilium,
        "retry": filled("fleet/retry.yaml", {}).rstrip("\n"),
    }


def _peering(answers: Answers, cluster: Cluster, shapes: Shapes) -> Iterator[Text]:
    late = "" if shapes.dry_run_option else _annotated()
    values: dict[str, Value] = {
        "cilium_api": shapes.advertisement or "",
        "pool_api": shapes.pool,
        "field": shapes.pool_field,
        "blocks": "\n".join(f"- cidr: {pool}" for pool in cluster.pools),
        "local_asn": cluster.local_asn,
        "advertise": listed(dict([answers.advertise])),
        "annotations": late,
    }
    if shapes.advertisement is None:
        hops = f"eBGPMultihopTTL: {cluster.multihop}" if cluster.multihop else ""
        neighbors = [
            filled("fleet/neighbor.yaml", {"address": peer.address, "asn": peer.asn, "multihop": hops})
            for peer in cluster.peers
        ]
        yield "peering.yaml", filled("fleet/peering-policy.yaml", {**values, "peers": "".join(neighbors).rstrip("\n")})
    else:
        peers = [
            filled("fleet/peer.yaml", {"name": f"peer-{number}", "address": peer.address, "asn": peer.asn})
            for number, peer in enumerate(cluster.peers, 1)
        ]
        hops = f"ebgpMultihop: {cluster.multihop}" if cluster.multihop else ""
        values |= {"peers": "".join(peers).rstrip("\n"), "multihop": hops}
        yield "peering.yaml", filled("fleet/cluster-config.yaml", values)
        yield "advertisement.yaml", filled("fleet/advertisement.yaml", values)
    yield "pool.yaml", filled("fleet/pool.yaml", values)


def _annotated() -> str:
    return f"annotations:\n  argocd.argoproj.io/sync-options: {_SKIP_DRY_RUN} # {_LATE_CRDS}"
