"""Kustomizations and charts of Applications as the user's own programs render them: objects of the files they are from.

A file of which two Applications make different things cannot stand for either: its objects are known as far as without
rendering.
"""

from __future__ import annotations

import json
import posixpath
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from crslint import address
from crslint.finding import NotChecked
from crslint.fleet import values
from crslint.fleet.entities.objects import Object
from crslint.fleet.entity import UNKNOWN
from crslint.fleet.folders import Folders, inside
from crslint.fleet.helmvalues import helm_values
from crslint.fleet.kustomize import is_remote
from crslint.fleet.rendering import KUSTOMIZATIONS, Loaded, Rendered
from crslint.fleet.scope import Scopes
from crslint.fleet.sources import Source
from crslint.fleet.world import make_object
from crslint.record import replace
from crslint.render.renderer import Piece, Release, Renderer, Rendering
from crslint.row import NamedTuple

_ENGINE = "argoproj.io"
_PATHS = ("resources", "bases", "components", "crds", "configurations", "transformers", "generators", "validators")
_PATCHES = ("patches", "patchesJson6902", "replacements")
_INPUTS = ("configMapGenerator", "secretGenerator")


class Use(NamedTuple):
    """A source of an Application whose folder is at hand, and what is known of it without rendering."""

    application: Object
    source: Source
    every: Sequence[Source]
    loaded: Loaded


class Unrendered(NamedTuple):
    entry: NotChecked
    reason: str


class _Made(NamedTuple):
    """An object as it is rendered, and as it is written where it is from a file that can be read."""

    object: Object
    written: Object | None


class Renderings:
    """``loaded`` is what each source brings, by its address; those that are not rendered are not in it."""

    def __init__(
        self, uses: Iterable[Use], folders: Folders, scopes: Scopes, renderer: Renderer, kubernetes: str | None
    ) -> None:
        self._folders = folders
        self._scopes = scopes
        self._renderer = renderer
        self._kubernetes = kubernetes
        self._by_folder: dict[str, Rendering] = {}
        self.unrendered: dict[str, Unrendered] = {}
        made: list[tuple[Use, list[_Made], bool]] = []
        for use in uses:
            rendering = self._rendering(use)
            if rendering is None:
                continue
            if rendering.pieces is None:
                self._note(use, rendering.reason)
            else:
                parts = [part for piece in rendering.pieces if (part := self._made(piece)) is not None]
                made.append((use, parts, any(piece.origin is None for piece in rendering.pieces)))
        forms: dict[str, set[str]] = defaultdict(set)
        for _, parts, _ in made:
            for part in parts:
                forms[part.object.at].add(json.dumps(part.object.data, sort_keys=True, default=str))
        self.loaded = {
            use.source.at: _loaded(use.loaded, parts, generates, {at for at, found in forms.items() if len(found) > 1})
            for use, parts, generates in made
        }

    def _rendering(self, use: Use) -> Rendering | None:
        """None for what is not to be rendered: a plain folder, or a kustomization that its Application changes."""
        loaded = use.loaded
        if loaded.kind == "helm":
            return self._chart(use)
        if loaded.kind != "kustomize" or use.source.data.get("kustomize"):
            return None
        if loaded.place not in self._by_folder:
            reason = next(self._obstacles(loaded), "")
            self._by_folder[loaded.place] = (
                Rendering(None, reason) if reason else self._renderer.kustomize(loaded.place, sorted(loaded.files))
            )
        return self._by_folder[loaded.place]

    def _chart(self, use: Use) -> Rendering:
        source = use.source
        helm = source.data.get("helm")
        options: dict[str, Any] = helm if isinstance(helm, dict) else {}
        applied = helm_values(source, use.every, self._folders)
        own, given = values.text(options, "releaseName"), values.text(options, "namespace")
        name = use.application.name if own in (None, "") else own
        destination = values.text(use.application.data, "spec", "destination", "namespace")
        namespace = destination if given in (None, "") else given
        if not applied.complete or applied.holes or not isinstance(name, str) or not isinstance(namespace, str):
            return Rendering(None, "its values, name or namespace cannot be told")
        release = Release(name, namespace, applied.data, self._kubernetes, options.get("skipCrds") is not True)
        return self._renderer.helm(use.loaded.place, sorted(use.loaded.files), release)

    def _obstacles(self, loaded: Loaded) -> Iterator[str]:
        """What its kustomizations would fetch, or read outside of the tree."""
        yield from (f"names {entry}, and nothing is fetched" for entry in loaded.remote)
        for path in sorted(loaded.files):
            if posixpath.basename(path) in KUSTOMIZATIONS:
                folder = posixpath.dirname(path)
                for name in (name for item in self._folders.objects(path) for name in _named(item.data)):
                    if is_remote(name):
                        yield f"names {name}, and nothing is fetched"
                    elif inside(folder, name) is None:
                        yield f"names {name}, which lies outside of the tree"

    def _made(self, piece: Piece) -> _Made | None:
        """None for what a generator made, or what is no object."""
        if piece.origin is None:
            return None
        written = self._written(piece, piece.origin)
        at = written.at if written is not None else address.document(piece.origin, piece.place)
        item = make_object(at, piece.data, self._scopes)
        return None if item is None else _Made(item, written)

    def _written(self, piece: Piece, path: str) -> Object | None:
        """The object of a file that a piece was made from: of its kind, and of its name but for prefix and suffix."""
        version, kind = piece.data.get("apiVersion"), piece.data.get("kind")
        group = values.group_of(version) if isinstance(version, str) else ""
        same = [item for item in self._folders.objects(path) if item.group == group and item.kind == kind]
        name = values.spelled(piece.data, "metadata", "name")
        named = [item for item in same if isinstance(item.name, str) and isinstance(name, str) and item.name in name]
        best = sorted(named, key=lambda item: -len(item.name) if isinstance(item.name, str) else 0)
        return best[0] if best else same[0] if len(same) == 1 else None

    def _note(self, use: Use, reason: str) -> None:
        at = use.source.at
        entry = NotChecked(address.path_of(at), address.at(at, ("path",)), "not-rendered")
        self.unrendered[at] = Unrendered(entry, f"{use.loaded.place or '.'} is not rendered: {reason}")


def _named(data: dict[str, Any]) -> Iterator[str]:
    """Paths that a kustomization names, without YAML that is written in their place."""
    found: list[Any] = [entry for field in _PATHS for entry in _listed(data, field)]
    found += _listed(data, "patchesStrategicMerge")
    found += [row.get("path") for field in _PATCHES for row in _listed(data, field) if isinstance(row, dict)]
    rows = [row for field in _INPUTS for row in _listed(data, field) if isinstance(row, dict)]
    found += [text for row in rows for kind in ("files", "envs") for text in _listed(row, kind)]
    found.append(values.child(data, "openapi", "path"))
    yield from (text.rpartition("=")[2] for text in found if isinstance(text, str) and "\n" not in text)


def _listed(data: dict[str, Any], field: str) -> list[Any]:
    value = data.get(field)
    return value if isinstance(value, list) else []


def _loaded(known: Loaded, parts: Sequence[_Made], generates: bool, contested: set[str]) -> Loaded:
    charted = known.kind == "helm"
    # What a chart makes of Applications is in no file: they are known to be there, and not followed.
    return replace(
        known,
        objects=tuple(_rendered(part, contested) for part in parts),
        complete=not (charted and any(part.object.group == _ENGINE for part in parts)),
        generates=known.generates or generates,
        charts=(),
        missing=(),
        remote=(),
    )


def _rendered(part: _Made, contested: set[str]) -> Rendered:
    """Applications are what their own files say: of one that is changed beyond its namespace no more is known."""
    item, written = part
    if item.at in contested:
        return Rendered(written or item, UNKNOWN, altered=True)
    if written is None:
        return Rendered(item, item.namespace)
    if _without_place(item.data) == _without_place(written.data):
        return Rendered(written, item.namespace)
    return Rendered(item, item.namespace, altered=item.group == _ENGINE)


def _without_place(data: dict[str, Any]) -> dict[str, Any]:
    metadata = data.get("metadata")
    if not isinstance(metadata, dict):
        return data
    return {**data, "metadata": {key: value for key, value in metadata.items() if key != "namespace"}}
