"""What facts say of an Application's sources."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from crslint import address
from crslint.fleet import values
from crslint.fleet.entities.objects import Object
from crslint.fleet.entity import UNKNOWN, Unknown
from crslint.fleet.folders import Folders
from crslint.fleet.gitops import GitOps
from crslint.fleet.helmvalues import ValueFile
from crslint.fleet.loading import TOOLS
from crslint.fleet.rendering import Loaded
from crslint.fleet.sources import Source
from crslint.spelling import nearest

# Names of branches; a constraint of Helm or of tags moves too: `^1`, `1.x`, `1.2`.
BRANCHES = ("", "HEAD", "main", "master", "develop", "stable", "latest")
_CONSTRAINT = frozenset("*^~<>|")
_MANIFESTS = (".yaml", ".yml", ".json")
_MOST = 50


def source_facts(gitops: GitOps, at: str, written: Callable[[str], str]) -> list[dict[str, Any]]:
    """`application.sources`; ``written`` gives the text that stands at an address."""
    return [_facts(gitops, source, written) for source in gitops.sources(at)]


def _facts(gitops: GitOps, source: Source, written: Callable[[str], str]) -> dict[str, Any]:
    loaded = gitops.loaded(source)
    near = _near(source, gitops.folders) if source.state == "missing" else None
    raw = source.data.get("targetRevision")
    is_number = isinstance(raw, (int, float)) and not isinstance(raw, bool)
    revision_at = address.at(source.at, ("targetRevision",))
    fault = loaded.faults[0] if loaded and loaded.faults else None
    loads = _loads(loaded)
    return {
        "at": source.at,
        "repository": None if isinstance(source.repository, Unknown) else source.repository,
        "chart": None if isinstance(source.chart, Unknown) else source.chart,
        "path": None if isinstance(source.path, Unknown) else source.path,
        "revision": None if isinstance(source.revision, Unknown) else source.revision,
        "ref": None if isinstance(source.ref, Unknown) else source.ref,
        "state": source.state,
        "place": source.place,
        "holdsTree": source.holds_tree,
        "sure": source.found is not None and (source.found.sure or source.state != "missing" or near is not None),
        "near": near,
        "tool": loaded.kind if loaded else None,
        "loads": loads,
        "below": loads is False and loaded is not None and _holds_below(loaded, gitops.folders),
        "breaks": {"kind": fault.kind, "at": fault.at, "path": address.path_of(fault.at)} if fault else None,
        "moving": source.state not in ("none", "unknown") and _is_moving(source),
        "number": is_number,
        "written": written(revision_at) if is_number else None,
        "revisionAt": revision_at,
    }


def shape(item: Object, gitops: GitOps) -> list[dict[str, Any]]:
    """`application.shape`: what Argo CD refuses as an invalid spec, or passes over without a word."""
    files = gitops.value_files(item.at)
    pairs = zip(gitops.sources(item.at), files, strict=True)
    return [_whole(item), *(row for source, own in pairs for row in _single(source, own))]


def _whole(item: Object) -> dict[str, Any]:
    spec = address.at(item.at, ("spec",))
    hydrated = values.child(item.data, "spec", "sourceHydrator") is not None
    one, several = values.child(item.data, "spec", "source"), values.child(item.data, "spec", "sources")
    if hydrated or isinstance(one, Unknown) or isinstance(several, Unknown):
        return _row(spec)
    if one and several:
        at = address.at(spec, ("source",))
        return _row(at, "source beside sources is passed over", harmless=True)
    return _row(spec, None if one or several else "neither source nor sources is written")


def _single(source: Source, files: Sequence[ValueFile]) -> Iterator[dict[str, Any]]:
    if UNKNOWN in (source.chart, source.path, source.ref):
        return
    tools = [tool for tool in TOOLS if source.data.get(tool) is not None]
    if not source.path and not source.chart and not (source.multiple and source.ref):
        wanted = "path, chart or ref" if source.multiple else "path or chart"
        yield _row(source.at, f"the source has no {wanted}")
    elif source.chart and source.revision in (None, "") and "targetRevision" not in source.data:
        yield _row(address.at(source.at, ("chart",)), f'chart "{source.chart}" has no targetRevision')
    elif source.chart and source.ref:
        yield _row(address.at(source.at, ("ref",)), f'ref "{source.ref}" is on a chart; it must be a Git repository')
    elif len(tools) > 1:
        yield _row(address.at(source.at, (tools[1],)), f"the source has {' and '.join(tools)}; one tool is allowed")
    elif source.chart and source.path:
        at = address.at(source.at, ("path",))
        yield _row(at, f'path "{source.path}" beside a chart is passed over', harmless=True)
    else:
        yield _row(source.at)
    for file in files:
        undefined = file.state == "undefined"
        yield _row(file.at, f'no source has the ref of "{file.name}"' if undefined else None)


def _row(at: str, fault: str | None = None, *, harmless: bool = False) -> dict[str, Any]:
    return {"at": at, "fault": fault, "harmless": harmless}


def value_layers(item: Object, gitops: GitOps) -> list[dict[str, Any]]:
    """`application.valueLayers`."""
    found: list[dict[str, Any]] = []
    for source in gitops.sources(item.at):
        text = values.child(source.data, "helm", "values")
        if text is not None and not isinstance(text, Unknown):
            stated = values.child(source.data, "helm", "valuesObject")
            dropped = isinstance(text, str) and text.strip() != "" and isinstance(stated, dict)
            place = address.at(source.at, ("helm", "values"))
            found.append(_layer(place, "values", "dropped" if dropped else None, holds_tree=True))
    for files in gitops.value_files(item.at):
        for file in files:
            missing = file.state == "missing"
            found.append(_layer(file.at, file.name, "missing" if missing else None, holds_tree=file.holds_tree))
    return found


def _layer(at: str, name: str, fault: str | None, *, holds_tree: bool) -> dict[str, Any]:
    return {"at": at, "name": name, "fault": fault, "holdsTree": holds_tree}


def _loads(loaded: Loaded | None) -> bool | None:
    """Whether it brings anything."""
    if loaded is None or loaded.kind not in ("directory", "kustomize"):
        return None
    if loaded.objects or loaded.charts or loaded.generates:
        return True
    return False if loaded.complete and not loaded.faults and loaded.kind == "directory" else None


def _holds_below(loaded: Loaded, folders: Folders) -> bool:
    """Whether a folder below it holds manifests that `recurse` would find."""
    prefix = f"{loaded.place}/" if loaded.place else ""
    return any(
        path.startswith(prefix) and "/" in path[len(prefix) :] and folders.objects(path)
        for path in folders.files
        if path.endswith(_MANIFESTS)
    )


def _near(source: Source, folders: Folders) -> str | None:
    """A folder of the same parent whose name may be meant, or the one that exists with other case."""
    if source.place is None or source.found is None:
        return None
    parent, name = posixpath.split(source.place)
    names = folders.names(parent)
    meant = nearest(name, [each for each, is_folder in names.items() if is_folder][:_MOST]) if names else None
    if meant is None:
        return None
    place = posixpath.join(parent, meant)
    root = source.found.folder
    return place[len(root) + 1 :] if root else place


def _is_moving(source: Source) -> bool:
    revision = source.revision
    if isinstance(revision, Unknown):
        return False
    if source.state == "chart":
        return isinstance(revision, str) and _is_constraint(revision)
    return revision is None or revision in BRANCHES


def _is_constraint(revision: str) -> bool:
    parts = revision.split(".")
    short = len(parts) < 3 and all(map(str.isdecimal, parts))
    return short or revision.endswith(".x") or not _CONSTRAINT.isdisjoint(revision)
