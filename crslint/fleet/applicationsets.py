"""The entity applicationSet: what it generates, and what of that cannot be (facts/argocd.md 2.11)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from crslint import address
from crslint.fleet import spelling, values
from crslint.fleet.carried import Carried
from crslint.fleet.destinations import OWN_SERVER, Destinations, stored_text
from crslint.fleet.entities.clusters import Cluster
from crslint.fleet.entities.gitops import ApplicationSet
from crslint.fleet.entities.objects import Object
from crslint.fleet.entity import UNKNOWN, Unknown
from crslint.fleet.expansions import Expansion, Generated, expand
from crslint.fleet.generators import Registered, Surroundings, kind_of
from crslint.fleet.gitgenerator import Checkouts
from crslint.fleet.gitops import GitOps
from crslint.fleet.repositories import normalized
from crslint.fleet.sources import Source, raw_sources, sources
from crslint.fleet.templatefaults import template_flaws
from crslint.fleet.templating import is_templated, render
from crslint.fleet.world import CAPI_GROUP
from crslint.record import replace

_MOST = 100
_KEEPING = ("create-only", "create-update")
_FINALIZER = "resources-finalizer.argocd.argoproj.io"
_OWN = "in-cluster"


def application_set_entities(
    gitops: GitOps,
    clusters: Sequence[Cluster],
    roots: Mapping[str, frozenset[str]],
    reaching: Mapping[str, list[str]],
) -> Iterator[ApplicationSet]:
    """``roots`` are the roots in payloads that lead to each Application, ``reaching`` the clusters that each object of
    Argo CD reaches."""
    builder = _Builder(gitops, clusters, roots)
    for item in gitops.application_sets.values():
        yield replace(builder.entity(item), clusters=reaching.get(item.at, []))


class _Builder:
    def __init__(self, gitops: GitOps, clusters: Sequence[Cluster], roots: Mapping[str, frozenset[str]]) -> None:
        self._gitops = gitops
        self._clusters = clusters
        self._destinations = Destinations(gitops)
        self._carried = Carried(gitops)
        self._surroundings = Surroundings(gitops.repositories, Checkouts(gitops.folders), self._registered())
        self._roots = roots
        self._bootstrapped = {at for root in gitops.payload_of for at in gitops.reach(root).application_sets}

    def entity(self, item: Object) -> ApplicationSet:
        expansion = expand(item, self._surroundings)
        payload = self._gitops.payload_of.get(item.at)
        bootstrapped = item.at in self._bootstrapped
        brought = [(each, self._sources(each)) for each in expansion.applications]
        written = values.items(item.data, "spec", "generators")
        unread = isinstance(expansion.go, Unknown)
        return ApplicationSet(
            id=item.id,
            at=item.at,
            complete=expansion.complete,
            name=values.text(item.data, "metadata", "name"),
            namespace=item.namespace,
            payload=payload.source.at if payload else None,
            reached=bootstrapped,
            go_template=expansion.go,
            strict=expansion.strict,
            generators=UNKNOWN if isinstance(written, Unknown) else [kind_of(each) or "unknown" for each in written],
            placeholders=UNKNOWN if unread else template_flaws(expansion),
            list_values=UNKNOWN if unread else _list_values(expansion),
            applications=[_application(each, found) for each, found in brought[:_MOST]],
            targets=list(self._targets(expansion, brought, bootstrapped=bootstrapped))[:_MOST],
            carries=self._carried.parts(source for _, found in brought for source in found),
            cascades=_cascades(item),
            settings=list(self._settings(expansion, bootstrapped=bootstrapped))[:_MOST],
            rivals=list(self._rivals(brought))[:_MOST] if not bootstrapped and payload is None else [],
        )

    def _registered(self) -> list[Registered]:
        """What is in a Secret's data is used and not shown: only whether it is the cluster of Argo CD itself."""
        found = []
        for item in self._destinations.secrets:
            server = stored_text(item, "server")
            own = server is not None and server.rstrip("/") == OWN_SERVER
            labels, annotations = (
                {} if isinstance(each, Unknown) else each for each in (item.labels, item.annotations)
            )
            found.append(Registered(UNKNOWN, OWN_SERVER if own else UNKNOWN, labels, annotations))
        return found

    def _sources(self, each: Generated) -> tuple[Source, ...]:
        return sources(raw_sources(each.object), self._gitops.repositories, self._gitops.folders)

    def _targets(
        self, expansion: Expansion, brought: Sequence[tuple[Generated, Sequence[Source]]], *, bootstrapped: bool
    ) -> Iterator[dict[str, Any]]:
        """What is wrong comes first."""
        go = expansion.go is True
        rows = [*_names(expansion, go=go)]
        for each, found in brought:
            rows += [_path(each, source, go=go) for source in found if isinstance(source.path, str)]
            row = self._destination(each, bootstrapped=bootstrapped, go=go)
            if row is not None:
                rows.append(row)
        yield from sorted(rows, key=lambda row: row["state"] in ("present", "unknown"))

    def _destination(self, each: Generated, *, bootstrapped: bool, go: bool) -> dict[str, Any] | None:
        found = self._destinations.of(each.object, bootstrapped=bootstrapped)
        if isinstance(found, Unknown):
            return None
        field = "server" if found["server"] else "name"
        steps: tuple[str | int, ...] = ("spec", "destination", *(() if found["fault"] == "neither" else (field,)))
        state = found["fault"] or {"own": "present", "registered": "present"}.get(found["state"], found["state"])
        meant = None
        if state == "unknown" and found["name"]:
            meant = None if found["cluster"] else spelling.meant(found["name"], self._cluster_names)
            state = "nowhere" if meant else state
        row = _row(each, "destination", steps, found[field] or "", state, go=go)
        return {**row, "meant": meant, "other": found["cluster"]}

    @cached_property
    def _cluster_names(self) -> list[str]:
        names = (item.name for item in self._gitops.world.of_kind(CAPI_GROUP, "Cluster"))
        return sorted({name for name in names if isinstance(name, str) and not values.is_template(name)})

    def _settings(self, expansion: Expansion, *, bootstrapped: bool) -> Iterator[dict[str, Any]]:
        item = expansion.set
        template = values.child(item.data, "spec", "template")
        namespace = values.text(template, "metadata", "namespace")
        if isinstance(namespace, str) and isinstance(item.namespace, str) and not values.is_template(item.namespace):
            at = address.at(item.at, ("spec", "template", "metadata", "namespace"))
            yield _setting("namespace", at, namespace, "present" if namespace == item.namespace else "ignored")
        yield from _projects(expansion)
        for branch in expansion.branches:
            for at, data in _nested(branch.at, branch.data):
                selector = values.child(data, "clusters", "selector")
                if isinstance(selector, dict) and any(selector.values()):
                    missed = self._misses_own(selector, bootstrapped=bootstrapped)
                    where = address.at(at, ("clusters", "selector"))
                    yield _setting("selector", where, "", "excludesOwn" if missed else "present")

    def _misses_own(self, selector: Mapping[str, Any], *, bootstrapped: bool) -> bool:
        """Whether a selector leaves out the cluster of Argo CD itself, which was to be among those that it selects."""
        if any(item.server == OWN_SERVER for item in self._surroundings.clusters):
            return False
        if bootstrapped:
            return not self._surroundings.clusters and not self._destinations.may_be_registered
        labels, expressions = selector.get("matchLabels") or {}, selector.get("matchExpressions") or []
        if not isinstance(labels, dict) or not isinstance(expressions, list):
            return False
        rows = [row for row in expressions if isinstance(row, dict)]
        negative = [row.get("operator") in ("NotIn", "DoesNotExist") for row in rows]
        named = [isinstance(row.get("values"), list) and _OWN in row["values"] for row in rows]
        if _OWN in [value for value in labels.values() if isinstance(value, str)]:
            return True
        if any(name and not minus for name, minus in zip(named, negative, strict=True)):
            return True
        return bool(rows) and not labels and all(negative) and not any(named) and len(rows) == len(expressions)

    def _rivals(self, brought: Sequence[tuple[Generated, Sequence[Source]]]) -> Iterator[dict[str, Any]]:
        """Paths that it brings to Clusters, those first that the Argo CD of the Cluster takes from Git as well."""
        rows = []
        for each, found in brought:
            cluster = self._remote_cluster(each)
            for key, source in ((_key(source), source) for source in found):
                if cluster is not None and key is not None:
                    own = () if self._has_installation_id else self._per_cluster.get(key, ())
                    rival = next((at for at in own if cluster in self._clusters_of.get(at, ())), None)
                    at = address.at(source.at, ("path",))
                    name = self._gitops.applications[rival].id if rival else None
                    row = {"path": source.path, "at": at, "application": rival, "name": name, "cluster": cluster}
                    rows.append(row)
        yield from sorted(rows, key=lambda row: row["application"] is None)

    def _remote_cluster(self, each: Generated) -> str | None:
        """The Cluster that a generated Application goes to, by name or by the address of its API server."""
        found = self._destinations.of(each.object, bootstrapped=False)
        if isinstance(found, Unknown) or found["fault"] or found["state"] == "own":
            return None
        server = str(found["server"] or "").removeprefix("https://")
        cut = [place for place, letter in enumerate(server) if letter == ":"] if server != found["server"] else []
        wanted = [self._places[0].get(found["name"]), *(self._places[1].get(server[:end]) for end in cut)]
        first = min((place for place in wanted if place is not None), default=None)
        return None if first is None else self._clusters[first].at

    @cached_property
    def _places(self) -> tuple[dict[str, int], dict[str, int]]:
        """Where in the input the first Cluster is of each name, and of each host of an API server."""
        names: dict[str, int] = {}
        hosts: dict[str, int] = {}
        for place, cluster in enumerate(self._clusters):
            if isinstance(cluster.name, str) and cluster.name:
                names.setdefault(cluster.name, place)
            for item in [] if isinstance(cluster.endpoints, Unknown) else cluster.endpoints:
                if item["value"]:
                    hosts.setdefault(item["value"], place)
        return names, hosts

    @cached_property
    def _per_cluster(self) -> Mapping[tuple[str, str], list[str]]:
        """By repository and path: the Applications that a bootstrap's root leads to, in clusters of their own."""
        found: dict[tuple[str, str], list[str]] = defaultdict(list)
        for at in self._roots:
            item = self._gitops.applications[at]
            destination = self._destinations.of(item, bootstrapped=True)
            if not isinstance(destination, Unknown) and destination["state"] == "own":
                for source in self._gitops.sources(at):
                    key = _key(source)
                    if key:
                        found[key].append(at)
        return found

    @cached_property
    def _clusters_of(self) -> Mapping[str, frozenset[str]]:
        """By Application: the Clusters whose roots lead to it."""
        found: dict[str, set[str]] = defaultdict(set)
        for cluster in self._clusters:
            if cluster.gitops_roots:
                for at in self._gitops.reach_of(cluster.gitops_roots).applications:
                    found[at].add(cluster.at)
        return {at: frozenset(clusters) for at, clusters in found.items()}

    @cached_property
    def _has_installation_id(self) -> bool:
        members = (member.object for read in self._gitops.reads for member in read.members)
        every = (*self._gitops.world.of_kind("", "ConfigMap"), *members)
        return any(
            item.kind == "ConfigMap" and item.name == "argocd-cm" and values.child(item.data, "data", "installationID")
            for item in every
        )


def _application(each: Generated, found: Sequence[Source]) -> dict[str, Any]:
    destination = values.child(each.object.data, "spec", "destination")
    return {
        "name": _plain(each.object.name),
        "at": each.params.at,
        "paths": [source.path for source in found if isinstance(source.path, str)],
        "server": _plain(values.text(destination, "server")),
        "cluster": _plain(values.text(destination, "name")),
    }


def _names(expansion: Expansion, *, go: bool) -> Iterator[dict[str, Any]]:
    """Each name; the second of two equal ones is refused."""
    first: dict[str, Generated] = {}
    for each in expansion.applications:
        name = each.object.name
        if isinstance(name, str):
            known = first.setdefault(name, each)
            row = _row(each, "name", ("metadata", "name"), name, "present" if known is each else "twice", go=go)
            yield {**row, "other": None if known is each or known.params.at == row["at"] else known.params.at}


def _path(each: Generated, source: Source, *, go: bool) -> dict[str, Any]:
    steps = address.parse(source.at).pointer[2:]
    written = tuple(int(step) if step.isdigit() else step for step in (*steps, "path"))
    certain = source.found is not None and (source.found.sure or source.state in ("file", "escapes"))
    state = "present" if source.state == "local" else source.state
    row = _row(each, "path", written, str(source.path), state if certain or state == "present" else "unknown", go=go)
    return {**row, "firm": source.holds_tree or state == "escapes"}


def _row(
    each: Generated, what: str, steps: tuple[str | int, ...], value: str, state: str, *, go: bool
) -> dict[str, Any]:
    """The place is the parameter of the element where one alone decides, else the element, else the template."""
    text: Any = each.branch.template
    for step in steps:
        text = text[step] if isinstance(text, list) and isinstance(step, int) else values.child(text, str(step))
    place = address.at(each.object.at, steps)
    if isinstance(text, str) and is_templated(text) and "/list/elements/" in each.params.at:
        names = {use.name for use in render(text, each.params, go=go).uses}
        key = names.pop() if len(names) == 1 else None
        place = address.at(each.params.at, _key_steps(key, go=go)) if key else each.params.at
    return {
        "what": what,
        "value": value,
        "at": place,
        "template": address.at(each.object.at, steps),
        "state": state,
        "firm": True,
        "meant": None,
        "other": None,
    }


def _key_steps(name: str, *, go: bool) -> tuple[str, ...]:
    if go:
        return tuple(name.split("."))
    head, _, rest = name.partition(".")
    return (head, rest) if head == "values" and rest else (name,)


def _projects(expansion: Expansion) -> Iterator[dict[str, Any]]:
    if values.child(expansion.set.data, "spec", "templatePatch") not in (None, ""):
        return
    for branch in expansion.branches:
        written = values.text(branch.template, "spec", "project")
        if written is None or written == "":
            at = address.at(expansion.set.at, ("spec", "template", "spec", "project"))
            yield _setting("project", at, "", "empty")
        elif isinstance(written, str):
            yield _setting("project", branch.at, written, "present")
    for each in expansion.applications:
        if isinstance(values.text(each.branch.template, "spec", "project"), Unknown):
            project = values.text(each.object.data, "spec", "project")
            if isinstance(project, str):
                row = _row(each, "project", ("spec", "project"), project, "present", go=expansion.go is True)
                yield _setting("project", row["at"], project, "present" if project else "empty")


def _setting(what: str, at: str, value: str, state: str) -> dict[str, Any]:
    return {"what": what, "at": at, "value": value, "state": state}


def _list_values(expansion: Expansion) -> list[dict[str, Any]]:
    """Values of list elements, those first that are no text."""
    found = []
    for branch in expansion.branches:
        for at, data in _nested(branch.at, branch.data):
            for number, element in values.mappings(data.get("list"), "elements"):
                place = address.at(at, ("list", "elements", number))
                for key, value in element.items():
                    if key == "values" and isinstance(value, dict):
                        found += [_value(address.at(place, (key, name)), name, inner) for name, inner in value.items()]
                    else:
                        found.append(_value(address.at(place, (key,)), key, value))
    found.sort(key=lambda row: row["isText"])
    return found[:_MOST]


def _value(at: str, key: str, value: object) -> dict[str, Any]:
    """``text`` is what it is as text; null where more than one text may be meant."""
    plain = isinstance(value, (bool, int))
    text = (str(value).lower() if isinstance(value, bool) else str(value)) if plain else None
    return {"at": at, "key": key, "text": text, "isText": isinstance(value, str)}


def _nested(at: str, generator: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """A generator and those inside of matrix and merge."""
    waiting: list[tuple[str, Mapping[str, Any]]] = [(at, generator)]
    while waiting:
        place, data = waiting.pop()
        yield place, data
        for kind in ("matrix", "merge"):
            for number, child in reversed(values.mappings(data.get(kind), "generators")):
                waiting.append((address.at(place, (kind, "generators", number)), child))


def _cascades(item: Object) -> bool | Unknown:
    """Whether what an Application brought goes when its element goes."""
    policy = values.child(item.data, "spec", "syncPolicy")
    preserve, sync = values.boolean(policy, "preserveResourcesOnDeletion"), values.text(policy, "applicationsSync")
    finalizers = values.texts(item.data, "spec", "template", "metadata", "finalizers")
    if any(isinstance(part, Unknown) for part in (preserve, sync, finalizers)):
        return UNKNOWN
    if sync in _KEEPING:
        return False
    assert not isinstance(finalizers, Unknown)
    return preserve is not True and (not finalizers or any(name.startswith(_FINALIZER) for name in finalizers))


def _key(source: Source) -> tuple[str, str] | None:
    """Repository and path, equal for equal places."""
    if not isinstance(source.repository, str) or not isinstance(source.path, str) or source.chart:
        return None
    return normalized(source.repository), source.path.strip("/")


def _plain(value: object) -> str | None:
    return value if isinstance(value, str) and not values.is_template(value) else None
