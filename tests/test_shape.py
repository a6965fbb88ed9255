"""The quick decision takes nothing that the exact judgement finds a fault in, and takes what is usual."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crslint.schema.shape import decider, metadata_shape
from crslint.schema.structural import Judge

NAMES = st.sampled_from(["a", "b", "metadata"])
SCALARS = st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from([0.5, 2.0, "", "a", "bb", "10.0.0.1"])
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3), max_leaves=8
)
BOUNDS = {
    "string": {
        "minLength": st.integers(0, 2),
        "maxLength": st.integers(0, 2),
        "pattern": st.just("^a"),
        "format": st.sampled_from(["ipv4", "mac", "unheard-of"]),
    },
    "integer": {
        "minimum": st.integers(-2, 2),
        "maximum": st.integers(-2, 2),
        "exclusiveMinimum": st.booleans(),
        "exclusiveMaximum": st.booleans(),
        "multipleOf": st.sampled_from([1, 2]),
        "format": st.just("int32"),
    },
    "array": {
        "minItems": st.integers(0, 2),
        "maxItems": st.integers(0, 2),
        "x-kubernetes-list-type": st.sampled_from(["set", "map"]),
        "x-kubernetes-list-map-keys": st.just(["a"]),
    },
    "object": {
        "minProperties": st.integers(0, 2),
        "maxProperties": st.integers(0, 2),
        "required": st.lists(NAMES, max_size=1),
        "x-kubernetes-embedded-resource": st.booleans(),
    },
}
BOUNDS["number"] = BOUNDS["integer"]
COMMON = {
    "nullable": st.booleans(),
    "enum": st.lists(SCALARS, min_size=1, max_size=3),
    "x-kubernetes-preserve-unknown-fields": st.booleans(),
    "x-kubernetes-int-or-string": st.booleans(),
}


def schemas(depth: int = 2) -> st.SearchStrategy[dict[str, Any]]:
    return st.sampled_from([*BOUNDS, "boolean", ""]).flatmap(lambda kind: of_type(kind, depth))


def of_type(kind: str, depth: int) -> st.SearchStrategy[dict[str, Any]]:
    optional: dict[str, st.SearchStrategy[Any]] = {**COMMON, **BOUNDS.get(kind, {})}
    if depth:
        # The API server takes no CRD whose defaults its own schema refuses.
        defaulted = {"type": "string", "default": "a"}
        inner = schemas(depth - 1) | st.sampled_from([{"$ref": "#/$defs/shared"}, defaulted])
        optional |= {keyword: st.lists(inner, max_size=2) for keyword in ("anyOf", "oneOf", "allOf")}
        optional |= {"not": inner, "items": inner, "properties": st.dictionaries(NAMES, inner, max_size=2)}
        optional |= {"additionalProperties": inner | st.booleans()}
    return st.fixed_dictionaries({"type": st.just(kind)} if kind else {}, optional=optional)


@given(schemas(), schemas(0), VALUES)
def test_what_is_taken_has_no_fault(schema: dict[str, Any], shared: dict[str, Any], value: Any) -> None:
    whole = {"type": "object", "properties": {"spec": schema}}
    data = {"apiVersion": "example.com/v1", "kind": "Foo", "spec": value}
    definitions = {"shared": shared}
    if decider(whole, definitions)([data]):
        assert Judge(whole, definitions).faults(data) == []


STRUCTURE = {
    "type": "object",
    "properties": {
        "names": {"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "string", "maxLength": 3}},
        "ports": {
            "type": "array",
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["port"],
            "items": {"type": "object", "required": ["port"], "properties": {"port": {"type": "integer"}}},
        },
        "amount": {"x-kubernetes-int-or-string": True, "anyOf": [{"type": "integer"}, {"type": "string"}]},
        "mode": {"type": "string", "enum": ["on", "off"]},
        "ratio": {"type": "number", "minimum": 0, "maximum": 1, "exclusiveMaximum": True},
        "labels": {"type": "object", "additionalProperties": {"type": "string"}},
        "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
        "tree": {"$ref": "#/$defs/tree"},
        "empty": {"type": "string", "nullable": True},
    },
}
TREE = {"tree": {"type": "object", "properties": {"below": {"type": "array", "items": {"$ref": "#/$defs/tree"}}}}}


@pytest.mark.parametrize(
    ("field", "taken", "refused"),
    [
        ("names", ["a", "b"], ["a", "a"]),
        ("names", ["abc"], ["abcd"]),
        ("ports", [{"port": 1}, {"port": 2}], [{"port": 1}, {"port": 1}]),
        ("ports", [{"port": 2.0}], [{"port": 2.5}]),
        ("ports", [], [{}]),
        ("amount", 1, True),
        ("amount", "1", [1]),
        ("mode", "on", True),
        ("ratio", 0, 1),
        ("labels", {"a": "b"}, {"a": 1}),
        ("free", {"a": [{"b": None}]}, None),
        ("tree", {"below": [{"below": []}]}, {"below": [{"above": 1}]}),
        ("empty", None, 1),
    ],
)
def test_what_is_usual_is_taken(field: str, taken: Any, refused: Any) -> None:
    takes = decider(STRUCTURE, TREE)
    assert takes([{"apiVersion": "v1", "kind": "Foo", "metadata": {"name": "a"}, field: taken}])
    assert not takes([{"apiVersion": "v1", "kind": "Foo", "metadata": {"name": "a"}, field: refused}])
    assert not takes([{"apiVersion": "v1", "kind": "Foo", f"{field}s": taken}])


def test_metadata_is_judged_by_both() -> None:
    schema = {
        "type": "object",
        "properties": {"metadata": {"type": "object", "properties": {"name": {"maxLength": 3}}}},
    }
    metadata = {"type": "object", "properties": {"name": {"type": "string"}}}
    takes = decider(schema, {}, metadata_shape(metadata))
    assert takes([{"metadata": {"name": "abc"}}])
    assert not takes([{"metadata": {"name": "abcd"}}])
    assert not takes([{"metadata": {"nam": "abc"}}])
    assert takes([{"kind": "Foo"}])


def test_objects_are_decided_together() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "integer", "maximum": 2}, "b": {"type": "string"}}}
    takes = decider(schema, {})
    alike = [{"a": number} for number in range(3)]
    assert takes([*alike, {"b": "x"}, {}])
    assert not takes([*alike, {"a": 3}])
    assert not takes([*alike, {"a": "x"}])
    assert not takes([*alike, {"b": "x", "c": 1}])


def test_what_is_required_is_required_of_each() -> None:
    takes = decider({"type": "object", "required": ["a"], "properties": {"a": {}, "b": {}}}, {})
    assert takes([{"a": 1, "b": 1}, {"a": 1}])
    assert not takes([{"a": 1, "b": 1}, {"b": 1}])
    assert not takes([{"b": 1}])
