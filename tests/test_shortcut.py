"""A shortcut says what CEL says, or nothing."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crslint.policy.cel import RuleError
from crslint.policy.check import Evaluator
from crslint.policy.expression import compile_expression
from crslint.policy.shortcut import shortcut_of
from crslint.policy.tokens import operands
from crslint.policy.unknown import Unknown

_FACTS = ("name", "namespace", "strategy", "number")
_VALUES = st.sampled_from(["a", "b", "", None, True, False, 1, 0, [], ["a"], {"a": 1}])
_LITERALS = st.sampled_from(['"a"', "'b'", '""', "null", "true", "false", '"\\x61"', "1"])
_NAMES = st.sampled_from([*(f"resourceSet.{fact}" for fact in _FACTS), "each.x", "each.y"])
_TESTS = st.one_of(
    st.builds("{} {} {}".format, _NAMES, st.sampled_from(["==", "!="]), _LITERALS),
    st.builds("{} in [{}]".format, _NAMES, st.lists(_LITERALS, max_size=3).map(", ".join)),
    st.builds("{}{}".format, st.sampled_from(["", "!"]), _NAMES),
    st.builds("({} == {})".format, _NAMES, _LITERALS),
)
_CONDITIONS = st.recursive(
    _TESTS,
    lambda inner: st.builds(str.join, st.sampled_from([" && ", " || "]), st.lists(inner, min_size=2, max_size=3)),
    max_leaves=5,
)


@given(
    _CONDITIONS,
    st.dictionaries(st.sampled_from(_FACTS), _VALUES),
    st.one_of(st.none(), st.dictionaries(st.sampled_from(["x", "y"]), _VALUES)),
)
def test_it_agrees_with_the_engine(text: str, facts: dict[str, Any], element: object) -> None:
    shortcut = shortcut_of(text, "resourceSet")
    if shortcut is None:
        return
    expression = compile_expression(text, "resourceSet")
    values = {f"resourceSet.{name}": value for name, value in facts.items()}
    decided = shortcut.decided(values, element)
    if decided is None:
        return
    evaluator = Evaluator([expression])
    view = evaluator.engine.view({**values, "each": element})
    try:
        asked = evaluator.engine.evaluate(evaluator.program(expression), view)
    except RuleError as error:
        asked = str(error)
    assert asked is decided or (type(asked) is type(decided) is Unknown)


@pytest.mark.parametrize(
    ("text", "facts", "answer"),
    [
        ('resourceSet.name == "a"', {"name": "a"}, True),
        ('resourceSet.name == "a"', {}, Unknown("resourceSet.name")),
        ('each.x == "a" && resourceSet.name == "a"', {}, None),
        ('resourceSet.number > 3 || resourceSet.name == "a"', {}, None),
        ('resourceSet.name == "a" && resourceSet.complete', {"name": "b"}, False),
        ('resourceSet.name == "a" && resourceSet.complete', {"name": "a"}, Unknown("resourceSet.complete")),
        ('resourceSet.name == "a" && resourceSet.complete', {"name": "a", "complete": True}, True),
        ("resourceSet.number == null || resourceSet.number > 3", {"number": None}, True),
        ("resourceSet.number == null || resourceSet.number > 3", {"number": 2}, None),
        ("resourceSet.number != null", {"number": 2}, True),
        ('resourceSet.strategy in ["a", "b"]', {"strategy": "c"}, False),
        ("!resourceSet.complete", {"complete": True}, False),
        ("resourceSet.complete", {"complete": None}, None),
        ('resourceSet.name == "\\x61"', {"name": "a"}, None),
        ('resourceSet.name == "a" ? true : false', {"name": "a"}, None),
    ],
)
def test_what_is_decided(text: str, facts: dict[str, Any], answer: bool | Unknown | None) -> None:
    shortcut = shortcut_of(text, "resourceSet")
    values = {f"resourceSet.{name}": value for name, value in facts.items()}
    assert (shortcut.decided(values) if shortcut else None) == answer


@pytest.mark.parametrize(
    ("text", "operator", "parts"),
    [
        ("a && b", "&&", ["a", "b"]),
        ("(a && b)", "&&", ["(a && b)"]),
        ("a && b || c", "&&", ["a && b || c"]),
        ("a && b || c", "||", ["a && b", "c"]),
        ("f(a && b) && [c && d]", "&&", ["f(a && b)", "[c && d]"]),
        ('"&& (" && b', "&&", ['"&& ("', "b"]),
        ("a // && b\n&& c", "&&", ["a // && b", "c"]),
        ("a ? b && c : d", "&&", ["a ? b && c : d"]),
        ("a", "&&", ["a"]),
    ],
)
def test_operands(text: str, operator: str, parts: list[str]) -> None:
    assert operands(text, operator) == parts
