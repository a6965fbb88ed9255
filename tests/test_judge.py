"""How rules are evaluated: three states, each, what a finding says, and what happens to a rule that is wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fleets import fleet_of, payload, resource_set
from rule_folders import load_folder, rule_set, rule_text, write_rule

from crslint.config.model import Config, PathSettings
from crslint.config.selection import CommandLine, Selection
from crslint.finding import Edit, Finding, Fix, NotChecked, Problem, Related
from crslint.fleet.entity import UNKNOWN, Entity
from crslint.policy.check import Verdict, judge


def verdict(folder: Path, text: str, *entities: Entity, whole: bool = True) -> Verdict:
    return judge(fleet_of(*entities, whole=whole), [], rule_set(folder, text), Selection())


def finding(folder: Path, text: str, *entities: Entity) -> Finding:
    (found,) = verdict(folder, text, *entities).findings
    return found


@pytest.mark.parametrize(
    ("when", "check", "found", "not_checked"),
    [
        ("true", "false", True, False),
        ("true", "true", False, False),
        ("false", "false", False, False),
        ("true", 'resourceSet.strategy == "ApplyOnce"', False, True),
        ('resourceSet.strategy == "ApplyOnce"', "false", False, True),
        ('resourceSet.strategy == "ApplyOnce" && false', "false", False, False),
        ('resourceSet.strategy == "ApplyOnce" || true', "false", True, False),
        ('resourceSet.strategy == "ApplyOnce" || resourceSet.complete', "false", True, False),
        ("true", 'resourceSet.strategy == "ApplyOnce" || true', False, False),
        ("true", 'resourceSet.strategy == "ApplyOnce" && false', True, False),
        ("true", "resourceSet.strategy == null", False, True),
        ("true", "!(resourceSet.strategy == null)", False, True),
        ("true", "[1, 2].exists(x, x == 2 || resourceSet.strategy == null)", False, False),
        ("true", "[1, 2].all(x, x == 1 && resourceSet.strategy == null)", True, False),
        ("true", "[1, 2].all(x, resourceSet.strategy == null)", False, True),
    ],
)
def test_three_states(tmp_path: Path, when: str, check: str, found: bool, not_checked: bool) -> None:
    result = verdict(tmp_path, rule_text(when=when, check=check), resource_set(strategy=UNKNOWN))
    assert bool(result.findings) == found
    assert result.not_checked == ((NotChecked("cni.yaml", "cni.yaml:0#", "unknown-value"),) if not_checked else ())
    assert not result.failed


def test_null_is_known(tmp_path: Path) -> None:
    text = rule_text(check="resourceSet.strategy != null")
    assert len(verdict(tmp_path, text, resource_set(strategy=None), resource_set("b", strategy="x")).findings) == 1


def test_not_checked_is_counted_once_for_each_entity(tmp_path: Path) -> None:
    rules = rule_set(
        tmp_path,
        rule_text("XAB001", check="resourceSet.strategy == null"),
        rule_text("XAB002", check="resourceSet.selector == 'valid'"),
    )
    fleet = fleet_of(*(resource_set(name, strategy=UNKNOWN, selector=UNKNOWN) for name in "ab"))
    places = [entry.at for entry in judge(fleet, [], rules, Selection()).not_checked]
    assert places == ["a.yaml:0#", "b.yaml:0#"]


def test_each_element_is_one_evaluation(tmp_path: Path) -> None:
    elements = [
        {"kind": "ConfigMap", "name": name, "at": f"cni.yaml:0#/spec/resources/{index}", "state": state}
        for index, (name, state) in enumerate([("a", "missing"), ("b", "present"), ("c", "missing")])
    ]
    text = rule_text(
        each="resourceSet.resources",
        check='each.state != "missing"',
        at='at(each.at, ["name"])',
        message="{each.kind} {each.name} of {resourceSet.name}",
    )
    found = verdict(tmp_path, text, resource_set(resources=elements)).findings
    assert [(item.at, item.message, item.count) for item in found] == [
        ("cni.yaml:0#/spec/resources/0/name", "ConfigMap a of cni", 1),
        ("cni.yaml:0#/spec/resources/2/name", "ConfigMap c of cni", 1),
    ]
    assert verdict(tmp_path, text, resource_set(resources=UNKNOWN)).not_checked[0].reason == "unknown-value"


def test_a_finding_says_everything(tmp_path: Path) -> None:
    text = rule_text(
        severity="error",
        check='resourceSet.strategy == "ApplyOnce"',
        at='at(resourceSet.at, ["spec", "strategy"])',
        message='strategy is "{resourceSet.strategy}",\nnot {{ApplyOnce}}',
        extra="""\
        related:
          - at: |
              at(resourceSet.at, ["metadata", "name"])
            label: |
              the set {resourceSet.name}
        downgrade:
          to: warning
          when: |
            resourceSet.number == null
        fix:
          safety:
            safeWhen: |
              resourceSet.number != null
          title: |
            set {resourceSet.name}'s strategy
          edits:
            - set: |
                at(resourceSet.at, ["spec", "strategy"])
              to: |
                "ApplyOnce"
            - rename: |
                at(resourceSet.at, ["spec", "old"])
              to: |
                "new"
        """,
    )
    at = "cni.yaml:0#/spec/strategy"
    expected = Finding(
        code="XAB001",
        name="some-fault",
        severity="warning",
        message='strategy is "Reconcile", not {ApplyOnce}',
        at=at,
        clusters=("default/a", "default/b"),
        related=(Related("cni.yaml:0#/metadata/name", "the set cni"),),
        fix=Fix(
            "unsafe",
            "set cni's strategy",
            (Edit("set", at, "ApplyOnce"), Edit("rename", "cni.yaml:0#/spec/old", "new")),
        ),
    )
    subject = resource_set(strategy="Reconcile", clusters=["default/b", "default/a"])
    assert finding(tmp_path, text, subject) == expected
    numbered = finding(tmp_path, text, resource_set(strategy="Reconcile", number=1))
    assert numbered.severity == "error"
    assert numbered.fix is not None
    assert numbered.fix.safety == "safe"


def test_what_is_unknown_after_the_check_does_not_hide_the_finding(tmp_path: Path) -> None:
    text = rule_text(
        at="payload(resourceSet.at).at",
        message="{resourceSet.strategy}, {payload(resourceSet.at).kind}, {resourceSet.name}",
        extra="""\
        downgrade:
          to: info
          when: |
            resourceSet.strategy == null
        related:
          - at: |
              payload(resourceSet.at).at
            label: |
              gone
          - at: |
              resourceSet.at
            label: |
              {resourceSet.strategy} there
        fix:
          safety: safe
          title: |
            mend
          edits:
            - set: |
                resourceSet.at
              to: |
                resourceSet.strategy
        """,
    )
    result = verdict(tmp_path, text, resource_set(strategy=UNKNOWN))
    (found,) = result.findings
    assert (found.at, found.message, found.severity, found.fix) == ("cni.yaml:0#", "?, ?, cni", "error", None)
    assert found.related == (Related("cni.yaml:0#", "? there"),)
    assert not result.failed


def test_facts_of_other_entities(tmp_path: Path) -> None:
    text = rule_text(
        each="resourceSet.resources",
        check="each.payload == null || payload(each.payload).inUse",
        message="{payload(each.payload).keys.join(', ')}",
    )
    used, unused = payload("used"), payload("unused", in_use=False, keys=["a", "b"])
    subject = resource_set(resources=[{"payload": used.at}, {"payload": unused.at}, {"payload": None}])
    result = verdict(tmp_path, text, used, unused, subject)
    assert [item.message for item in result.findings] == ["a, b"]
    assert result.not_checked == ()
    elsewhere = verdict(tmp_path, text, resource_set(resources=[{"payload": "none.yaml:0#"}]))
    assert (elsewhere.findings, elsewhere.failed, len(elsewhere.not_checked)) == ((), False, 1)


def test_an_unknown_fact_of_another_entity_is_unknown(tmp_path: Path) -> None:
    text = rule_text(check="payload(resourceSet.at).keys.size() > 0")
    result = verdict(tmp_path, text, resource_set(), payload("cni", keys=UNKNOWN))
    assert (result.findings, len(result.not_checked)) == ((), 1)


@pytest.mark.parametrize(
    ("check", "reason"),
    [
        ("1 / (resourceSet.name.size() - 3) > 0", "divide by zero"),
        ("resourceSet.namespace.size() > 0", "No matching overloads found : (null_type).size()"),
        ("resourceSet.resources[0].name == 'x'", "Index error"),
        ("resourceSet.number", "null is neither true nor false"),
    ],
)
def test_a_rule_that_is_wrong_fails_alone(tmp_path: Path, check: str, reason: str) -> None:
    rules = rule_set(tmp_path, rule_text("XAB001", check=check), rule_text("XAB002", message="still here"))
    fleet = fleet_of(*(resource_set(name, namespace=None) for name in ("cni", "two")))
    result = judge(fleet, [], rules, Selection())
    assert result.failed
    still = [item for item in result.findings if item.code == "XAB002"]
    (wrong,) = [item for item in result.findings if item.code == "CFG003"]
    assert len(still) == 2
    assert "XAB001" in wrong.message
    assert reason in wrong.message
    assert wrong.at == "cni.yaml:0#"


def test_an_error_after_the_check_is_told_besides_the_finding(tmp_path: Path) -> None:
    result = verdict(tmp_path, rule_text(message="{1 / 0} of {resourceSet.name}"), resource_set())
    assert result.failed
    assert sorted((item.code, item.message.partition(":")[0]) for item in result.findings) == [
        ("CFG003", "the rule XAB001 failed on ClusterResourceSet default/cni"),
        ("XAB001", "? of cni"),
    ]


def test_an_evaluation_without_end_is_stopped(tmp_path: Path) -> None:
    text = rule_text(check="resourceSet.clusters.all(a, resourceSet.clusters.all(b, a != 'x' || b != 'x'))")
    result = verdict(tmp_path, text, resource_set(clusters=[f"default/{number}" for number in range(1000)]))
    assert [entry.reason for entry in result.not_checked] == ["limit"]
    assert (result.findings, result.failed) == ((), False)


@pytest.mark.parametrize("value", [2**70, -(2**63) - 1, "\ud800", UNKNOWN], ids=["huge", "low", "surrogate", "unknown"])
def test_a_value_that_cel_cannot_hold_is_unknown(tmp_path: Path, value: object) -> None:
    text = rule_text(each="resourceSet.resources", check="each.x == 1", extra="")
    for nested in (value, [value], {"a": value}):
        result = verdict(tmp_path, text, resource_set(resources=[{"x": nested}]))
        assert (result.findings, result.failed) == ((), False)
        assert [entry.reason for entry in result.not_checked] == ["unknown-value"]


def test_an_absence_is_only_reported_where_the_input_is_whole(tmp_path: Path) -> None:
    text = rule_text(extra="needs: whole\n")
    assert verdict(tmp_path, text, resource_set(), whole=False).findings == ()
    assert len(verdict(tmp_path, text, resource_set(), whole=True).findings) == 1


@pytest.mark.parametrize(
    ("when", "facts", "runs"),
    [
        ('payload.kind == "Secret" && payload.inUse', {"kind": "Secret"}, True),
        ('payload.kind == "Secret" && payload.inUse', {"kind": "ConfigMap"}, False),
        ('payload.kind == "Secret" && payload.inUse', {"kind": "Secret", "in_use": False}, False),
        ('payload.kind in ["Secret", "ConfigMap"] && !payload.inUse', {"in_use": False}, True),
        ('payload.kind in ["Secret", "ConfigMap"] && !payload.inUse', {}, False),
        ("payload.kind in ['Secret']", {}, False),
        ('payload.name == "\\x63ilium"', {}, True),
        ('payload.name == "cilium" || payload.inUse', {"name": "x"}, True),
        ('payload.name == "cilium" ? true : true', {"name": "x"}, True),
        ('payload.name == "a" + "b"', {"name": "ab"}, True),
    ],
)
def test_shortcuts_agree_with_the_expression(tmp_path: Path, when: str, facts: dict[str, Any], runs: bool) -> None:
    result = verdict(tmp_path, rule_text(entity="payload", when=when), payload(**facts))
    assert bool(result.findings) == runs


def test_problems_of_the_engine_become_findings(tmp_path: Path) -> None:
    rules = rule_set(
        tmp_path,
        "apiVersion: 1\ncode: XYM001\nname: engine-fault\ntitle: x\nseverity: warning\nengine: true\nwhy: |\n  x\n"
        "message: |\n  {reason} at {depth} {{deep}} {lost}\n",
    )
    problem = Problem("XYM001", "a.yaml:0#", {"reason": 'a "quoted"\x1b[0m reason', "depth": 3}, (4, 5))
    (found,) = judge(fleet_of(problems=[problem]), [problem], rules, Selection()).findings
    assert found.message == 'a "quoted"\\u001b[0m reason at 3 {deep} ?'
    assert (found.severity, found.span, found.count) == ("warning", (4, 5), 1)


ENGINE_FIX = """\
apiVersion: 1
code: XYM001
name: engine-fault
title: x
severity: warning
engine: true
why: |
  x
message: |
  x
fix:
  safety:
    safeWhen: |
      !merged
  title: |
    write {word}
  edits:
    - set: |
        at
      to: |
        word
"""


@pytest.mark.parametrize(
    ("parameters", "fix"),
    [
        ({"merged": False, "word": "y"}, Fix("safe", "write y", (Edit("set", "a.yaml:0#/b", "y"),))),
        ({"merged": True, "word": "y"}, Fix("unsafe", "write y", (Edit("set", "a.yaml:0#/b", "y"),))),
        ({"word": "y"}, Fix("unsafe", "write y", (Edit("set", "a.yaml:0#/b", "y"),))),
        ({"merged": False}, None),
    ],
)
def test_fixes_of_the_engine_are_made_of_parameters(tmp_path: Path, parameters: dict[str, object], fix: object) -> None:
    problem = Problem("XYM001", "a.yaml:0#/b", parameters)
    (found,) = judge(fleet_of(), [problem], rule_set(tmp_path, ENGINE_FIX), Selection()).findings
    assert found.fix == fix


def test_a_fix_of_the_engine_has_no_expressions(tmp_path: Path) -> None:
    write_rule(tmp_path, ENGINE_FIX.replace("!merged", "merged && word"))
    rules, (fault,) = load_folder(tmp_path, cached=False)
    assert rules == []
    assert (fault.line, fault.reason) == (14, "merged && word is no name of a parameter")


def test_a_problem_that_no_rule_explains_is_not_lost(tmp_path: Path) -> None:
    rules = rule_set(tmp_path, rule_text())
    (found,) = judge(fleet_of(), [Problem("XYM009", "a.yaml:0#")], rules, Selection()).findings
    assert (found.code, found.severity) == ("XYM009", "error")


def test_selection_and_severity(tmp_path: Path) -> None:
    rules = rule_set(tmp_path, rule_text("XAB001"), rule_text("XAB002", extra="profile: strict\n"), rule_text("XCD001"))
    fleet = fleet_of(resource_set("a"), resource_set("legacy/b"))

    def codes(selection: Selection) -> list[tuple[str, str, str]]:
        return sorted((item.code, item.at, item.severity) for item in judge(fleet, [], rules, selection).findings)

    config = Config(
        ignore=("XCD",),
        severity={"XAB": "info"},
        paths=(PathSettings("legacy/**", ignore=("XAB001",), severity={"XCD": "warning"}),),
    )
    assert codes(Selection(config)) == [("XAB001", "a.yaml:0#", "info")]
    assert codes(Selection(config, CommandLine(select=("XCD", "XAB002")))) == [
        ("XAB002", "a.yaml:0#", "info"),
        ("XAB002", "legacy/b.yaml:0#", "info"),
        ("XCD001", "a.yaml:0#", "error"),
        ("XCD001", "legacy/b.yaml:0#", "warning"),
    ]
