"""Payloads: objects as the values of ConfigMaps that the ClusterResourceSet controller and the API server take."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from crslint.fix.new.management import Text
from crslint.fix.templates import filled
from crslint.fleet.sizes import go_json

# What a ConfigMap's values may have, and what the annotation may have that a client-side apply leaves.
LARGEST = 1_048_576
_ANNOTATIONS = 262_144
# Room for the rest of the ConfigMap in the annotation: names, and the annotation's own.
_BESIDES = 1024
_SERVER_SIDE = "annotations:\n  argocd.argoproj.io/sync-options: ServerSideApply=true"

_BRACKETS = 6

Object = dict[str, Any]


def is_oversized(item: Object) -> bool:
    """Whether no ConfigMap can hold an object."""
    return len(_compact(item)) + _BRACKETS > LARGEST


def compact(objects: Sequence[Object]) -> list[str]:
    """JSON lists, an object a line, as few as can hold the objects in their order; none is oversized."""
    lists: list[list[str]] = [[]]
    size = 0
    for item in objects:
        text = _compact(item)
        if size + len(text) + 2 > LARGEST - _BRACKETS:
            lists.append([])
            size = 0
        lists[-1].append(text)
        size += len(text) + 2
    return ["[\n" + ",\n".join(each) + "\n]\n" for each in lists]


def payload_text(name: str, namespace: str, key: str, content: str, comment: Sequence[str]) -> str:
    """A ConfigMap with one value; ``content`` ends with a line end, and a literal block can hold it."""
    large = len(go_json({"data": {key: content}})) + _BESIDES > _ANNOTATIONS
    notes = [*comment]
    if large:
        notes.append("Too large for a client-side apply: kubectl apply --server-side.")
    return filled(
        "fleet/payload.yaml",
        {
            "comment": "\n".join(f"# {each}" for each in notes),
            "name": name,
            "namespace": namespace,
            "annotations": _SERVER_SIDE if large else "",
            "key": key,
            "content": content.rstrip("\n"),
        },
    )


def argocd_payloads(objects: Sequence[Object], namespace: str, folder: str) -> Iterator[tuple[str, Text]]:
    """The names of the ConfigMaps and their files."""
    lists = compact(objects)
    for number, content in enumerate(lists, 1):
        name = "argocd" if len(lists) == 1 else f"argocd-{number}"
        part = f", part {number} of {len(lists)}" if len(lists) > 1 else ""
        comment = [f"Argo CD{part}: a JSON list, which the controller takes as it takes YAML, at a third of the size."]
        yield name, (f"{folder}/{name}.yaml", payload_text(name, namespace, "argocd.json", content, comment))


def _compact(item: Object) -> str:
    return json.dumps(item, separators=(",", ":"))
