"""What an Application's project permits (facts/argocd.md 2.10)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from crslint import address
from crslint.fleet import values
from crslint.fleet.destinations import OWN_NAME, OWN_SERVER
from crslint.fleet.entities.objects import Object
from crslint.fleet.entity import UNKNOWN, Unknown
from crslint.fleet.gitops import GROUP, GitOps
from crslint.fleet.globs import matches
from crslint.fleet.loading import namespace_in
from crslint.fleet.spelling import slipped

DEFAULT = "default"
# What core-install has of Argo CD, and what it lacks.
_CORE = frozenset({"argocd-application-controller", "argocd-repo-server", "argocd-redis"})
_SERVER = "argocd-server"


class Permissions:
    """``roots`` are the roots in payloads that lead to each Application."""

    def __init__(self, gitops: GitOps, roots: Mapping[str, frozenset[str]]) -> None:
        self._gitops = gitops
        self._roots = roots
        self._by_name: dict[str, list[Object]] = {}
        self._agreed: dict[str, bool] = {}
        self._rules: dict[str, _Rules] = {}
        for item in gitops.projects.values():
            if isinstance(item.name, str):
                self._by_name.setdefault(item.name, []).append(item)

    def of(self, item: Object, destination: dict[str, Any] | Unknown) -> list[dict[str, Any]] | Unknown:
        """`application.permissions`."""
        name = values.text(item.data, "spec", "project")
        if not isinstance(name, str) or not name:
            return UNKNOWN
        found = self._project(item, name)
        at = address.at(item.at, ("spec", "project"))
        if found is None:
            near = next((each for each in self._by_name if slipped(name, each)), None)
            if near is not None:
                return [_row("project", name, at, "typo", near, self._by_name[near][0].at)]
            state = self._absence(item, name)
            return UNKNOWN if state is None else [_row("project", name, at, state, name, None)]
        if isinstance(found, Unknown) or isinstance(destination, Unknown):
            return UNKNOWN
        if found.at not in self._rules:
            self._rules[found.at] = _Rules(found)
        return [
            _row("project", name, at, "permitted", name, found.at),
            *self._judged(item, self._rules[found.at], destination),
        ]

    def _project(self, item: Object, name: str) -> Object | Unknown | None:
        """The AppProject of that name, as far as its copies agree."""
        copies = self._by_name.get(name, [])
        if not copies:
            return None
        if self._agree(name):
            return copies[0]
        roots = self._roots.get(item.at, frozenset())
        payloads = {read.source.at for root in roots if (read := self._gitops.payload_of.get(root))}
        near = [copy for copy in copies if copy.payload in payloads]
        specs = {json.dumps(copy.data.get("spec"), sort_keys=True) for copy in near}
        return near[0] if len(specs) == 1 else UNKNOWN

    def _agree(self, name: str) -> bool:
        """Whether all copies of a project say the same."""
        if name not in self._agreed:
            copies = self._by_name[name]
            self._agreed[name] = all(copy.data.get("spec") == copies[0].data.get("spec") for copy in copies)
        return self._agreed[name]

    def _absence(self, item: Object, name: str) -> str | None:
        """None where the project may come from anywhere."""
        roots = self._roots.get(item.at)
        if not roots:
            return None
        if name == DEFAULT:
            return "core" if self._is_core else "permitted"
        return "missing" if all(self._gitops.reach(root).complete for root in roots) else None

    @cached_property
    def _is_core(self) -> bool:
        """Whether the payloads bring an Argo CD without the server, which alone makes the default project."""
        reads = self._gitops.reads
        names = {member.object.name for read in reads for member in read.members if member.object.group == "apps"}
        return names >= _CORE and _SERVER not in names and all(read.whole for read in reads)

    def _judged(self, item: Object, rules: _Rules, destination: dict[str, Any]) -> Iterator[dict[str, Any]]:
        for source in self._gitops.sources(item.at):
            if isinstance(source.repository, str) and source.repository:
                state = rules.repository(source.repository)
                if state is not None:
                    at = address.at(source.at, ("repoURL",))
                    yield _row("repository", source.repository, at, state, rules.name, rules.at)
        if destination["state"] != "own" or rules.places is None:
            return
        wanted = destination["namespace"] or ""
        state = rules.namespace(wanted)
        if state is not None:
            at = address.at(item.at, ("spec", "destination", "namespace"))
            yield _row("namespace", wanted, at, state, rules.name, rules.at)
        seen: set[tuple[str, str]] = set()
        for _, loaded in self._gitops.brings(item.at):
            for each in loaded.objects:
                namespace = namespace_in(each, destination["namespace"])
                if isinstance(namespace, Unknown) or each.altered:
                    continue
                brought = each.object
                if namespace is not None and namespace != wanted and ("", namespace) not in seen:
                    seen.add(("", namespace))
                    state = rules.namespace(namespace)
                    if state is not None:
                        yield _row("namespace", namespace, brought.at, state, rules.name, rules.at)
                kind = (brought.group, brought.kind)
                if kind not in seen and brought.group != GROUP:
                    seen.add(kind)
                    state = rules.kind(*kind, cluster_scoped=namespace is None)
                    if state is not None:
                        yield _row("kind", brought.kind, brought.at, state, rules.name, rules.at)


class _Rules:
    """What a project permits, each question answered once: `permitted`, `refused`, None where it cannot be told.

    ``places`` are patterns of the namespaces that are permitted in the cluster itself, None where they cannot be told.
    """

    def __init__(self, project: Object) -> None:
        spec = values.mapping(project.data, "spec")
        self.name, self.at = str(project.name), project.at
        self.places = None if isinstance(spec, Unknown) else _places(spec)
        self._spec = spec
        self._answers: dict[tuple[object, ...], str | None] = {}

    def repository(self, url: str) -> str | None:
        if (url,) not in self._answers:
            allowed = None if isinstance(self._spec, Unknown) else _takes(self._spec, url)
            self._answers[url,] = _state(url, allowed)
        return self._answers[url,]

    def namespace(self, name: str) -> str | None:
        if ("", name) not in self._answers:
            self._answers["", name] = _state(name, any(matches(place, name) for place in self.places or ()))
        return self._answers["", name]

    def kind(self, group: str, kind: str, *, cluster_scoped: bool) -> str | None:
        key = (group, kind, cluster_scoped)
        if key not in self._answers:
            spec = self._spec
            allowed = None if isinstance(spec, Unknown) else _permits(spec, group, kind, cluster_scoped=cluster_scoped)
            self._answers[key] = _state(kind, allowed)
        return self._answers[key]


def _takes(spec: Mapping[str, Any], repository: str) -> bool | None:
    patterns = values.texts(spec, "sourceRepos")
    if isinstance(patterns, Unknown) or any(pattern.startswith("!") for pattern in patterns):
        return None
    url = _url(repository)
    # Whether a trailing slash counts differs by release.
    return any(
        pattern == "*" or matches(_url(pattern).rstrip("/"), url.rstrip("/"), "/") is not False for pattern in patterns
    )


def _url(text: str) -> str:
    """As Argo CD compares them: lower case, no `.git`, `git@host:path` with a slash."""
    plain = text.strip().lower().removesuffix(".git")
    if "://" not in plain and "@" in plain:
        plain = plain.replace(":", "/", 1)
    return plain.removeprefix("ssh://")


def _places(spec: Mapping[str, Any]) -> list[str] | None:
    destinations = values.items(spec, "destinations")
    if isinstance(destinations, Unknown):
        return None
    found = []
    for entry in destinations:
        server, name, namespace = (values.text(entry, field) for field in ("server", "name", "namespace"))
        if any(isinstance(part, Unknown) or (part or "").startswith("!") for part in (server, name, namespace)):
            return None
        by_server = isinstance(server, str) and matches(server.rstrip("/"), OWN_SERVER) is not False
        by_name = isinstance(name, str) and name != "" and matches(name, OWN_NAME) is not False
        if by_server or by_name:
            found.append(namespace if isinstance(namespace, str) else "")
    return found


def _permits(spec: Mapping[str, Any], group: str, kind: str, *, cluster_scoped: bool) -> bool | None:
    """Without a list of kinds no cluster-scoped one is permitted, and every namespaced one."""
    prefix = "clusterResource" if cluster_scoped else "namespaceResource"
    white, black = spec.get(f"{prefix}Whitelist"), spec.get(f"{prefix}Blacklist")
    if not isinstance(white, (list, type(None))) or not isinstance(black, (list, type(None))):
        return None
    entries = [*(white or ()), *(black or ())]
    if any(not isinstance(entry, dict) or entry.get("name") for entry in entries):
        return None
    allowed = _listed(white, group, kind) if white is not None else not cluster_scoped
    return allowed and not _listed(black or [], group, kind)


def _listed(entries: list[dict[str, Any]], group: str, kind: str) -> bool:
    return any(
        matches(str(entry.get("group") or ""), group) is not False
        and matches(str(entry.get("kind") or ""), kind) is not False
        for entry in entries
    )


def _state(value: str, allowed: bool | None) -> str | None:
    if allowed is None or values.is_template(value):
        return None
    return "permitted" if allowed else "refused"


def _row(what: str, value: str, at: str, state: str, name: str, project: str | None) -> dict[str, Any]:
    return {"what": what, "value": value, "at": at, "state": state, "project": name, "projectAt": project}
