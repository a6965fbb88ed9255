"""The entity kustomization: what it names, what it makes, and what that breaks (facts/argocd.md 3)."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from crslint import address
from crslint.fleet import spelling, values
from crslint.fleet.entities.gitops import Kustomization
from crslint.fleet.entities.objects import Object
from crslint.fleet.entity import Unknown
from crslint.fleet.folders import Folders, inside
from crslint.fleet.gitops import GitOps
from crslint.fleet.kustomize import is_remote
from crslint.fleet.links import Link
from crslint.fleet.payloads import Read
from crslint.fleet.renames import Renames
from crslint.fleet.rendering import KUSTOMIZATIONS, Kustomizer

if TYPE_CHECKING:
    from crslint.fleet.helmbuilds import HelmBuilds
    from crslint.fleet.transformers import Transformers

_MOST = 50
_WHOLE = ("resources", "bases", "components")
_FILES = ("crds", "configurations", "generators", "transformers", "validators", "patchesStrategicMerge")
# By these a kustomization changes objects that it names.
_AIMING = ("images", "replicas", "patches", "patchesJson6902")
_PATHS = ("patches", "patchesJson6902", "replacements")
# What replaces a field, and whether it can be replaced as it stands.
_DEPRECATED = {
    "bases": ("resources", True),
    "commonLabels": ("labels", True),
    "imageTags": ("images", True),
    "patchesJson6902": ("patches", True),
    "patchesStrategicMerge": ("patches", True),
    "vars": ("replacements", False),
    "helmChartInflationGenerator": ("helmCharts", False),
}


def kustomization_entities(gitops: GitOps, links: Sequence[Link], reads: Sequence[Read]) -> Iterator[Kustomization]:
    kustomizer = Kustomizer(gitops.folders)
    items = [item for item in gitops.world.kustomizing if _is_found(item)]
    renames = Renames(gitops, kustomizer, items, links)

    # What few kustomizations have is loaded with the first of them.
    @cache
    def transformers() -> Transformers:
        from crslint.fleet.transformers import Transformers

        return Transformers(gitops, reads)

    @cache
    def builds() -> HelmBuilds:
        from crslint.fleet.helmbuilds import HelmBuilds

        return HelmBuilds(gitops)

    for item in items:
        folder = posixpath.dirname(address.path_of(item.at))
        loaded = kustomizer.build(folder)
        yield Kustomization(
            id=f"{item.kind} {folder or '.'}",
            at=item.at,
            folder=folder,
            complete_objects=loaded.complete,
            files=sorted(loaded.files),
            entries=list(named_entries(item, folder, gitops.folders))[:_MOST],
            deprecated=list(_deprecated(item)),
            remote=list(loaded.remote),
            generators=renames.generators(item)[:_MOST],
            references=renames.references(item)[:_MOST],
            transformers=transformers().aims(item, loaded)[:_MOST] if any(map(item.data.get, _AIMING)) else [],
            charts=[
                {
                    "name": values.text(each.data, "name") or "",
                    "version": values.text(each.data, "version") or "",
                    "at": each.at,
                    "refusedBy": builds().refused_by(each.at),
                }
                for each in loaded.charts
                if address.document_of(each.at) == item.at and _is_plain(each.data)
            ],
        )


def _is_found(item: Object) -> bool:
    """Whether kustomize takes a file for a kustomization."""
    return posixpath.basename(address.path_of(item.at)) in KUSTOMIZATIONS


def _is_plain(chart: dict[str, Any]) -> bool:
    return not any(isinstance(values.text(chart, field), Unknown) for field in ("name", "version"))


def _deprecated(item: Object) -> Iterator[dict[str, Any]]:
    for field in item.data:
        if field in _DEPRECATED:
            instead, mendable = _DEPRECATED[field]
            yield {"field": field, "at": address.at(item.at, (field,)), "instead": instead, "mendable": mendable}


def named_entries(item: Object, folder: str, folders: Folders) -> Iterator[dict[str, Any]]:
    """`kustomization.entries`: what is wrong comes first."""
    rows = []
    for field, steps, path in _named(item.data):
        state, near = _state(field, path, folder, folders)
        rows.append({"field": field, "path": path, "at": address.at(item.at, steps), "state": state, "near": near})
    yield from sorted(rows, key=lambda row: row["state"] in ("present", "unknown", "remote"))


def _named(data: dict[str, Any]) -> Iterator[tuple[str, tuple[str | int, ...], str]]:
    """Field, way and text of all paths that kustomize reads."""
    for field in (*_WHOLE, *_FILES):
        yield from ((field, (field, number), text) for number, text in _texts(data, field))
    for field in _PATHS:
        for number, row in values.mappings(data, field):
            if isinstance(row.get("path"), str):
                yield field, (field, number, "path"), row["path"]
    for field in ("configMapGenerator", "secretGenerator"):
        for number, row in values.mappings(data, field):
            for kind in ("files", "envs"):
                for place, text in _texts(row, kind):
                    yield field, (field, number, kind, place), text.rpartition("=")[2]
    for number, row in values.mappings(data, "helmCharts"):
        if isinstance(row.get("valuesFile"), str):
            yield "helmCharts", ("helmCharts", number, "valuesFile"), row["valuesFile"]
        for place, text in _texts(row, "additionalValuesFiles"):
            yield "helmCharts", ("helmCharts", number, "additionalValuesFiles", place), text


def _texts(data: dict[str, Any], field: str) -> Iterator[tuple[int, str]]:
    """Without those that are YAML themselves."""
    listed = values.items(data, field)
    for number, text in enumerate(() if isinstance(listed, Unknown) else listed):
        if isinstance(text, str) and "\n" not in text and ": " not in text:
            yield number, text


def _state(field: str, path: str, folder: str, folders: Folders) -> tuple[str, str | None]:
    """`present`, `missing`, `bare` (a folder without a kustomization), `remote`, or unknown; and the name that may be
    meant where it is missing. Inputs of generators and values of charts may be made by somebody else: without a name
    near, nothing is said of them."""
    if values.is_template(path) or not path:
        return "unknown", None
    if is_remote(path):
        return "remote", None
    place = inside(folder, path)
    if place is None:
        return "unknown", None
    if folders.is_file(place):
        return "present", None
    if folders.is_folder(place):
        if field not in (*_WHOLE, "generators", "transformers", "validators"):
            return "unknown", None
        names = folders.names(place) or {}
        return ("present" if any(name in names for name in KUSTOMIZATIONS) else "bare"), None
    above, name = posixpath.split(place)
    near = spelling.meant(name, sorted(folders.names(above) or {}))
    made = field in ("configMapGenerator", "secretGenerator", "helmCharts")
    return ("unknown" if made and near is None else "missing"), near
