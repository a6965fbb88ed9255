"""Names that kustomize changes while what refers to them stays: it knows no references to payloads, projects and the
names that secrets were sealed for (facts/argocd.md 3)."""

from __future__ import annotations

import posixpath
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from crslint import address
from crslint.fleet import values
from crslint.fleet.entities.objects import Object
from crslint.fleet.entity import Unknown
from crslint.fleet.gitops import GROUP, GitOps
from crslint.fleet.links import Link
from crslint.fleet.rendering import Kustomizer
from crslint.fleet.selector import match
from crslint.record import record

if TYPE_CHECKING:
    from crslint.fleet.namereferences import NameReferences

_GENERATORS = {"configMapGenerator": "ConfigMap", "secretGenerator": "Secret"}
_PROJECTS = {"Application": ("spec", "project"), "ApplicationSet": ("spec", "template", "spec", "project")}
_NOWHERE: tuple[None] = (None,)
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


class _ByRoot:
    """Things by name and by the roots that render their files: a cost that follows what a file is rendered with."""

    def __init__(self, roots: Mapping[str, frozenset[str]]) -> None:
        self._roots = roots
        self._found: dict[tuple[tuple[str, ...], str | None], list[Any]] = defaultdict(list)

    def add(self, key: tuple[str, ...], path: str, thing: Any) -> None:
        for root in self._roots.get(path, _NOWHERE):
            self._found[key, root].append(thing)

    def near(self, key: tuple[str, ...], path: str) -> list[Any]:
        """Those that one root renders together with a file, each once."""
        found = (each for root in self._roots.get(path, ()) for each in self._found.get((key, root), ()))
        return list({id(each): each for each in found}.values())

    def loose(self, key: tuple[str, ...]) -> list[Any]:
        """Those that no kustomization renders."""
        return self._found.get((key, None), [])


class Renames:
    def __init__(
        self, gitops: GitOps, kustomizer: Kustomizer, kustomizations: Sequence[Object], links: Sequence[Link]
    ) -> None:
        self._world = gitops.world
        self._kustomizer = kustomizer
        self._gitops = gitops
        self._kustomizations = kustomizations
        self._every_link = links
        self._generators = {address.path_of(item.at): list(_generators(item)) for item in kustomizations}
        every = [one for rows in self._generators.values() for one in rows]
        self._times = Counter((one.kind, one.name) for one in every)
        self._unhashed = {(one.kind, one.name) for one in every if not one.creates and not one.hashed}
        self._plain = {(one.kind, one.name) for one in every if one.creates and not self._is_hashed(one)}

    @cached_property
    def _references(self) -> NameReferences:
        from crslint.fleet.namereferences import NameReferences

        return NameReferences(self._gitops, self._kustomizer, self._kustomizations)

    @cached_property
    def _links(self) -> Mapping[str, list[Link]]:
        found: dict[str, list[Link]] = defaultdict(list)
        for link in self._every_link:
            found[address.path_of(link.set.at)].append(link)
        return found

    @cached_property
    def _entries(self) -> _ByRoot:
        found = _ByRoot(self._world.overlays.roots)
        for link in self._every_link:
            path = address.path_of(link.set.at)
            for each in () if isinstance(link.resources, Unknown) else link.resources:
                if isinstance(each.kind, str) and isinstance(each.name, str):
                    found.add((each.kind, each.name), path, Entry(link, each.kind, each.name, each.at))
        return found

    @cached_property
    def _payloads(self) -> _ByRoot:
        found = _ByRoot(self._world.overlays.roots)
        for path, rows in self._generators.items():
            for made in rows:
                if made.creates and not self._is_hashed(made):
                    found.add((made.kind, made.name), path, made)
        for kind in ("ConfigMap", "Secret"):
            for one in self._world.of_kind("", kind):
                if isinstance(one.name, str):
                    found.add((kind, one.name), address.path_of(one.at), one)
        return found

    @cached_property
    def _users(self) -> _ByRoot:
        """The Applications and ApplicationSets by their project."""
        found = _ByRoot(self._world.overlays.roots)
        for kind, steps in _PROJECTS.items():
            for one in self._world.of_kind(GROUP, kind):
                name = values.text(one.data, *steps)
                if isinstance(name, str):
                    found.add((name,), address.path_of(one.at), (one, address.at(one.at, steps)))
        return found

    def generators(self, item: Object) -> list[dict[str, Any]]:
        """`kustomization.generators`, those first that feed a set under another name."""
        path = address.path_of(item.at)
        rows = []
        for each in self._generators[path]:
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
        """A merge that switches the hash off does so for what it merges into."""
        return each.creates and each.hashed and (each.kind, each.name) not in self._unhashed

    def _fed(self, each: Generator, path: str) -> Iterator[Entry]:
        """The sets that name what a generator makes by its plain name, with nothing that would give it to them."""
        key = (each.kind, each.name)
        if key in self._plain or self._world.named("", *key) or self._is_mended(path, each.kind):
            return
        yield from self._entries.near(key, path)
        if self._times[key] == 1:
            yield from self._entries.loose(key)

    def _is_mended(self, path: str, kind: str) -> bool:
        references = self._references
        return references.is_taught(path, kind, "ClusterResourceSet") or references.are_patched(path)

    def _renamed(self, item: Object, at: str, prefix: str, suffix: str) -> Iterator[dict[str, Any]]:
        path = address.path_of(item.at)
        files = self._files(item)
        for key, place in self._payloads_in(files).items():
            for entry in self._entries.near(key, path):
                breaks = not self._is_mended(path, key[0]) and not self._is_kept(key, files, path)
                now = f"{prefix}{key[1]}{suffix}"
                yield _reference(at, "set", entry.link.set.id, key[1], now, entry.at, place, breaks=breaks)
        for name, project in self._named_in(files, GROUP, "AppProject"):
            for user, where in self._users.near((name,), path):
                taught = self._references.is_taught(path, "AppProject", user.kind)
                breaks = not taught and not self._is_project_kept(name, files)
                now = f"{prefix}{name}{suffix}"
                yield _reference(at, "project", user.id, name, now, where, project.at, breaks=breaks)
        for name, sealed in self._named_in(files, "bitnami.com", "SealedSecret"):
            breaks = _sealed_for(sealed) == "strict"
            now = f"{prefix}{name}{suffix}"
            yield _reference(at, "secret", sealed.id, name, now, sealed.at, sealed.at, breaks=breaks)

    def _payloads_in(self, files: frozenset[str]) -> dict[tuple[str, str], str]:
        """ConfigMaps and Secrets by kind and name, those too that generators make under their plain names."""
        made = (one for path in files for one in self._generators.get(path, ()))
        found = {(one.kind, one.name): one.at for one in made if one.creates and not self._is_hashed(one)}
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
        for link in (link for path in sorted(files) for link in self._links.get(path, ())):
            written = link.set.namespace
            if isinstance(written, str) and written != namespace:
                left = self._left_behind(link, written)
                other = left.at if left else link.set.at
                breaks = left is not None
                yield _reference(at, "set", link.set.id, written, namespace, other, link.set.at, breaks=breaks)
        for name, project in self._named_in(files, GROUP, "AppProject"):
            written = project.namespace
            if isinstance(written, str) and written != namespace:
                path = address.path_of(project.at)
                for user, where in (*self._users.near((name,), path), *self._users.loose((name,))):
                    stays = self._stays(user, written) and self._world.together(project, user)
                    breaks = stays and not self._is_project_kept(name, files)
                    yield _reference(at, "project", user.id, written, namespace, where, project.at, breaks=breaks)

    def _left_behind(self, link: Link, written: str) -> Object | None:
        """A Cluster that the set selects, or a payload that it names, in the namespace that it leaves; None where other
        Clusters go where it goes."""
        selected = [one for one in (*link.known, *link.unsure, *link.elsewhere) if self._selects(link, one)]
        if selected and all(self._stays(one, written) for one in selected):
            return selected[0]
        named = () if isinstance(link.resources, Unknown) else link.resources
        payloads = (each.payload for each in named if each.payload is not None)
        left = (one for one in payloads if self._stays(one, written) and self._world.together(link.set, one))
        return next(left, None)

    def _selects(self, link: Link, one: Object) -> bool:
        matching = link.compiled is not None and match(link.compiled, values.label_map(one.labels)) is True
        return matching and self._world.together(link.set, one)

    def _stays(self, one: Object, written: str) -> bool:
        """Whether an object lies in a namespace and no kustomization moves it."""
        return one.namespace == written and not self._world.overlays.namespace(address.path_of(one.at))

    def _files(self, item: Object) -> frozenset[str]:
        return self._kustomizer.build(posixpath.dirname(address.path_of(item.at))).files

    def _named_in(self, files: frozenset[str], group: str, kind: str) -> Iterator[tuple[str, Object]]:
        by_path = self._by_path[group, kind]
        for one in (one for path in sorted(files & by_path.keys()) for one in by_path[path]):
            if isinstance(one.name, str) and not values.is_template(one.name):
                yield one.name, one

    @cached_property
    def _by_path(self) -> Mapping[tuple[str, str], dict[str, list[Object]]]:
        kinds = (("", "ConfigMap"), ("", "Secret"), (GROUP, "AppProject"), ("bitnami.com", "SealedSecret"))
        found: dict[tuple[str, str], dict[str, list[Object]]] = {kind: defaultdict(list) for kind in kinds}
        for kind, by_path in found.items():
            for one in self._world.of_kind(*kind):
                by_path[address.path_of(one.at)].append(one)
        return found

    def _is_kept(self, key: tuple[str, str], files: frozenset[str], path: str) -> bool:
        """Whether something beside what a kustomization renames bears the name, and is rendered together with it."""
        return any(address.path_of(one.at) not in files for one in self._payloads.near(key, path))

    def _is_project_kept(self, name: str, files: frozenset[str]) -> bool:
        return any(address.path_of(one.at) not in files for one in self._world.named(GROUP, "AppProject", name))


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


def _text(data: Mapping[str, Any], field: str) -> str:
    value = data.get(field)
    return value if isinstance(value, str) and not values.is_template(value) else ""
