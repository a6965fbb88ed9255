"""What suppresses a finding, what only looks like it, and what CFG001 says of the rest."""

from __future__ import annotations

import base64
import re
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from linting import crslint, lint, write

from crslint.config.selection import CommandLine
from crslint.policy.rules import load_rules
from crslint.run import Options, check
from crslint.scope import scope
from crslint.source.reader import read_file

RECONCILE = """\
apiVersion: addons.cluster.x-k8s.io/v1beta2
kind: ClusterResourceSet
metadata:
  name: 01-cilium
  namespace: fleet
spec:
  strategy: Reconcile{comment}
  clusterSelector: {{matchLabels: {{bootstrap: "true"}}}}
  resources: [{{kind: ConfigMap, name: cilium}}]
"""
PAYLOAD = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: cilium
  namespace: fleet
data:
  manifest.yaml: |
    apiVersion: v1
    kind: ServiceAccount
    metadata:
      name: agent
      namespace: kube-system
"""


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def asked(text: str) -> list[tuple[str, tuple[str, ...], str, int]]:
    found = read_file("a.yaml", text.encode()).suppressing
    return [(each.kind, each.codes, each.reason, each.line) for each in found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 1  # crslint: ignore[CRS001] why\n", [("comment", ("CRS001",), "why", 1)]),
        ("a: 1 #crslint:ignore[ CRS001 ,CRS002]: why\r\n", [("comment", ("CRS001", "CRS002"), "why", 1)]),
        ("# crslint: ignore[CRS001] why\n# more\na: 1\n", [("comment", ("CRS001",), "why", 3)]),
        ("a:\n  # crslint: ignore[CRS001] why\n\n  b: 1\n", [("comment", ("CRS001",), "why", 3)]),
        ("a: 1 # see #7 # crslint: ignore[CRS001] see #8 # end\n", [("comment", ("CRS001",), "see #8", 1)]),
        (
            "a: 1 # crslint: ignore[CRS001] x # crslint: ignore[CRS002] y",
            [("comment", ("CRS001",), "x", 1), ("comment", ("CRS002",), "y", 1)],
        ),
        ("a: 1 # crslint: ignore\n", [("comment", (), "", 1)]),
        ("a: | # crslint: ignore[CRS001] why\n  text\n", [("comment", ("CRS001",), "why", 1)]),
        ("a: |\n  text\n# crslint: ignore[CRS001] why\nb: 1\n", [("comment", ("CRS001",), "why", 4)]),
        ("a: [1, # crslint: ignore[CRS001] why\n  2]\n", [("comment", ("CRS001",), "why", 1)]),
        ("\ufeffa: 1 # crslint: ignore[CRS001] why\n", [("comment", ("CRS001",), "why", 1)]),
        ("a: |\n  x # crslint: ignore[CRS001] why\n", []),
        ("a: >-\n  x\n  # crslint: ignore[CRS001] why\n", []),
        ('a: "x\n  # crslint: ignore[CRS001] why"\n', []),
        ("a: 'x # crslint: ignore[CRS001] why'\n", []),
        ("a: x#crslint: ignore[CRS001] why\n", []),
        ("a: 1 # crslint: ignored\n", []),
        ("a: 1 # crslint ignore[CRS001] why\n", []),
        ("a: 1\n... # crslint: ignore[PAY018] x\nb: 1\n", [("comment", ("PAY018",), "x", 2)]),
        # Behind what cannot be read, nobody knows what a comment is.
        (
            "a: 1 # crslint: ignore[CRS001] x\n---\nb: [\n# crslint: ignore[CRS002] y\n",
            [("comment", ("CRS001",), "x", 1)],
        ),
    ],
)
def test_only_comments_of_the_yaml_ask(text: str, expected: list[tuple[str, tuple[str, ...], str, int]]) -> None:
    assert asked(text) == expected


@pytest.mark.parametrize(
    "filler",
    [
        " ",
        " :-",
        "#",
        " # ",
        "CRS001,",
        "] ",
        "\t#\t",
        "# crslint: ignore[A] b ",
        "# crslint: ignore[ ",
        "\n# crslint: ignore[A] b",
    ],
)
def test_hostile_comments_cost_no_more_than_their_length(filler: str) -> None:
    """A regular expression that backtracks would take minutes."""
    for text in (
        "a: 1 # crslint: ignore[CRS001{}",
        "a: 1 # crslint: ignore[CRS001] w{}x",
        "a: 1 #{}x # crslint: ignore",
    ):
        asked(text.format(filler * (60_000 // len(filler))))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ('"CRS001: why"', [(("CRS001",), "why")]),
        ('"CRS001, CRS002: see RFC: 7"', [(("CRS001", "CRS002"), "see RFC: 7")]),
        ('"CRS001: one; CRS002: two;"', [(("CRS001",), "one"), (("CRS002",), "two")]),
        ("|\n      CRS001: one\n      CRS002: two", [(("CRS001",), "one"), (("CRS002",), "two")]),
        ("CRS001", [(("CRS001",), "")]),
        ("true", [((), "")]),
        ('""', [((), "")]),
    ],
)
def test_an_annotation_has_entries(value: str, expected: list[tuple[tuple[str, ...], str]]) -> None:
    text = f"kind: A\nmetadata:\n  annotations:\n    crslint.dev/ignore: {value}\n"
    found = read_file("a.yaml", text.encode()).suppressing
    assert [(each.codes, each.reason) for each in found] == expected
    assert {(each.kind, each.scope) for each in found} == {("annotation", "a.yaml:0#")}


@given(st.text("ab#: \n-|>'\"[]", max_size=40))
def test_a_block_scalar_hides_everything_in_it(text: str) -> None:
    body = "".join(f"  {line}\n" for line in f"{text}\n # crslint: ignore[CRS001] x".split("\n"))
    assert asked(f"a: |2\n{body}") == []


def test_suppressed_findings_stay_in_the_report_and_count_for_nothing(root: Path) -> None:
    write(
        root, {"set.yaml": RECONCILE.format(comment="  # crslint: ignore[CRS001] it has no state"), "p.yaml": PAYLOAD}
    )
    linted = lint("--fail-on", "info")
    assert (linted.exit_code, linted.shown) == (0, [])
    assert linted.suppressed == [("CRS001", 7, "comment", "it has no state")]
    summary = linted.report["summary"]
    assert (summary["errors"], summary["warnings"], summary["suppressed"]) == (0, 0, 1)


def test_verbose_lists_what_is_suppressed_and_why(root: Path) -> None:
    write(root, {"set.yaml": RECONCILE.format(comment="  # crslint: ignore[CRS001] \u202ewhy"), "p.yaml": PAYLOAD})
    assert "suppressed:" not in crslint("check")[1]
    assert "\nsuppressed:\n  set.yaml:7:13: CRS001 (comment: \\u202ewhy)\n" in "\n" + crslint("check", "--verbose")[1]


LAYERS = {
    "literal": ("data:\n  m.yaml: |\n{block}", 11),
    "double-quoted": ("data:\n  m.yaml: {quoted}\n", 7),
    "base64": ("data:\n  m.yaml: {encoded}\ntype: addons.cluster.x-k8s.io/resource-set\n", 7),
}
INNER = """\
apiVersion: v1
kind: ServiceAccount
# crslint: ignore[PAY003] the webhook fills it in
metadata:
  name: agent
"""


@pytest.mark.parametrize("form", LAYERS)
def test_comments_inside_payloads_speak_for_inner_lines(root: Path, form: str) -> None:
    text, line = LAYERS[form]
    kind = "Secret" if form == "base64" else "ConfigMap"
    block = "".join(f"    {each}\n" for each in INNER.splitlines())
    quoted = '"' + INNER.replace("\n", "\\n") + '"'
    body = text.format(block=block, quoted=quoted, encoded=base64.b64encode(INNER.encode()).decode())
    write(
        root,
        {
            "set.yaml": RECONCILE.format(comment="").replace("Reconcile", "ApplyOnce").replace("ConfigMap", kind),
            "p.yaml": f"apiVersion: v1\nkind: {kind}\nmetadata:\n  name: cilium\n  namespace: fleet\n{body}",
        },
    )
    linted = lint("--select", "PAY003,CFG001")
    assert linted.shown == []
    assert linted.suppressed == [("PAY003", line, "comment", "the webhook fills it in")]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("  manifest.yaml: |\n", "  # crslint: ignore[PAY003] why\n  manifest.yaml: |\n"),
        ("  manifest.yaml: |\n", "  manifest.yaml: |  # crslint: ignore[PAY003] why\n"),
        ("  namespace: fleet\n", "  namespace: fleet\n  annotations: {crslint.dev/ignore: 'PAY003: why'}\n"),
        ("      name: agent\n", "      name: agent\n      annotations: {crslint.dev/ignore: 'PAY003: why'}\n"),
    ],
)
def test_keys_and_objects_speak_for_what_lies_in_them(root: Path, before: str, after: str) -> None:
    payload = PAYLOAD.replace("      namespace: kube-system\n", "").replace(before, after)
    write(root, {"set.yaml": RECONCILE.format(comment="").replace("Reconcile", "ApplyOnce"), "p.yaml": payload})
    linted = lint("--select", "PAY003,CFG001")
    assert linted.shown == []
    assert [(code, reason) for code, _, _, reason in linted.suppressed] == [("PAY003", "why")]


@pytest.mark.parametrize(
    ("before", "behind", "within", "suppressed"),
    [
        ("", "  # crslint: ignore[CRS006] why", "", True),
        ("  # crslint: ignore[CRS006] why\n", "", "", True),
        ("", "", "    # crslint: ignore[CRS006] why\n", True),
        ("", "", "    # why\n", False),
    ],
)
def test_a_value_that_begins_below_its_key(root: Path, before: str, behind: str, within: str, suppressed: bool) -> None:
    text = APPLY_ONCE.format(comment="").replace(
        '  clusterSelector: {matchLabels: {bootstrap: "true"}}\n',
        f"{before}  clusterSelector:{behind}\n{within}    matchLabels: {{}}\n",
    )
    write(root, {"set.yaml": text, "p.yaml": PAYLOAD})
    linted = lint("--select", "CRS006,CFG001")
    assert [bool(item["suppressed"]) for item in linted.report["findings"]] == [suppressed]


def test_one_place_of_a_group_is_suppressed_alone(root: Path) -> None:
    objects = [
        f"    ---\n    apiVersion: v1\n    kind: ServiceAccount\n    metadata:{comment}\n      name: a{number}\n"
        for number, comment in enumerate(["  # crslint: ignore[PAY003] why", "", ""])
    ]
    head = PAYLOAD[: PAYLOAD.index("    apiVersion")]
    write(
        root,
        {"set.yaml": RECONCILE.format(comment="").replace("Reconcile", "ApplyOnce"), "p.yaml": head + "".join(objects)},
    )
    linted = lint("--select", "PAY003,CFG001")
    assert [(item["line"], item["count"], bool(item["suppressed"])) for item in linted.report["findings"]] == [
        (11, 1, True),
        (16, 2, False),
    ]


def test_a_suppressed_finding_still_owns_its_fault(root: Path) -> None:
    """What it overrides does not come in its stead."""
    bad = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: bad  # crslint: ignore[XTOP001] why\n"
    rule = (
        "apiVersion: 1\ncode: {}\nname: {}\ntitle: A test\nseverity: error\nwhy: |\n  A test.\nfor: object\n"
        'check: |\n  object.name != "bad"\nat: |\n  at(object.at, ["metadata", "name"])\nmessage: |\n  bad\n{}'
    )
    write(
        root,
        {
            "a.yaml": bad,
            "crslint.yaml": "rules: [policy]\nselect: [X]\nexclude: [policy]\n",
            "policy/XTOP001-top/rule.yaml": rule.format("XTOP001", "top", "overrides: [XLOW001]\n"),
            "policy/XLOW001-low/rule.yaml": rule.format("XLOW001", "low", ""),
        },
    )
    linted = lint()
    assert (linted.shown, [code for code, *_ in linted.suppressed]) == ([], ["XTOP001"])


def test_the_configuration_suppresses_by_path(root: Path) -> None:
    write(
        root,
        {
            "old/set.yaml": RECONCILE.format(comment=""),
            "old/p.yaml": PAYLOAD,
            "crslint.yaml": 'paths:\n  "old/**":\n    suppress:\n      CRS001: taken over\n      CRS012: gone\n'
            "      ZZZ: none\n",
        },
    )
    linted = lint()
    assert linted.suppressed == [("CRS001", 7, "configuration", "taken over")]
    assert linted.shown == [("CFG001", "crslint.yaml", 5, 15), ("CFG001", "crslint.yaml", 6, 12)]
    assert linted.messages("CFG001") == [
        'the suppression of CRS012 suppresses nothing in "old/**"',
        '"ZZZ" names no rule',
    ]


@pytest.mark.parametrize(
    "options",
    [
        ["--select", "YML,CFG001"],
        ["--ignore", "CRS001"],
        ["sub", "--no-config"],
    ],
)
def test_nothing_is_superfluous_that_was_not_looked_for(root: Path, options: list[str]) -> None:
    text = RECONCILE.format(comment="  # crslint: ignore[CRS001] why").replace("Reconcile", "ApplyOnce")
    write(root, {"sub/set.yaml": text, "sub/p.yaml": PAYLOAD})
    (root / ".git").mkdir()
    assert lint().messages("CFG001") == ["the suppression of CRS001 suppresses nothing: the rule finds nothing here"]
    assert lint(*options).messages("CFG001") == []


def test_a_strict_rule_is_superfluous_only_where_it_runs(root: Path) -> None:
    text = RECONCILE.format(comment="  # crslint: ignore[CRS002] why").replace("Reconcile", "ApplyOnce")
    write(root, {"set.yaml": text, "p.yaml": PAYLOAD})
    assert lint().messages("CFG001") == []
    assert len(lint("--profile", "strict").messages("CFG001")) == 1


def test_a_file_given_alone_is_judged_with_its_root(root: Path) -> None:
    (root / ".git").mkdir()
    text = RECONCILE.format(comment="  # crslint: ignore[CRS001] why").replace("Reconcile", "ApplyOnce")
    write(root, {"set.yaml": text, "p.yaml": PAYLOAD})
    assert lint("set.yaml").shown == [("CFG001", "set.yaml", 7, 42)]
    assert lint("p.yaml").shown == []


def test_mandatory_rules_cannot_be_suppressed(root: Path) -> None:
    write(
        root,
        {
            "set.yaml": RECONCILE.format(comment="  # crslint: ignore[CRS001] why"),
            "p.yaml": PAYLOAD,
            "crslint.yaml": 'mandatory: [CRS]\npaths: {"**": {suppress: {CRS001: why}}}\n',
        },
    )
    linted = lint()
    assert (linted.exit_code, linted.suppressed) == (1, [])
    assert linted.shown == [
        ("CFG001", "crslint.yaml", 2, 35),
        ("CRS001", "set.yaml", 7, 13),
        ("CFG001", "set.yaml", 7, 42),
    ]
    assert set(linted.messages("CFG001")) == {"CRS001 is mandatory: it cannot be suppressed"}


def test_a_file_that_says_nothing_to_us_is_not_composed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crslint.source.suppressions.compose", pytest.fail)
    assert asked("a: 1 # ignore[CRS001] why\nb: crslint\n") == []


EXPECT = re.compile(r"#\s*expect:\s*([A-Z0-9@, ]+?)\s*$")
# Of a file that cannot be read nobody knows what a comment in it is.
UNREADABLE = ("YML001", "YML004")
ALONE = [
    rule
    for rule in load_rules().rules.values()
    if rule.group is None and rule.code not in UNREADABLE and rule.code[:3] not in ("CFG", "LIV")
]


def test_a_comment_suppresses_what_any_rule_says_on_its_line(tmp_path: Path) -> None:
    """Whatever the rule, and however deep in a payload; nothing else is called superfluous."""
    wrong, tried = [], 0
    for rule in ALONE:
        cases = sorted(path for path in Path(rule.folder, "bad").iterdir() if path.is_dir())
        folder = tmp_path / rule.code
        shutil.copytree(cases[0], folder)
        tried += sum(commented(file, rule.code) for file in folder.rglob("*.yaml"))
        options = Options(CommandLine(extend_select=(rule.code,)))
        for item in check(scope((".",), folder), options).result.findings:
            code, message = item.finding.code, item.finding.message
            about = code == rule.code or (code == "CFG001" and rule.code in message)
            if about and item.finding.suppressed is None and commented_on(folder, rule.code):
                wrong.append((rule.code, item.place.path, item.place.location.range.line, message))
    assert wrong == []
    assert tried > len(ALONE) * 0.9


def commented(file: Path, code: str) -> int:
    """Suppresses the code on each line that expects it; how many there are."""
    lines, count = [], 0
    for line in file.read_bytes().decode("utf-8", "surrogateescape").split("\n"):
        match = EXPECT.search(line)
        expected = match is not None and any(part.strip().startswith(code) for part in match[1].split(","))
        lines.append(f"{line} # crslint: ignore[{code}] law" if expected else line)
        count += expected
    file.write_bytes("\n".join(lines).encode("utf-8", "surrogateescape"))
    return count


def commented_on(folder: Path, code: str) -> bool:
    """Whether a comment can stand there at all: some examples are JSON, or expect a place in a quoted value."""
    return any(f"ignore[{code}] law".encode() in file.read_bytes() for file in folder.rglob("*.yaml"))


APPLY_ONCE = RECONCILE.replace("Reconcile", "ApplyOnce")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("  # crslint: ignore[CRS001] why", ""),
        ("  # note # crslint: ignore[CRS001] why # end", "  # note # end"),
        ("  # crslint: ignore[CRS001, CRS006] why", ""),
        ("\n  # crslint: ignore[CRS001] why\r", ""),
        ("\r\n  # crslint: ignore[CRS001] why\r", "\r"),
        ("\n  # crslint: ignore", ""),
    ],
)
def test_fix_takes_out_the_comment_alone(root: Path, before: str, after: str) -> None:
    write(root, {"set.yaml": APPLY_ONCE.format(comment=before), "p.yaml": PAYLOAD})
    assert crslint("fix", "--select", "CFG001,CRS001,CRS006")[0] == 0
    assert (root / "set.yaml").read_bytes().decode() == APPLY_ONCE.format(comment=after)


def test_fix_leaves_the_code_that_is_of_use(root: Path) -> None:
    text = RECONCILE.format(comment="  # crslint: ignore[CRS006, CRS001 ,CRS012] why")
    write(root, {"set.yaml": text, "p.yaml": PAYLOAD})
    assert crslint("fix", "--select", "CFG001,CRS001,CRS006,CRS012")[0] == 0
    assert (root / "set.yaml").read_text() == RECONCILE.format(comment="  # crslint: ignore[CRS001] why")


def test_fix_takes_out_the_last_line_and_the_annotation(root: Path) -> None:
    set_text = APPLY_ONCE.format(comment="").replace(
        "  namespace: fleet\n", "  namespace: fleet\n  annotations:\n    crslint.dev/ignore: CRS001\n"
    )
    write(root, {"set.yaml": set_text + "# crslint: ignore[CRS001] why", "p.yaml": PAYLOAD})
    assert crslint("fix", "--select", "CFG001,CRS001")[0] == 0
    assert (root / "set.yaml").read_text() == APPLY_ONCE.format(comment="").rstrip("\n")
