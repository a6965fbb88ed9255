"""Whether a cluster's root Application is that of the cluster's environment."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable
from typing import Any

from crslint import address
from crslint.fleet.entities.clusters import Cluster
from crslint.fleet.entity import Entity, Unknown
from crslint.fleet.gitops import GitOps
from crslint.record import replace

_WORDS = ("env", "environment", "stage")


def with_environments(entities: Iterable[Entity], gitops: GitOps) -> list[Entity]:
    """The entities, clusters with `rootEnvironment`."""
    return [
        replace(item, root_environment=root_environment(item.at, item.labels, item.gitops_root, gitops))
        if isinstance(item, Cluster)
        else item
        for item in entities
    ]


def _names_environment(label: str) -> bool:
    """Whether its last word does: `env`, `example.com/environment`."""
    lower = label.lower()
    return lower.endswith(_WORDS) and re.split(r"[/._-]", lower)[-1] in _WORDS


def root_environment(
    at: str, labelled: dict[str, Any] | Unknown, root: str | Unknown | None, gitops: GitOps
) -> dict[str, Any] | None:
    """`cluster.rootEnvironment`. By the label that names the cluster's environment: the root's path has a part of that
    name, or one beside it."""
    labels = {} if isinstance(labelled, Unknown) else labelled
    named = [(key, value) for key, value in labels.items() if isinstance(value, str) and _names_environment(key)]
    if not isinstance(root, str) or len(named) != 1 or gitops.is_altered(root):
        return None
    key, value = named[0]
    for source in gitops.sources(root) if root in gitops.applications else ():
        if source.state != "local" or source.place is None or source.found is None:
            continue
        base = source.found.folder
        parts = source.place[len(base) + 1 if base else 0 :].split("/")
        for number, part in enumerate(parts):
            beside = gitops.folders.names(posixpath.join(base, *parts[:number])) or {}
            if part == value or beside.get(value) is True:
                return {
                    "label": key,
                    "value": value,
                    "labelAt": address.at(at, ("metadata", "labels", key)),
                    "path": source.path,
                    "at": address.at(source.at, ("path",)),
                    "wanted": "/".join([*parts[:number], value, *parts[number + 1 :]]),
                    "agrees": value in parts,
                }
    return None
