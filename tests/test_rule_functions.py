"""The functions that expressions can call."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from fleets import fleet_of, resource_set
from hypothesis import given
from hypothesis import strategies as st
from rule_folders import one_rule, rule_text

from crslint.fleet.entities.objects import Object
from crslint.policy.cel import RuleError
from crslint.policy.evaluation import Evaluator
from crslint.policy.expression import compile_expression
from crslint.policy.reference import functions_page
from crslint.policy.unknown import Unknown
from crslint.policy.words import version_compare

_ROOT = Path(__file__).parents[1]


def ask(text: str) -> object:
    """What an expression of a rule for resourceSet gives."""
    document = Object(
        at="cni.yaml:0#",
        api_version="v1",
        group="",
        kind="X",
        namespace=None,
        name="cni",
        data={"spec": {"replicas": 3, "list": [{"a": 1}]}},
        scope="Namespaced",
    )
    expression = compile_expression(text, "resourceSet")
    evaluator = Evaluator([expression])
    evaluator.fleet = fleet_of(document)
    facts = {f"resourceSet.{name}": value for name, value in resource_set(number=None).facts().items()}
    view = evaluator.engine.view({name: facts[name] for name in expression.facts})
    return evaluator.engine.evaluate(evaluator.program(expression), view)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('at(resourceSet.at, ["spec", "a/b", 0])', "cni.yaml:0#/spec/a~1b/0"),
        ('parentOf(at(resourceSet.at, ["a", "b"]))', "cni.yaml:0#/a"),
        ("parentOf(resourceSet.at)", "cni.yaml:0#"),
        ('documentOf(at(resourceSet.at, ["a", "b"]))', "cni.yaml:0#"),
        ("pathOf(resourceSet.at)", "cni.yaml"),
        ('within(at(resourceSet.at, ["a"]), resourceSet.at)', True),
        ('within(resourceSet.at, at(resourceSet.at, ["a"]))', False),
        ('get({"a": 1}, "a")', 1),
        ('get({"a": 1}, "b")', None),
        ('get({"a": 1}, "b", [2])', [2]),
        ('get({"a": null}, "a", 2)', None),
        ('value(resourceSet.at, ["spec", "replicas"])', 3),
        ('value(resourceSet.at, ["spec", "list", 0, "a"])', 1),
        ('value(resourceSet.at, ["spec", "list", 1, "a"])', None),
        ('value(resourceSet.at, ["spec", "replicas", "x"])', None),
        ('cidrContains("10.0.0.0/8", "10.244.0.0/16")', True),
        ('cidrContains("10.244.0.0/16", "10.0.0.0/8")', False),
        ('cidrContains("10.0.0.0/8", "10.1.2.3")', True),
        ('cidrContains("10.0.0.0/8", "fd00::/64")', False),
        ('cidrOverlaps("10.0.0.1/8", "10.244.0.0/16")', True),
        ('cidrOverlaps("10.0.0.0/16", "10.1.0.0/16")', False),
        ('cidrFamily("fd00::/64")', 6),
        ('cidrNormalized("10.1.2.3/16")', "10.1.0.0/16"),
        ('ipInCidr("10.1.2.3", "10.1.0.0/16")', True),
        ('ipInRange("10.1.2.3", "10.1.2.3", "10.1.2.9")', True),
        ('ipInRange("10.1.2.10", "10.1.2.3", "10.1.2.9")', False),
        ('rangesOverlap("10.0.0.1", "10.0.0.5", "10.0.0.5", "10.0.0.9")', True),
        ('rangesOverlap("10.0.0.1", "10.0.0.4", "10.0.0.5", "10.0.0.9")', False),
        ('rangeInCidr("10.0.0.250", "10.0.1.3", "10.0.1.0/24")', True),
        ('isCidr("10.0.0.1/16") && !isCidr("10.0.0.1") && !isCidr("${POD_CIDR}")', True),
        ('isIp("10.0.0.1") && !isIp("host")', True),
        ('versionAtLeast("v1.15.0-rc.1", "1.15")', True),
        ('versionAtLeast("v1.15.0-rc.1", "1.15.0")', False),
        ('versionAtLeast("1.9.0", "1.10")', False),
        ('versionCompare("1.14.10", "v1.14.9")', 1),
        ('versionCompare("1.14.0-rc.2", "1.14.0-rc.10")', -1),
        ('minor("v1.14.5")', "1.14"),
        ('nearest("bgp-contrl", ["bgp-control", "ipam"])', "bgp-control"),
        ('nearest("something", ["bgp-control", 1])', ""),
        ('plural(1, "object", "objects")', "1 object"),
        ('plural(1917766, "byte", "bytes")', "1,917,766 bytes"),
        ("number(1917766)", "1,917,766"),
        ('quote("a\\"b")', '"a\\"b"'),
        ("quote([1, null])", "[1, null]"),
        ('["a", "b"].join(", ")', "a, b"),
    ],
)
def test_functions(text: str, value: object) -> None:
    assert ask(text) == value


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ('cidrContains("${POD_CIDR}", "10.0.0.0/8")', "the CIDR ${POD_CIDR}"),
        ('cidrNormalized("10.0.0.1")', "the CIDR 10.0.0.1"),
        ('ipInCidr("host", "10.0.0.0/8")', "the IP address host"),
        ('ipInRange("10.0.0.1", "10.0.0.9", "10.0.0.1")', "the addresses from 10.0.0.9 to 10.0.0.1"),
        ('versionAtLeast("latest", "1.15")', "the version latest"),
        ("at(resourceSet.number, [])", "an address that is null"),
        ('value(at(resourceSet.at, ["x"]), [])', "the document cni.yaml:0#/x"),
        ("payload(resourceSet.at).inUse", "payload(cni.yaml:0#).inUse"),
        ("payload(null).inUse", "an address that is null"),
    ],
)
def test_what_cannot_be_decided_is_unknown(text: str, what: str) -> None:
    assert ask(text) == Unknown(what)


def test_a_wrong_type_is_an_error_of_the_rule() -> None:
    with pytest.raises(RuleError, match="No matching overloads"):
        ask('cidrContains(get({"a": 1}, "a"), "10.0.0.0/8")')


@pytest.mark.parametrize("text", ["null", '[null, {"a": null}]', "resourceSet.number", "[resourceSet.number, null]"])
def test_nulls_do_not_wear_out(text: str) -> None:
    expression = compile_expression(text, "resourceSet")
    evaluator = Evaluator([expression])
    view = evaluator.engine.view({"resourceSet.number": None})
    program = evaluator.program(expression)
    before = sys.getrefcount(None)
    for _ in range(2000):
        evaluator.engine.evaluate(program, view)
    assert sys.getrefcount(None) > before - 1000


_PARTS = st.integers(0, 30)
_VERSIONS = st.builds("{}.{}.{}{}".format, _PARTS, _PARTS, _PARTS, st.sampled_from(["", "-rc.1", "-alpha", "-rc.10"]))


@given(_VERSIONS, _VERSIONS, _VERSIONS)
def test_versions_are_ordered(one: str, two: str, three: str) -> None:
    assert version_compare(one, two) == -version_compare(two, one)
    if version_compare(one, two) >= 0 and version_compare(two, three) >= 0:
        assert version_compare(one, three) >= 0


def test_only_called_functions_are_bound(tmp_path: Path) -> None:
    rule = one_rule(tmp_path, rule_text(check='minor("1.2.3") == "1.2" || payload(resourceSet.at).inUse'))
    assert [name for item in rule.expressions() for name in item.functions] == ["minor", "payload.inUse"]


def test_the_page_is_true() -> None:
    page = _ROOT / "docs" / "functions.md"
    assert page.read_text(encoding="utf-8") == functions_page()
