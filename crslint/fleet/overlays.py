"""Which files a kustomization renders together, and what it does to their objects' namespaces and labels."""

from __future__ import annotations

import posixpath
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from crslint import address
from crslint.fleet import values
from crslint.fleet.entities.objects import Object
from crslint.fleet.entity import Unknown
from crslint.record import record

_REMOTE = ("://", "git@", "github.com/")


@record
class Overlays:
    """By path of a file: the folders of the kustomizations that render it (``roots``: only those that no other one
    includes), that set its namespace, and that change labels of its Clusters. ``renames`` are all pairs of namePrefix
    and nameSuffix."""

    roots: Mapping[str, frozenset[str]]
    namespaced: Mapping[str, frozenset[str]]
    relabelled: Mapping[str, frozenset[str]]
    renames: frozenset[tuple[str, str]] = frozenset()

    def original(self, name: str) -> set[str]:
        """What a name may be before kustomizations put their prefixes and suffixes on it."""
        found = {name}
        waiting = [name]
        while waiting:
            full = waiting.pop()
            for prefix, suffix in self.renames:
                if full.startswith(prefix) and full.endswith(suffix) and len(full) > len(prefix) + len(suffix):
                    inner = full[len(prefix) : len(full) - len(suffix)]
                    if inner not in found:
                        found.add(inner)
                        waiting.append(inner)
        return found - {name}

    def shared(self, one: str, other: str) -> bool:
        """Whether one kustomization renders both files."""
        return not self.roots.get(one, _NONE).isdisjoint(self.roots.get(other, _NONE))

    def namespace(self, path: str) -> frozenset[str]:
        return self.namespaced.get(path, _NONE)

    def relabels(self, path: str) -> bool:
        return path in self.relabelled


_NONE: frozenset[str] = frozenset()


def overlays(kustomizations: Sequence[Object], patches: Iterable[Object]) -> Overlays:
    """``patches`` are the objects in files that kustomizations name as patches."""
    cluster_patches = {address.path_of(item.at) for item in patches if _is_cluster(item)}
    by_folder = {posixpath.dirname(address.path_of(item.at)): item for item in kustomizations}
    entries = {folder: tuple(_entries(folder, item.data)) for folder, item in by_folder.items()}
    included = {entry for names in entries.values() for entry in names if entry in by_folder}
    roots: dict[str, set[str]] = defaultdict(set)
    namespaced: dict[str, set[str]] = defaultdict(set)
    relabelled: dict[str, set[str]] = defaultdict(set)
    for folder, item in by_folder.items():
        effects = []
        if folder not in included:
            effects.append(roots)
        if isinstance(item.data.get("namespace"), str):
            effects.append(namespaced)
        if any(_changes_labels(part, by_folder[part].data, cluster_patches) for part in _parts(folder, by_folder)):
            effects.append(relabelled)
        for path in _rendered(folder, entries) if effects else ():
            rendered = address.path_of(by_folder[path].at) if path in by_folder else path
            for effect in effects:
                effect[rendered].add(folder)
    renames = {(_text(item.data, "namePrefix"), _text(item.data, "nameSuffix")) for item in kustomizations}
    return Overlays(_frozen(roots), _frozen(namespaced), _frozen(relabelled), frozenset(renames - {("", "")}))


def _rendered(folder: str, entries: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """The files below a kustomization and the folders of those that it includes, its own first."""
    seen = {folder}
    waiting = [folder]
    while waiting:
        place = waiting.pop()
        yield place
        for entry in entries.get(place, ()):
            if entry not in seen:
                seen.add(entry)
                waiting.append(entry)


def _parts(folder: str, by_folder: Mapping[str, Object]) -> Iterator[str]:
    """A kustomization and its components, which change what the kustomization includes."""
    seen = {folder}
    waiting = [folder]
    while waiting:
        part = waiting.pop()
        yield part
        for entry in _local(part, by_folder[part].data, "components"):
            if entry in by_folder and entry not in seen:
                seen.add(entry)
                waiting.append(entry)


def _entries(folder: str, data: Mapping[str, object]) -> Iterator[str]:
    for field in ("resources", "bases", "components"):
        yield from _local(folder, data, field)


def _local(folder: str, data: Mapping[str, object], field: str) -> Iterator[str]:
    names = values.items(data, field)
    if not isinstance(names, Unknown):
        for name in names:
            if isinstance(name, str) and not any(mark in name for mark in _REMOTE):
                path = posixpath.normpath(posixpath.join(folder, name))
                yield "" if path == "." else path


def _changes_labels(folder: str, data: Mapping[str, object], cluster_patches: set[str]) -> bool:
    if any(data.get(field) for field in ("commonLabels", "labels", "transformers")):
        return True
    for field in ("patches", "patchesJson6902"):
        for _, patch in values.mappings(data, field):
            if values.child(patch, "target", "kind") == "Cluster" or _patches_cluster(
                folder, [patch.get("path"), patch.get("patch")], cluster_patches
            ):
                return True
    merges = values.items(data, "patchesStrategicMerge")
    return not isinstance(merges, Unknown) and _patches_cluster(folder, merges, cluster_patches)


def _patches_cluster(folder: str, patches: Iterable[object], cluster_patches: set[str]) -> bool:
    """``patches`` are paths or texts."""
    return any(
        isinstance(patch, str)
        and ("kind: Cluster\n" in f"{patch}\n" or posixpath.normpath(posixpath.join(folder, patch)) in cluster_patches)
        for patch in patches
    )


def _text(data: Mapping[str, object], field: str) -> str:
    value = data.get(field)
    return value if isinstance(value, str) else ""


def _is_cluster(item: Object) -> bool:
    return item.group == "cluster.x-k8s.io" and item.kind == "Cluster"


def _frozen(found: Mapping[str, set[str]]) -> dict[str, frozenset[str]]:
    return {path: frozenset(folders) for path, folders in found.items()}
