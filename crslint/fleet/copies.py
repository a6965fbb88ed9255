"""Objects that several Applications bring (facts/argocd.md 2.8)."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from crslint.fleet import values
from crslint.fleet.entities.objects import Object
from crslint.fleet.entity import Unknown
from crslint.fleet.gitops import GROUP, GitOps
from crslint.fleet.loading import namespace_in

_MOST = 20

Who = tuple[str, str, str, str]


def copies(gitops: GitOps, together: Mapping[str, frozenset[str]]) -> dict[str, list[dict[str, Any]]]:
    """`application.copies` by Application: each pair at the one that comes later.

    ``together`` are the roots that lead to each Application: those of one root work on one cluster. Applications,
    which a root and its children may both bring, and Namespaces are left out.
    """
    brought: dict[Who, list[tuple[str, Object]]] = defaultdict(list)
    targets: dict[str, tuple[str, str]] = {}
    for at, application in gitops.applications.items():
        if not together.get(at) or gitops.is_altered(at):
            continue
        server = _target(application)
        if server is None:
            continue
        targets[at] = server
        destination = values.text(application.data, "spec", "destination", "namespace")
        for _, loaded in gitops.brings(at):
            for each in loaded.objects:
                namespace = namespace_in(each, destination)
                item = each.object
                if each.altered or isinstance(namespace, Unknown) or not isinstance(item.name, str):
                    continue
                if item.group == GROUP or (item.group == "" and item.kind == "Namespace"):
                    continue
                brought[item.group, item.kind, namespace or "", item.name].append((at, item))
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for holders in brought.values():
        first = dict(reversed(holders))
        if len(first) > 1:
            for row in _pairs(gitops, list(reversed(first.items())), together, targets):
                at, copy = row
                if len(found[at]) < _MOST:
                    found[at].append(copy)
    return found


def _pairs(
    gitops: GitOps,
    holders: Sequence[tuple[str, Object]],
    together: Mapping[str, frozenset[str]],
    targets: Mapping[str, tuple[str, str]],
) -> list[tuple[str, dict[str, Any]]]:
    """Each holder with the first one that shares a cluster with it, else with the very first."""
    rows = []
    ordered = sorted(holders, key=lambda holder: holder[0])
    by_root: dict[str, tuple[str, Object]] = {}
    for at, item in ordered:
        partner = next((by_root[root] for root in sorted(together[at]) if root in by_root), None)
        other = partner or ordered[0]
        if other[0] != at:
            meets = partner is not None and targets[at] == targets[other[0]]
            rows.append((at, _copy(gitops, item, other, together=meets)))
        for root in together[at]:
            by_root.setdefault(root, (at, item))
    return rows


def _copy(gitops: GitOps, item: Object, other: tuple[str, Object], *, together: bool) -> dict[str, Any]:
    application, copy = gitops.applications[other[0]], other[1]
    return {
        "id": item.id,
        "at": item.at,
        "other": other[0],
        "otherAt": copy.at,
        "otherName": application.id,
        "same": item.at == copy.at or _is_same(item.data, copy.data),
        "together": together,
    }


def _is_same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether both are written alike as JSON: 1, 1.0 and true are equal in Python only."""
    if one != other:
        return False
    # Most are copies of each other, also in the order of their keys.
    return repr(one) == repr(other) or json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def _target(application: Object) -> tuple[str, str] | None:
    """Server and name of the destination; None where they cannot be told. The cluster's own has two spellings."""
    destination = values.child(application.data, "spec", "destination")
    server, name = values.text(destination, "server"), values.text(destination, "name")
    if isinstance(server, Unknown) or isinstance(name, Unknown):
        return None
    if name == "in-cluster" or (server or "").rstrip("/") == "https://kubernetes.default.svc":
        return "https://kubernetes.default.svc", ""
    return (server or "").rstrip("/"), name or ""
