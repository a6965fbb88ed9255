"""Manifests beside those that a kustomization renders, and whether anything reads them."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator

from crslint.fleet.entities.gitops import Manifest
from crslint.fleet.entities.objects import Object
from crslint.fleet.gitops import GROUP, GitOps
from crslint.fleet.kustomizations import named_entries
from crslint.fleet.kustomize import is_kustomization
from crslint.fleet.rendering import KUSTOMIZATIONS, Kustomizer

# What people apply by hand, or another cluster reads.
_ELSEWHERE = ("cluster.x-k8s.io", "metal3.io", GROUP)


def manifests(gitops: GitOps, reached: Iterable[str]) -> Iterator[Manifest]:
    """Of the folders that the kustomizations of ``reached`` Applications read from; nothing where an ApplicationSet, or
    an Application that cannot be told, may read more."""
    homes: dict[str, str] = {}
    for at in reached:
        for _, loaded in gitops.brings(at):
            if loaded.kind == "kustomize":
                for path in sorted(loaded.files):
                    homes.setdefault(posixpath.dirname(path), at)
    if not homes or not _all_known(gitops):
        return
    read = _read(gitops)
    for path in sorted(gitops.folders.files):
        by = homes.get(path.rpartition("/")[0])
        first = _manifest(gitops, path) if by is not None else None
        if by is not None and first is not None:
            yield Manifest(id=first.id, at=first.at, path=path, application=by, read=path in read)


def _all_known(gitops: GitOps) -> bool:
    if gitops.application_sets or any(gitops.is_altered(at) for at in gitops.applications):
        return False
    every = (source for at in gitops.applications for source in gitops.sources(at))
    return all(source.state != "unknown" for source in every)


def _read(gitops: GitOps) -> set[str]:
    """Everything that an Application, a kustomization or a list of value files reads."""
    read: set[str] = set()
    for at in gitops.applications:
        for _, loaded in gitops.brings(at):
            read |= loaded.files
        read.update([file.path for files in gitops.value_files(at) for file in files if file.path is not None])
    kustomizer = Kustomizer(gitops.folders)
    for path in gitops.folders.files:
        if path.endswith(KUSTOMIZATIONS) and posixpath.basename(path) in KUSTOMIZATIONS:
            folder = posixpath.dirname(path)
            read |= kustomizer.build(folder).files
            read |= set(_meant(gitops, path, folder))
    return read


def _meant(gitops: GitOps, path: str, folder: str) -> Iterator[str]:
    """Files that a kustomization names with a slip: it is told there."""
    for item in filter(is_kustomization, gitops.folders.objects(path)):
        for entry in named_entries(item, folder, gitops.folders):
            if entry["near"]:
                yield posixpath.normpath(posixpath.join(folder, posixpath.dirname(entry["path"]), entry["near"]))


def _manifest(gitops: GitOps, path: str) -> Object | None:
    """The first object of a file that holds nothing else, of kinds that an Application would load."""
    documents = [item for item in gitops.folders.documents(path) if item.data is not None]
    objects = gitops.folders.objects(path)
    if not objects or len(objects) != len(documents):
        return None
    if any(is_kustomization(item) or item.group.endswith(_ELSEWHERE) for item in objects):
        return None
    return objects[0]
