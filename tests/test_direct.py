"""What is evaluated without the engine is what the engine says."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

import pytest
from fleets import fleet_of, payload
from hypothesis import given, settings
from hypothesis import strategies as st

from crslint.fleet.entity import UNKNOWN, camel
from crslint.fleet.reference import ENTITIES
from crslint.policy.cel import LimitError, RuleError
from crslint.policy.evaluation import Evaluator
from crslint.policy.expression import compile_expression, fact_kinds
from crslint.policy.operations import Missing, Undecided
from crslint.policy.rule import Expression, Rule
from crslint.policy.rules import load_rules
from crslint.policy.tokens import operands
from crslint.policy.unknown import Unknown


class Subject:
    """An entity of which no more is known than some facts by their names."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = {name.partition(".")[2]: value for name, value in values.items()}

    def __getattr__(self, attribute: str) -> Any:
        return self._values.get(camel(attribute), UNKNOWN)


def asked(evaluator: Evaluator, expression: Expression, values: Mapping[str, Any]) -> Any:
    """What the engine says; a failure as its text."""
    view = evaluator.engine.view({name: values[name] for name in expression.facts if name in values})
    try:
        return evaluator.engine.evaluate(evaluator.program(expression), view)
    except (RuleError, LimitError) as error:
        return f"fault: {error}"


def decided(evaluator: Evaluator, expression: Expression, values: Mapping[str, Any]) -> Any:
    """What is said without the engine, Undecided where it must be asked."""
    subject: Any = Subject(values)
    kind = ENTITIES[next((fact for fact in expression.facts if "." in fact), "resourceSet").partition(".")[0]]
    try:
        return evaluator.direct(expression.tree, kind)(subject, {"each": values["each"]} if "each" in values else {})
    except Missing as missing:
        return Unknown(missing.what)
    except Undecided:
        return Undecided


def agrees(evaluator: Evaluator, expression: Expression, values: Mapping[str, Any]) -> bool:
    """Whether it was decided; if so, asserts that the engine says the same."""
    mine = decided(evaluator, expression, values)
    if mine is Undecided:
        return False
    engines = asked(evaluator, expression, values)
    if isinstance(mine, Unknown):
        assert isinstance(engines, Unknown), (expression.text, values, engines)
    else:
        assert written(mine) == written(engines), (expression.text, values)
    return True


def written(value: Any) -> str:
    """1, 1.0 and true are three things; the order of a map's keys is none of the engine's."""
    return json.dumps(value, sort_keys=True)


_SCALARS = st.sampled_from(
    [None, True, False, 0, 1, -1, 5, 2**62, 0.5, "", "a", "b", "é", "v1.2.3", "10.0.0.0/8", "cilium.yaml:0#"]
)
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(["x", "y", "key", "state"]), inner, max_size=3)
    ),
    max_leaves=5,
)
_FACTS = ("name", "namespace", "strategy", "number", "selector", "resources", "at")
_NAMES = st.sampled_from([*(f"resourceSet.{fact}" for fact in _FACTS), "each", "each.x", "each.y", "item", "item.x"])
_LITERALS = st.sampled_from(
    ['"a"', "'b'", '""', '"\\x61"', "null", "true", "false", "0", "1", "-1", "0.5", "[]", "{}", '["a", "b"]']
)
_TEXTS = st.recursive(
    st.one_of(_NAMES, _NAMES, _LITERALS),
    lambda inner: st.one_of(
        st.builds(
            "{} {} {}".format,
            inner,
            st.sampled_from(["==", "!=", "<", "<=", ">", ">=", "in", "+", "-", "*", "%"]),
            inner,
        ),
        st.builds("({} {} {})".format, inner, st.sampled_from(["&&", "||"]), inner),
        st.builds(
            "{} {} {} {} {}".format, inner, st.sampled_from(["&&", "||"]), inner, st.sampled_from(["&&", "||"]), inner
        ),
        st.builds("({} ? {} : {})".format, inner, inner, inner),
        st.builds("!({})".format, inner),
        st.builds("{}({})".format, st.sampled_from(["size", "string", "quote", "has", "isIp"]), inner),
        st.builds(
            "{}({}, {})".format,
            st.sampled_from(["at", "get", "cidrContains", "versionAtLeast", "within"]),
            inner,
            inner,
        ),
        st.builds(
            "{}.{}(item, {})".format, inner, st.sampled_from(["exists", "all", "map", "filter", "exists_one"]), inner
        ),
        st.builds(
            "{}.{}({})".format, inner, st.sampled_from(["join", "contains", "startsWith", "endsWith", "matches"]), inner
        ),
        st.builds("{}[{}]".format, inner, inner),
        st.builds("[{}, {}]".format, inner, inner),
        st.builds('{{"x": {}, {}: 1}}'.format, inner, inner),
        st.builds("payload({}).{}".format, inner, st.sampled_from(["kind", "size", "documents"])),
    ),
    max_leaves=6,
)


@settings(max_examples=1500)
@given(_TEXTS, st.dictionaries(st.sampled_from(_FACTS), _VALUES), _VALUES)
def test_any_expression(text: str, facts: dict[str, Any], element: object) -> None:
    try:
        expression = compile_expression(text, "resourceSet")
    except Exception:
        return
    evaluator = Evaluator([expression])
    evaluator.fleet = fleet_of(payload())
    values = {f"resourceSet.{name}": value for name, value in facts.items()}
    agrees(evaluator, expression, {**values, "each": element})


@cache
def rules() -> tuple[list[Rule], Evaluator]:
    found = [rule for rule in load_rules().rules.values() if rule.entity]
    evaluator = Evaluator([item for rule in found for item in rule.expressions()])
    evaluator.fleet = fleet_of(payload())
    return found, evaluator


_BY_KIND: Mapping[str, st.SearchStrategy[Any]] = {
    "bool": st.booleans(),
    "int": st.integers(-3, 300),
    "double": st.floats(allow_nan=False, allow_infinity=False),
    "string": st.sampled_from(["", "a", "Secret", "valid", "v1.2.3", "1.16.0"]),
    "address": st.sampled_from(["cilium.yaml:0#", "b.yaml:1#/spec"]),
    "strings": st.lists(st.sampled_from(["a", "b"]), max_size=2),
    "addresses": st.lists(st.just("cilium.yaml:0#"), max_size=2),
    "ints": st.lists(st.integers(0, 9), max_size=2),
}


@settings(max_examples=300)
@given(st.data())
def test_every_rule(data: st.DataObject) -> None:
    """With facts of the right types and others, some of them unknown."""
    found, evaluator = rules()
    rule = data.draw(st.sampled_from(found))
    kinds = {f"{rule.entity}.{name}": kind for name, kind in fact_kinds(rule.entity).items()}
    values: dict[str, Any] = {"each": data.draw(_VALUES)}
    for expression in rule.expressions():
        for fact in expression.facts:
            if fact not in values and data.draw(st.integers(0, 5)):
                values[fact] = data.draw(_BY_KIND.get(kinds.get(fact, ""), _VALUES))
        agrees(evaluator, expression, values)


def test_nearly_all_our_expressions_can_do_without_the_engine() -> None:
    found, _ = rules()
    expressions = [item for rule in found for item in rule.expressions()]
    assert sum(item.tree is not None for item in expressions) > 0.9 * len(expressions)
    assert all(rule.when is None or rule.when.tree for rule in found)


@pytest.mark.parametrize(
    ("text", "facts", "answer"),
    [
        ('resourceSet.name == "a"', {"name": "a"}, True),
        ('resourceSet.name == "a"', {}, Unknown("resourceSet.name")),
        ('resourceSet.name == "a" && resourceSet.complete', {"name": "b"}, False),
        ('resourceSet.name == "a" && resourceSet.complete', {"complete": False}, False),
        ('resourceSet.name == "a" && resourceSet.complete', {"name": "a"}, Unknown("resourceSet.complete")),
        ("resourceSet.number == null || resourceSet.number > 3", {"number": None}, True),
        ("resourceSet.number == null || resourceSet.number > 3", {"number": 2}, False),
        ("resourceSet.number > 3", {"number": 2.5}, Undecided),
        ("resourceSet.number > 3", {"number": None}, Undecided),
        ('resourceSet.name == "a" ? size(resourceSet.resources) + 1 : 0', {"name": "a", "resources": [1]}, 2),
        ('resourceSet.name == "a" ? 1 : 0', {}, Unknown("resourceSet.name")),
        ("resourceSet.resources.exists(item, item.x)", {"resources": [{"x": False}, {}, {"x": True}]}, True),
        ("resourceSet.resources.exists(item, item.x)", {"resources": [{"x": False}, {}]}, Undecided),
        ("resourceSet.resources.all(item, item.x != 1)", {"resources": []}, True),
        (
            "resourceSet.resources.exists(one, resourceSet.resources.exists(other, one == other))",
            {"resources": []},
            Undecided,
        ),
        ("resourceSet.resources.exists(item, true)", {"resources": [{}] * 1001}, Undecided),
        ('at(resourceSet.at, ["spec", 1])', {"at": "a.yaml:0#"}, "a.yaml:0#/spec/1"),
        ("payload(resourceSet.at).kind", {"at": "a.yaml:0#"}, Unknown("payload(a.yaml:0#).kind")),
        ("payload(resourceSet.at).kind", {"at": "cilium.yaml:0#"}, "ConfigMap"),
        ('versionAtLeast(resourceSet.name, "1.2")', {"name": 3}, Undecided),
        ('resourceSet.name == "\\x61"', {"name": "a"}, Undecided),
        ("resourceSet.number * 9223372036854775807", {"number": 2}, Undecided),
    ],
)
def test_what_is_decided(text: str, facts: dict[str, Any], answer: object) -> None:
    expression = compile_expression(text, "resourceSet")
    evaluator = Evaluator([expression])
    evaluator.fleet = fleet_of(payload())
    values = {f"resourceSet.{name}": value for name, value in facts.items()}
    assert decided(evaluator, expression, values) == answer
    agrees(evaluator, expression, values)


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
