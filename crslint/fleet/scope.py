"""Which kinds live in a namespace: `schemas/scope.yaml`, and the CRDs of the input."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from crslint.data import data_dir

Scopes = Mapping[tuple[str, str], str]


@cache
def scopes() -> Scopes:
    """``(group, kind)`` to ``Namespaced`` or ``Cluster``; a kind that is not in it is unknown."""
    from crslint.source.parser import parse

    text = (data_dir("schemas") / "scope.yaml").read_text(encoding="utf-8")
    ((_, table),) = parse(text, lambda _index: "scope.yaml").documents
    assert isinstance(table, dict)
    return {
        (group, kind): scope
        for group, by_scope in table.items()
        if isinstance(by_scope, dict)
        for scope, kinds in by_scope.items()
        if isinstance(kinds, str)
        for kind in kinds.split()
    }
