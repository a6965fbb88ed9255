"""Where an Application keeps its values, its project, and whether it makes the namespace that it asks for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from crslint import address
from crslint.fleet import values
from crslint.fleet.entities.objects import Object
from crslint.fleet.entity import Unknown
from crslint.fleet.gitops import GitOps
from crslint.fleet.permissions import DEFAULT
from crslint.fleet.workload import workload

_CREATE = "CreateNamespace=true"


def practices(
    item: Object, gitops: GitOps, destination: dict[str, Any] | Unknown, argo_namespace: str | Unknown | None
) -> list[dict[str, Any]]:
    """`application.practices`."""
    return [*_values(item, gitops), *_project(item, gitops), *_namespace(item, destination, argo_namespace)]


def _values(item: Object, gitops: GitOps) -> Iterator[dict[str, Any]]:
    for source in gitops.sources(item.at):
        files = values.items(source.data, "helm", "valueFiles")
        for field in ("values", "valuesObject"):
            written = values.child(source.data, "helm", field)
            if not isinstance(written, Unknown) and written:
                state = "beside" if isinstance(files, Unknown) or files else "inline"
                yield _row("values", field, address.at(source.at, ("helm", field)), state)


def _project(item: Object, gitops: GitOps) -> Iterator[dict[str, Any]]:
    name = values.text(item.data, "spec", "project")
    if isinstance(name, str) and name:
        restricted = any(project.name == name for project in gitops.projects.values())
        state = "default" if name == DEFAULT and not restricted else "own"
        yield _row("project", name, address.at(item.at, ("spec", "project")), state)


def _namespace(
    item: Object, destination: dict[str, Any] | Unknown, argo_namespace: str | Unknown | None
) -> Iterator[dict[str, Any]]:
    """Labels for it are set on a namespace that is there, too."""
    options = values.items(item.data, "spec", "syncPolicy", "syncOptions")
    labels = values.child(item.data, "spec", "syncPolicy", "managedNamespaceMetadata")
    if isinstance(options, Unknown) or isinstance(destination, Unknown) or labels is not None:
        return
    name = destination["namespace"]
    if _CREATE in options and not values.is_template(name or ""):
        own = destination["state"] == "own" and name == argo_namespace
        at = address.at(item.at, ("spec", "syncPolicy", "syncOptions", options.index(_CREATE)))
        yield _row("namespace", name or "", at, "there" if not name or own or name in workload().namespaces else "made")


def _row(what: str, value: str, at: str, state: str) -> dict[str, Any]:
    return {"what": what, "value": value, "at": at, "state": state}
