"""Which kinds live in a namespace: `schemas/scope.yaml`, and the CRDs of the input."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from crslint.fleet.table import read_table

Scopes = Mapping[tuple[str, str], str]


@cache
def scopes() -> Scopes:
    """``(group, kind)`` to ``Namespaced`` or ``Cluster``; a kind that is not in it is unknown."""
    return {
        (group, kind): scope
        for group, by_scope in read_table("scope").items()
        for scope, kinds in by_scope.items()
        for kind in kinds.split()
    }
