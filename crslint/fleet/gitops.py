"""Applications and what they bring: from the bootstrap's root through Git, each path resolved once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from crslint import address
from crslint.finding import Problem
from crslint.fleet import values
from crslint.fleet.delivery import Delivery, deliveries
from crslint.fleet.entities.objects import Object
from crslint.fleet.entity import Unknown
from crslint.fleet.folders import Folders
from crslint.fleet.helmvalues import ValueFile, value_files
from crslint.fleet.loading import Loader
from crslint.fleet.payloads import Member, Read
from crslint.fleet.rendering import Loaded, Rendered
from crslint.fleet.repositories import Repositories
from crslint.fleet.sources import Source, raw_sources, sources, wanted_paths
from crslint.fleet.world import World
from crslint.record import record
from crslint.source.single import read_single

if TYPE_CHECKING:
    from crslint.fleet.renderings import Renderings
    from crslint.render.renderer import Renderer

GROUP = "argoproj.io"
_KINDS = ("Application", "ApplicationSet", "AppProject")

# Charts whose values make Applications: what they bring is not known.
_APPLICATION_CHARTS = frozenset({"argocd-apps", "app-of-apps"})


@record
class Child:
    """An Application, ApplicationSet or AppProject that a source brings."""

    rendered: Rendered
    parent: str

    @property
    def at(self) -> str:
        return self.rendered.object.at


@record
class Reach:
    """What a root leads to: ``applications`` in the order in which they are met, the root first; ``complete`` where
    there can be no others. ``circles`` are (Application, its descendant that leads back to it)."""

    applications: tuple[str, ...]
    application_sets: tuple[str, ...]
    complete: bool
    circles: tuple[tuple[str, str], ...] = ()


class GitOps:
    """With a ``renderer``, kustomizations and charts of Applications are rendered."""

    def __init__(self, world: World, reads: Sequence[Read], folders: Folders, renderer: Renderer | None = None) -> None:
        self.world = world
        self.folders = folders
        self.reads = [read for read in reads if read.in_use and not read.refused]
        self.payload_of: dict[str, Read] = {}
        self.applications: dict[str, Object] = {item.at: item for item in world.of_kind(GROUP, "Application")}
        self.application_sets: dict[str, Object] = {item.at: item for item in world.of_kind(GROUP, "ApplicationSet")}
        self.projects: dict[str, Object] = {item.at: item for item in world.of_kind(GROUP, "AppProject")}
        by_kind = {
            "Application": self.applications,
            "ApplicationSet": self.application_sets,
            "AppProject": self.projects,
        }
        for read in self.reads:
            for item in (member.object for member in read.members):
                if item.group == GROUP and item.kind in by_kind:
                    by_kind[item.kind][item.at] = item
                    self.payload_of[item.at] = read
        self._raw = {at: raw_sources(item) for at, item in self.applications.items()}
        wanted = [each for at, item in self.applications.items() for each in wanted_paths(item, self._raw[at])]
        if self.application_sets:
            from crslint.fleet.expansions import wanted_by

            wanted += [each for item in self.application_sets.values() for each in wanted_by(item)]
        self.repositories = Repositories(folders, world.settings.repositories, wanted)
        self._loader = Loader(folders)
        self._renderer = renderer
        self._sources: dict[str, tuple[Source, ...]] = {}
        self._value_files: dict[str, list[list[ValueFile]]] = {}
        self._brought: dict[str, tuple[tuple[Source, Loaded], ...]] = {}
        self._children: dict[str, tuple[Child, ...]] = {}
        self._complete: dict[str, bool] = {}
        self._delivered: dict[int, tuple[Delivery, ...]] = {}
        self._reach: dict[str, Reach] = {}
        self._reach_of_all: dict[tuple[str, ...], Reach] = {}

    def sources(self, at: str) -> tuple[Source, ...]:
        if at not in self._sources:
            self._sources[at] = sources(self._raw[at], self.repositories, self.folders)
        return self._sources[at]

    def value_files(self, at: str) -> Sequence[Sequence[ValueFile]]:
        """Those of each source of an Application."""
        if at not in self._value_files:
            every = self.sources(at)
            self._value_files[at] = [value_files(source, every, self.folders) for source in every]
        return self._value_files[at]

    def loaded(self, source: Source) -> Loaded | None:
        """None for a source whose folder is not at hand."""
        if source.state != "local" or source.place is None:
            return None
        known = self._loader.load(source.place, source.data)
        return known if self.renderings is None else self.renderings.loaded.get(source.at, known)

    @cached_property
    def renderings(self) -> Renderings | None:
        """Made when the first source is asked for: then the sources of all Applications are known."""
        if self._renderer is None:
            return None
        from crslint.fleet.renderings import Renderings, Use

        uses = (
            Use(item, source, every, self._loader.load(source.place, source.data))
            for at, item in self.applications.items()
            for every in (self.sources(at),)
            for source in every
            if source.state == "local" and source.place is not None
        )
        versions = self.world.settings.versions
        return Renderings(uses, self.folders, self.world.scopes, self._renderer, versions.get("kubernetes"))

    def delivered(self, loaded: Loaded) -> tuple[Delivery, ...]:
        """What the objects of a source bring."""
        if id(loaded) not in self._delivered:
            members = [Member(each.object, "", number) for number, each in enumerate(loaded.objects)]
            self._delivered[id(loaded)] = deliveries(members)
        return self._delivered[id(loaded)]

    def brings(self, at: str) -> Sequence[tuple[Source, Loaded]]:
        """The sources of an Application that are at hand."""
        if at not in self._brought:
            found = ((source, self.loaded(source)) for source in self.sources(at))
            self._brought[at] = tuple((source, loaded) for source, loaded in found if loaded is not None)
        return self._brought[at]

    def children(self, at: str) -> Sequence[Child]:
        if at not in self._children:
            self._children[at] = tuple(
                Child(rendered, at)
                for _, loaded in self.brings(at)
                for rendered in loaded.objects
                if rendered.object.group == GROUP and rendered.object.kind in _KINDS
            )
        return self._children[at]

    @cached_property
    def parents(self) -> Mapping[str, list[Child]]:
        """By Application: what brings it, each once."""
        found: dict[str, list[Child]] = defaultdict(list)
        for at in self.applications:
            for child in self.children(at):
                found[child.at].append(child)
        return found

    def is_altered(self, at: str) -> bool:
        """Whether kustomize changes an Application on its way: what is written is then not what Argo CD reads."""
        return at in self._altered

    @cached_property
    def _altered(self) -> frozenset[str]:
        every = (child for children in self.parents.values() for child in children)
        return frozenset(child.at for child in every if child.rendered.altered)

    def is_complete(self, at: str) -> bool:
        """Whether all that an Application brings is known."""
        if at not in self._complete:
            self._complete[at] = self._is_complete(at)
        return self._complete[at]

    def _is_complete(self, at: str) -> bool:
        every = self.sources(at)
        if not every or self.is_altered(at):
            return False
        for source in every:
            if source.state == "chart":
                if isinstance(source.chart, Unknown) or source.chart in _APPLICATION_CHARTS:
                    return False
            elif source.state != "ref":
                loaded = self.loaded(source)
                if loaded is None or not loaded.complete:
                    return False
        return True

    def is_broken(self, at: str) -> bool:
        """Whether an Application cannot bring what it is to bring: a path that is not there, or has nothing that can be
        loaded, or leads back to it."""
        if any(source.state in ("missing", "file", "escapes") for source in self.sources(at)):
            return True
        brought = [loaded for _, loaded in self.brings(at)]
        empty = (not one.objects and one.complete and not one.charts and not one.generates for one in brought)
        return any(one.faults for one in brought) or any(empty) or any(top == at for top, _ in self.reach(at).circles)

    def reach(self, root: str) -> Reach:
        if root not in self._reach:
            self._reach[root] = self._walk(root)
        return self._reach[root]

    def reach_of(self, roots: Iterable[str]) -> Reach:
        """Of several roots together."""
        key = tuple(roots)
        if key not in self._reach_of_all:
            every = [self.reach(root) for root in key]
            self._reach_of_all[key] = Reach(
                tuple(dict.fromkeys(at for one in every for at in one.applications)),
                tuple(dict.fromkeys(at for one in every for at in one.application_sets)),
                all(one.complete for one in every),
                tuple(circle for one in every for circle in one.circles),
            )
        return self._reach_of_all[key]

    def problems(self) -> Iterator[Problem]:
        """What is wrong with the texts of Helm values; a template's say nothing yet."""
        for at in self.applications:
            for source in self.sources(at):
                text = values.child(source.data, "helm", "values")
                if isinstance(text, str) and not values.is_template(text):
                    yield from read_single(text, address.at(source.at, ("helm", "values"))).problems

    def _walk(self, root: str) -> Reach:
        if root not in self.applications:
            return Reach((), (root,) if root in self.application_sets else (), False)
        found: dict[str, None] = {}
        sets: dict[str, None] = {}
        circles: list[tuple[str, str]] = []
        complete = True
        # Depth first, with the way that led there: an Application on its own way is a circle.
        way: dict[str, None] = {}
        waiting: list[tuple[str, bool]] = [(root, True)]
        while waiting:
            at, entering = waiting.pop()
            if not entering:
                way.pop(at, None)
                continue
            if at in found:
                continue
            found[at] = None
            way[at] = None
            waiting.append((at, False))
            complete = complete and self.is_complete(at)
            if self.is_altered(at):
                continue
            for child in reversed(self.children(at)):
                kind = child.rendered.object.kind
                if kind == "ApplicationSet":
                    sets[child.at] = None
                    complete = False
                elif kind == "Application" and child.at in way:
                    circles.append((child.at, at))
                elif kind == "Application" and child.at in self.applications:
                    waiting.append((child.at, True))
        return Reach(tuple(found), tuple(sets), complete, tuple(circles))
