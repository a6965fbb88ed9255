"""The command line as people use it: what it prints, where, and with which exit code."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from policy_tree import BAD, CONFIG, DUBIOUS, GOOD, RULE, Command, findings, put

from crslint.version import version

SET = """\
apiVersion: addons.cluster.x-k8s.io/v1beta1
kind: ClusterResourceSet
metadata:
  name: s
  namespace: d
spec:
  clusterSelector: {matchLabels: {a: b}}
  resources:
    - kind: ConfigMap
      name: p
"""


def test_alone_it_prints_help(crslint: Command) -> None:
    code, out, err = crslint()
    assert (code, err) == (0, "")
    assert out.startswith("Usage: crslint ")
    assert "check" in out


def test_version_is_the_same_with_other_options(crslint: Command) -> None:
    code, out, err = crslint("--version", "--help")
    assert (code, out, err) == (0, f"crslint {version()}\n", "")
    assert out.startswith("crslint 0.1.0")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["chek"], 'no command "chek"; did you mean "check"?'),
        (["rules", "tset"], 'no command "tset"; did you mean "test"?'),
        (["check", "--formt", "json"], "--format"),
        (["check", "no/such/path"], "no/such/path"),
        (["check", "--select", "crs-1"], '"CRS-1" is no code or prefix of codes'),
        (["check", "--select", "XBAD,QQQ"], "no rule begins with QQQ"),
        (["check", "--output", "report.json"], '"report.json" is not FORMAT=FILE'),
        (["check", "--jobs", "0"], "--jobs"),
        (["check", "--config", "none.yaml"], "none.yaml"),
        (["check", "--config", "crslint.yaml", "--no-config"], "exclude each other"),
        (["explain", "XBAD01"], 'no rule "XBAD01"; did you mean "XBAD001"?'),
        (["facts", "clusters"], 'no entity "clusters"; did you mean "cluster"?'),
        (["rules", "new", "nonsense"], "nonsense"),
    ],
)
def test_usage_errors_say_what_was_meant(tree: Path, crslint: Command, arguments: list[str], words: str) -> None:
    code, out, err = crslint(*arguments)
    assert (code, out) == (2, "")
    assert words in " ".join(err.split())


@pytest.mark.parametrize(
    ("files", "options", "expected"),
    [
        ({"a": GOOD}, [], 0),
        ({"a": BAD}, [], 1),
        ({"a": BAD}, ["--fail-on", "never"], 0),
        ({"a": DUBIOUS}, [], 0),
        ({"a": DUBIOUS}, ["--fail-on", "warning"], 1),
        ({"a": BAD}, ["--ignore", "XBAD"], 0),
        ({"a": BAD}, ["--select", "XDUB"], 0),
        ({"a": BAD}, ["--no-config", "--select", "CFG"], 0),
        ({}, [], 3),
        ({"a": "name: {{ .Values.name }}-x\n"}, [], 0),
        ({"a": "a: [\n"}, [], 1),
        ({"a": "a: [\n", "b": BAD}, ["--fail-on", "info"], 1),
    ],
)
def test_exit_codes(tree: Path, crslint: Command, files: dict[str, str], options: list[str], expected: int) -> None:
    put(tree, **files)
    assert crslint("check", *options)[0] == expected


def test_the_configuration_decides_what_fails(tree: Path, crslint: Command) -> None:
    put(tree, a=DUBIOUS, crslint=f"{CONFIG}failOn: warning\n")
    assert crslint("check")[0] == 1
    assert crslint("check", "--fail-on", "error")[0] == 0


def test_a_configuration_error_is_a_finding(tree: Path, crslint: Command) -> None:
    put(tree, a=BAD, crslint="ignor: [XBAD]\n")
    code, out, err = crslint("check", "--format", "json")
    assert (code, err) == (2, "")
    (found,) = findings(out)
    assert (found["code"], found["path"], found["line"], found["column"], found["endColumn"]) == (
        "CFG002",
        "crslint.yaml",
        1,
        1,
        6,
    )
    assert found["message"] == '"ignor" is no configuration key; did you mean "ignore"?'


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("select: [CRS, CSR001]\n", (1, 15), 'no rule begins with "CSR001"; did you mean "CRS001"?'),
        ('paths:\n  "a/**":\n    select: [ZZZ]\n', (3, 14), 'no rule begins with "ZZZ"'),
    ],
)
def test_selecting_no_rule_is_a_configuration_error(
    tree: Path, crslint: Command, text: str, place: tuple[int, int], words: str
) -> None:
    put(tree, a=BAD, crslint=text)
    code, out, _ = crslint("check", "--format", "json")
    (found,) = findings(out)
    assert (code, found["code"], found["line"], found["column"], found["message"]) == (2, "CFG002", *place, words)


def test_a_rule_that_cannot_be_loaded_is_a_configuration_error(tree: Path, crslint: Command) -> None:
    put(tree, a=BAD)
    file = tree / "policy" / "XBAD001-bad-name" / "rule.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("object.name !=", "object.nam !="), encoding="utf-8")
    code, out, _ = crslint("check", "--format", "json")
    (found,) = findings(out)
    assert (code, found["code"], found["path"], found["line"]) == (2, "CFG002", "policy/XBAD001-bad-name/rule.yaml", 10)


def test_a_rule_that_fails_is_an_internal_error_and_the_rest_goes_on(tree: Path, crslint: Command) -> None:
    put(tree, a=f"{BAD}---\n{DUBIOUS}")
    file = tree / "policy" / "XBAD001-bad-name" / "rule.yaml"
    broken = file.read_text(encoding="utf-8").replace('object.name != "bad"', "[1][size(object.kind)] == 1")
    file.write_text(broken, encoding="utf-8")
    code, out, _ = crslint("check", "--format", "json")
    assert code == 70
    assert [found["code"] for found in findings(out)] == ["CFG003", "XDUB001"]
    assert "XBAD001" in findings(out)[0]["message"]


def test_nothing_but_the_report_is_on_stdout(tree: Path, crslint: Command) -> None:
    put(tree, a=BAD)
    code, out, err = crslint("check", "--statistics")
    assert code == 1
    assert out.startswith("error[XBAD001]: the name is bad\n  --> a.yaml:4:9\n")
    assert out.endswith("\n\n1 finding (1 error) in 1 document of 1 file, 0 clusters\n")
    assert "      1 XBAD001 bad-name\n" in err
    assert "ms reading\n" in err


def test_nothing_found_is_said_on_stderr(tree: Path, crslint: Command) -> None:
    code, out, err = crslint("check", "--format", "json")
    assert (code, findings(out)) == (3, [])
    assert err == "crslint: no YAML or JSON found\n"


def test_paths_are_relative_to_the_working_directory(
    tree: Path, crslint: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tree / "sub").mkdir()
    (tree / "other").mkdir()
    put(tree / "sub", a=BAD)
    monkeypatch.chdir(tree / "other")
    (found,) = findings(crslint("check", "--format", "json", "../sub")[1])
    assert (found["path"], found["address"]) == ("../sub/a.yaml", "sub/a.yaml:0#/metadata/name")


def test_folders_are_read_alone_and_files_filter_the_root(tree: Path, crslint: Command) -> None:
    (tree / "sub").mkdir()
    put(tree, a=BAD, b=BAD)
    put(tree / "sub", c=BAD)

    def paths(*arguments: str) -> tuple[list[str], int]:
        report = json.loads(crslint("check", "--format", "json", *arguments)[1])
        return [found["path"] for found in report["findings"]], report["summary"]["files"]

    assert paths() == (["a.yaml", "b.yaml", "sub/c.yaml"], 3)
    assert paths("sub") == (["sub/c.yaml"], 1)
    assert paths("a.yaml") == (["a.yaml"], 3)
    assert paths("a.yaml", "sub") == (["a.yaml", "sub/c.yaml"], 3)


def test_a_finding_counts_where_its_related_place_lies_in_the_file(tree: Path, crslint: Command) -> None:
    rule = tree / "policy" / "XBAD001-bad-name" / "rule.yaml"
    text = RULE.replace("for: object", "for: resourceSet").replace(
        'at(object.at, ["metadata", "name"])', "resourceSet.at"
    )
    text = text.replace('at(object.at, ["kind"])', "resourceSet.resources[0].payload")
    text = text.replace("{{object.name}}", "{{resourceSet.name}}")
    rule.write_text(text.format(code="XBAD001", name="bad-name", severity="error", check="false"), encoding="utf-8")
    put(
        tree,
        a=SET,
        b="apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: p\n  namespace: d\ndata: {a: b}\n",
        c=GOOD,
    )
    for file in ("a.yaml", "b.yaml"):
        assert [found["path"] for found in findings(crslint("check", "--format", "json", file)[1])] == ["a.yaml"]
    assert findings(crslint("check", "--format", "json", "c.yaml")[1]) == []


def test_stdin_is_a_file(tree: Path, crslint: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tree, a=BAD)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(f"# first\n{BAD}".encode())))
    code, out, _ = crslint("check", "--format", "json", "-")
    (found,) = findings(out)
    assert (code, found["path"], found["line"], found["column"]) == (1, "-", 5, 9)


def test_reports_go_to_files_too(tree: Path, crslint: Command) -> None:
    put(tree, a=BAD)
    code, out, _ = crslint("check", "--output", "json=r.json", "--output", "text=r.txt", "--color", "always")
    assert code == 1
    assert len(findings((tree / "r.json").read_text(encoding="utf-8"))) == 1
    plain = (tree / "r.txt").read_text(encoding="utf-8")
    assert "\x1b" not in plain
    assert "\x1b[" in out


def test_a_report_that_cannot_be_written_is_an_error(tree: Path, crslint: Command) -> None:
    put(tree, a=BAD)
    code, out, err = crslint("check", "--output", "json=none/r.json")
    assert code == 2
    assert out.startswith("error[XBAD001]")
    assert err.startswith("crslint: cannot write none/r.json: ")


def test_without_cache_nothing_of_the_files_is_kept(tree: Path, cache: Path, crslint: Command) -> None:
    put(tree, a=BAD)
    first = crslint("check", "--no-cache", "--format", "text")
    kept = {file.name.partition("-")[0] for file in cache.rglob("*") if file.is_file()}
    assert kept <= {"rules", "schema"}
    assert first == crslint("check") == crslint("check")


def test_any_number_of_jobs_gives_the_same_report(tree: Path, crslint: Command) -> None:
    put(tree, **{f"f{number}": BAD + f"data: {'x' * 400_000}\n" for number in range(9)})

    def report(jobs: str) -> dict[str, Any]:
        data: dict[str, Any] = json.loads(crslint("check", "--format", "json", "--jobs", jobs)[1])
        del data["summary"]["durationMs"]
        return data

    assert report("1") == report("2")
    assert len(report("1")["findings"]) == 9


def test_examples_of_the_users_rules_are_wrong_on_purpose(tree: Path, crslint: Command) -> None:
    """They are read where they are asked for, and where a policy does not trust the tree's own configuration."""
    alone = "other [1]/XDUB001-dubious-name"
    (tree / "crslint.yaml").write_text(f"rules: [policy/, '{alone}']\nselect: [X]\n", encoding="utf-8")
    (tree / "other [1]").mkdir()
    (tree / "policy" / "XDUB001-dubious-name").rename(tree / alone)
    example = "policy/XBAD001-bad-name/bad/it/a.yaml"
    for name in (example, f"{alone}/good/it/a.yaml", "bad/a.yaml", "policy/a.yaml"):
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text(BAD, encoding="utf-8")

    def found(*arguments: str) -> list[str]:
        return [item["path"] for item in json.loads(crslint("check", "--format", "json", *arguments)[1])["findings"]]

    assert found() == ["bad/a.yaml", "policy/a.yaml"]
    assert found("policy/XBAD001-bad-name/bad") == [example]
    policy = tree.parent / "policy.yaml"
    policy.write_text("mandatory: [XBAD001]\n", encoding="utf-8")
    assert found("--policy", str(policy)) == ["bad/a.yaml", f"{alone}/good/it/a.yaml", example, "policy/a.yaml"]


def test_an_exception_is_one_message(tree: Path, crslint: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    code, out, err = crslint("check", "-")
    assert (code, out) == (70, "")
    assert err.startswith("crslint: internal error: AttributeError at request.py:")
    assert "Traceback" not in err
    assert "Traceback" in crslint("check", "--verbose", "-")[2]
