"""What kustomizations teach kustomize about references, and what else may mend one (facts/argocd.md 3)."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from crslint import address
from crslint.fleet import values
from crslint.fleet.entities.objects import Object
from crslint.fleet.entity import Unknown
from crslint.fleet.gitops import GitOps
from crslint.fleet.rendering import Kustomizer


class NameReferences:
    def __init__(self, gitops: GitOps, kustomizer: Kustomizer, kustomizations: Sequence[Object]) -> None:
        self._world = gitops.world
        self._gitops = gitops
        self._kustomizer = kustomizer
        self._by_folder = {posixpath.dirname(address.path_of(item.at)): item for item in kustomizations}
        self._below: dict[str, frozenset[str]] = {}
        self._patching: dict[str, bool] = {}

    def is_taught(self, path: str, kind: str, by: str) -> bool:
        """Whether a kustomization around a file may teach kustomize the references of one kind to another."""
        return any((kind, by) in taught or ("", "") in taught for taught in self._taught_around(path))

    def are_patched(self, path: str) -> bool:
        """Whether a patch around a file may write what sets name."""
        return any(self._patches_sets(folder) for folder in self._around(path))

    def _taught_around(self, path: str) -> Iterable[frozenset[tuple[str, str]]]:
        return (self._taught[folder] for folder in self._around(path) if folder in self._taught)

    def _around(self, path: str) -> Iterator[str]:
        """The folders of all kustomizations that a root which renders a file includes."""
        for root in self._world.overlays.roots.get(path, ()):
            if root not in self._below:
                folders = (posixpath.dirname(each) for each in self._kustomizer.build(root).files)
                self._below[root] = frozenset(folder for folder in folders if folder in self._by_folder)
            yield from self._below[root]

    @cached_property
    def _taught(self) -> Mapping[str, frozenset[tuple[str, str]]]:
        """By folder: kinds, and those that are taught to refer to them; two empty texts where that cannot be told."""
        found = {}
        for folder, item in self._by_folder.items():
            taught = set(self._references(folder, item.data))
            if any(item.data.get(field) for field in ("crds", "openapi", "replacements", "transformers", "vars")):
                taught.add(("", ""))
            if taught:
                found[folder] = frozenset(taught)
        return found

    def _references(self, folder: str, data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        names = values.items(data, "configurations")
        for name in () if isinstance(names, Unknown) else names:
            path = posixpath.normpath(posixpath.join(folder, name)) if isinstance(name, str) else ""
            documents = self._gitops.folders.documents(path)
            if not documents:
                yield "", ""
            for document in documents:
                for _, row in values.mappings(document.data, "nameReference"):
                    for _, place in values.mappings(row, "fieldSpecs"):
                        yield str(row.get("kind")), str(place.get("kind"))

    def _patches_sets(self, folder: str) -> bool:
        if folder not in self._patching:
            data = self._by_folder[folder].data
            fields = ("patches", "patchesStrategicMerge", "patchesJson6902")
            texts = [text for field in fields for text in _strings(data.get(field))]
            named = {posixpath.normpath(posixpath.join(folder, text)) for text in texts if "\n" not in text}
            self._patching[folder] = any("resources" in text for text in texts) or not named.isdisjoint(self._patches)
        return self._patching[folder]

    @cached_property
    def _patches(self) -> frozenset[str]:
        """Files with patches that write what sets name."""
        return frozenset(
            address.path_of(one.at)
            for one in self._world.patches
            if one.kind == "ClusterResourceSet" and values.child(one.data, "spec", "resources") is not None
        )


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, dict)):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _strings(inner)
