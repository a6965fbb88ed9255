"""The Kubernetes field names that reading needs, as data: the code beside it knows none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

# Top-level keys that begin an object: two of them twice in one document are two objects with a separator missing.
IDENTITY = ("apiVersion", "kind", "metadata")

# What makes a document a Kubernetes object.
TYPE_KEYS = ("apiVersion", "kind")

# A list of objects in one document: (apiVersion, kind) and the key of its items.
LISTS = {("v1", "List"): "items"}

# Kind -> mappings whose values may hold manifests, and how the values are written.
LAYERS: dict[str, tuple[tuple[str, Literal["text", "base64"]], ...]] = {
    "ConfigMap": (("data", "text"),),
    "Secret": (("stringData", "text"), ("data", "base64")),
}

# Kind -> scalars that hold one YAML document each, the values of a Helm chart; `*` is every item of a list.
SINGLES: dict[str, tuple[tuple[str, ...], ...]] = {
    "Application": (("spec", "source", "helm", "values"), ("spec", "sources", "*", "helm", "values")),
    "HelmChartProxy": (("spec", "valuesTemplate"),),
}

# What stands in a comment and says something of the whole file: data knows nothing of comments.
SKIPPED = "+argocd:skip-file-rendering"
MARKS = (SKIPPED,)

# Kind -> where it keeps values that nobody may see; `kubectl apply` copies them into the annotation.
SECRETS: dict[str, tuple[tuple[str, ...], ...]] = {
    "Secret": (
        ("data",),
        ("stringData",),
        ("metadata", "annotations", "kubectl.kubernetes.io/last-applied-configuration"),
    ),
}


def looks_like_manifest(value: str) -> bool:
    """Whether a value may hold Kubernetes objects; cheap, may say yes to text that holds none."""
    return all(key in value for key in TYPE_KEYS)


def holds_one_document(steps: Sequence[str]) -> bool:
    """Whether the scalar at these steps of an object (or of an item of a list) is one of SINGLES."""
    if len(steps) < 2 or steps[-1] not in _LAST:
        return False
    return any(_fits(steps[-len(path) :], path) for paths in SINGLES.values() for path in paths)


def _fits(steps: Sequence[str], path: Sequence[str]) -> bool:
    return len(steps) == len(path) and all(want in ("*", step) for step, want in zip(steps, path, strict=True))


_LAST = frozenset(path[-1] for paths in SINGLES.values() for path in paths)
