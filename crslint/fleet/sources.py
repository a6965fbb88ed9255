"""The sources of an Application as Argo CD takes them (facts/argocd.md 2.1)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from crslint import address
from crslint.fleet import values
from crslint.fleet.entities.objects import Object
from crslint.fleet.entity import UNKNOWN, Unknown
from crslint.fleet.folders import Folders, inside
from crslint.fleet.repositories import Found, Repositories, Wanted
from crslint.record import record

Text = str | Unknown | None

# Revisions that a checkout mostly is: another one need not have what is in the tree at hand.
_AT_HAND = (None, "", "HEAD", "main", "master")


@record
class Source:
    """One source in effect; ``state`` says what can be told of it:

    local (``place`` is its folder), missing, file, escapes (the repository is at hand, its path is no folder of it),
    ref (only for value files), chart, remote (a repository that is not at hand), unknown, none (neither path nor
    chart). ``holds_tree`` is whether its revision is what a checkout mostly is.
    """

    at: str
    data: dict[str, Any]
    multiple: bool
    repository: Text
    chart: Text
    path: Text
    revision: Text
    ref: Text
    state: str
    found: Found | None = None
    place: str | None = None

    @property
    def holds_tree(self) -> bool:
        return isinstance(self.revision, (str, type(None))) and self.revision in _AT_HAND


Raw = tuple[str, dict[str, Any], bool]


def raw_sources(application: Object) -> list[Raw]:
    """Address, data, and whether it is one of several: `sources` wins over `source`, `sourceHydrator` over both."""
    if values.child(application.data, "spec", "sourceHydrator") not in (None, UNKNOWN):
        return []
    listed = values.mappings(application.data, "spec", "sources")
    if listed:
        return [(address.at(application.at, ("spec", "sources", number)), item, True) for number, item in listed]
    source = values.mapping(application.data, "spec", "source")
    if isinstance(source, Unknown) or not source:
        return []
    return [(address.at(application.at, ("spec", "source")), source, False)]


def wanted_paths(application: Object, raw: Sequence[Raw]) -> Iterator[Wanted]:
    """What its sources expect in Git repositories: folders, and files with values."""
    by = address.path_of(application.at)
    sources = [data for _, data, _ in raw]
    repositories = {data.get("ref"): data.get("repoURL") for data in sources if isinstance(data.get("ref"), str)}
    for data in sources:
        repository, path = values.text(data, "repoURL"), values.text(data, "path")
        if data.get("chart") is None and isinstance(repository, str) and isinstance(path, str):
            yield Wanted(repository, path, by)
        files = values.items(data, "helm", "valueFiles")
        for file in () if isinstance(files, Unknown) else files:
            if isinstance(file, str) and file.startswith("$") and not values.is_template(file) and "*" not in file:
                name, _, rest = file[1:].partition("/")
                of = repositories.get(name)
                if isinstance(of, str) and not values.is_template(of):
                    yield Wanted(of, rest, by)


def sources(raw: Iterable[Raw], repositories: Repositories, folders: Folders) -> tuple[Source, ...]:
    return tuple([_source(*each, repositories, folders) for each in raw])


def _source(at: str, data: dict[str, Any], multiple: bool, repositories: Repositories, folders: Folders) -> Source:
    repository, chart = values.text(data, "repoURL"), values.text(data, "chart")
    path, ref = values.text(data, "path"), values.text(data, "ref")
    found = repositories.of(repository) if isinstance(repository, str) else None
    state, place = _state(repository, chart, path, ref, found, folders)
    return Source(
        at=at,
        data=data,
        multiple=multiple,
        repository=repository,
        chart=chart,
        path=path,
        revision=values.text(data, "targetRevision"),
        ref=ref,
        state=state,
        found=found,
        place=place,
    )


def _state(
    repository: Text, chart: Text, path: Text, ref: Text, found: Found | None, folders: Folders
) -> tuple[str, str | None]:
    if isinstance(chart, Unknown) or isinstance(path, Unknown) or isinstance(ref, Unknown):
        return "unknown", None
    if chart:
        return "chart", None
    if not path:
        return ("ref" if ref else "none"), None
    if isinstance(repository, Unknown):
        return "unknown", None
    if found is None:
        return "remote", None
    if path.startswith("/") or inside("", path) is None:
        return "escapes", None
    place = inside(found.folder, path)
    if place is None:
        return "escapes", None
    if folders.is_folder(place):
        return "local", place
    return ("file" if folders.is_file(place) else "missing"), place
