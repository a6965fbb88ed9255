"""The reports: what people read, what machines read, and what nobody may read."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest

from crslint.data import data_dir
from crslint.finding import Edit, Finding, Fix, NotChecked, Range, Related
from crslint.record import replace
from crslint.report import json as json_report
from crslint.report.located import Placer
from crslint.report.result import Creation, Omission, Replacement, Result, Summary, counted
from crslint.report.sources import Texts
from crslint.report.statistics import statistics
from crslint.report.style import Style, style_for
from crslint.report.text import TextReport
from crslint.source.tree import read_tree

SCHEMA = json.loads((data_dir("schemas") / "report.json").read_text(encoding="utf-8"))

PAYLOAD = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: cilium
  namespace: default
data:
  cilium.yaml: |
    apiVersion: v1
    kind: ConfigMap
    metadata:
      name: cilium-config
      namespace: kube-system
    data:
      kube-proxy-replacement: "true"
"""
CONTROL_PLANE = """\
kind: KubeadmControlPlane
metadata:
  name: prod
spec:
  kubeadmConfigSpec:
    initConfiguration: {}
"""
KIND = re.compile(r"kind: (\w+)")

NET = Finding(
    code="NET004",
    name="kube-proxy-not-skipped",
    severity="error",
    message="Cilium replaces kube-proxy, but kubeadm still installs it",
    at="cp.yaml:0#/spec/kubeadmConfigSpec/initConfiguration/skipPhases",
    clusters=("default/prod-cluster-01",),
    related=(
        Related("payload.yaml:0!/data/cilium.yaml:0#/data/kube-proxy-replacement", "replaced here, on day 0"),
        Related("cp.yaml:0#/metadata/name", ""),
    ),
    fix=Fix("safe", "add addon/kube-proxy to initConfiguration.skipPhases", (Edit("append", "cp.yaml:0#/x", "y"),)),
)
INFO = Finding("CRS013", "unused-payload", "info", "no set names it", "payload.yaml:0#/metadata/name")


def identify(at: str) -> tuple[str, str]:
    """Stands for the fleet: every document of this module is named by its layer."""
    return ("ConfigMap kube-system/cilium-config", "/ConfigMap/kube-system/cilium-config") if "!" in at else ("", "")


def result(
    root: Path,
    findings: list[Finding],
    *,
    omitted: tuple[NotChecked, ...] = (),
    displayed: Callable[[str], str] = lambda path: f"shown/{path}",
) -> Result:
    tree = read_tree(root)
    texts = Texts(tree.text, tree.files)
    located = Placer(texts.lookup, texts.locator, displayed, identify).located(findings)
    counts = counted(located)
    summary = Summary(
        files=len(tree.files),
        documents=sum(len(file.documents) for file in tree.files),
        clusters=1,
        errors=counts["error"],
        warnings=counts["warning"],
        infos=counts["info"],
    )
    return Result(located, summary, tuple(Omission(displayed(item.path), item) for item in omitted), texts)


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    (tmp_path / "payload.yaml").write_text(PAYLOAD, encoding="utf-8")
    (tmp_path / "cp.yaml").write_text(CONTROL_PLANE, encoding="utf-8")
    return tmp_path


def test_the_text_shows_both_sides(bundle: Path) -> None:
    assert TextReport(result(bundle, [NET])).render() == (
        "error[NET004]: Cilium replaces kube-proxy, but kubeadm still installs it\n"
        "  --> shown/cp.yaml:6:5\n"
        "   |\n"
        "6  |     initConfiguration: {}\n"
        "   |     ^^^^^^^^^^^^^^^^^\n"
        "   |\n"
        "  ::: shown/payload.yaml:14:31 (payload cilium.yaml, ConfigMap kube-system/cilium-config)\n"
        "   |\n"
        '14 |       kube-proxy-replacement: "true"\n'
        "   |                               ------ replaced here, on day 0\n"
        "   |\n"
        "  ::: shown/cp.yaml:3:9\n"
        "   |\n"
        "3  |   name: prod\n"
        "   |         ----\n"
        "   = fix: add addon/kube-proxy to initConfiguration.skipPhases (safe; crslint fix)\n"
        "   = help: crslint explain NET004\n"
        "\n"
        "1 finding (1 error) in 2 documents of 2 files, 1 cluster\n"
    )


def test_lines_are_broken_between_words_on_a_terminal(bundle: Path) -> None:
    fix = Fix("unsafe", "write what the others say about the replacement of kube-proxy", (Edit("set", "cp.yaml:0#"),))
    finding = replace(NET, fix=fix)
    lines = TextReport(result(bundle, [finding]), Style(False, 60)).render().splitlines()
    assert max(map(len, lines)) < 60
    assert lines[:3] == [
        "error[NET004]: Cilium replaces kube-proxy, but kubeadm",
        "  still installs it",
        "  --> shown/cp.yaml:6:5",
    ]
    assert lines[7:13] == [
        "  ::: shown/payload.yaml:14:31",
        "      (payload cilium.yaml, ConfigMap",
        "       kube-system/cilium-config)",
        "   |",
        '14 |       kube-proxy-replacement: "true"',
        "   |                               ------",
    ]
    assert lines[13] == "   |                               replaced here, on day 0"
    assert lines[-5:-2] == [
        "   = fix: write what the others say about the replacement",
        "       of kube-proxy (unsafe; crslint fix --unsafe)",
        "   = help: crslint explain NET004",
    ]
    coloured = TextReport(result(bundle, [finding]), Style(True, 60)).render()
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured).splitlines() == lines


def test_the_frame_of_a_long_line_fits_the_terminal(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(f"a: {'x' * 300}\nb: {'y' * 300} # z\n", encoding="utf-8")
    found = result(tmp_path, [Finding("A", "a", "error", "m", "a.yaml:0#/b")])
    lines = TextReport(found, Style(False, 60)).render().splitlines()
    assert max(map(len, lines)) < 60


def test_errors_come_first_and_then_places(bundle: Path) -> None:
    findings = [
        Finding("W1", "a", "warning", "m", "cp.yaml:0#/kind"),
        Finding("E1", "a", "error", "m", "payload.yaml:0#/kind"),
        Finding("W2", "a", "warning", "m", "payload.yaml:0#/kind"),
        Finding("E2", "a", "error", "m", "cp.yaml:0#/kind"),
    ]
    text = TextReport(result(bundle, findings)).render()
    assert re.findall(r"^\w+\[(\w+)\]", text, re.MULTILINE) == ["E2", "E1", "W1", "W2"]


def test_a_cluster_is_named_where_there_are_several(bundle: Path) -> None:
    found = result(bundle, [NET])
    several = found._replace(summary=found.summary._replace(clusters=2))
    assert "= cluster:" not in TextReport(found).render()
    assert "   = cluster: default/prod-cluster-01\n" in TextReport(several).render()


def test_nothing_found_is_said_in_short(bundle: Path) -> None:
    assert TextReport(result(bundle, [])).render() == "0 findings in 2 documents of 2 files, 1 cluster\n"


def test_infos_are_hidden_and_counted(bundle: Path) -> None:
    found = result(bundle, [INFO])
    assert TextReport(found).render() == (
        "1 finding (1 info) in 2 documents of 2 files, 1 cluster; 1 info is hidden (--verbose shows them)\n"
    )
    assert "info[CRS013]: no set names it" in TextReport(found, verbose=True).render()


def test_what_was_not_checked_is_counted(bundle: Path) -> None:
    omitted = (
        NotChecked("a.yaml", None, "template"),
        NotChecked("b.yaml", None, "template"),
        NotChecked("c.yaml", "c.yaml:0#", "no-schema"),
    )
    found = result(bundle, [], omitted=omitted)
    assert TextReport(found).render().endswith("; 2 files are templates, 1 kind has no schema\n")
    assert "  shown/a.yaml: template\n  shown/b.yaml: template\n  c.yaml:0#: no-schema\n" in (
        TextReport(found, verbose=True).render()
    )


def test_many_clusters_and_places_are_counted(bundle: Path) -> None:
    clusters = tuple(f"default/c{number}" for number in range(500))
    text = TextReport(
        result(bundle, [Finding("A", "a", "error", "m", "cp.yaml:0#", clusters=clusters, count=50)])
    ).render()
    assert "   = clusters: default/c0, default/c1, default/c2 and 497 more (500)\n   = places: 50\n" in text


def test_names_cannot_reach_the_terminal_raw(bundle: Path) -> None:
    finding = Finding(
        "A", "a", "error", "bad \x1b]0;x\x07\nname", "cp.yaml:0#", related=(Related("cp.yaml:0#", "\x1b[1m"),)
    )
    text = TextReport(result(bundle, [finding], displayed=lambda path: f"\x1b[2J{path}")).render()
    assert "\x1b" not in text
    assert "bad \\x1b]0;x\\x07\\x0aname" in text


def test_colours_only_where_they_are_wanted(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setenv("COLUMNS", "80")
    assert style_for(Terminal(), "auto", {}) == Style(True, 80)
    assert style_for(Terminal(), "always", {"NO_COLOR": "1"}) == Style(True, 80)
    assert style_for(Terminal(), "auto", {"NO_COLOR": "1"}) == Style(False, 80)
    assert style_for(Terminal(), "auto", {"TERM": "dumb"}) == Style(False, 80)
    assert style_for(Terminal(), "never", {}) == Style(False, 80)
    monkeypatch.setenv("COLUMNS", "7")
    assert style_for(Terminal(), "auto", {}) == Style(True, 40)
    assert style_for(io.StringIO(), "auto", {}) == Style(False)
    assert style_for(io.StringIO(), "always", {"NO_COLOR": "1"}) == Style(True)
    found = result(bundle, [NET])
    coloured = TextReport(found, Style(True)).render()
    assert coloured.startswith("\x1b[1;31merror[NET004]\x1b[0m")
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == TextReport(found).render()


def test_the_json_is_the_contract(bundle: Path) -> None:
    found = result(bundle, [INFO, NET], omitted=(NotChecked("t.yaml", None, "template"),))
    data = json.loads(json_report.render(found))
    jsonschema.Draft202012Validator(SCHEMA).validate(data)
    assert [item["code"] for item in data["findings"]] == ["NET004", "CRS013"]
    net = data["findings"][0]
    assert (net["path"], net["line"], net["column"], net["endLine"], net["endColumn"]) == ("shown/cp.yaml", 6, 5, 6, 5)
    assert net["address"] == NET.at
    assert net["layer"] is None
    assert net["fix"] == {"safety": "safe", "title": NET.fix and NET.fix.title, "edits": None, "transform": None}
    assert net["related"][0] == {
        "path": "shown/payload.yaml",
        "line": 14,
        "column": 31,
        "endLine": 14,
        "endColumn": 37,
        "address": NET.related[0].at,
        "label": "replaced here, on day 0",
    }
    assert data["notChecked"] == [{"path": "shown/t.yaml", "address": None, "reason": "template"}]
    assert data["summary"]["errors"] == data["summary"]["infos"] == 1


def test_edits_are_text_and_positions(bundle: Path) -> None:
    found = result(bundle, [NET])
    edits = (Replacement("cp.yaml", Range(6, 24, 6, 26), "x"), Creation("new.yaml", "a: 1\n"))
    data = json.loads(json_report.render(found._replace(findings=(found.findings[0]._replace(edits=edits),))))
    jsonschema.Draft202012Validator(SCHEMA).validate(data)
    place = {"startLine": 6, "startColumn": 24, "endLine": 6, "endColumn": 26}
    assert data["findings"][0]["fix"]["edits"] == [
        {"path": "cp.yaml", **place, "replacement": "x"},
        {"path": "new.yaml", "create": True, "content": "a: 1\n"},
    ]


def test_the_layer_is_the_place_in_the_inner_document(bundle: Path) -> None:
    inner = Finding("A", "a", "error", "m", NET.related[0].at)
    (item,) = json.loads(json_report.render(result(bundle, [inner])))["findings"]
    assert item["layer"] == {"path": "/data/cilium.yaml", "line": 7, "column": 27}
    assert (item["line"], item["column"]) == (14, 31)


def test_no_word_about_a_finding_repeats_a_secret(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text("kind: Secret\nstringData: {password: hunter2}\n", encoding="utf-8")
    at = "s.yaml:0#/stringData/password"
    fix = Fix("safe", "write hunter2 elsewhere", (Edit("remove", at),))
    finding = Finding("A", "a", "error", "password is hunter2", at, related=(Related(at, "hunter2 here"),), fix=fix)
    (item,) = json.loads(json_report.render(result(tmp_path, [finding])))["findings"]
    assert item["message"] == "password is ***"
    assert item["fix"]["title"] == "write *** elsewhere"
    assert item["related"][0]["label"] == "*** here"


def test_json_is_ascii_and_has_no_lone_surrogates() -> None:
    text = json_report.dumped({"a": "ä\ud800\x1b😀\u2028"})
    assert text.isascii()
    assert json.loads(text) == {"a": "ä\ufffd\x1b😀\u2028"}


def test_findings_are_sorted_by_place_then_code(bundle: Path) -> None:
    places = ["payload.yaml:0#/kind", "cp.yaml:0#/spec", "cp.yaml:0#/kind"]
    findings = [Finding(code, "x", "error", "m", at) for at in places for code in ("B", "A")]
    ordered = [(item.finding.at, item.finding.code) for item in result(bundle, findings).findings]
    assert ordered == [(at, code) for at in (places[2], places[1], places[0]) for code in ("A", "B")]


def fingerprints(root: Path, *places: str) -> list[str]:
    found = result(root, [Finding("A", "a", "error", "m", at) for at in places])
    by_place = {item.finding.at: item.fingerprint for item in found.findings}
    return [by_place[at] for at in places]


def test_fingerprints_are_stable_over_line_moves(tmp_path: Path) -> None:
    one = "    - name: one\n      size: 1\n"
    text = f"kind: A\nspec:\n  items:\n{one}    - name: two\n      size: 2\n"
    file = tmp_path / "a.yaml"
    file.write_text(text, encoding="utf-8")
    before = fingerprints(tmp_path, "a.yaml:0#/spec/items/1/size", "a.yaml:0#/spec/items/0/size")
    file.write_text("# a comment\n---\n" + text.replace(one, "    - name: zero\n" + one), encoding="utf-8")
    after = fingerprints(tmp_path, "a.yaml:0#/spec/items/2/size", "a.yaml:0#/spec/items/1/size")
    assert before == after
    assert before[0] != before[1]


def test_fingerprints_differ_by_code_path_and_payload_key(bundle: Path) -> None:
    inner = "payload.yaml:0!/data/cilium.yaml:0#/data/kube-proxy-replacement"
    assert len(set(fingerprints(bundle, inner, "payload.yaml:0#/data/cilium.yaml", "cp.yaml:0#/spec"))) == 3


def test_equal_places_of_equal_documents_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("kind: A\n---\nkind: A\n", encoding="utf-8")
    assert len(set(fingerprints(tmp_path, "a.yaml:0#/kind", "a.yaml:1#/kind"))) == 2


def test_statistics_count_by_rule(bundle: Path) -> None:
    found = result(bundle, [INFO, NET, Finding("NET004", "kube-proxy-not-skipped", "error", "m", "cp.yaml:0#")])
    assert statistics(found, [("reading", 0.0125)]) == (
        "      2 NET004 kube-proxy-not-skipped\n      1 CRS013 unused-payload\n     12 ms reading\n"
    )
