"""Label selectors against what apimachinery itself says, and the laws of the index."""

from __future__ import annotations

import json
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crslint.fleet.entity import UNKNOWN
from crslint.fleet.selector import Invalid, LabelIndex, Selector, match, read_selector

VECTORS = Path(__file__).parents[1].parent / "shared" / "data" / "selector-vectors.json"


@pytest.mark.skipif(not VECTORS.exists(), reason="the vectors are not part of the project")
def test_every_vector_of_apimachinery() -> None:
    vectors = json.loads(VECTORS.read_text())
    assert len(vectors) == 400
    for vector in vectors:
        selector = read_selector(vector["selector"])
        if vector["invalid"]:
            # Go visits matchLabels in random order and reports the first fault.
            labels = vector["selector"].get("matchLabels", {}).items()
            orders = [vector["selector"] | {"matchLabels": dict(order)} for order in permutations(labels)]
            assert vector["error"] in [getattr(read_selector(order), "reason", None) for order in orders]
        else:
            assert isinstance(selector, Selector)
            assert [match(selector, labels) for labels in vector["labels"]] == vector["matches"], vector["selector"]


@pytest.mark.parametrize(
    ("selector", "reason"),
    [
        ({"matchLabels": {"/name": "x"}}, "prefix part must be non-empty"),
        ({"matchLabels": {"Example.com/name": "x"}}, "prefix part a lowercase RFC 1123 subdomain"),
        ({"matchLabels": {f"{'a.' * 127}b/name": "x"}}, "prefix part must be no more than 253 bytes"),
        ({"matchLabels": {"example.com/": "x"}}, "name part must be non-empty"),
        ({"matchLabels": {"name\n": "x"}}, "name part must consist"),
        ({"matchLabels": {"name": "é" * 32}}, "must be no more than 63 bytes"),
        (
            {"matchExpressions": [{"key": "a", "operator": "", "values": []}]},
            '"" is not a valid label selector operator',
        ),
        ({"matchExpressions": [{"key": "a", "operator": "In", "values": None}]}, "values set can't be empty"),
    ],
)
def test_invalid(selector: dict[str, Any], reason: str) -> None:
    found = read_selector(selector)
    assert isinstance(found, Invalid)
    assert reason in found.reason


@pytest.mark.parametrize(
    "selector",
    [
        [],
        "a=b",
        {"matchLabels": ["a"]},
        {"matchLabels": {"a": True}},
        {"matchLabels": {"a": None}},
        {"matchExpressions": {"key": "a"}},
        {"matchExpressions": ["a"]},
        {"matchExpressions": [{"key": "a", "operator": "In", "values": "b"}]},
        {"matchExpressions": [{"key": "a", "operator": "In", "values": [1]}]},
        {"matchExpressions": [{"operator": "Exists"}]},
    ],
)
def test_wrong_types_are_unknown(selector: object) -> None:
    assert read_selector(selector) is UNKNOWN


def test_nothing_and_everything() -> None:
    assert read_selector(None) == Selector(nothing=True)
    empty: list[dict[str, Any]] = [{}, {"matchLabels": {}}, {"matchLabels": None, "matchExpressions": []}]
    assert [read_selector(data) for data in empty] == [Selector()] * 3
    assert Selector().everything
    assert not Selector(nothing=True).everything


@pytest.mark.parametrize(
    ("selector", "labels", "answer"),
    [
        ({"matchLabels": {"cni": "${NAME}-crs"}}, {"cni": "${NAME}-crs"}, True),
        ({"matchLabels": {"cni": "${NAME}-crs"}}, {"cni": "cilium"}, UNKNOWN),
        ({"matchLabels": {"cni": "cilium"}}, {"cni": "${CNI}"}, UNKNOWN),
        ({"matchLabels": {"cni": "cilium"}}, {"csi": "${CSI}"}, False),
        ({"matchLabels": {"cni": "cilium", "env": "prod"}}, {"cni": "${CNI}", "env": "dev"}, False),
        ({"matchLabels": {"cni": "cilium"}}, {"${KEY}": "cilium"}, UNKNOWN),
        ({"matchLabels": {"${KEY}": "cilium"}}, {"cni": "cilium"}, UNKNOWN),
        ({"matchExpressions": [{"key": "env", "operator": "NotIn", "values": ["prod"]}]}, {"env": "${ENV}"}, UNKNOWN),
        ({"matchExpressions": [{"key": "env", "operator": "Exists"}]}, {"env": "${ENV}"}, True),
        ({"matchLabels": {"cni": "cilium"}}, UNKNOWN, UNKNOWN),
    ],
)
def test_template_variables(selector: object, labels: Any, answer: object) -> None:
    compiled = read_selector(selector)
    assert isinstance(compiled, Selector)
    assert match(compiled, labels) is answer


_KEYS = st.sampled_from(["env", "cni", "tier", "${KEY}"])
_VALUES = st.sampled_from(["", "prod", "dev", "${ENV}"])
_LABELS = st.one_of(st.dictionaries(_KEYS, _VALUES, max_size=4), st.just(UNKNOWN))
_EXPRESSIONS = st.one_of(
    st.builds(
        lambda key, operator, operands: {"key": key, "operator": operator, "values": operands},
        _KEYS,
        st.sampled_from(["In", "NotIn"]),
        st.lists(_VALUES, min_size=1, max_size=3),
    ),
    st.builds(
        lambda key, operator: {"key": key, "operator": operator}, _KEYS, st.sampled_from(["Exists", "DoesNotExist"])
    ),
)


@given(st.lists(_LABELS, max_size=8), st.lists(_EXPRESSIONS, max_size=3), st.dictionaries(_KEYS, _VALUES, max_size=2))
def test_the_index_selects_what_matches(labelled: list[Any], expressions: list[Any], equal: dict[str, str]) -> None:
    selector = read_selector({"matchLabels": equal, "matchExpressions": expressions})
    assert isinstance(selector, Selector)
    answers = [match(selector, labels) for labels in labelled]
    matching, unsure = LabelIndex(labelled).select(selector)
    assert matching == [place for place, answer in enumerate(answers) if answer is True]
    assert unsure == [place for place, answer in enumerate(answers) if answer is UNKNOWN]


def test_the_index_of_nothing() -> None:
    assert LabelIndex([{"env": "prod"}]).select(Selector(nothing=True)) == ([], [])
