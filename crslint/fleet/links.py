"""What ClusterResourceSets select and name: the joins that everything on the management side rests on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from crslint import address
from crslint.fleet import spelling, values
from crslint.fleet.entities.objects import Object
from crslint.fleet.entity import UNKNOWN, Unknown
from crslint.fleet.makers import made_by, makes
from crslint.fleet.selector import Invalid, LabelIndex, Selector, read_selector
from crslint.fleet.world import ADDONS_GROUP, CAPI_GROUP, World, nearest, shared_depth
from crslint.record import record, replace

KINDS = ("ConfigMap", "Secret")

_SELECTABLE = 100
_SUGGESTIONS = 1000


@record
class Resource:
    """One entry of ``spec.resources``; ``state`` is present, declared, otherNamespace, missing or unknown.

    ``payload`` is the object that it names: in the set's namespace (present), in another one, or in one of which it
    cannot be told whether it is the same (unknown). ``nearest`` is the name that may be meant where it is missing,
    ``meant`` the object of that name.
    """

    kind: str | Unknown
    name: str | Unknown
    at: str
    state: str
    payload: Object | None = None
    nearest: str | None = None
    meant: Object | None = None


@record
class Link:
    """One set: ``clusters`` it selects (none if the API server refuses the selector), UNKNOWN where it may select more
    than ``known``; ``unsure`` are those.

    ``selectable`` are Clusters of its namespace (the first 100), ``elsewhere`` those of other namespaces whose labels
    it would select, looked for only where it selects none.
    """

    set: Object
    strategy: str | Unknown | None
    selector: str | Unknown
    selector_error: str | None
    clusters: tuple[Object, ...] | Unknown
    selectable: tuple[Object, ...] | Unknown
    resources: tuple[Resource, ...] | Unknown
    compiled: Selector | None = None
    known: tuple[Object, ...] = ()
    unsure: tuple[Object, ...] = ()
    elsewhere: tuple[Object, ...] = ()
    invalid: Invalid | None = None


def link(world: World) -> tuple[Link, ...]:
    """One Link for each ClusterResourceSet of addons.cluster.x-k8s.io."""
    sets = world.of_kind(ADDONS_GROUP, "ClusterResourceSet")
    if not sets:
        return ()
    clusters, payloads = _Clusters(world), _Payloads(world)
    named = [payloads.resources(item) for item in sets]
    used = {
        entry.payload.at for entries in named if not isinstance(entries, Unknown) for entry in entries if entry.payload
    }
    return tuple(
        _link(item, clusters, entries if isinstance(entries, Unknown) else payloads.suggested(item, entries, used))
        for item, entries in zip(sets, named, strict=True)
    )


def cluster_name(item: Object) -> str:
    """``namespace/name`` as spelled, the name alone where no namespace is written."""
    return "/".join(part for part in (item.namespace, item.name) if isinstance(part, str))


def _link(item: Object, clusters: _Clusters, resources: tuple[Resource, ...] | Unknown) -> Link:
    written = values.child(item.data, "spec", "clusterSelector")
    templated = isinstance(written, str) and values.is_template(written)
    compiled = UNKNOWN if templated else read_selector(written)
    state, error, selector = _selector_state(compiled)
    known: tuple[Object, ...] = ()
    unsure: tuple[Object, ...] = ()
    elsewhere: tuple[Object, ...] = ()
    if selector is not None:
        known, unsure, elsewhere = clusters.selected(item, selector)
    return Link(
        set=item,
        strategy=values.text(item.data, "spec", "strategy"),
        selector=state,
        selector_error=error,
        clusters=UNKNOWN if isinstance(state, Unknown) or unsure else known,
        selectable=clusters.of_namespace(item),
        resources=resources,
        compiled=selector,
        known=known,
        unsure=unsure,
        elsewhere=elsewhere,
        invalid=compiled if isinstance(compiled, Invalid) else None,
    )


def _selector_state(compiled: Selector | Invalid | Unknown) -> tuple[str | Unknown, str | None, Selector | None]:
    """State, fault, and the selector where it is one that the API server accepts."""
    if isinstance(compiled, Unknown):
        return UNKNOWN, None, None
    if isinstance(compiled, Invalid):
        return "invalid", compiled.reason, None
    if compiled.nothing:
        return "missing", None, None
    return ("empty", None, None) if compiled.everything else ("valid", None, compiled)


class _Pool:
    """Clusters of one namespace."""

    def __init__(self, world: World, items: Sequence[Object]) -> None:
        self.items = items
        self._index = LabelIndex([values.label_map(item.labels) for item in items])
        self._relabelled = [
            place for place, item in enumerate(items) if world.overlays.relabels(address.path_of(item.at))
        ]

    def select(self, selector: Selector) -> tuple[list[Object], list[Object]]:
        """Those that match and those of which it cannot be told, also because a kustomization changes their labels."""
        matching, unsure = self._index.select(selector)
        doubtful = sorted({*unsure, *self._relabelled}.difference(matching)) if self._relabelled else unsure
        return [self.items[place] for place in matching], [self.items[place] for place in doubtful]


class _Clusters:
    """All Clusters by namespace and, where a file is a whole fleet by itself, by file."""

    def __init__(self, world: World) -> None:
        self._world = world
        groups: dict[tuple[str, str | Unknown | None, frozenset[str]], list[Object]] = defaultdict(list)
        everything = world.of_kind(CAPI_GROUP, "Cluster")
        for item in everything:
            path = address.path_of(item.at)
            groups[path if world.in_bundle(item) else "", item.namespace, world.overlays.namespace(path)].append(item)
        self._all = _Pool(world, everything)
        self._by_bundle: dict[str, list[_Pool]] = defaultdict(list)
        self._by_namespace: dict[str | Unknown | None, list[_Pool]] = defaultdict(list)
        self._pools: list[_Pool] = []
        for (bundle, namespace, moved), items in groups.items():
            pool = _Pool(world, items)
            self._pools.append(pool)
            self._by_bundle[bundle].append(pool)
            self._by_namespace[UNKNOWN if moved or values.is_open(namespace) else namespace].append(pool)

    def selected(
        self, item: Object, selector: Selector
    ) -> tuple[tuple[Object, ...], tuple[Object, ...], tuple[Object, ...]]:
        """Clusters that it selects, those of which it cannot be told, and those that it would in other namespaces."""
        known: list[Object] = []
        unsure: list[Object] = []
        for pool, same in self._near(item):
            matching, maybe = pool.select(selector)
            (unsure if isinstance(same, Unknown) else known).extend(self._joined(item, matching))
            unsure.extend(self._joined(item, maybe))
        elsewhere: Iterable[Object] = ()
        if known:
            known, unsure = self._narrowed(item, known, unsure)
        elif not unsure:
            elsewhere = self._joined(item, self._all.select(selector)[0])
        return tuple(known), tuple(unsure), tuple(islice(elsewhere, _SELECTABLE))

    def of_namespace(self, item: Object) -> tuple[Object, ...] | Unknown:
        """The first Clusters of a set's namespace; UNKNOWN where only those of a doubtful one are known."""
        near = list(self._near(item))
        certain = (one for pool, same in near if same is True for one in self._joined(item, pool.items))
        found = tuple(islice(certain, _SELECTABLE))
        return UNKNOWN if not found and any(isinstance(same, Unknown) for _, same in near) else found

    def _near(self, item: Object) -> Iterator[tuple[_Pool, bool | Unknown]]:
        """The pools of the set's namespace, and those of which it cannot be told."""
        path = address.path_of(item.at)
        if self._world.in_bundle(item):
            candidates: Iterable[_Pool] = (*self._by_bundle[path], *self._by_bundle[""])
        elif self._world.overlays.namespace(path) or values.is_open(item.namespace):
            candidates = self._pools
        else:
            candidates = (*self._by_namespace[item.namespace], *self._by_namespace[UNKNOWN])
        for pool in candidates:
            same = self._world.same_namespace(item, pool.items[0])
            if same is not False:
                yield pool, same

    def _narrowed(self, item: Object, known: list[Object], unsure: list[Object]) -> tuple[list[Object], list[Object]]:
        """Those in the set's file, else in the smallest folder that holds one, and what a kustomization adds."""
        path = address.path_of(item.at)
        reach = max(shared_depth(one.at, item.at) for one in known)

        def is_near(one: Object) -> bool:
            return shared_depth(one.at, item.at) >= reach or self._world.overlays.shared(path, address.path_of(one.at))

        return [one for one in known if is_near(one)], [one for one in unsure if is_near(one)]

    def _joined(self, item: Object, clusters: Iterable[Object]) -> Iterator[Object]:
        return (cluster for cluster in clusters if self._world.together(item, cluster))


class _Payloads:
    """ConfigMaps and Secrets of the input, also those that are only announced."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._made: dict[tuple[str, str], set[str | None]] = defaultdict(set)
        for item in world.of_kinds(makes):
            for made in made_by(item):
                self._made[made.kind, made.name].add(made.namespace)
        for external in world.settings.external:
            self._made[external.kind, external.name].add(external.namespace)
        self._generated: dict[tuple[str, str], list[str]] = defaultdict(list)
        for generated in world.kustomizations.generated:
            self._generated[generated.kind, generated.name].append(generated.at)
        self._in_bundles: dict[tuple[str, str, str], list[Object]] = defaultdict(list)
        for item in (one for kind in KINDS for one in world.of_kind("", kind)):
            if isinstance(item.name, str):
                bundle = address.path_of(item.at) if world.in_bundle(item) else ""
                self._in_bundles[bundle, item.kind, item.name].append(item)
        self._names: dict[tuple[str, str | Unknown | None], dict[str, Object]] | None = None

    def resources(self, item: Object) -> tuple[Resource, ...] | Unknown:
        entries = values.items(item.data, "spec", "resources")
        if isinstance(entries, Unknown):
            return UNKNOWN
        return tuple(
            self._resource(item, entry, address.at(item.at, ("spec", "resources", place)))
            for place, entry in enumerate(entries)
        )

    def suggested(self, item: Object, entries: Sequence[Resource], used: set[str]) -> tuple[Resource, ...]:
        """The entries, each missing one with the name that may be meant; one that another entry names is that only
        where the missing one is a plain slip of it."""
        return tuple(self._suggested(item, entry, used) if entry.state == "missing" else entry for entry in entries)

    def _resource(self, item: Object, entry: object, at: str) -> Resource:
        kind, name = values.text(entry, "kind"), values.spelled(entry, "name")
        if not isinstance(kind, str) or not isinstance(name, str) or not name or kind not in KINDS:
            return Resource(_given(kind), _given(name), at, "unknown")
        world = self._world
        generators = self._generated.get((kind, name), ())
        if any(world.overlays.shared(address.path_of(item.at), address.path_of(place)) for place in generators):
            return Resource(kind, name, at, "declared")
        near = [one for one in self._candidates(item, kind, name) if world.together(item, one)]
        for same, state in ((True, "present"), (UNKNOWN, "unknown")):
            found = nearest([one for one in near if world.same_namespace(item, one) is same], item.at)
            if len(found) == 1:
                return Resource(kind, name, at, state, found[0])
            if found:
                return Resource(kind, name, at, "unknown")
        if generators or self._is_declared(item, kind, name):
            return Resource(kind, name, at, "declared")
        if near:
            return Resource(kind, name, at, "otherNamespace", near[0])
        return Resource(kind, name, at, "unknown" if values.is_template(name) else "missing")

    def _candidates(self, item: Object, kind: str, name: str) -> Sequence[Object]:
        """Objects of that name: those of the set's own namespace alone where there are some, none of other bundles."""
        world, path = self._world, address.path_of(item.at)
        if world.in_bundle(item):
            return (*self._in_bundles.get((path, kind, name), ()), *self._in_bundles.get(("", kind, name), ()))
        if not world.overlays.namespace(path) and isinstance(item.namespace, str):
            own = world.copies_near(("", kind, item.namespace, name), item.at)
            if any(world.together(item, one) for one in own):
                return own
        return world.named("", kind, name)

    def _is_declared(self, item: Object, kind: str, name: str) -> bool:
        """Whether a renaming kustomization, a controller or the configuration provides it."""
        originals = self._world.overlays.original(name)
        if any((kind, one) in self._generated or self._world.named("", kind, one) for one in originals):
            return True
        namespaces = self._made.get((kind, name), ())
        return any(
            namespace is None
            or namespace == item.namespace
            or values.is_open(namespace)
            or values.is_open(item.namespace)
            for namespace in namespaces
        )

    def _suggested(self, item: Object, entry: Resource, used: set[str]) -> Resource:
        if isinstance(entry.kind, Unknown) or isinstance(entry.name, Unknown):
            return entry
        known = self._named_in(entry.kind, item.namespace)
        names = (
            name
            for name, one in islice(known.items(), _SUGGESTIONS)
            if (one.at not in used or spelling.slipped(entry.name, name)) and self._world.together(item, one)
        )
        name = spelling.meant(entry.name, names)
        if name is not None:
            return replace(entry, nearest=name, meant=known[name])
        return replace(entry, state="unknown") if self._world.may_hide(entry.name, entry.kind, item.at) else entry

    def _named_in(self, kind: str, namespace: str | Unknown | None) -> dict[str, Object]:
        if self._names is None:
            self._names = defaultdict(dict)
            for each in KINDS:
                for item in self._world.of_kind("", each):
                    if isinstance(item.name, str):
                        self._names[each, item.namespace].setdefault(item.name, item)
        return self._names.get((kind, namespace), {})


def _given(text: str | Unknown | None) -> str | Unknown:
    return UNKNOWN if text is None else text
