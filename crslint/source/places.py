"""The Kubernetes field names that reading needs, as data: the code beside it knows none."""

from __future__ import annotations

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

# Kind -> where it keeps values that nobody may see; `kubectl apply` copies them into the annotation.
SECRETS: dict[str, tuple[tuple[str, ...], ...]] = {
    "Secret": (
        ("data",),
        ("stringData",),
        ("metadata", "annotations", "kubectl.kubernetes.io/last-applied-configuration"),
    ),
}
