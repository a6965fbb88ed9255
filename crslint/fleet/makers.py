"""ConfigMaps and Secrets that a controller makes from an object of the input: they exist without being declared.

Table: ``tables/makers.yaml``; besides, the Secrets of a Cluster (``<name>-kubeconfig`` and its certificates).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from crslint.fleet import values
from crslint.fleet.entities.objects import Object
from crslint.fleet.entity import Unknown

_CLUSTER_SECRETS = ("ca", "etcd", "kubeconfig", "proxy", "sa")


class Made(NamedTuple):
    """``namespace`` as spelled, None for every namespace; ``names`` with a template variable match nothing."""

    kind: str
    namespace: str | None
    name: str


def made_by(item: Object) -> Iterator[Made]:
    if item.kind == "Cluster" and item.group == "cluster.x-k8s.io" and isinstance(item.name, str):
        for suffix in _CLUSTER_SECRETS:
            yield Made("Secret", _namespace(item), f"{item.name}-{suffix}")
    row = _makers().get(f"{item.kind}.{item.group}")
    if row is not None:
        written = (values.spelled(item.data, *path.split(".")) for path in row.get("name", ()))
        name = next((name for name in written if isinstance(name, str)), item.name)
        if isinstance(name, str):
            for kind in row["makes"]:
                yield Made(kind, None if row.get("everywhere") else _namespace(item), name)


def _namespace(item: Object) -> str:
    return item.namespace if isinstance(item.namespace, str) else ""


@cache
def _makers() -> dict[str, dict[str, Any]]:
    from crslint.source.parser import parse

    path = Path(__file__).with_name("tables") / "makers.yaml"
    ((_, table),) = parse(path.read_text(encoding="utf-8"), lambda _index: path.name).documents
    rows = values.mapping(table)
    assert not isinstance(rows, Unknown)
    return rows
