"""The places of schemas/strings.yaml are strings in every CustomResourceDefinition there is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from crds import CRDS, crd, crd_files

from crslint.source.strings import _table


def schemas() -> Iterator[tuple[str, Any]]:
    """(group/kind, schema) of every version of every definition."""
    for spec in (crd(path)["spec"] for path in crd_files()):
        for version in spec["versions"]:
            yield f"{spec['group']}/{spec['names']['kind']}", version["schema"]["openAPIV3Schema"]


def types_at(schema: Any, steps: Sequence[str]) -> Iterator[object]:
    """The type at a place, nothing where the schema has no such place."""
    if not steps:
        yield schema.get("type")
        return
    step, *rest = steps
    if step == "*":
        for key in ("items", "additionalProperties"):
            if isinstance(schema.get(key), dict):
                yield from types_at(schema[key], rest)
    elif step in schema.get("properties", {}):
        yield from types_at(schema["properties"][step], rest)


@pytest.mark.skipif(not CRDS.is_dir(), reason="the shared data is not here")
def test_places_are_strings_wherever_they_exist() -> None:
    met: set[tuple[str, str]] = set()
    wanted = {(kind, place) for kind, places in _table().kinds.items() for place in places}
    for kind, schema in schemas():
        for place in _table().kinds.get(kind, ()):
            # A list of names and values in newer versions: its items are no scalars, and so not reached.
            found = set(types_at(schema, place.split("."))) - {"object"}
            assert found <= {"string"}, (kind, place)
            if found:
                met.add((kind, place))
    kinds = {kind for kind, _ in met}
    assert len(kinds) > 10
    assert {(kind, place) for kind, place in wanted - met if kind in kinds} == set()
