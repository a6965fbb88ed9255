"""What Argo CD passes over or sets itself, among what an Application brings (facts/argocd.md 1.5, 2.5, 2.8)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from crslint import address
from crslint.fleet import values
from crslint.fleet.entities.objects import Object
from crslint.fleet.entity import Unknown
from crslint.fleet.gitops import GitOps
from crslint.fleet.globs import matches
from crslint.fleet.rendering import Loaded
from crslint.fleet.table import read_table
from crslint.fleet.versions import release
from crslint.source.single import read_single

_TRACKING = "argocd.argoproj.io/tracking-id"
_PART = "app.kubernetes.io/part-of"
_SETTINGS = "argocd-cm"
_LABELLED = (("ConfigMap", _SETTINGS), ("Secret", "argocd-secret"))
_SINCE = (3, 0, 0)

Exclusion = tuple[tuple[str, ...], tuple[str, ...]]


class Oddities:
    """``version`` is that of Argo CD, None where it is not known: then the newest."""

    def __init__(self, gitops: GitOps, version: str | None) -> None:
        self._gitops = gitops
        self._version = version
        self._answers: dict[tuple[str, str], bool] = {}
        self._brought: dict[int, list[dict[str, Any]]] = {}

    def of(self, item: Object) -> list[dict[str, Any]]:
        """`application.oddities`."""
        found = list(_tracked(item))
        for _, loaded in self._gitops.brings(item.at):
            found += self._of(loaded)
        read = self._gitops.payload_of.get(item.at)
        for member in read.members if read else ():
            found += _settings(member.object)
        return found

    def _of(self, loaded: Loaded) -> list[dict[str, Any]]:
        """Found once, however many Applications load it."""
        if id(loaded) not in self._brought:
            found: list[dict[str, Any]] = []
            for each in loaded.objects:
                brought = each.object
                found += _tracked(brought)
                if loaded.kind == "directory":
                    found += _settings(brought)
                if self._is_excluded(brought):
                    kind = f"{brought.kind}.{brought.group}" if brought.group else brought.kind
                    found.append(_row("excludedKind", kind, address.at(brought.at, ("kind",)), odd=True))
            self._brought[id(loaded)] = found
        return self._brought[id(loaded)]

    def _is_excluded(self, item: Object) -> bool:
        key = (item.group, item.kind)
        if key not in self._answers:
            self._answers[key] = any(
                any(matches(group, item.group) for group in groups) and any(matches(kind, item.kind) for kind in kinds)
                for groups, kinds in self._exclusions
            )
        return self._answers[key]

    @cached_property
    def _exclusions(self) -> tuple[Exclusion, ...]:
        """Those of the settings in the input; else what comes with the release. Nothing where they cannot be read."""
        members = (member.object for read in self._gitops.reads for member in read.members)
        every = (*self._gitops.world.of_kind("", "ConfigMap"), *members)
        found = [item for item in every if item.kind == "ConfigMap" and item.name == _SETTINGS]
        if found:
            texts = {values.text(item.data, "data", "resource.exclusions") for item in found}
            text = next(iter(texts)) if len(texts) == 1 else None
            return tuple(_read(text)) if isinstance(text, str) and not values.is_template(text) else ()
        used = release(self._version)
        if used is not None and used < _SINCE:
            return ()
        return tuple((tuple(row["groups"]), tuple(row["kinds"])) for row in read_table("argocd")["excluded"])


def _read(text: str) -> Iterator[Exclusion]:
    documents = read_single(text, "#").documents
    rows = documents[0].data if documents else None
    for row in rows if isinstance(rows, list) else ():
        if isinstance(row, dict) and row.get("clusters") in (None, ["*"]):
            yield _texts(row, "apiGroups"), _texts(row, "kinds")


def _texts(row: Mapping[str, Any], field: str) -> tuple[str, ...]:
    """A list that is empty or absent means everything."""
    listed = row.get(field)
    return tuple(text for text in listed if isinstance(text, str)) if isinstance(listed, list) and listed else ("*",)


def _tracked(item: Object) -> Iterator[dict[str, Any]]:
    annotations = values.child(item.data, "metadata", "annotations")
    if isinstance(annotations, dict) and _TRACKING in annotations:
        yield _row("trackingId", item.id, address.at(item.at, ("metadata", "annotations", _TRACKING)), odd=True)


def _settings(item: Object) -> Iterator[dict[str, Any]]:
    """Argo CD reads those that have its label, and no others."""
    if (item.kind, item.name) in _LABELLED and not isinstance(item.labels, Unknown):
        labelled = item.labels.get(_PART)
        if labelled is None or isinstance(labelled, str):
            at = address.at(item.at, ("metadata", "labels"))
            yield _row("settings", item.id, at, odd=labelled != "argocd" and not values.is_template(labelled or ""))


def _row(what: str, name: str, at: str, *, odd: bool) -> dict[str, Any]:
    return {"what": what, "name": name, "at": at, "odd": odd}
