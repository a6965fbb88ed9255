"""Names that kustomize changes while what refers to them stays: it knows no references to payloads, projects and the
names that secrets were sealed for (facts/argocd.md 3)."""

from __future__ import annotations

import posixpath
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from crslint import address
from crslint.fleet import values
from crslint.fleet.entities.objects import Object
from crslint.fleet.entity import Unknown
from crslint.fleet.gitops import GROUP, GitOps
from crslint.fleet.links import Link
from crslint.fleet.rendering import Kustomizer
from crslint.fleet.selector import match
from crslint.fleet.world import CAPI_GROUP
from crslint.record import record

_GENERATORS = {"configMapGenerator": "ConfigMap", "secretGenerator": "Secret"}
_SCOPES = ("sealedsecrets.bitnami.com/cluster-wide", "sealedsecrets.bitnami.com/namespace-wide")


@record
class Generator:
    """One entry of a generator; ``creates`` where it makes an object of its own, ``hashed`` as far as itself says."""

    kind: str
    name: str
    at: str
    creates: bool
    hashed: bool


@record
class Entry:
    """What a set names."""

    link: Link
    kind: str
    name: str
    at: str

    @property
    def path(self) -> str:
        return address.path_of(self.link.set.at)


class Renames:
    def __init__(
        self, gitops: GitOps, kustomizer: Kustomizer, kustomizations: Sequence[Object], links: Sequence[Link]
    ) -> None:
        self._world = gitops.world
        self._gitops = gitops
        self._kustomizer = kustomizer
        self._by_folder = {posixpath.dirname(address.path_of(item.at)): item for item in kustomizations}
        self._generators = {item.at: list(_generators(item)) for item in kustomizations}
        self._links = links
        self._entries: dict[tuple[str, str], list[Entry]] = defaultdict(list)
        for link in links:
            for each in () if isinstance(link.resources, Unknown) else link.resources:
                if isinstance(each.kind, str) and isinstance(each.name, str):
                    self._entries[each.kind, each.name].append(Entry(link, each.kind, each.name, each.at))
        self._unhashed = {
            (each.kind, each.name)
            for rows in self._generators.values()
            for each in rows
            if not each.creates and not each.hashed
        }

    def generators(self, item: Object) -> list[dict[str, Any]]:
        """`kustomization.generators`, those first that feed a set under another name."""
        path = address.path_of(item.at)
        rows = []
        for each in self._generators[item.at]:
            fed = next((entry for entry in self._fed(each, path)), None) if self._is_hashed(each) else None
            rows.append(
                {
                    "kind": each.kind,
                    "name": each.name,
                    "at": each.at,
                    "hashed": self._is_hashed(each),
                    "set": fed.link.set.id if fed else None,
                    "entry": fed.at if fed else None,
                }
            )
        return sorted(rows, key=lambda row: row["set"] is None)

    def references(self, item: Object) -> list[dict[str, Any]]:
        """`kustomization.references`, those first that break."""
        prefix, suffix = (_text(item.data, field) for field in ("namePrefix", "nameSuffix"))
        rows: list[dict[str, Any]] = []
        if prefix or suffix:
            field = "namePrefix" if prefix else "nameSuffix"
            rows += self._renamed(item, address.at(item.at, (field,)), prefix, suffix)
        namespace = item.data.get("namespace")
        if isinstance(namespace, str) and namespace and not values.is_template(namespace):
            rows += self._moved(item, address.at(item.at, ("namespace",)), namespace)
        return sorted(rows, key=lambda row: not row["breaks"])

    def _is_hashed(self, each: Generator) -> bool:
        return each.creates and each.hashed and (each.kind, each.name) not in self._unhashed

    def _fed(self, each: Generator, path: str) -> Iterator[Entry]:
        """The sets that name what a generator makes by its plain name, with nothing that would give it to them."""
        for entry in self._entries.get((each.kind, each.name), ()):
            together = self._world.overlays.shared(path, entry.path)
            loose = entry.path not in self._world.overlays.roots and self._is_alone(each)
            if not (together or loose) or self._is_referred(path, each.kind, "ClusterResourceSet"):
                continue
            if not self._is_given(entry, each) and not self._is_patched(path):
                yield entry

    def _is_alone(self, each: Generator) -> bool:
        """Whether no other generator makes something of that name."""
        same = [
            one for rows in self._generators.values() for one in rows if (one.kind, one.name) == (each.kind, each.name)
        ]
        return len(same) == 1

    def _is_given(self, entry: Entry, each: Generator) -> bool:
        """Whether something else bears that name."""
        if self._world.named("", each.kind, each.name):
            return True
        others = (one for rows in self._generators.values() for one in rows if one.creates and not self._is_hashed(one))
        return any((one.kind, one.name) == (entry.kind, entry.name) for one in others)

    def _renamed(self, item: Object, at: str, prefix: str, suffix: str) -> Iterator[dict[str, Any]]:
        path = address.path_of(item.at)
        files = self._files(item)
        for key, place in self._payloads_in(files).items():
            taught = self._is_referred(path, key[0], "ClusterResourceSet") or self._is_patched(path)
            for entry in self._entries.get(key, ()):
                if self._shares(path, entry.path):
                    breaks = not taught and not self._is_kept(key, files, entry.path)
                    now = f"{prefix}{key[1]}{suffix}"
                    yield _reference(at, "set", entry.link.set.id, key[1], now, entry.at, place, breaks=breaks)
        for name, project in self._named_in(files, GROUP, "AppProject"):
            kept = self._is_project_kept(name, files)
            for user, where in self._users.get(name, ()):
                if self._shares(path, address.path_of(user.at)):
                    breaks = not kept and not self._is_referred(path, "AppProject", user.kind)
                    now = f"{prefix}{name}{suffix}"
                    yield _reference(at, "project", user.id, name, now, where, project.at, breaks=breaks)
        for name, sealed in self._named_in(files, "bitnami.com", "SealedSecret"):
            breaks = _sealed_for(sealed) == "strict"
            now = f"{prefix}{name}{suffix}"
            yield _reference(at, "secret", sealed.id, name, now, sealed.at, sealed.at, breaks=breaks)

    def _payloads_in(self, files: frozenset[str]) -> dict[tuple[str, str], str]:
        """ConfigMaps and Secrets by kind and name, those too that generators make under their plain names."""
        found = {(one.kind, one.name): one.at for one in self._made_in(files) if not self._is_hashed(one)}
        for kind in ("ConfigMap", "Secret"):
            found |= {(kind, name): one.at for name, one in self._named_in(files, "", kind)}
        return found

    def _moved(self, item: Object, at: str, namespace: str) -> Iterator[dict[str, Any]]:
        files = self._files(item)
        for _, sealed in self._named_in(files, "bitnami.com", "SealedSecret"):
            written = sealed.namespace
            if isinstance(written, str) and written != namespace and not values.is_template(written):
                breaks = _sealed_for(sealed) in ("strict", "namespace")
                yield _reference(at, "secret", sealed.id, written, namespace, sealed.at, sealed.at, breaks=breaks)
        for link in self._links:
            written = link.set.namespace
            if address.path_of(link.set.at) in files and isinstance(written, str) and written != namespace:
                left = self._left_behind(link, written)
                other = left.at if left else link.set.at
                breaks = left is not None
                yield _reference(at, "set", link.set.id, written, namespace, other, link.set.at, breaks=breaks)
        for name, project in self._named_in(files, GROUP, "AppProject"):
            written = project.namespace
            if isinstance(written, str) and written != namespace:
                for user, where in self._users.get(name, ()):
                    stays = self._stays(user, written) and self._world.together(project, user)
                    breaks = stays and not self._is_project_kept(name, files)
                    yield _reference(at, "project", user.id, written, namespace, where, project.at, breaks=breaks)

    def _left_behind(self, link: Link, written: str) -> Object | None:
        """A Cluster that the set selects, or a payload that it names, in the namespace that it leaves; None where other
        Clusters go where it goes."""
        if link.compiled is not None:
            labels = [(one, values.label_map(one.labels)) for one in self._world.of_kind(CAPI_GROUP, "Cluster")]
            selected = [one for one, each in labels if match(link.compiled, each) is True and self._near(link, one)]
            if selected and all(self._stays(one, written) for one in selected):
                return selected[0]
        for each in () if isinstance(link.resources, Unknown) else link.resources:
            if each.payload is not None and self._near(link, each.payload) and self._stays(each.payload, written):
                return each.payload
        return None

    def _near(self, link: Link, one: Object) -> bool:
        return self._world.together(link.set, one)

    def _stays(self, one: Object, written: str) -> bool:
        """Whether an object lies in a namespace and no kustomization moves it."""
        return one.namespace == written and not self._world.overlays.namespace(address.path_of(one.at))

    def _files(self, item: Object) -> frozenset[str]:
        return self._kustomizer.build(posixpath.dirname(address.path_of(item.at))).files

    def _made_in(self, files: frozenset[str]) -> Iterator[Generator]:
        for at, rows in self._generators.items():
            if address.path_of(at) in files:
                yield from (one for one in rows if one.creates)

    def _named_in(self, files: frozenset[str], group: str, kind: str) -> Iterator[tuple[str, Object]]:
        for one in self._world.of_kind(group, kind):
            if isinstance(one.name, str) and not values.is_template(one.name) and address.path_of(one.at) in files:
                yield one.name, one

    def _shares(self, path: str, other: str) -> bool:
        return self._world.overlays.shared(path, other)

    def _is_kept(self, key: tuple[str, str], files: frozenset[str], near: str) -> bool:
        """Whether something beside what is renamed bears the name, where the set can come upon it."""
        outside = (one for one in self._world.named("", *key) if address.path_of(one.at) not in files)
        made = (
            at
            for at, rows in self._generators.items()
            if address.path_of(at) not in files
            for one in rows
            if (one.kind, one.name) == key and one.creates and not self._is_hashed(one)
        )
        return any(self._shares(near, address.path_of(at)) for at in (*(one.at for one in outside), *made))

    def _is_project_kept(self, name: str, files: frozenset[str]) -> bool:
        return any(address.path_of(one.at) not in files for one in self._world.named(GROUP, "AppProject", name))

    @cached_property
    def _users(self) -> Mapping[str, list[tuple[Object, str]]]:
        """By project: the Applications and ApplicationSets that name it, and where."""
        found: dict[str, list[tuple[Object, str]]] = defaultdict(list)
        ways = {"Application": ("spec", "project"), "ApplicationSet": ("spec", "template", "spec", "project")}
        for kind, steps in ways.items():
            for one in self._world.of_kind(GROUP, kind):
                name = values.text(one.data, *steps)
                if isinstance(name, str):
                    found[name].append((one, address.at(one.at, steps)))
        return found

    def _is_referred(self, path: str, kind: str, by: str) -> bool:
        """Whether a kustomization around a file may teach kustomize the references of one kind to another."""
        return any((kind, by) in taught or ("", "") in taught for taught in self._taught_around(path))

    def _taught_around(self, path: str) -> Iterable[frozenset[tuple[str, str]]]:
        return (self._taught[folder] for folder in self._around(path) if folder in self._taught)

    def _around(self, path: str) -> frozenset[str]:
        """The folders of all kustomizations that a root which renders a file includes."""
        found: set[str] = set()
        for root in self._world.overlays.roots.get(path, ()):
            found |= self._folders_below(root)
        return frozenset(found)

    def _folders_below(self, root: str) -> frozenset[str]:
        files = self._kustomizer.build(root).files
        return frozenset(folder for path in files if (folder := posixpath.dirname(path)) in self._by_folder)

    @cached_property
    def _taught(self) -> Mapping[str, frozenset[tuple[str, str]]]:
        """By folder: kinds, and those that are taught to refer to them; two empty texts where that cannot be told."""
        found = {}
        for folder, item in self._by_folder.items():
            taught = set(self._references(folder, item.data))
            if any(item.data.get(field) for field in ("crds", "openapi", "replacements", "transformers", "vars")):
                taught.add(("", ""))
            if taught:
                found[folder] = frozenset(taught)
        return found

    def _references(self, folder: str, data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        names = values.items(data, "configurations")
        for name in () if isinstance(names, Unknown) else names:
            path = posixpath.normpath(posixpath.join(folder, name)) if isinstance(name, str) else ""
            documents = self._gitops.folders.documents(path)
            if not documents:
                yield "", ""
            for document in documents:
                for _, row in values.mappings(document.data, "nameReference"):
                    for _, place in values.mappings(row, "fieldSpecs"):
                        yield str(row.get("kind")), str(place.get("kind"))

    def _is_patched(self, path: str) -> bool:
        """Whether a patch around a file writes what sets name."""
        folders = self._around(path)
        texts = (
            text
            for folder in folders
            for field in ("patches", "patchesStrategicMerge", "patchesJson6902")
            for text in _strings(self._by_folder[folder].data.get(field))
        )
        if any("resources" in text for text in texts):
            return True
        files = {file for folder in folders for file in self._kustomizer.build(folder).files}
        return any(
            one.kind == "ClusterResourceSet" and values.child(one.data, "spec", "resources") is not None
            for one in self._world.patches
            if address.path_of(one.at) in files
        )


def _generators(item: Object) -> Iterator[Generator]:
    everywhere = values.child(item.data, "generatorOptions", "disableNameSuffixHash")
    for field, kind in _GENERATORS.items():
        for number, row in values.mappings(item.data, field):
            name, behavior = values.text(row, "name"), row.get("behavior")
            own = values.child(row, "options", "disableNameSuffixHash")
            if isinstance(name, str):
                at = address.at(item.at, (field, number))
                plain = all(option in (None, False) for option in (everywhere, own))
                yield Generator(kind, name, at, behavior in (None, "", "create", "unspecified"), plain)


def _sealed_for(item: Object) -> str | None:
    """`strict`, `namespace` or `cluster`, None where it cannot be told."""
    written = [
        values.mapping(item.data, "spec", "template", "metadata", "annotations"),
        values.mapping(item.data, "metadata", "annotations"),
    ]
    if any(isinstance(each, Unknown) for each in written):
        return None
    for scope, name in zip(_SCOPES, ("cluster", "namespace"), strict=True):
        if any(not isinstance(each, Unknown) and each.get(scope) not in (None, "false") for each in written):
            return name
    return "strict"


def _reference(
    at: str, what: str, who: str, was: str, now: str, reference: str, thing: str, *, breaks: bool
) -> dict[str, Any]:
    row: dict[str, Any] = {"at": at, "what": what, "who": who, "was": was, "now": now}
    moves = at.endswith("/namespace")
    return row | {"moves": moves, "reference": reference, "thing": thing, "breaks": breaks}


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, dict)):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _strings(inner)


def _text(data: Mapping[str, Any], field: str) -> str:
    value = data.get(field)
    return value if isinstance(value, str) and not values.is_template(value) else ""
