"""Applications that bring payloads to the management cluster, and how they apply them."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import Any

from crslint import address
from crslint.fleet import values
from crslint.fleet.entities.objects import Object
from crslint.fleet.entity import Unknown
from crslint.fleet.world import World

_OPTIONS = "argocd.argoproj.io/sync-options"
# With these nothing is copied into an annotation.
_WITHOUT_ANNOTATION = frozenset({"ServerSideApply=true", "Replace=true"})


def shipped_by(world: World, item: Object) -> list[dict[str, Any]]:
    """Applications whose path holds the object's file, or a kustomization that renders it: ``{name, serverSide, at}``,
    ``at`` their sync options."""
    path = address.path_of(item.at)
    folders = {posixpath.dirname(path), *world.overlays.roots.get(path, ())}
    return [
        {
            "name": application.id,
            "serverSide": asks_server_side(item) or _server_side(application),
            "at": address.at(application.at, ("spec", "syncPolicy", "syncOptions")),
        }
        for application in world.of_kind("argoproj.io", "Application")
        if any(_loads(source, folders) for source in _sources(application))
    ]


def asks_server_side(item: Object) -> bool:
    """Whether the object's own sync options ask for it."""
    options = values.text({} if isinstance(item.annotations, Unknown) else item.annotations, _OPTIONS)
    return isinstance(options, str) and not _WITHOUT_ANNOTATION.isdisjoint(map(str.strip, options.split(",")))


def _sources(application: Object) -> Iterator[dict[str, object]]:
    source = values.mapping(application.data, "spec", "source")
    if not isinstance(source, Unknown):
        yield source
    yield from (item for _, item in values.mappings(application.data, "spec", "sources"))


def _loads(source: dict[str, object], folders: set[str]) -> bool:
    path = values.text(source, "path")
    if not isinstance(path, str) or values.text(source, "chart") is not None:
        return False
    path = path.strip("/").removeprefix("./")
    recursive = values.child(source, "directory", "recurse") is True
    return any(
        folder == path or folder.endswith(f"/{path}") or (recursive and f"/{path}/" in f"/{folder}/")
        for folder in folders
        if path not in ("", ".")
    )


def _server_side(application: Object) -> bool:
    options = values.texts(application.data, "spec", "syncPolicy", "syncOptions")
    return isinstance(options, Unknown) or not _WITHOUT_ANNOTATION.isdisjoint(options)
