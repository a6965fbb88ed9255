"""ConfigMaps and Secrets that a controller makes from an object of the input: they exist without being declared.

Table: ``tables/makers.yaml``; besides, the Secrets of a Cluster (``<name>-kubeconfig`` and its certificates).
"""

from __future__ import annotations

from collections.abc import Iterator

from crslint.fleet import values
from crslint.fleet.entities.objects import Object
from crslint.fleet.table import read_table
from crslint.row import NamedTuple

_CLUSTER_SECRETS = ("ca", "etcd", "kubeconfig", "proxy", "sa")


class Made(NamedTuple):
    """``namespace`` as spelled, None for every namespace; ``names`` with a template variable match nothing."""

    kind: str
    namespace: str | None
    name: str


def makes(group: str, kind: str) -> bool:
    """Whether objects of a kind make others."""
    return (group, kind) == ("cluster.x-k8s.io", "Cluster") or f"{kind}.{group}" in read_table("makers")


def made_by(item: Object) -> Iterator[Made]:
    if item.kind == "Cluster" and item.group == "cluster.x-k8s.io" and isinstance(item.name, str):
        for suffix in _CLUSTER_SECRETS:
            yield Made("Secret", _namespace(item), f"{item.name}-{suffix}")
    row = read_table("makers").get(f"{item.kind}.{item.group}")
    if row is not None:
        written = (values.spelled(item.data, *path.split(".")) for path in row.get("name", ()))
        name = next((name for name in written if isinstance(name, str)), item.name)
        if isinstance(name, str):
            for kind in row["makes"]:
                yield Made(kind, None if row.get("everywhere") else _namespace(item), name)


def _namespace(item: Object) -> str:
    return item.namespace if isinstance(item.namespace, str) else ""
