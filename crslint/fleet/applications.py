"""The entities application, applicationSet, appProject and kustomization."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

from crslint import address
from crslint.fleet import syncing, values
from crslint.fleet.carried import Carried
from crslint.fleet.copies import copies
from crslint.fleet.destinations import Destinations
from crslint.fleet.entities.clusters import Cluster
from crslint.fleet.entities.gitops import Application, AppProject
from crslint.fleet.entities.objects import Object
from crslint.fleet.entity import UNKNOWN, Entity, Unknown
from crslint.fleet.gitops import GitOps, Reach
from crslint.fleet.oddities import Oddities
from crslint.fleet.permissions import Permissions
from crslint.fleet.sourcefacts import shape, source_facts, value_layers
from crslint.fleet.strays import manifests

_PARAMETERS = "argocd-cmd-params-cm"
_NAMESPACES = "application.namespaces"


def application_entities(
    gitops: GitOps, entities: Iterable[Entity], version: str | None, text_of: Callable[[str], str]
) -> list[Entity]:
    """``entities`` are those of the clusters' side, ``version`` is that of Argo CD where it is known."""
    clusters = [item for item in entities if isinstance(item, Cluster)]
    builder = _Builder(gitops, clusters, version, text_of)
    return [
        *(builder.application(item) for item in gitops.applications.values()),
        *_application_sets(gitops, clusters, builder),
        *(builder.project(item) for item in gitops.projects.values()),
        *manifests(gitops, builder.roots),
    ]


def production_word(path: str) -> str | None:
    """What of a path says that it is about production."""
    if "prod" not in path.lower():
        return None
    match = re.search(r"(?:^|[-_./])(prod|production)(?:$|[-_./\d])", path, re.IGNORECASE)
    return match[1] if match else None


def _application_sets(gitops: GitOps, clusters: Sequence[Cluster], builder: _Builder) -> Iterable[Entity]:
    if not gitops.application_sets:
        return ()
    # Generators and templates are ten modules.
    from crslint.fleet.applicationsets import application_set_entities

    return application_set_entities(gitops, clusters, builder.roots, builder.clusters)


class _Builder:
    def __init__(
        self, gitops: GitOps, clusters: Sequence[Cluster], version: str | None, text_of: Callable[[str], str]
    ) -> None:
        self._gitops = gitops
        self._version = version
        self._text_of = text_of
        self._destinations = Destinations(gitops)
        self._carried = Carried(gitops)
        self.roots = _roots(gitops)
        parents = (at for at in gitops.applications if gitops.children(at))
        self._circles = {top: bottom for at in parents for top, bottom in gitops.reach(at).circles}
        self._permissions = Permissions(gitops, self.roots)
        self._copies = copies(gitops, self.roots)
        self._oddities = Oddities(gitops, version)
        self.clusters = _clusters_by_application(gitops, clusters)

    def application(self, item: Object) -> Application:
        gitops, at = self._gitops, item.at
        altered = gitops.is_altered(at)
        reached = at in self.roots
        payload = gitops.payload_of.get(at)
        argo_namespace = self._argo_namespace(at)
        if altered:
            known: dict[str, Any] = {**dict.fromkeys(_SPEC, UNKNOWN), "late": {"practices": lambda: UNKNOWN}}
        else:
            destination = self._destinations.of(item, bootstrapped=reached)
            options = syncing.options_of(item)
            server_side = syncing.serves_side(options)
            automated, prune, heal = syncing.automated(item)
            known = {
                "permissions": self._permissions.of(item, destination),
                "project": values.text(item.data, "spec", "project"),
                "sources": source_facts(gitops, at, self._written),
                "shape": shape(item, gitops),
                "destination": destination,
                "sync_options": syncing.sync_options(item, options, self._version),
                "server_side": server_side,
                "automated": automated,
                "prune": prune,
                "self_heal": heal,
                "retry_limit": syncing.retry_limit(item),
                "carries": self._carried.parts(gitops.sources(at)),
                "guarded": syncing.is_guarded(options),
                "large_crds": self._carried.large_crds(item, server_side),
                "custom_kinds": self._carried.custom_kinds(item, options, self._version, bootstrapped=reached),
                "ignored": self._ignored(item),
                "respects_ignored": syncing.has_option(options, "RespectIgnoreDifferences=true"),
                "value_layers": value_layers(item, gitops),
                "late": {"practices": lambda: self._practices(item, destination, argo_namespace)},
                "copies": self._copies.get(at, []),
                "wave": syncing.wave(item),
                "oddities": self._oddities.of(item),
                "finalizers": self._finalizers(item),
            }
        return Application(
            id=item.id,
            at=at,
            clusters=self.clusters.get(at, []),
            complete=gitops.is_complete(at),
            name=values.text(item.data, "metadata", "name"),
            namespace=item.namespace,
            payload=payload.source.at if payload else None,
            reached=reached,
            parents=list(dict.fromkeys(child.parent for child in gitops.parents.get(at, ()))),
            begins=payload is not None or self._is_root(at),
            identified=self._identified(item),
            altered=altered,
            argo_namespace=argo_namespace,
            lands_in=self._lands_in(item),
            foreign_namespaces=self._foreign_namespaces,
            loads_itself=at in self._circles,
            circle=self._circles.get(at),
            circle_start=self._circle_start(at),
            production=self._production(item),
            **known,
        )

    def _ignored(self, item: Object) -> list[dict[str, Any]] | Unknown:
        if values.items(item.data, "spec", "ignoreDifferences") == []:
            return []
        from crslint.fleet.ignored import ignored

        return ignored(item, self._gitops)

    def _practices(
        self, item: Object, destination: dict[str, Any] | Unknown, argo_namespace: str | None | Unknown
    ) -> list[dict[str, Any]]:
        # A module that only a strict rule needs.
        from crslint.fleet.practices import practices

        return practices(item, self._gitops, destination, argo_namespace)

    def _circle_start(self, at: str) -> str | None:
        """Of those on circles, the first that it leads to and that leads to it."""
        if at not in self._circles:
            return None
        reached = set(self._gitops.reach(at).applications)
        return next(top for top in self._circles if top in reached and at in self._gitops.reach(top).applications)

    def _is_root(self, at: str) -> bool:
        if self._gitops.parents.get(at):
            return False
        return any(child.rendered.object.kind == "Application" for child in self._gitops.children(at))

    def _identified(self, item: Object) -> dict[str, bool]:
        """A kustomization that includes a file may get a prefix or a namespace anywhere above."""
        moved = item.payload is None and bool(self._gitops.world.overlays.namespace(address.path_of(item.at)))
        made = values.child(item.data, "metadata", "generateName") is not None
        return {"name": item.name not in (None, "") or made, "namespace": item.namespace not in (None, "") or moved}

    def project(self, item: Object) -> AppProject:
        payload = self._gitops.payload_of.get(item.at)
        return AppProject(
            id=item.id,
            at=item.at,
            name=values.text(item.data, "metadata", "name"),
            namespace=item.namespace,
            payload=payload.source.at if payload else None,
            source_repos=values.texts(item.data, "spec", "sourceRepos"),
            applications=self._of_project.get(item.name, []) if isinstance(item.name, str) else [],
        )

    @cached_property
    def _of_project(self) -> Mapping[str, list[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for item in self._gitops.applications.values():
            project = values.text(item.data, "spec", "project")
            if isinstance(project, str):
                found[project].append(item.at)
        return found

    def _finalizers(self, item: Object) -> list[dict[str, Any]] | Unknown:
        found = syncing.finalizers(item)
        if isinstance(found, Unknown) or not found:
            return found
        children = [child.rendered.object for child in self._gitops.children(item.at) if not child.rendered.altered]
        children = [child for child in children if child.kind == "Application"]
        orphaning = bool(children) and not any(syncing.cascades(child) for child in children)
        for row in found:
            orphans = orphaning and str(row["name"]).startswith(syncing.CASCADE)
            row["orphans"] = len(children) if orphans else 0
            row["child"] = children[0].at if orphans else None
        return found

    def _written(self, at: str) -> str:
        """What stands at an address, as written; asked for only where a value has the wrong type."""
        from crslint.source.position import Locator
        from crslint.source.text import Lines

        locator = Locator(self._text_of)
        text, where = locator.text(address.path_of(at)), locator.locate(at).range
        lines = Lines(text)
        return text[lines.offset(where.line, where.column) : lines.offset(where.end_line, where.end_column)]

    def _argo_namespace(self, at: str) -> str | None | Unknown:
        """Where the root that leads to it lies is Argo CD; else where its parent does."""
        holders = self.roots.get(at) or frozenset(child.parent for child in self._gitops.parents.get(at, ()))
        found = {self._gitops.applications[holder].namespace for holder in holders}
        if len(found) != 1:
            return UNKNOWN if found else None
        (namespace,) = found
        return namespace if isinstance(namespace, str) and not values.is_template(namespace) else UNKNOWN

    def _lands_in(self, item: Object) -> str | None | Unknown:
        parents = self._gitops.parents.get(item.at, ())
        if not parents:
            return item.namespace
        found: set[object] = set()
        for child in parents:
            written = child.rendered.namespace
            parent = self._gitops.applications[child.parent]
            stated = isinstance(written, Unknown) or bool(written)
            found.add(written if stated else values.text(parent.data, "spec", "destination", "namespace"))
        if len(found) != 1:
            return UNKNOWN
        (namespace,) = found
        return namespace if isinstance(namespace, str) and not values.is_template(namespace) else UNKNOWN

    @cached_property
    def _foreign_namespaces(self) -> str:
        found = [
            member.object
            for read in self._gitops.reads
            for member in read.members
            if member.object.kind == "ConfigMap" and member.object.name == _PARAMETERS
        ]
        if not found:
            return "open"
        return "allowed" if any(values.child(item.data, "data", _NAMESPACES) for item in found) else "refused"

    def _production(self, item: Object) -> str | None:
        """The word, from the paths of its sources and the folder that it lies in."""
        texts = [address.path_of(item.at)] if item.at not in self._gitops.payload_of else []
        texts += [source.path for source in self._gitops.sources(item.at) if isinstance(source.path, str)]
        return next((word for text in texts if (word := production_word(text))), None)


# What an Application's spec says: unknown where kustomize changes it.
_SPEC = (
    "ignored",
    "respects_ignored",
    "permissions",
    "project",
    "sources",
    "shape",
    "destination",
    "sync_options",
    "server_side",
    "automated",
    "prune",
    "self_heal",
    "retry_limit",
    "carries",
    "guarded",
    "large_crds",
    "custom_kinds",
    "value_layers",
    "copies",
    "wave",
    "oddities",
    "finalizers",
)


def _roots(gitops: GitOps) -> dict[str, frozenset[str]]:
    """By Application: the roots in payloads that lead to it."""
    found: dict[str, set[str]] = defaultdict(set)
    for root in gitops.payload_of:
        for at in gitops.reach(root).applications:
            found[at].add(root)
    return {at: frozenset(roots) for at, roots in found.items()}


def _clusters_by_application(gitops: GitOps, clusters: Sequence[Cluster]) -> Mapping[str, list[str]]:
    """Clusters that have the same roots are counted once."""
    by_roots: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for cluster in clusters:
        if cluster.gitops_roots:
            by_roots[tuple(cluster.gitops_roots)] += cluster.clusters
    reaches: list[tuple[Reach, list[str]]] = [(gitops.reach_of(roots), keys) for roots, keys in by_roots.items()]
    parts: dict[str, list[list[str]]] = defaultdict(list)
    for reach, keys in reaches:
        for at in (*reach.applications, *reach.application_sets):
            parts[at].append(sorted(keys))
    return {
        at: lists[0] if len(lists) == 1 else sorted({key for keys in lists for key in keys})
        for at, lists in parts.items()
    }
