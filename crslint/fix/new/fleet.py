"""All files of a new fleet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crslint import address
from crslint.config.model import CODE
from crslint.finding import Problem
from crslint.fix.new.agreement import agreed_values
from crslint.fix.new.answers import Answers, Cluster, Versions
from crslint.fix.new.ciliumvalues import Settings, chosen, decided
from crslint.fix.new.extras import extra_files
from crslint.fix.new.gitside import git_files, root_documents
from crslint.fix.new.management import (
    ARGOCD,
    FOLDER,
    Text,
    cilium_payload,
    cluster_folder,
    management_files,
    root_payload,
)
from crslint.fix.new.manifests import Item, Manifest, ManifestError, as_yaml, read_manifest
from crslint.fix.new.payloads import LARGEST, argocd_payloads, compact, payload_text
from crslint.fix.new.releases import shapes
from crslint.row import NamedTuple

_NEEDED = ("applications.argoproj.io", "appprojects.argoproj.io")
_ADDED = ""
_NAMESPACE = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "argocd"}}


class Fleet(NamedTuple):
    """``files`` are texts by path; ``notes`` say what was done with the user's manifests."""

    files: Mapping[str, str]
    notes: tuple[str, ...]


def new_fleet(answers: Answers, data: Mapping[str, Any], manifests: Mapping[str, bytes]) -> Fleet:
    """``data`` are the answers as given, ``manifests`` the files that they name.

    Raises ManifestError where one of these cannot be a payload, or contradicts the answers.
    """
    made = shapes(answers.versions)
    files: dict[str, str] = {}
    notes: list[str] = []
    names = [ARGOCD]
    has_namespace = False
    if answers.argocd:
        manifest = argocd_manifest(answers.argocd, manifests[answers.argocd])
        notes += _told(manifest)
        has_namespace = any(item.at != _ADDED and _is_namespace(item) for item in manifest.items)
        names = []
        for name, (path, text) in argocd_payloads(manifest.objects, answers.namespace, f"{FOLDER}/bootstrap"):
            names.append(name)
            files[path] = text
        files["base/argocd/install.yaml"] = manifest.content
    settings: dict[str, Settings] = {}
    for environment, cluster in answers.clusters:
        settings[cluster.name] = {**decided(cluster), **chosen(cluster)}
        if cluster.cilium:
            manifest, settings[cluster.name] = cilium_manifest(
                cluster.cilium, manifests[cluster.cilium], cluster, answers.versions
            )
            notes += _told(manifest)
            path, text = _cilium(answers, cluster, manifest)
            files[path] = text
        root = "---\n".join(root_documents(answers, environment, cluster))
        comment = [f"The project and the root Application of {cluster.name}: all else is read from Git."]
        text = payload_text(root_payload(cluster), answers.namespace, "root.yaml", root, comment)
        files[f"{cluster_folder(cluster)}/bootstrap-root.yaml"] = text
    files |= dict(management_files(answers, made, names))
    files |= dict(git_files(answers, made, settings, has_namespace=has_namespace))
    files |= dict(extra_files(answers, data))
    return Fleet(files, tuple(notes))


def argocd_manifest(name: str, content: bytes) -> Manifest:
    """An install manifest of Argo CD as a payload needs it; raises ManifestError."""
    manifest = read_manifest(name, content, "argocd")
    crds = {each["metadata"]["name"] for each in manifest.objects if each["kind"] == "CustomResourceDefinition"}
    missing = next((each for each in _NEEDED if each not in crds), None)
    if missing:
        reason = f"no CustomResourceDefinition {missing} in it; take Argo CD's install.yaml, which has it"
        raise ManifestError(name, manifest.content, [_problem(address.document(name, 0), reason)])
    if any(_is_namespace(item) for item in manifest.items):
        return manifest
    first = Item(_NAMESPACE, _ADDED, None)
    return manifest._replace(items=(first, *manifest.items), notes=(*manifest.notes, "put the Namespace argocd first"))


def cilium_manifest(name: str, content: bytes, cluster: Cluster, versions: Versions) -> tuple[Manifest, Settings]:
    """A rendered Cilium as a payload needs it, and the values that say the same; raises ManifestError."""
    manifest = read_manifest(name, content, "kube-system", keyless=True)
    if len(compact(manifest.objects)) > 1:
        at = address.document(name, 0)
        raise ManifestError(name, manifest.content, [_problem(at, f"it does not fit into {LARGEST:,} bytes")])
    return manifest, agreed_values(manifest, cluster, versions)


def _is_namespace(item: Item) -> bool:
    return bool(item.data["kind"] == "Namespace" and item.data["metadata"]["name"] == "argocd")


def _cilium(answers: Answers, cluster: Cluster, manifest: Manifest) -> Text:
    name = cilium_payload(cluster)
    written = as_yaml(manifest)
    if written is None or len(written.encode()) > LARGEST:
        (written,) = compact(manifest.objects)
    comment = [f"Cilium {answers.versions.cilium}, rendered with the values of base/cilium/{cluster.name}.yaml."]
    text = payload_text(name, answers.namespace, "cilium.yaml", written, comment)
    return f"{cluster_folder(cluster)}/bootstrap-cilium.yaml", text


def _told(manifest: Manifest) -> list[str]:
    return [f"{manifest.name}: {note}" for note in manifest.notes]


def _problem(at: str, reason: str) -> Problem:
    return Problem(CODE, at, {"reason": reason})
