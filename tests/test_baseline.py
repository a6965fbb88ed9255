"""Known faults: what a baseline suppresses, on any machine, and what it never does."""

from __future__ import annotations

import contextlib
import json
import tempfile
from collections import Counter
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from linting import crslint, lint, write
from manifests import resource_set

from crslint.data import data_dir

SCHEMA = json.loads((data_dir("schemas") / "baseline.json").read_text(encoding="utf-8"))
HEAD = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: cilium\n  namespace: fleet\ndata:\n  manifest.yaml: |\n"
ACCOUNT = "    ---\n    apiVersion: v1\n    kind: ServiceAccount\n    metadata:\n      name: a{name}\n"
OPTIONS = ("--select", "CRS001,PAY003")


def tree(root: Path, sets: dict[str, str], accounts: str) -> Path:
    texts = {f"{name}.yaml": resource_set(strategy, name) for name, strategy in sets.items()}
    write(root, {**texts, "payload.yaml": HEAD + "".join(ACCOUNT.format(name=name) for name in accounts)})
    return root


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return tree(folder, {"a": "Reconcile"}, "xyz")


def test_what_is_written_is_known_from_then_on(root: Path) -> None:
    before = lint(*OPTIONS)
    assert [code for code, *_ in before.shown] == ["CRS001", "PAY003"]
    written = lint(*OPTIONS, "--write-baseline", "known.json")
    assert (written.exit_code, written.shown) == (0, [])
    assert written.stderr == "crslint: 4 known faults written to known.json\n"
    after = lint(*OPTIONS, "--baseline", "known.json")
    assert (after.exit_code, after.shown, after.stderr) == (0, [], "")
    assert [(code, kind, reason) for code, _, kind, reason in after.suppressed] == [
        ("CRS001", "baseline", "known in known.json"),
        ("PAY003", "baseline", "known in known.json"),
    ]


def test_the_file_is_sorted_readable_and_the_same_each_time(root: Path) -> None:
    lint(*OPTIONS, "--write-baseline", "known.json")
    text = Path("known.json").read_text(encoding="utf-8")
    data = json.loads(text)
    jsonschema.Draft202012Validator(SCHEMA).validate(data)
    assert [(item["path"], item["code"], item["object"]) for item in data["findings"]] == [
        ("a.yaml", "CRS001", "ClusterResourceSet fleet/a"),
        ("payload.yaml", "PAY003", "ServiceAccount ax"),
        ("payload.yaml", "PAY003", "ServiceAccount ay"),
        ("payload.yaml", "PAY003", "ServiceAccount az"),
    ]
    assert len(text.splitlines()) == len(data["findings"]) + 5
    lint(*OPTIONS, "--baseline", "known.json", "--write-baseline", "again.json")
    assert Path("again.json").read_text(encoding="utf-8") == text


def test_a_clean_tree_writes_an_empty_baseline(root: Path) -> None:
    lint("--select", "YML001", "--write-baseline", "known.json")
    data = json.loads(Path("known.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(SCHEMA).validate(data)
    assert data == {"version": 1, "findings": []}
    assert lint("--select", "YML001", "--baseline", "known.json").exit_code == 0


def test_it_holds_in_another_place_and_when_lines_move(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lint(*OPTIONS, "--write-baseline", "../known.json")
    there = tmp_path / "there" / "deep"
    there.mkdir(parents=True)
    tree(there, {"a": "Reconcile"}, "xyz")
    (there / "a.yaml").write_text("# moved\n\n" + (there / "a.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    monkeypatch.chdir(there)
    assert lint(*OPTIONS, "--baseline", "../../known.json").shown == []


def test_of_many_in_one_finding_only_the_new_one_is_reported(root: Path) -> None:
    lint(*OPTIONS, "--write-baseline", "known.json")
    tree(root, {"a": "Reconcile"}, "nxyz")
    linted = lint(*OPTIONS, "--baseline", "known.json")
    assert linted.shown == [("PAY003", "payload.yaml", 11, 5)]
    assert [
        (item["count"], bool(item["suppressed"])) for item in linted.report["findings"] if item["code"] == "PAY003"
    ] == [
        (1, False),
        (3, True),
    ]


def test_the_second_of_two_equal_faults_is_new(root: Path) -> None:
    tree(root, {}, "x")
    lint(*OPTIONS, "--write-baseline", "known.json")
    tree(root, {}, "xx")
    assert lint(*OPTIONS, "--baseline", "known.json").shown == [("PAY003", "payload.yaml", 16, 5)]
    lint(*OPTIONS, "--write-baseline", "known.json")
    counts = [item.get("count", 1) for item in json.loads(Path("known.json").read_text(encoding="utf-8"))["findings"]]
    assert counts == [1, 2]


def test_what_was_mended_is_stale(root: Path) -> None:
    lint(*OPTIONS, "--write-baseline", "known.json")
    tree(root, {"a": "ApplyOnce"}, "xyz")
    assert lint(*OPTIONS, "--baseline", "known.json").stderr == (
        "crslint: stale in known.json: CRS001 a.yaml ClusterResourceSet fleet/a\n"
    )
    # Its rule does not run, or not everything is read: nothing is known of it.
    assert lint("--select", "PAY003", "--baseline", "known.json").stderr == ""
    (root / ".git").mkdir()
    (root / "sub").mkdir()
    write(root / "sub", {"b.yaml": "a: 1\n"})
    assert lint(*OPTIONS, "sub", "--baseline", "known.json").stderr == ""


def test_mandatory_rules_have_no_baseline(root: Path) -> None:
    write(root, {"crslint.yaml": "mandatory: [CRS001]\n"})
    written = lint(*OPTIONS, "--write-baseline", "known.json")
    assert [code for code, *_ in written.shown] == ["CRS001"]
    assert lint(*OPTIONS, "--baseline", "known.json").exit_code == 1


@settings(max_examples=25)
@given(st.text("abc", min_size=1, max_size=5), st.text("abcd", min_size=1, max_size=5))
def test_what_is_reported_is_what_there_is_more_of(known: str, now: str) -> None:
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        tree(Path(folder), {}, known)
        lint("--select", "PAY003", "--write-baseline", "known.json")
        tree(Path(folder), {}, now)
        linted = lint("--select", "PAY003", "--baseline", "known.json")
    new = sum(item["count"] for item in linted.report["findings"] if item["suppressed"] is None)
    assert new == (Counter(now) - Counter(known)).total()
    assert linted.stderr.count("stale in") == len(Counter(known) - Counter(now))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[" * 100_000,
        "[]",
        '{"version": 2, "findings": []}',
        '{"version": 1, "findings": [1]}',
        '{"version": 1, "findings": [{"code": "A", "path": "a", "object": "", "fingerprint": "0", "count": 0}]}',
        '{"version": 1, "findings": [{"code": "A", "path": "a", "object": "", "fingerprint": "0", "line": 1}]}',
    ],
)
def test_what_is_no_baseline_is_refused(root: Path, text: str) -> None:
    write(root, {"known.json": text})
    code, out, err = crslint("check", "--baseline", "known.json")
    assert (code, out) == (2, "")
    assert err.startswith("Error: cannot use the baseline known.json: ")


def test_one_that_cannot_be_written_ends_the_run_with_2(root: Path) -> None:
    code, _, err = crslint("check", "--write-baseline", "no/such/known.json")
    assert code == 2
    assert "crslint: cannot write no/such/known.json: " in err
