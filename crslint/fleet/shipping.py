"""Applications that bring payloads to the management cluster, and how they apply them."""

from __future__ import annotations

import posixpath
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from crslint import address
from crslint.fleet import values
from crslint.fleet.entities.objects import Object
from crslint.fleet.entity import UNKNOWN, Unknown
from crslint.fleet.world import World

_OPTIONS = "argocd.argoproj.io/sync-options"
# With these nothing is copied into an annotation.
_WITHOUT_ANNOTATION = frozenset({"ServerSideApply=true", "Replace=true"})


class Shipping:
    """The Applications of the input by the folders that they load."""

    def __init__(self, world: World) -> None:
        self._world = world

    @cached_property
    def _loading(self) -> Mapping[tuple[str, bool], list[Object]]:
        """By path, and whether the folders below it are loaded too."""
        found: dict[tuple[str, bool], list[Object]] = defaultdict(list)
        for application in self._world.of_kind("argoproj.io", "Application"):
            for loaded in _paths(application):
                found[loaded].append(application)
        return found

    def of(self, item: Object) -> list[dict[str, Any]]:
        """Those whose path holds the object's file, or a kustomization that renders it: ``{name, serverSide, at}``,
        ``at`` their sync options. A path is relative to its own repository, which may be any folder of the input."""
        path = address.path_of(item.at)
        found: dict[str, Object] = {}
        for folder in sorted({posixpath.dirname(path), *self._world.overlays.roots.get(path, ())}):
            steps = folder.split("/")
            for start in range(len(steps)):
                for end in range(start + 1, len(steps) + 1):
                    part = "/".join(steps[start:end])
                    flat = self._loading.get((part, False), ()) if end == len(steps) else ()
                    loading = (*flat, *self._loading.get((part, True), ()))
                    found.update((application.at, application) for application in loading)
        return [
            {
                "name": application.id,
                "serverSide": asks_server_side(item) or _server_side(application),
                "at": address.at(application.at, ("spec", "syncPolicy", "syncOptions")),
            }
            for application in found.values()
        ]

    def is_server_side(self, item: Object) -> bool:
        """Whether no client-side apply of it is to be feared."""
        return asks_server_side(item) or (bool(found := self.of(item)) and all(each["serverSide"] for each in found))


def sync_options(item: Object) -> str | Unknown | None:
    """What the object itself asks of the Application that syncs it, as written."""
    return UNKNOWN if isinstance(item.annotations, Unknown) else values.text(item.annotations, _OPTIONS)


def asks_server_side(item: Object) -> bool:
    options = sync_options(item)
    return isinstance(options, str) and not _WITHOUT_ANNOTATION.isdisjoint(map(str.strip, options.split(",")))


def _paths(application: Object) -> Iterator[tuple[str, bool]]:
    """Each path that it loads, and whether the folders below it too; the root of a repository says nothing."""
    source = values.mapping(application.data, "spec", "source")
    sources = [item for _, item in values.mappings(application.data, "spec", "sources")]
    for item in sources if isinstance(source, Unknown) else (source, *sources):
        path = values.text(item, "path")
        if isinstance(path, str) and values.text(item, "chart") is None:
            spelled = posixpath.normpath(path).strip("/")
            if spelled != ".":
                yield spelled, values.child(item, "directory", "recurse") is True


def _server_side(application: Object) -> bool:
    options = values.texts(application.data, "spec", "syncPolicy", "syncOptions")
    return isinstance(options, Unknown) or not _WITHOUT_ANNOTATION.isdisjoint(options)
