"""What kustomizations say about other files: which are patches, which feed a generator, which names are generated."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable

from crslint import address
from crslint.fleet import values
from crslint.fleet.entities.objects import Object
from crslint.fleet.entity import Unknown
from crslint.record import record

_NAMES = frozenset({"kustomization.yaml", "kustomization.yml", "Kustomization"})
_DEFAULTS = {"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization"}
_GENERATORS = (("configMapGenerator", "ConfigMap"), ("secretGenerator", "Secret"))


@record
class Generated:
    """An object that a generator makes: its namespace is the generator's, else the kustomization's."""

    kind: str
    namespace: str | None
    name: str
    at: str


@record
class Kustomizations:
    """``patches`` and ``inputs`` are paths relative to the root."""

    patches: frozenset[str]
    inputs: frozenset[str]
    generated: tuple[Generated, ...]


def is_kustomization_file(path: str) -> bool:
    return path.rpartition("/")[2] in _NAMES


def defaulted(data: object) -> object:
    """A kustomization may leave out apiVersion and kind: its file name says what it is."""
    return _DEFAULTS | data if isinstance(data, dict) else data


def is_kustomization(item: Object) -> bool:
    return item.group == "kustomize.config.k8s.io" and item.kind in ("Kustomization", "Component")


def is_remote(path: str) -> bool:
    """Whether kustomize takes it for the address of a repository or file elsewhere."""
    if any(mark in path for mark in (":", "//", "?ref=", "?version=", "?timeout=", "git@", ".git/", "_git/")):
        return True
    head, slash, _ = path.partition("/")
    return bool(slash) and "." in head.strip(".") and not head.startswith(".")


def kustomizations(every: Iterable[Object]) -> Kustomizations:
    patches: set[str] = set()
    inputs: set[str] = set()
    generated: list[Generated] = []
    for item in every:
        folder = posixpath.dirname(address.path_of(item.at))
        patches.update(_joined(folder, name) for name in _patch_files(item.data))
        for field, kind in _GENERATORS:
            for index, generator in values.mappings(item.data, field):
                inputs.update(_joined(folder, name) for name in _input_files(generator))
                name = generator.get("name")
                namespace = generator.get("namespace") or item.data.get("namespace")
                if isinstance(name, str):
                    where = address.at(item.at, (field, index))
                    generated.append(Generated(kind, namespace if isinstance(namespace, str) else None, name, where))
    return Kustomizations(frozenset(patches), frozenset(inputs), tuple(generated))


def _patch_files(data: dict[str, object]) -> Iterable[str]:
    for field in ("patches", "patchesJson6902"):
        for _, patch in values.mappings(data, field):
            path = patch.get("path")
            if isinstance(path, str):
                yield path
    merges = values.items(data, "patchesStrategicMerge")
    if not isinstance(merges, Unknown):
        yield from (item for item in merges if isinstance(item, str) and "\n" not in item)


def _input_files(generator: dict[str, object]) -> Iterable[str]:
    for field in ("files", "envs"):
        names = values.items(generator, field)
        if not isinstance(names, Unknown):
            # `key=path` names the key; a plain path's key is its file name.
            yield from (name.rpartition("=")[2] for name in names if isinstance(name, str))


def _joined(folder: str, name: str) -> str:
    return posixpath.normpath(posixpath.join(folder, name))
