"""All objects of the input, indexed, and which of them belong together.

One repository often holds many alternatives of the same cluster (test templates, overlays, rendered variants). A join
therefore takes the copy that is nearest: in the same file, else in the smallest folder that holds both halves; and two
files that are each a whole bundle (Cluster and ClusterResourceSet together) are never joined across.
"""

from __future__ import annotations

import posixpath
from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache

from crslint import address
from crslint.finding import Problem
from crslint.fleet import values
from crslint.fleet.entities.objects import Object
from crslint.fleet.entity import UNKNOWN, Unknown
from crslint.fleet.hidden import Hidden
from crslint.fleet.kustomize import (
    Kustomizations,
    defaulted,
    is_kustomization,
    is_kustomization_file,
    kustomizations,
)
from crslint.fleet.overlays import Overlays, overlays
from crslint.fleet.scope import Scopes, scopes
from crslint.fleet.settings import FleetSettings
from crslint.record import replace
from crslint.source.document import Document, File

CAPI_GROUP = "cluster.x-k8s.io"
ADDONS_GROUP = "addons.cluster.x-k8s.io"
_MANY = 8


# Who an object is: group, kind, namespace and name as spelled, empty where not written.
Identity = tuple[str, str, str, str]


class World:
    """``objects`` are the whole objects that files declare (payload content, patches and generator inputs are not);
    ``kinds`` are they by group and kind, ``kustomizing`` the kustomizations among them."""

    def __init__(
        self, files: Sequence[File], settings: FleetSettings, text_of: Callable[[str], str] = lambda _path: ""
    ) -> None:
        self.settings = settings
        self.scopes: Scopes = scopes()
        self._hidden = Hidden(files, text_of)
        self.files = {file.path: file for file in files}
        self.documents: dict[str, Document] = {}
        self.problems: list[Problem] = []
        declared: list[Object] = []
        for file in files:
            may_be_defaulted = is_kustomization_file(file.path)
            for document in file.documents:
                self.documents[document.at] = document
                data = defaulted(document.data) if may_be_defaulted else document.data
                made = make_object(document.at, data, self.scopes)
                if made is not None:
                    declared.append(made)
                else:
                    self.problems += _misnamed(document)
        kustomizing = list(filter(is_kustomization, declared))
        self.kustomizations: Kustomizations = kustomizations(kustomizing)
        self.patches = tuple(replace(item, partial=True) for item in _in_files(declared, self.kustomizations.patches))
        self.overlays: Overlays = overlays(kustomizing, self.patches)
        apart = {item.at for item in _in_files(declared, self.kustomizations.patches | self.kustomizations.inputs)}
        self.objects = tuple([item for item in declared if item.at not in apart] if apart else declared)
        self.kustomizing = tuple(item for item in kustomizing if item.at not in apart)
        self._by_identity: dict[Identity, list[Object]] = defaultdict(list)
        self.kinds: dict[tuple[str, str], list[Object]] = defaultdict(list)
        for item in self.objects:
            self._by_identity[identity(item)].append(item)
            self.kinds[item.group, item.kind].append(item)
        self._single = {items[0].at for items in self._by_identity.values() if len(items) == 1}
        self._copies_below: dict[str, dict[str, list[Object]]] = {}
        self._bundles = _files(self.of_kind(CAPI_GROUP, "Cluster")) & _files(
            self.of_kind(ADDONS_GROUP, "ClusterResourceSet")
        )

    def of_kind(self, group: str, kind: str) -> Sequence[Object]:
        return self.kinds.get((group, kind), ())

    def of_kinds(self, wanted: Callable[[str, str], bool]) -> Iterator[Object]:
        """The objects of the kinds for which a function of group and kind says so, kind by kind."""
        return (item for (group, kind), items in self.kinds.items() if wanted(group, kind) for item in items)

    @cached_property
    def _by_address(self) -> Mapping[str, Object]:
        return {item.at: item for item in self.objects}

    @cached_property
    def _by_name(self) -> Mapping[tuple[str, str, str], list[Object]]:
        found: dict[tuple[str, str, str], list[Object]] = defaultdict(list)
        for item in self.objects:
            group, kind, _, name = identity(item)
            found[group, kind, name].append(item)
        return found

    def object(self, at: str) -> Object | None:
        return self._by_address.get(at)

    def document(self, at: str) -> Document:
        return self.documents[at]

    def named(self, group: str, kind: str, name: str) -> Sequence[Object]:
        """All objects of that kind and name, in any namespace."""
        return self._by_name.get((group, kind, name), ())

    def find(self, group: str, kind: str, namespace: str | None, name: str, near: str) -> Object | Unknown | None:
        """The object of that identity that is nearest to an address.

        UNKNOWN where it cannot be told: several equally near ones, a namespace that one side does not write, a name
        that is a template on either side. None where the input has no such object.
        """
        exact = self._reachable(self._by_identity.get((group, kind, namespace or "", name), ()), near)
        if exact:
            found = nearest(exact, near) if address.path_of(near) in self._bundles else self._nearest(exact, near)
            return found[0] if len(found) == 1 else UNKNOWN
        if values.is_template(name) or any(_open(namespace, item.namespace) for item in self.named(group, kind, name)):
            return UNKNOWN
        templated = (item for item in self.of_kind(group, kind) if _templated(item) and _same_file(item.at, near))
        return UNKNOWN if any(templated) else None

    def copies_near(self, who: Identity, near: str) -> Sequence[Object]:
        """The copies of one object, by spelling, that are nearest to an address."""
        copies = self._by_identity.get(who, ())
        return self._nearest(copies, near) if copies else ()

    def together(self, one: Object, other: Object) -> bool:
        """Whether two objects belong to one fleet: one kustomization renders both, or neither has a copy that is
        nearer to the other."""
        if not self._bundles and one.at in self._single and other.at in self._single:
            return True
        if _same_file(one.at, other.at) or self.overlays.shared(address.path_of(one.at), address.path_of(other.at)):
            return True
        if address.path_of(one.at) in self._bundles and address.path_of(other.at) in self._bundles:
            return False
        return self._is_nearest(one, other) and self._is_nearest(other, one)

    def same_namespace(self, one: Object, other: Object) -> bool | Unknown:
        """Equal spellings are one namespace, also if nothing or a variable is written; so is what a kustomization
        moves together."""
        if one.namespace == other.namespace and isinstance(one.namespace, (str, type(None))):
            same: bool | Unknown = True
        else:
            same = UNKNOWN if any(values.is_open(item.namespace) for item in (one, other)) else False
        moved = self.overlays.namespace(address.path_of(one.at)), self.overlays.namespace(address.path_of(other.at))
        if not any(moved):
            return same
        return True if not moved[0].isdisjoint(moved[1]) else UNKNOWN

    def in_bundle(self, item: Object) -> bool:
        """Whether its file is a whole fleet by itself: it has Clusters and ClusterResourceSets."""
        return address.path_of(item.at) in self._bundles

    def may_hide(self, name: str, kind: str = "", near: str = "") -> bool:
        """Whether a file that could not be read as objects (template, encrypted, broken) may declare the name."""
        return self._hidden.may_declare(name, kind, in_bundle=bool(near) and address.path_of(near) in self._bundles)

    def may_hide_some(self, kinds: Container[str], near: str) -> bool:
        """Whether such a file may declare an object of one of these kinds."""
        return self._hidden.may_declare_some(kinds, in_bundle=address.path_of(near) in self._bundles)

    def _reachable(self, copies: Sequence[Object], near: str) -> Sequence[Object]:
        """All copies but those in other bundles, where the place itself lies in a bundle."""
        if not copies or address.path_of(near) not in self._bundles:
            return copies
        own = [item for item in copies if _same_file(item.at, near)]
        return own or [item for item in copies if not self.in_bundle(item)]

    def _is_nearest(self, item: Object, to: Object) -> bool:
        copies = self._by_identity[identity(item)]
        if len(copies) < _MANY:
            return len(copies) == 1 or any(copy is item for copy in nearest(copies, to.at))
        place, path = self._nearest_place(copies, to.at), address.path_of(item.at)
        return not place or path == place or path.startswith(f"{place}/")

    def _nearest(self, copies: Sequence[Object], near: str) -> Sequence[Object]:
        """``nearest``, at a cost that does not grow with the number of copies."""
        if len(copies) < _MANY:
            return nearest(copies, near)
        return self._below(copies)[self._nearest_place(copies, near)]

    def _nearest_place(self, copies: Sequence[Object], near: str) -> str:
        """The file of an address, else the deepest folder above it, that holds one of many copies."""
        path, below = address.path_of(near), self._below(copies)
        return next(place for place in (path, *_ancestors(path)) if place in below)

    def _below(self, copies: Sequence[Object]) -> Mapping[str, list[Object]]:
        by_folder = self._copies_below.get(copies[0].at)
        if by_folder is None:
            by_folder = self._copies_below[copies[0].at] = _by_folder(copies)
        return by_folder


def make_object(at: str, data: object, known_scopes: Scopes, payload: str | None = None) -> Object | None:
    """None for a document that is no object: no mapping, or without apiVersion and kind."""
    if type(data) is not dict:
        return None
    api_version, kind = data.get("apiVersion"), data.get("kind")
    if type(api_version) is not str or type(kind) is not str or not kind:
        return None
    group = api_version.rpartition("/")[0]
    metadata = data.get("metadata")
    namespace: str | Unknown | None
    name: str | Unknown | None
    if type(metadata) is dict:
        namespace, name = metadata.get("namespace"), metadata.get("name")
        namespace = namespace if namespace is None or type(namespace) is str else UNKNOWN
        name = name if name is None or type(name) is str else UNKNOWN
    else:
        namespace = name = None if metadata is None else UNKNOWN
    scope = known_scopes.get((group, kind), UNKNOWN)
    # To call the class puts the arguments into a dict first, which takes as long again: there are thousands.
    made: Object = object.__new__(Object)
    Object.__init__(
        made,
        at=at,
        api_version=api_version,
        group=group,
        kind=kind,
        namespace=namespace,
        name=name,
        data=data,
        scope=scope,
        cluster_scoped=scope == "Cluster",
        payload=payload,
    )
    return made


def _misnamed(document: Document) -> Iterator[Problem]:
    """What keeps a document from being an object that has apiVersion and kind all the same. (A mapping there is what
    YAML makes of a template's braces.)"""
    data = document.data
    names = ("apiVersion", "kind")
    if not isinstance(data, dict) or not any(isinstance(data.get(name), str) for name in names):
        return
    for name in names:
        value = data.get(name)
        if name in data and not isinstance(value, (str, dict)):
            from crslint.schema.structural import Fault
            from crslint.schema.words import reason

            why = reason(Fault((name,), "type", value, ("string",)))
            say = {"field": name, "reason": why, "owner": "Kubernetes", "suggestion": ""}
            yield Problem("SCH001", address.at(document.at, (name,)), say)


def identity(item: Object) -> Identity:
    namespace, name = item.namespace, item.name
    return item.group, item.kind, namespace if type(namespace) is str else "", name if type(name) is str else ""


def nearest(candidates: Iterable[Object], near: str) -> list[Object]:
    """Those in the same file, else those that share the deepest folder with an address."""
    candidates = list(candidates)
    if len(candidates) < 2:
        return candidates
    best: list[Object] = []
    depth = -1
    for item in candidates:
        reach = shared_depth(item.at, near)
        if reach > depth:
            best, depth = [item], reach
        elif reach == depth:
            best.append(item)
    return best


def shared_depth(one: str, other: str) -> int:
    """How deep the folder that holds both lies; beyond every folder where it is one file."""
    if _same_file(one, other):
        return 1 << 30
    pairs = zip(_folders(address.path_of(one)), _folders(address.path_of(other)), strict=False)
    depth = 0
    for left, right in pairs:
        if left != right:
            break
        depth += 1
    return depth


def _by_folder(items: Iterable[Object]) -> dict[str, list[Object]]:
    """Objects by their own file and by each folder above it."""
    found: dict[str, list[Object]] = defaultdict(list)
    for item in items:
        path = address.path_of(item.at)
        for place in (path, *_ancestors(path)):
            found[place].append(item)
    return found


def _ancestors(path: str) -> Iterator[str]:
    """The folders above a file, the deepest first; the root's end with the empty one."""
    while path:
        path = posixpath.dirname(path)
        yield path


@lru_cache(maxsize=4096)
def _folders(path: str) -> tuple[str, ...]:
    folder = posixpath.dirname(path)
    return tuple(folder.split("/")) if folder else ()


def _in_files(objects: Iterable[Object], paths: frozenset[str]) -> Iterator[Object]:
    return (item for item in objects if address.path_of(item.at) in paths) if paths else iter(())


def _files(objects: Iterable[Object]) -> set[str]:
    return {address.path_of(item.at) for item in objects}


def _same_file(one: str, other: str) -> bool:
    return address.path_of(one) == address.path_of(other)


def _open(wanted: str | None, written: str | Unknown | None) -> bool:
    """Whether two namespaces that are spelled differently may still be one."""
    return values.is_open(wanted) or values.is_open(written)


def _templated(item: Object) -> bool:
    return isinstance(item.name, str) and values.is_template(item.name)
