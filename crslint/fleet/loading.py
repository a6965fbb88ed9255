"""What Argo CD would load from a folder: which tool it takes, which files, which objects (facts/argocd.md 2.3, 2.4)."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from typing import Any

from crslint import address
from crslint.fleet import values
from crslint.fleet.entities.objects import Object
from crslint.fleet.entity import UNKNOWN, Unknown
from crslint.fleet.folders import Folders
from crslint.fleet.globs import matches
from crslint.fleet.rendering import KUSTOMIZATIONS, Kustomizer, Loaded, LoadFault, Rendered
from crslint.source.document import Document, File
from crslint.source.places import SKIPPED

TOOLS = ("helm", "kustomize", "directory", "plugin")

_MANIFESTS = (".yaml", ".yml", ".json", ".jsonnet")
_MARKERS = ("apiVersion:", "kind:", "metadata:")
_OVERRIDE = ".argocd-source"
_BROKEN = frozenset({"YML001", "YML004", "YML005"})


class Loader:
    """Each folder is looked at once for each way to load it."""

    def __init__(self, folders: Folders) -> None:
        self._folders = folders
        self._kustomizer = Kustomizer(folders)
        self._loaded: dict[tuple[object, ...], Loaded] = {}

    def load(self, place: str, source: Mapping[str, Any]) -> Loaded:
        """What a source of an Application brings from a folder that exists."""
        tools: list[str] = []
        options: dict[str, Any] = {}
        written = ""
        if not source.keys().isdisjoint(TOOLS):
            tools = [tool for tool in TOOLS if source.get(tool) is not None]
            directory = source.get("directory")
            options = directory if isinstance(directory, dict) else {}
            written = str([options.get(name) for name in ("recurse", "include", "exclude")]) if options else ""
        key = (place, tuple(tools), written, bool(source.get("kustomize")))
        if key not in self._loaded:
            self._loaded[key] = self._load(place, tools, options, source)
        return self._loaded[key]

    def _load(self, place: str, tools: list[str], options: dict[str, Any], source: Mapping[str, Any]) -> Loaded:
        names = self._folders.names(place) or {}
        tool = self._tool(tools, names)
        if tool == "unknown" or any(name.startswith(_OVERRIDE) for name in names):
            return Loaded(place, "unknown", complete=False)
        if tool == "kustomize":
            return self._kustomizer.build(place, altered=bool(source.get("kustomize")))
        if tool == "directory":
            return self._directory(place, options)
        return Loaded(place, tool, files=frozenset(self._below(place)), complete=False)

    def _tool(self, tools: list[str], names: Mapping[str, bool]) -> str:
        """Only what lies directly in the folder matters; the last in lexical order wins."""
        if tools:
            return tools[0] if len(tools) == 1 else "unknown"
        found = "directory"
        for name in sorted(name for name, is_folder in names.items() if not is_folder):
            if name.endswith("Chart.yaml"):
                found = "helm"
            elif name in KUSTOMIZATIONS:
                found = "kustomize"
        return found

    def _directory(self, place: str, options: dict[str, Any]) -> Loaded:
        recurse, include, exclude = options.get("recurse"), options.get("include"), options.get("exclude")
        if any(isinstance(item, str) and values.is_template(item) for item in (include, exclude)):
            return Loaded(place, "directory", complete=False)
        objects: list[Rendered] = []
        faults: list[LoadFault] = []
        files: list[str] = []
        complete = not isinstance(recurse, str)
        for path in self._below(place, recurse=recurse is True):
            if not path.endswith(_MANIFESTS):
                continue
            taken = _is_taken(path[len(place) + 1 if place else 0 :], include, exclude)
            if taken is None:
                complete = False
            if not taken:
                continue
            files.append(path)
            file = self._folders.file(path)
            if file is None:
                complete = False
                continue
            if SKIPPED in file.marks:
                continue
            fault = self._fault(file)
            if fault is None:
                objects += [Rendered(item, item.namespace) for item in self._folders.objects(path)]
            elif fault.kind != "ignored":
                faults.append(fault)
        return Loaded(place, "directory", tuple(objects), frozenset(files), complete, tuple(faults))

    def _fault(self, file: File) -> LoadFault | None:
        """Why the file stops everything, or is ignored; None for one that is loaded."""
        start = address.document(file.path, 0)
        if file.not_checked and any(entry.reason in ("binary", "encrypted") for entry in file.not_checked):
            return LoadFault("ignored", start)
        if file.path.endswith(".json"):
            documents = [item for item in file.documents if item.data is not None]
            if len(documents) != 1 or not _has_kind(documents[0]):
                return LoadFault("json", start)
            return None
        decoded = 0
        for document in file.documents:
            if document.data is None:
                continue
            if not _has_kind(document):
                return self._undecodable(file, decoded, document.at)
            if isinstance(document.data, dict) and _is_kustomization(document.data):
                return LoadFault("kustomization", document.at)
            decoded += 1
        broken = next((problem for problem in file.problems if problem.code in _BROKEN), None)
        return self._undecodable(file, decoded, broken.at) if broken is not None else None

    def _undecodable(self, file: File, decoded: int, at: str) -> LoadFault:
        text = self._folders.text(file.path)
        stops = decoded > 0 or all(marker in text for marker in _MARKERS)
        return LoadFault("undecodable" if stops else "ignored", at)

    def _below(self, place: str, *, recurse: bool = True) -> Iterator[str]:
        """Paths of files in lexical order."""
        names = self._folders.names(place) or {}
        for name in sorted(names):
            path = posixpath.join(place, name)
            if not names[name]:
                yield path
            elif recurse:
                yield from self._below(path)


def _is_taken(relative: str, include: object, exclude: object) -> bool | None:
    """None where a pattern cannot be read."""
    if isinstance(exclude, str) and exclude:
        excluded = matches(exclude, relative)
        if excluded is not False:
            return None if excluded is None else False
    if isinstance(include, str) and include:
        return matches(include, relative)
    return True


def _has_kind(document: Document) -> bool:
    kind = document.data.get("kind") if isinstance(document.data, dict) else None
    return isinstance(kind, str) and bool(kind)


def _is_kustomization(data: Mapping[str, Any]) -> bool:
    version = data.get("apiVersion")
    return isinstance(version, str) and values.group_of(version) == "kustomize.config.k8s.io"


def is_crd(item: Object) -> bool:
    return item.group == "apiextensions.k8s.io" and item.kind == "CustomResourceDefinition"


def namespace_in(rendered: Rendered, destination: str | Unknown | None) -> str | Unknown | None:
    """Where Argo CD puts an object: None for a cluster-scoped one, UNKNOWN where its scope is."""
    if rendered.altered and isinstance(rendered.namespace, Unknown):
        return UNKNOWN
    match rendered.object.scope:
        case "Cluster":
            return None
        case "Namespaced":
            return rendered.namespace or destination if not isinstance(rendered.namespace, Unknown) else UNKNOWN
    return UNKNOWN
