"""Values of Secrets appear in no output, wherever the Secret lies and however it is written."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from crslint.finding import Finding, Related
from crslint.report import json as json_report
from crslint.report.located import Placer
from crslint.report.result import Result, Summary
from crslint.report.sources import Texts
from crslint.report.text import TextReport
from crslint.source.secrets import masked, secret_words, secrets_in
from crslint.source.tree import read_tree

VALUE = "hunter2-is-the-password"
ENCODED = base64.b64encode(VALUE.encode()).decode()

PLAIN = f"""\
apiVersion: v1
kind: Secret
metadata:
  name: x
stringData:
  password: {VALUE}
data:
  encoded: {ENCODED}
"""
FLOW = f'{{apiVersion: v1, kind: Secret, metadata: {{name: x}}, stringData: {{password: "{VALUE}"}}}}\n'
BLOCK = f"kind: Secret\nstringData:\n  password: |\n    first\n    {VALUE}\n    last\n"
APPLIED = f"""\
apiVersion: v1
kind: Secret
metadata:
  annotations:
    kubectl.kubernetes.io/last-applied-configuration: |
      {{"kind":"Secret","stringData":{{"password":"{VALUE}"}}}}
"""
IN_LIST = "apiVersion: v1\nkind: List\nitems:\n" + "".join(
    f"{'- ' if number == 0 else '  '}{line}\n" for number, line in enumerate(PLAIN.splitlines())
)
IN_PAYLOAD = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: p\ndata:\n  secret.yaml: |\n" + "".join(
    f"    {line}\n" for line in PLAIN.splitlines()
)
NO_MAPPING = f"kind: Secret\nstringData: {VALUE}\n"
BROKEN = PLAIN + "  bad: [\n"
BROKEN_IN_PAYLOAD = IN_PAYLOAD + "      bad: [\n"
LINE = PLAIN.replace("\n", "\\n")
QUOTED_BROKEN = f'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: p\ndata:\n  a: "{LINE}  bad: [\\n"\n'
JSON = json.dumps({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "x"}, "data": {"p": VALUE}})
JSON_BROKEN = json.dumps({"apiVersion": "v1", "kind": "ConfigMap", "data": {"a": JSON + "]"}})
AFTER_A_FAULT = f"kind: A\n---\na: [\n---\n{PLAIN}"
TWICE = PLAIN.replace(f"  password: {VALUE}\n", f"  password: {VALUE}\n  password: other\n")


def reports(root: Path, findings: list[Finding]) -> str:
    tree = read_tree(root)
    texts = Texts(tree.text, tree.files)
    located = Placer(texts.lookup, texts.locator, str, lambda _at: ("", "")).located(findings)
    result = Result(located, Summary(), (), texts)
    return TextReport(result, verbose=True).render() + json_report.render(result)


@pytest.mark.parametrize(
    "text",
    [
        PLAIN,
        FLOW,
        BLOCK,
        APPLIED,
        IN_LIST,
        IN_PAYLOAD,
        NO_MAPPING,
        BROKEN,
        BROKEN_IN_PAYLOAD,
        QUOTED_BROKEN,
        JSON_BROKEN,
        AFTER_A_FAULT,
        TWICE,
    ],
)
def test_no_frame_shows_a_secret(tmp_path: Path, text: str) -> None:
    (tmp_path / "s.yaml").write_text(text, encoding="utf-8")
    offsets = [0]
    while (offsets[-1] < len(text)) and (end := text.find("\n", offsets[-1])) >= 0:
        offsets.append(end + 1)
    everywhere = [Finding("A", "a", "error", "m", "s.yaml:0#", span=(start, start + 1)) for start in offsets]
    report = reports(tmp_path, everywhere)
    assert VALUE not in report
    assert ENCODED not in report
    assert "hunter2" not in report


def test_what_is_no_secret_stays_readable(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text(PLAIN, encoding="utf-8")
    report = reports(tmp_path, [Finding("A", "a", "error", "m", "s.yaml:0#/metadata/name")])
    assert "4  |   name: x\n" in report
    report = reports(tmp_path, [Finding("A", "a", "error", "m", "s.yaml:0#/stringData/password")])
    assert "6  |   password: ***\n   |             ^^^\n" in report


def test_a_fault_elsewhere_hides_nothing_that_is_no_secret(tmp_path: Path) -> None:
    text = "kind: Set\nresources: [{kind: Secret, name: x}]\n---\n" + TWICE + "---\nkind: Other\nother: [\n"
    (tmp_path / "s.yaml").write_text(text, encoding="utf-8")
    report = reports(tmp_path, [Finding("A", "a", "error", "m", "s.yaml:0#/resources")])
    assert "2  | resources: [{kind: Secret, name: x}]\n" in report


@pytest.mark.parametrize("told", [VALUE, ENCODED, VALUE[:15] + "...", f'"{VALUE}"'])
def test_no_message_repeats_a_secret(tmp_path: Path, told: str) -> None:
    (tmp_path / "s.yaml").write_text(PLAIN, encoding="utf-8")
    at = "s.yaml:0#/stringData/password"
    report = reports(tmp_path, [Finding("A", "a", "error", f"password is {told}", at, related=(Related(at, told),))])
    assert "hunter2" not in report
    assert ENCODED not in report
    assert "password is " in report


def test_no_message_repeats_a_secret_of_a_related_place(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text(f"kind: Other\n---\n{PLAIN}", encoding="utf-8")
    related = Related("s.yaml:1#/stringData/password", f"here it is {VALUE}")
    report = reports(tmp_path, [Finding("A", "a", "error", f"not {VALUE}", "s.yaml:0#/kind", related=(related,))])
    assert "hunter2" not in report
    assert "error[A]: not ***" in report


def test_masked_data_keeps_keys(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text(PLAIN, encoding="utf-8")
    (document,) = secrets_in(read_tree(tmp_path).files[0].documents)
    assert masked(document) == {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "x"},
        "stringData": {"password": "***"},
        "data": {"encoded": "***"},
    }
    assert VALUE not in json.dumps(masked(document))
    assert set(secret_words(document)) == {VALUE, ENCODED}


def test_values_of_odd_types_are_masked_too(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text("kind: Secret\ndata:\n  pin: 123456\n  deep: {a: [secretly]}\n", encoding="utf-8")
    (document,) = secrets_in(read_tree(tmp_path).files[0].documents)
    assert masked(document) == {"kind": "Secret", "data": {"pin": "***", "deep": "***"}}
    assert set(secret_words(document)) == {"123456", "secretly"}
