"""What a run is about: `--only` some files, `--isolated` ones, under a `--policy`, with any number of `--jobs`."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from linting import crslint, lint, write
from manifests import payload_of_no_namespace, resource_set

from crslint.data import data_dir

OTHER = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: other\n  namespace: fleet\ndata: {a: b}\n"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "tree"
    (folder / ".git").mkdir(parents=True)
    files = {"set.yaml": resource_set("Reconcile"), "sub/payload.yaml": payload_of_no_namespace(), "other.yaml": OTHER}
    write(folder, files)
    monkeypatch.chdir(folder)
    return folder


def codes(*arguments: str) -> list[str]:
    return sorted(code for code, *_ in lint("--select", "CRS001,CRS003,PAY003", *arguments).shown)


def test_only_reports_what_has_to_do_with_the_files(root: Path) -> None:
    assert codes() == ["CRS001", "PAY003"]
    assert codes("--only", "set.yaml") == ["CRS001"]
    assert codes("--only", "other.yaml") == []
    assert codes("--only", "sub") == ["PAY003"]
    assert codes("--only", "other.yaml", "sub/payload.yaml", "--select", "PAY003") == ["PAY003"]
    assert codes("--only", "other.yaml", "--only", "set.yaml") == ["CRS001"]


def test_only_knows_what_a_finding_was_computed_from(root: Path) -> None:
    """The order of two sets is told at one of them; whoever edits what the other brings broke it."""
    rule = """\
apiVersion: 1
code: XTWO001
name: two
title: A test
severity: error
why: |
  A test.
for: resourceSet
check: |
  !resourceSet.resources.exists(r, r.payload != null)
at: |
  resourceSet.at
message: |
  a payload
"""
    write(root, {"policy/XTWO001-two/rule.yaml": rule, "crslint.yaml": "rules: [policy]\nexclude: [policy]\n"})
    assert lint("--select", "XTWO001", "--only", "sub/payload.yaml").shown == [("XTWO001", "set.yaml", 1, 1)]
    assert lint("--select", "XTWO001", "--only", "other.yaml").shown == []


def test_only_reads_the_whole_root_from_anywhere(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root / "sub")
    assert codes("--only", "payload.yaml") == ["PAY003"]
    assert codes("--only", "../set.yaml") == ["CRS001"]


def test_a_file_that_is_gone_is_missed_somewhere(root: Path) -> None:
    (root / "sub" / "payload.yaml").unlink()
    assert codes("--only", "sub/payload.yaml") == ["CRS003"]
    assert codes("--only", "gone.md") == []
    assert codes("--only", "other.yaml") == []


def test_nothing_to_lint_is_clean(root: Path) -> None:
    for arguments in (["--only"], ["--only", "README.md"], ["--only", "--fail-on", "info"]):
        linted = lint(*arguments)
        assert (linted.exit_code, linted.report["findings"], linted.stderr) == (0, [], "")


def test_isolated_files_are_the_whole_world(root: Path) -> None:
    assert codes("set.yaml") == ["CRS001"]
    assert codes("--isolated", "set.yaml") == ["CRS001", "CRS003"]
    assert codes("--isolated", "set.yaml", "sub/payload.yaml") == ["CRS001", "PAY003"]
    assert codes("--isolated", "sub") == ["PAY003"]


def test_isolated_and_only_exclude_each_other(root: Path) -> None:
    code, out, err = crslint("check", "--isolated", "--only", "set.yaml")
    assert (code, out) == (2, "")
    assert "--only and --isolated exclude each other" in err


WEAK = """\
ignore: [CRS001]
paths: {"**": {ignore: [CRS], suppress: {CRS001: later}}}
severity: {CRS001: off, PAY003: info}
exclude: [sub/]
failOn: never
"""


@pytest.fixture
def policy(root: Path) -> str:
    text = "mandatory: [CRS001]\nseverity: {PAY: error}\nrules: [rules]\n"
    rule = (
        "apiVersion: 1\ncode: XPOL001\nname: no-other\ntitle: A test\nseverity: warning\nwhy: |\n  A test.\n"
        "for: object\n"
        'check: |\n  object.name != "other"\nat: |\n  at(object.at, ["metadata", "name"])\nmessage: |\n  other\n'
    )
    write(root.parent, {"demands/policy.yaml": text, "demands/rules/XPOL001-no-other/rule.yaml": rule})
    return "../demands/policy.yaml"


def test_the_tree_cannot_weaken_a_policy(root: Path, policy: str) -> None:
    write(root, {"crslint.yaml": WEAK, "set.yaml": resource_set("Reconcile # crslint: ignore[CRS001] later")})
    assert (lint().exit_code, [code for code, *_ in lint().shown]) == (0, [])
    linted = lint("--policy", policy)
    errors = [item for item in linted.report["findings"] if item["severity"] == "error" and not item["suppressed"]]
    assert (linted.exit_code, sorted(item["code"] for item in errors)) == (1, ["CRS001", "PAY003"])
    assert ("XPOL001", "other.yaml", 4, 9) in linted.shown
    assert set(linted.messages("CFG001")) == {"CRS001 is mandatory: it cannot be suppressed"}


def test_a_rule_of_the_tree_does_not_override_what_is_mandatory(root: Path, policy: str) -> None:
    rule = (
        "apiVersion: 1\ncode: XHID001\nname: hide\ntitle: A test\nseverity: info\nwhy: |\n  A test.\nfor: resourceSet\n"
        "check: |\n  false\nat: |\n  resourceSet.at\nmessage: |\n  hidden\noverrides: [CRS001]\n"
    )
    write(root, {"mine/XHID001-hide/rule.yaml": rule, "crslint.yaml": "rules: [mine]\n"})
    assert "CRS001" not in [code for code, *_ in lint().shown]
    assert "CRS001" in [code for code, *_ in lint("--policy", policy).shown]


def test_a_policy_in_the_tree_is_refused(root: Path, policy: str) -> None:
    write(root, {"policy.yaml": "mandatory: [CRS001]\n"})
    (root.parent / "link.yaml").symlink_to(root / "policy.yaml")
    for name in ("policy.yaml", "../link.yaml"):
        code, out, err = crslint("check", "--policy", name)
        assert (code, out) == (2, "")
        assert "lies in the tree that it judges" in err


@pytest.mark.parametrize(
    ("text", "message", "place"),
    [
        ("mandatry: [CRS001]\n", '"mandatry" is no policy key; did you mean "mandatory"?', (1, 1)),
        ("mandatory: [CSR001]\n", 'no rule begins with "CSR001"; did you mean "CRS001"?', (1, 13)),
        ("rules: [nowhere]\n", 'no folder "nowhere"', (1, 9)),
        ("severity: {CRS001: off}\n", 'severity.CRS001 is "off"; it must be error, warning or info', (1, 20)),
    ],
)
def test_a_policy_that_is_wrong_stops_the_run(root: Path, text: str, message: str, place: tuple[int, int]) -> None:
    write(root.parent, {"policy.yaml": text})
    linted = lint("--policy", "../policy.yaml")
    assert linted.exit_code == 2
    assert linted.shown == [("CFG002", "../policy.yaml", *place)]
    assert linted.messages("CFG002") == [message]


def test_the_schema_of_policies_says_the_same(root: Path, policy: str) -> None:
    schema = json.loads((data_dir("schemas") / "policy.json").read_text(encoding="utf-8"))
    validator = jsonschema.Draft202012Validator(schema)
    validator.validate({"mandatory": ["SEC"], "rules": ["rules"], "severity": {"CRS": "error"}, "failOn": "info"})
    assert not validator.is_valid({"severity": {"CRS": "off"}})
    assert not validator.is_valid({"ignore": ["CRS"]})


def test_any_number_of_jobs_gives_the_same_bytes(root: Path) -> None:
    filler = "".join(f"    key-{number}: {'x' * 60}\n" for number in range(4_000))
    for number in range(24):
        name = f"many/m{number}.yaml"
        write(root, {name: f"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: m{number}\n  nam: x\ndata:\n{filler}"})
    write(root, {"set.yaml": resource_set("Reconcile  # crslint: ignore[CRS001] why")})
    reports = [crslint("check", "--format", "json", "--jobs", jobs)[1] for jobs in ("1", "3")]
    one, three = (json.loads(report) for report in reports)
    assert one["summary"]["suppressed"] == 1
    for report in (one, three):
        report["summary"].pop("durationMs")
    assert json.dumps(one) == json.dumps(three)
