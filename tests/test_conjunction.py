"""Selectors together: what labels can satisfy, what one implies, which label is a slip."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crslint.fleet.conjunction import compatible, implies, is_slip, slip
from crslint.fleet.entity import UNKNOWN
from crslint.fleet.selector import Requirement, Selector, match

KEYS = ("a", "b")
VALUES = ("x", "y", "z")

requirements = st.one_of(
    st.builds(
        Requirement,
        st.sampled_from(KEYS),
        st.sampled_from(("In", "NotIn")),
        st.frozensets(st.sampled_from(VALUES[:2]), min_size=1),
    ),
    st.builds(Requirement, st.sampled_from(KEYS), st.sampled_from(("Exists", "DoesNotExist"))),
)
selectors = st.builds(Selector, st.lists(requirements, max_size=4).map(tuple))

# One value more than selectors name: any other text behaves like it.
LABELS = [
    {key: value for key, value in zip(KEYS, chosen, strict=True) if value is not None}
    for chosen in product((*VALUES, None), repeat=len(KEYS))
]


@given(st.lists(selectors, max_size=3))
def test_compatible_is_what_some_labels_satisfy(given_: list[Selector]) -> None:
    expected = any(all(match(selector, labels) for selector in given_) for labels in LABELS)
    assert compatible(given_) is expected


@given(st.lists(selectors, max_size=3))
def test_keys_that_are_always_there(given_: list[Selector]) -> None:
    expected = any(all(match(selector, labels) for selector in given_) for labels in LABELS if "a" in labels)
    assert compatible(given_, ["a"]) is expected


@given(selectors, selectors)
def test_implication_is_inclusion(one: Selector, other: Selector) -> None:
    selected = [labels for labels in LABELS if match(one, labels)]
    assert implies(one, other) is (bool(selected) and all(match(other, labels) is True for labels in selected))


def test_a_selector_that_is_not_written_selects_nothing() -> None:
    assert compatible([Selector(nothing=True)]) is False
    assert implies(Selector(nothing=True), Selector()) is False
    assert implies(Selector(), Selector(nothing=True)) is False


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (Requirement("a", "In", frozenset({"${A}"})), Requirement("a", "In", frozenset({"x"})), UNKNOWN),
        (Requirement("${KEY}", "In", frozenset({"x"})), Requirement("a", "In", frozenset({"x"})), UNKNOWN),
        (Requirement("a", "In", frozenset({"${A}"})), Requirement("a", "DoesNotExist"), False),
        (Requirement("a", "In", frozenset({"${A}"})), Requirement("b", "In", frozenset({"x"})), UNKNOWN),
    ],
)
def test_variables_may_become_anything(one: Requirement, other: Requirement, expected: object) -> None:
    assert compatible([Selector((one, other))]) is expected


@pytest.mark.parametrize(
    ("wanted", "written", "expected"),
    [
        ("external", "externl", True),
        ("external", "External", True),
        ("external", "exernal", True),
        ("bgp_advertise", "bgp-advertise", True),
        ("external", "internal", False),
        ("external", "external", False),
        ("rack1", "rack2", False),
        ("on", "no", False),
    ],
)
def test_slips(wanted: str, written: str, expected: bool) -> None:
    assert is_slip(wanted, written) is expected


def test_a_slip_is_one_label_that_keeps_the_selector_from_matching() -> None:
    selector = Selector(
        (Requirement("announce", "In", frozenset({"external"})), Requirement("tier", "In", frozenset({"web"})))
    )
    found = slip(selector, {"announce": "externl", "tier": "web"})
    assert found is not None
    assert (found.key, found.value, found.wanted_key, found.wanted) == ("announce", "externl", "announce", "external")
    key = slip(selector, {"anounce": "external", "tier": "web"})
    assert key is not None
    assert (key.key, key.wanted_key) == ("anounce", "announce")
    assert slip(selector, {"announce": "externl", "tier": "db"}) is None
    assert slip(selector, {"announce": "internal", "tier": "web"}) is None
