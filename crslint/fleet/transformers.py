"""Transformers of kustomize that are meant for what a payload holds: no transformer reaches into its text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from crslint import address
from crslint.fleet import pods, values
from crslint.fleet.entities.objects import Object
from crslint.fleet.gitops import GitOps
from crslint.fleet.payloads import Read
from crslint.fleet.rendering import Loaded

_SCALED = ("Deployment", "ReplicaSet", "StatefulSet", "ReplicationController")
_IDENTITY = {"kind", "name", "group", "version"}


class Transformers:
    def __init__(self, gitops: GitOps, reads: Sequence[Read]) -> None:
        self._gitops = gitops
        self._contents = {read.source.at: [member.object for member in read.members] for read in reads if read.in_use}

    def aims(self, item: Object, loaded: Loaded) -> list[dict[str, Any]]:
        """`kustomization.transformers`, those first that miss."""
        wanted = list(_wanted(item.data))
        if not wanted or loaded.charts or not _is_known(loaded):
            return []
        rendered = [each.object for each in loaded.objects]
        generated = self._gitops.world.kustomizations.generated
        made = {(one.kind, one.name) for one in generated if address.path_of(one.at) in loaded.files}
        inner = [one for each in rendered for one in self._contents.get(each.at, ())] + list(self._inputs(loaded))
        rows = []
        for field, steps, kind, name in wanted:
            missed = None
            if (kind, name) not in made and not any(_fits(field, kind, name, one) for one in rendered):
                missed = next((one for one in inner if _fits(field, kind, name, one)), None)
            rows.append(
                {
                    "field": field,
                    "at": address.at(item.at, steps),
                    "subject": f"{kind} {name}".strip(),
                    "missed": missed.id if missed else None,
                    "missedAt": missed.at if missed else None,
                }
            )
        return sorted(rows, key=lambda row: row["missed"] is None)

    def _inputs(self, loaded: Loaded) -> Iterator[Object]:
        """Objects in the files that generators of it put into ConfigMaps and Secrets."""
        paths = self._gitops.world.kustomizations.inputs
        for path in sorted(loaded.files & paths):
            yield from self._gitops.folders.objects(path)


def _is_known(loaded: Loaded) -> bool:
    """Whether all that it renders is known, but for what generators make."""
    return loaded.complete and not loaded.missing and not loaded.remote


def _wanted(data: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str | int, ...], str, str]]:
    """Field, way, kind and name of what a transformer is meant for."""
    for number, row in values.mappings(data, "images"):
        name = values.text(row, "name")
        if isinstance(name, str) and name:
            yield "images", ("images", number), "", name
    for number, row in values.mappings(data, "replicas"):
        name = values.text(row, "name")
        if isinstance(name, str) and name:
            yield "replicas", ("replicas", number), "", name
    for field in ("patches", "patchesJson6902"):
        for number, row in values.mappings(data, field):
            kind, name = values.text(row, "target", "kind"), values.text(row, "target", "name")
            if row.get("target") is None:
                kind, name = _of_patch(row.get("patch"))
            target = row.get("target")
            plain = target is None or (isinstance(target, dict) and set(target) <= _IDENTITY)
            if plain and isinstance(kind, str) and isinstance(name, str) and _is_plain(kind, name):
                yield field, (field, number), kind, name


def _is_plain(kind: str, name: str) -> bool:
    """Targets are regular expressions: only those that are names are followed."""
    return re.fullmatch(r"\w+/[\w.-]+", f"{kind}/{name}") is not None


@lru_cache(maxsize=256)
def _parsed(text: str) -> Any:
    from crslint.source.parser import parse

    documents = parse(text, lambda _index: "").documents
    return documents[0][1] if len(documents) == 1 else None


def _of_patch(text: object) -> tuple[Any, Any]:
    """Kind and name that a patch itself says."""
    data = _parsed(text) if isinstance(text, str) else None
    return values.text(data, "kind"), values.text(data, "metadata", "name")


def _fits(field: str, kind: str, name: str, one: Object) -> bool:
    if field == "images":
        return any(pods.repository(image) == name for image in _images(one.data))
    if field == "replicas":
        return one.kind in _SCALED and one.name == name
    return one.kind == kind and one.name == name


def _images(data: object) -> Iterator[object]:
    """The images of all containers, wherever they are."""
    waiting = [data]
    while waiting:
        item = waiting.pop()
        if isinstance(item, list):
            waiting += item
        elif isinstance(item, dict):
            waiting += item.values()
            for field in ("containers", "initContainers"):
                yield from (container.get("image") for _, container in values.mappings(item, field))
