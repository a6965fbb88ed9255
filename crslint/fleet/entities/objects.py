"""Any document that is a Kubernetes object."""

from __future__ import annotations

from typing import Any, ClassVar

from crslint.fleet import values
from crslint.fleet.entity import Entity, Unknown, derived_fact, derived_id, fact
from crslint.record import record


def object_id(kind: str, namespace: str | Unknown | None, name: str | Unknown | None) -> str:
    """``ClusterResourceSet default/01-cilium``; ``?`` for what is missing."""
    named = name if isinstance(name, str) and name else "?"
    place = f"{namespace}/" if isinstance(namespace, str) and namespace else ""
    return f"{kind or '?'} {place}{named}"


@record(kw_only=True)
class Object(Entity):
    """Any document with apiVersion and kind, in files and in payloads."""

    ENTITY: ClassVar[str] = "object"

    id: str = derived_id(lambda item: object_id(item.kind, item.namespace, item.name))
    api_version: str = fact("As written: `apps/v1`.")
    group: str = fact("API group, empty for the core group.")
    kind: str = fact("As written.")
    namespace: str | None | Unknown = fact("`metadata.namespace`; null where not written.")
    name: str | None | Unknown = fact("`metadata.name`; null where not written or no string.")
    labels: dict[str, Any] | Unknown = derived_fact(
        "`metadata.labels`, empty where absent.", lambda item: values.mapping(item.data, "metadata", "labels")
    )
    annotations: dict[str, Any] | Unknown = derived_fact(
        "`metadata.annotations`, empty where absent.", lambda item: values.mapping(item.data, "metadata", "annotations")
    )
    data: dict[str, Any] = fact("The whole document as plain data.")
    scope: str | Unknown = fact("`Namespaced` or `Cluster`; unknown for a kind that is listed nowhere.")
    cluster_scoped: bool = fact("Whether it is known to live outside all namespaces.", False)
    payload: str | None = fact("The payload that it lies in; null for a document of a file.", None, entity="payload")
    partial: bool = fact("True for a kustomize patch: not a whole object.", False)
    component: str | None = fact("The component whose releases decide about its kind: `capi`, `cilium`, ...", None)
    release: str | None = fact("The release of that component: pinned, detected, or else the newest known.", None)
    assumed: bool = fact("True where that release is only the newest known.", False)
    served: bool | None = fact("Whether that release serves its API version; null without a component.", None)
    deprecated: bool | None = fact("Whether that release serves its API version as deprecated.", None)
    successor: str | None = fact("The version to use instead, where another one is served and not deprecated.", None)
    first_of_version: str | None = fact("The first object of its file with that API version.", None, entity="object")
