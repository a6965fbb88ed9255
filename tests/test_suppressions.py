"""What suppresses a finding, what only looks like it, and what CFG001 says of the rest."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from linting import crslint, lint, write
from manifests import payload, payload_of_no_namespace, resource_set

from crslint.source.reader import read_file


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
    write(root, {"set.yaml": resource_set("Reconcile  # crslint: ignore[CRS001] it has no state"), "p.yaml": payload()})
    linted = lint("--fail-on", "info")
    assert (linted.exit_code, linted.shown) == (0, [])
    assert linted.suppressed == [("CRS001", 7, "comment", "it has no state")]
    summary = linted.report["summary"]
    assert (summary["errors"], summary["warnings"], summary["suppressed"]) == (0, 0, 1)


def test_verbose_lists_what_is_suppressed_and_why(root: Path) -> None:
    write(root, {"set.yaml": resource_set("Reconcile  # crslint: ignore[CRS001] \u202ewhy"), "p.yaml": payload()})
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
            "set.yaml": resource_set().replace("ConfigMap", kind),
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
    write(root, {"set.yaml": resource_set(), "p.yaml": payload_of_no_namespace().replace(before, after)})
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
    text = resource_set().replace(
        '  clusterSelector: {matchLabels: {bootstrap: "true"}}\n',
        f"{before}  clusterSelector:{behind}\n{within}    matchLabels: {{}}\n",
    )
    write(root, {"set.yaml": text, "p.yaml": payload()})
    linted = lint("--select", "CRS006,CFG001")
    assert [bool(item["suppressed"]) for item in linted.report["findings"]] == [suppressed]


def test_one_place_of_a_group_is_suppressed_alone(root: Path) -> None:
    objects = [
        f"    ---\n    apiVersion: v1\n    kind: ServiceAccount\n    metadata:{comment}\n      name: a{number}\n"
        for number, comment in enumerate(["  # crslint: ignore[PAY003] why", "", ""])
    ]
    head = payload()[: payload().index("    apiVersion")]
    write(
        root,
        {"set.yaml": resource_set(), "p.yaml": head + "".join(objects)},
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
            "old/set.yaml": resource_set("Reconcile"),
            "old/p.yaml": payload(),
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
    text = resource_set("ApplyOnce  # crslint: ignore[CRS001] why")
    write(root, {"sub/set.yaml": text, "sub/p.yaml": payload()})
    (root / ".git").mkdir()
    assert lint().messages("CFG001") == ["the suppression of CRS001 suppresses nothing: the rule finds nothing here"]
    assert lint(*options).messages("CFG001") == []


def test_a_strict_rule_is_superfluous_only_where_it_runs(root: Path) -> None:
    text = resource_set("ApplyOnce  # crslint: ignore[CRS002] why")
    write(root, {"set.yaml": text, "p.yaml": payload()})
    assert lint().messages("CFG001") == []
    assert len(lint("--profile", "strict").messages("CFG001")) == 1


def test_a_file_given_alone_is_judged_with_its_root(root: Path) -> None:
    (root / ".git").mkdir()
    text = resource_set("ApplyOnce  # crslint: ignore[CRS001] why")
    write(root, {"set.yaml": text, "p.yaml": payload()})
    assert lint("set.yaml").shown == [("CFG001", "set.yaml", 7, 42)]
    assert lint("p.yaml").shown == []


def test_mandatory_rules_cannot_be_suppressed(root: Path) -> None:
    write(
        root,
        {
            "set.yaml": resource_set("Reconcile  # crslint: ignore[CRS001] why"),
            "p.yaml": payload(),
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
