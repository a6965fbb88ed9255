"""What a new repository has besides manifests: crslint's configuration, the pre-commit entry, a README, the answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from crslint.fix.new.answers import Answers
from crslint.fix.new.management import ARGOCD, FOLDER, Text, cilium_payload, cluster_folder
from crslint.fix.templates import block, filled, listed, scalar, template, text

PRE_COMMIT = ".pre-commit-config.yaml"
CONFIGURATION = "crslint.yaml"
ANSWERS = "answers.yaml"
_INDENT = "    "


def extra_files(answers: Answers, data: Mapping[str, Any]) -> Iterator[Text]:
    """``data`` are the answers as they were given."""
    yield CONFIGURATION, _configuration(answers)
    yield PRE_COMMIT, template("pre-commit.yaml")
    yield ANSWERS, answers_text(data)
    yield "README.md", _readme(answers)


def answers_text(data: Mapping[str, Any]) -> str:
    head = "# What this folder was written from; crslint new DIR --answers FILE begins with it again.\n"
    return head + "".join(block(data))


def _configuration(answers: Answers) -> str:
    versions = answers.versions
    pinned = {"kubernetes": versions.kubernetes, "capi": versions.capi, "capm3": versions.capm3}
    absent = [cilium_payload(cluster) for _, cluster in answers.clusters if not cluster.cilium]
    lines = [f"{name}: {_quoted(version)}" for name, version in pinned.items()]
    if absent:
        lines.append(f"cilium: {_quoted(versions.cilium)} # to be read from the payloads once they are here")
    if not answers.argocd:
        lines.append(f"argocd: {_quoted(versions.argocd)} # to be read from the payload once it is here")
        absent.insert(0, ARGOCD)
    external = ""
    if absent:
        namespace = scalar(answers.namespace)
        entries = [f"- {{kind: ConfigMap, namespace: {namespace}, name: {name}}}" for name in absent]
        comment = "external: # payloads that are still to be rendered, see README.md; take them out of here then"
        external = "\n".join([comment, *(f"  {entry}" for entry in entries)])
    return filled(
        "crslint.yaml",
        {
            "versions": "\n".join(lines),
            "repository": answers.repository,
            "advertise": listed(dict([answers.advertise])),
            "external": external,
        },
    )


def _quoted(version: str) -> str:
    return f'"{version}"'


def _readme(answers: Answers) -> str:
    versions = answers.versions
    rows = [
        f"| {cluster.name} | {environment.name} | {environment.revision} | {cluster.endpoint} | {cluster.pods} "
        f"| {', '.join(cluster.pools)} |"
        for environment, cluster in answers.clusters
    ]
    head = ["| cluster | environment | follows | API server | pods | addresses of Services |", "|---" * 6 + "|"]
    label = ": ".join(answers.advertise)
    return text(
        "fleet/README.md",
        {
            "clusters": "\n".join([*head, *rows]),
            "payloads": _payloads(answers),
            "repository": answers.repository,
            "push": _push(answers),
            "capi": versions.capi,
            "capm3": versions.capm3,
            "hosts": _hosts(answers),
            "apply": _commands(_apply(answers)),
            "namespace": answers.namespace,
            "first": answers.clusters[0][1].name,
            "label": label,
        },
    )


def _payloads(answers: Answers) -> str:
    """How to get the payloads that are not here yet; empty where none is absent."""
    absent = [cluster for _, cluster in answers.clusters if not cluster.cilium]
    if not absent and answers.argocd:
        return ""
    versions = answers.versions
    commands = [
        f"helm template cilium cilium --repo {answers.charts} --version {versions.cilium} --namespace kube-system \\\n"
        f"  --kube-version {versions.kubernetes} --values base/cilium/{cluster.name}.yaml > cilium-{cluster.name}.yaml"
        for cluster in absent
    ]
    if not answers.argocd:
        url = f"https://raw.githubusercontent.com/argoproj/argo-cd/v{versions.argocd}/manifests/install.yaml"
        commands.append(f"curl --fail --location --output argocd.yaml {url}")
    return (
        "The payloads are still to come. Render them, name the files in `answers.yaml` (`argocd:`, and `cilium:`\n"
        "in each cluster), and run `crslint new FOLDER --answers answers.yaml`: the same fleet, with its payloads.\n\n"
        + _commands(commands)
        + "\n\n"
    )


def _push(answers: Answers) -> str:
    revisions = dict.fromkeys(environment.revision for environment in answers.environments)
    others = [revision for revision in revisions if revision != "main"]
    commands = ["git init --initial-branch main && git add --all && git commit --message 'New fleet'"]
    commands += [f"git tag {revision}   # or the branch of that name" for revision in others]
    commands.append(f"git push {answers.repository} main {' '.join(others)}".rstrip())
    return _commands(commands, "   ")


def _hosts(answers: Answers) -> str:
    named = [host for _, cluster in answers.clusters for host in cluster.hosts]
    if not named:
        return (
            "Register the machines as BareMetalHosts in the namespace "
            f"`{answers.namespace}`, labelled `cluster: NAME` and\n   `role: control-plane` or `role: worker`; "
            "the templates select them by these labels."
        )
    commands = [
        f"kubectl --namespace {answers.namespace} create secret generic {host.name}-bmc "
        "--from-literal username=... --from-literal password=..."
        for host in named
    ]
    return "The hosts' credentials, which are not in Git:\n\n" + _commands(commands, "   ")


def _apply(answers: Answers) -> list[str]:
    commands = []
    if answers.namespace != "default":
        commands.append(f"kubectl apply --server-side --filename {FOLDER}/namespace.yaml")
    if answers.argocd:
        commands.append(f"kubectl apply --server-side --filename {FOLDER}/bootstrap/")
    commands += [
        f"kubectl apply --server-side --filename {cluster_folder(cluster)}/   # {environment.name}"
        for environment, cluster in answers.clusters
    ]
    return commands


def _commands(lines: Sequence[str], indent: str = "") -> str:
    return "\n".join(f"{indent}{_INDENT}{line}" for each in lines for line in each.split("\n"))
