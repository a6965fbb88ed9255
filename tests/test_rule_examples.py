"""`rules test`: what a rule's examples expect, and whether they would notice a weaker rule."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest
from rule_folders import load_folder, rule_text, write_rule

from crslint.examples import test_rules as run_rules
from crslint.policy.examples import RuleReport
from crslint.policy.mutation import mutants
from crslint.policy.scaffold import ScaffoldError, new_rule

_RULE = {
    "entity": "object",
    "when": 'object.kind == "ConfigMap" && object.namespace == "default"',
    "check": 'object.name != null && object.name.startsWith("ok")',
    "at": 'at(object.at, ["metadata", "name"])',
}


def config_map(name: str = "", namespace: str = "default", kind: str = "ConfigMap") -> str:
    return f"apiVersion: v1\nkind: {kind}\nmetadata:\n  namespace: {namespace}\n" + (
        f"  name: {name}\n" if name else ""
    )


# Every operand of the rule is needed by one of these.
_CASES = {
    "bad/another/a.yaml": config_map("another  # expect: XAB001"),
    "bad/nameless/a.yaml": config_map().replace("metadata:", "metadata:  # expect: XAB001"),
    "good/ok/a.yaml": config_map("ok-1"),
    "good/elsewhere/a.yaml": config_map("another", namespace="other"),
    "good/other-kind/a.yaml": config_map("another", kind="Secret"),
}


def report(folder: Path, files: dict[str, str], **slots: str) -> RuleReport:
    rule = write_rule(folder, rule_text("XAB001", severity="warning", **{**_RULE, **slots}))
    for name, text in files.items():
        file = rule / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    result = run_rules(rule)
    assert result.faults == ()
    (found,) = result.rules
    return found


def test_good_examples_pass(tmp_path: Path) -> None:
    found = report(tmp_path, _CASES)
    assert (found.faults, found.survivors, found.cases, found.passed) == ((), (), 5, True)


@pytest.mark.parametrize(
    ("without", "survivor"),
    [
        ("good/elsewhere/a.yaml", 'when: `object.namespace == "default"` replaced by true'),
        ("good/other-kind/a.yaml", 'when: `object.kind == "ConfigMap"` replaced by true'),
        ("bad/nameless/a.yaml", "check: `object.name != null` replaced by true"),
    ],
)
def test_a_missing_example_lets_a_mutant_survive(tmp_path: Path, without: str, survivor: str) -> None:
    found = report(tmp_path, {name: text for name, text in _CASES.items() if name != without})
    assert found.faults == ()
    assert found.survivors == (survivor,)
    assert not found.passed


def test_a_when_without_operands_must_be_noticed_too(tmp_path: Path) -> None:
    cases = {name: text for name, text in _CASES.items() if name in ("bad/another/a.yaml", "good/ok/a.yaml")}
    found = report(tmp_path, cases, when='object.kind == "ConfigMap"', check='object.name == "ok-1"')
    assert found.survivors == ('when: `object.kind == "ConfigMap"` replaced by true',)


def test_mutants(tmp_path: Path) -> None:
    write_rule(tmp_path, rule_text(**_RULE | {"check": "object.complete && (object.partial && true) && '&&' == '&&'"}))
    ((rule,), _) = load_folder(tmp_path, cached=False)
    checks = {what: mutant.check.text for what, mutant in mutants(rule) if mutant.check and what.startswith("check")}
    assert checks == {
        "check replaced by true": "true",
        "check replaced by false": "false",
        "check: `object.complete` replaced by true": "true && ((object.partial && true)) && ('&&' == '&&')",
        "check: `(object.partial && true)` replaced by true": "(object.complete) && true && ('&&' == '&&')",
        "check: `'&&' == '&&'` replaced by true": "(object.complete) && ((object.partial && true)) && true",
    }
    whens = {what: mutant.when.text for what, mutant in mutants(rule) if mutant.when and what.startswith("when")}
    assert whens == {
        'when: `object.kind == "ConfigMap"` replaced by true': 'true && (object.namespace == "default")',
        'when: `object.namespace == "default"` replaced by true': '(object.kind == "ConfigMap") && true',
    }


def test_mutants_of_alternatives_are_only_true_and_false(tmp_path: Path) -> None:
    write_rule(tmp_path, rule_text(check="resourceSet.complete && true || false"))
    ((rule,), _) = load_folder(tmp_path, cached=False)
    assert [what for what, _ in mutants(rule)] == ["check replaced by true", "check replaced by false"]


@pytest.mark.parametrize(
    ("files", "faults"),
    [
        (
            {"bad/another/a.yaml": config_map("another")},
            [
                "bad/another: nothing is expected: write `# expect: XAB001` on each flagged line",
                "bad/another: a.yaml:5:9: XAB001 comes, but is not expected",
            ],
        ),
        (
            {"good/ok/a.yaml": config_map("ok  # expect: XAB001")},
            [
                "good/ok: a good example expects no finding of its own rule",
                "good/ok: a.yaml:5: expected XAB001, but it does not come",
            ],
        ),
        ({"good/ok/a.yaml": config_map("wrong")}, ["good/ok: a.yaml:5:9: XAB001 comes, but is not expected"]),
        (
            {"bad/another/a.yaml": config_map("another  # expect: XAB001@8")},
            [
                "bad/another: a.yaml:5:8: expected XAB001, but it does not come",
                "bad/another: a.yaml:5:9: XAB001 comes, but is not expected",
            ],
        ),
        (
            {"bad/another/a.yaml": config_map("another  # expect: XAB001, XAB002")},
            ["bad/another: a.yaml:5: expected XAB002, but it does not come"],
        ),
        ({"bad/stray.yaml": "a: b\n"}, ["bad/stray.yaml: belongs to no case; a case is a folder"]),
        ({"bad/none.expect.yaml": "a: b\n"}, ["bad/none.expect.yaml: belongs to no case; a case is a folder"]),
        (
            {"good/ok.expect.yaml": "findngs: []\n"},
            ["good/ok: ok.expect.yaml: must be a mapping with findings and also"],
        ),
    ],
)
def test_what_is_not_as_expected(tmp_path: Path, files: dict[str, str], faults: list[str]) -> None:
    assert list(report(tmp_path, {**_CASES, **files}).faults) == faults


def test_without_examples(tmp_path: Path) -> None:
    assert report(tmp_path, {}).faults == ("bad: no example", "good: no example")


def test_the_exact_column_and_the_file_beside(tmp_path: Path) -> None:
    columns = {**_CASES, "bad/another/a.yaml": config_map("another  # expect: XAB001@9")}
    assert report(tmp_path, columns).passed
    quoted = '{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"namespace": "default", "name": "another"}}\n'
    beside = {
        **_CASES,
        "bad/json/a.json": quoted,
        "bad/json.expect.yaml": "findings:\n  - {path: a.json, line: 1, column: 88}\n",
    }
    assert report(tmp_path, beside).faults == ()


def test_errors_of_other_rules_fail_an_example_unless_it_says_so(tmp_path: Path) -> None:
    other = {**_CASES, "good/ok/b.yaml": "a: b\nc: [\n"}
    (fault,) = report(tmp_path, other).faults
    assert fault.startswith("good/ok: b.yaml:2:4: also gives YML001: ")
    allowed = {**other, "good/ok.expect.yaml": "also: [YML001]\n"}
    assert report(tmp_path, allowed).faults == ()


def test_a_case_has_its_own_configuration(tmp_path: Path) -> None:
    ignoring = {
        **_CASES,
        "good/ignored/a.yaml": config_map("another"),
        "good/ignored/crslint.yaml": "exclude: [a.yaml]\n",
    }
    assert report(tmp_path, ignoring).passed


def test_a_strict_rule_is_run_on_its_own_examples(tmp_path: Path) -> None:
    assert report(tmp_path, _CASES, extra="profile: strict\n").passed


def test_a_new_rule_passes_its_own_examples(tmp_path: Path) -> None:
    files = new_rule(tmp_path, "XTEAM001-numbered-names")
    assert [file.relative_to(tmp_path).as_posix() for file in files] == [
        "XTEAM001-numbered-names/rule.yaml",
        "XTEAM001-numbered-names/bad/unnumbered/set.yaml",
        "XTEAM001-numbered-names/good/numbered/set.yaml",
    ]
    result = run_rules(tmp_path)
    assert (result.passed, [item.code for item in result.rules]) == (True, ["XTEAM001"]), result


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("xteam001-a", "is no CODE-name"),
        ("XTEAM001", "is no CODE-name"),
        ("XTEAM001-../a", "is no CODE-name"),
        ("XTEAM001-" + "a" * 32, "is longer than 40 characters"),
    ],
)
def test_names_that_are_refused(tmp_path: Path, name: str, reason: str) -> None:
    with pytest.raises(ScaffoldError, match=reason):
        new_rule(tmp_path, name)
    assert list(tmp_path.iterdir()) == []


def test_an_existing_folder_is_left_alone(tmp_path: Path) -> None:
    new_rule(tmp_path, "XTEAM001-a")
    with pytest.raises(ScaffoldError, match="exists"):
        new_rule(tmp_path, "XTEAM001-a")


def test_a_rule_that_cannot_be_loaded_is_reported(tmp_path: Path) -> None:
    write_rule(tmp_path, rule_text("XAB001", check=dedent("nothing")))
    result = run_rules(tmp_path)
    assert not result.passed
    assert [(item.line, item.column) for item in result.faults] == [(10, 3)]
