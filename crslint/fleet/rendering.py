"""What kustomize makes of a folder, as far as it can be told from the input."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from crslint import address
from crslint.fleet import values
from crslint.fleet.entities.objects import Object
from crslint.fleet.entity import UNKNOWN, Unknown
from crslint.fleet.folders import Folders, inside
from crslint.record import record, replace

KUSTOMIZATIONS = ("kustomization.yaml", "kustomization.yml", "Kustomization")

_REMOTE = ("://", "git@", "?ref=", "github.com/", "gitlab.com/", "bitbucket.org/")
# What changes objects beyond their namespace, labels and images.
ALTERING = (
    "namePrefix",
    "nameSuffix",
    "patches",
    "patchesStrategicMerge",
    "patchesJson6902",
    "replacements",
    "transformers",
    "vars",
    "generators",
)
_DEEPEST = 100
_FILES = ("configurations", "crds", "openapi", "transformers", "generators", "validators")


@record
class Rendered:
    """One object of a source: ``namespace`` is what kustomize makes of it, else as written; ``altered`` where other
    fields may differ from what is written."""

    object: Object
    namespace: str | Unknown | None
    altered: bool = False


@record
class LoadFault:
    """``kind`` is json, undecodable, kustomization or ignored; ``at`` what it is about."""

    kind: str
    at: str


@record
class ChartUse:
    """An entry of ``helmCharts``, as written; ``namespace`` is the entry's, else the kustomization's."""

    at: str
    data: dict[str, Any]
    folder: str
    namespace: str | None


@record
class Missing:
    """An entry of a kustomization that does not exist."""

    path: str
    at: str


@record
class Loaded:
    """``kind`` is directory, kustomize, helm, plugin or unknown; ``objects`` are all of them where it is ``complete``.

    ``files`` are those that were read or named, also a chart's.
    """

    place: str
    kind: str
    objects: tuple[Rendered, ...] = ()
    files: frozenset[str] = frozenset()
    complete: bool = True
    faults: tuple[LoadFault, ...] = ()
    charts: tuple[ChartUse, ...] = ()
    missing: tuple[Missing, ...] = ()
    remote: tuple[str, ...] = ()
    generates: bool = False


class Kustomizer:
    """Each kustomization is read once, however many include it."""

    def __init__(self, folders: Folders) -> None:
        self._folders = folders
        self._built: dict[str, Loaded] = {}

    def build(self, folder: str, *, altered: bool = False) -> Loaded:
        """``altered`` where the Application itself asks kustomize for changes."""
        built = self._build(folder, ())
        if not altered:
            return built
        return replace(built, objects=tuple(replace(each, namespace=UNKNOWN, altered=True) for each in built.objects))

    def _build(self, folder: str, above: tuple[str, ...]) -> Loaded:
        # What leads into a circle is incomplete however it is entered: kustomize refuses all of it.
        if folder in above or len(above) >= _DEEPEST:
            return Loaded(folder, "kustomize", complete=False)
        if folder not in self._built:
            self._built[folder] = self._read(folder, above)
        return self._built[folder]

    def _read(self, folder: str, above: tuple[str, ...]) -> Loaded:
        item = self._kustomization(folder)
        if item is None:
            names = self._folders.names(folder) or {}
            held = {posixpath.join(folder, name) for name in KUSTOMIZATIONS if name in names}
            return Loaded(folder, "kustomize", files=frozenset(held), complete=False)
        data, path = item.data, address.path_of(item.at)
        objects: list[Rendered] = []
        files = {path, *self._named(folder, data)}
        complete = not any(data.get(field) for field in ("generators", "helmChartInflationGenerator"))
        charts = list(charts_of(item, folder))
        missing: list[Missing] = []
        remote: list[str] = []
        generates = any(data.get(field) for field in ("configMapGenerator", "secretGenerator"))
        for entry, at in _entries(item):
            place = inside(folder, entry)
            if any(mark in entry for mark in _REMOTE) or values.is_template(entry):
                remote.append(entry)
                complete = False
            elif place is not None and self._folders.is_folder(place):
                part = self._build(place, (*above, folder))
                objects += part.objects
                files |= part.files
                charts += part.charts
                missing += part.missing
                remote += part.remote
                complete = complete and part.complete
                generates = generates or part.generates
            elif place is not None and self._folders.is_file(place):
                files.add(place)
                complete = complete and self._is_whole(place)
                objects += [Rendered(each, each.namespace) for each in self._folders.objects(place)]
            else:
                missing.append(Missing(entry, at))
                complete = False
        return Loaded(
            folder,
            "kustomize",
            tuple(_changed(each, data) for each in _once(objects)),
            frozenset(files),
            complete,
            charts=tuple({each.at: each for each in charts}.values()),
            missing=tuple({each.at: each for each in missing}.values()),
            remote=tuple(dict.fromkeys(remote)),
            generates=generates,
        )

    def _kustomization(self, folder: str) -> Object | None:
        names = self._folders.names(folder) or {}
        present = [name for name in KUSTOMIZATIONS if name in names]
        if len(present) != 1:
            return None
        path = posixpath.join(folder, present[0])
        found = self._folders.objects(path)
        return found[0] if len(found) == 1 else None

    def _is_whole(self, path: str) -> bool:
        file = self._folders.file(path)
        return file is not None and not file.not_checked and not any(item.code == "YML001" for item in file.problems)

    def _named(self, folder: str, data: dict[str, Any]) -> Iterator[str]:
        """Other files that it names: patches, inputs of generators, values of charts."""
        for name in _strings(data, (*_FILES, *ALTERING, "configMapGenerator", "secretGenerator", "helmCharts")):
            # `key=path` of a generator names the key.
            for text in (name, name.rpartition("=")[2]):
                place = inside(folder, text) if "\n" not in text else None
                if place is not None and self._folders.is_file(place):
                    yield place


def _once(objects: Sequence[Rendered]) -> Iterable[Rendered]:
    """Each object once in each form, by however many ways it comes: they double with every level."""
    return {(each.object.at, each.namespace, each.altered): each for each in objects}.values()


def _strings(data: dict[str, Any], fields: Sequence[str]) -> Iterator[str]:
    waiting: list[Any] = [data.get(field) for field in fields]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            yield item
        elif isinstance(item, dict):
            waiting.extend(item.values())
        elif isinstance(item, list):
            waiting.extend(item)


def _entries(item: Object) -> Iterator[tuple[str, str]]:
    for field in ("resources", "bases", "components"):
        names = values.items(item.data, field)
        for number, name in enumerate(() if isinstance(names, Unknown) else names):
            if isinstance(name, str):
                yield name, address.at(item.at, (field, number))


def _changed(rendered: Rendered, data: dict[str, Any]) -> Rendered:
    namespace = data.get("namespace")
    if isinstance(namespace, str) and namespace:
        moved = UNKNOWN if values.is_template(namespace) else namespace
        rendered = replace(rendered, namespace=rendered.namespace if rendered.object.scope == "Cluster" else moved)
    if any(data.get(field) for field in ALTERING):
        rendered = replace(rendered, altered=True)
    return rendered


def charts_of(item: Object, folder: str) -> Iterator[ChartUse]:
    namespace = item.data.get("namespace")
    for number, chart in values.mappings(item.data, "helmCharts"):
        own = chart.get("namespace")
        place = own if isinstance(own, str) else namespace if isinstance(namespace, str) else None
        yield ChartUse(address.at(item.at, ("helmCharts", number)), chart, folder, place)
