"""What is wrong in a rule.yaml is said at its line and column."""

from __future__ import annotations

from pathlib import Path

import pytest
from rule_folders import load_folder, one_rule, rule_text, write_rule

from crslint.policy.rules import load_rules


def fault(folder: Path, text: str) -> tuple[int, int, str]:
    write_rule(folder, text)
    _, (found,) = load_folder(folder, cached=False)
    assert found.path.name == "rule.yaml"
    return found.line, found.column, found.reason


def place_in(text: str, what: str) -> tuple[int, int]:
    """Line and column of the first occurrence, from 1."""
    before = text[: text.index(what)]
    return before.count("\n") + 1, len(before) - before.rfind("\n")


@pytest.mark.parametrize(
    ("slots", "at", "reason"),
    [
        (
            {"check": 'resourceSet.strateg == "ApplyOnce"'},
            "strateg =",
            "resourceSet has no fact strateg; did you mean strategy?",
        ),
        (
            {"check": "true &&\n  resourceSet.strategi == null"},
            "strategi =",
            "resourceSet has no fact strategi; did you mean strategy?",
        ),
        (
            {"message": "strategy {resourceSet.strategy} and\n{resourceSet.nam}"},
            "nam}",
            "resourceSet has no fact nam; did you mean name?",
        ),
        ({"check": "true ||\nfalse &&"}, "\nat:", "Syntax error: mismatched input '<EOF>'"),
        ({"check": "nofunction(1)"}, "(1)", "undeclared reference to 'nofunction'"),
        ({"check": "resourceSet.id"}, "resourceSet.id", "this gives text, not true or false"),
        ({"each": "resourceSet.id", "check": "true"}, "resourceSet.id", "this gives text, not a list"),
        ({"at": '"x"'}, '"x"', "this gives text, not an address"),
        (
            {"at": 'resourceSet.at + "/spec"'},
            "+ ",
            "found no matching overload for '_+_' applied to '(address, string)'",
        ),
        (
            {"at": 'at(resourceSet.at + "/spec", [])'},
            "+ ",
            "found no matching overload for '_+_' applied to '(address, string)'",
        ),
        (
            {"each": "resourceSet.resources", "at": 'at(each.at + "/x", ["y"])'},
            '(each.at + "/x", ["y"])',
            "found no matching overload for 'at' applied to '(string, list(string))'",
        ),
        ({"check": "has(resourceSet.name)"}, "resourceSet.name", "has(resourceSet.name): a fact that is not known"),
        ({"check": "has((resourceSet.name))"}, "resourceSet.name", "has(resourceSet.name): a fact that is not known"),
        ({"check": "each == 1"}, "each", "each is only known after the list of `each`"),
        ({"when": "each == 1", "each": "[1]"}, "each == 1", "each is only known after the list of `each`"),
        (
            {"check": "payload(resourceSet.at).refusd == null || true"},
            "refusd",
            "payload has no fact refusd; did you mean refused?",
        ),
        (
            {"check": "payload(resourceSet.at) == null"},
            "payload(",
            "payload(...) must be followed by the fact it reads: payload(address).name",
        ),
        (
            {"check": "resourceSet.clusters.exists(c, payload(c).inUse)"},
            "(c)",
            "found no matching overload for 'payload.inUse' applied to '(string)'",
        ),
        ({"check": ".resourceSet.nam == null"}, "nam =", "resourceSet has no fact nam; did you mean name?"),
        (
            {"check": "payload.inUse"},
            "payload.inUse",
            "payload is another entity: its facts are read as payload(address).name",
        ),
        (
            {"check": "[1].exists(payload, payload == 1)"},
            "payload, ",
            "payload is another entity: its facts are read as payload(address).name",
        ),
        ({"message": "no {end"}, "{end", "a { without its }: {{ and }} are braces"),
        ({"message": "no } begin"}, "} begin", "a } without its {: {{ and }} are braces"),
        ({"message": "nothing { } here"}, "{ }", "an empty placeholder: {{ and }} are braces"),
    ],
)
def test_a_wrong_expression_is_shown_where_it_is_wrong(
    tmp_path: Path, slots: dict[str, str], at: str, reason: str
) -> None:
    text = rule_text(**slots)
    line, column, said = fault(tmp_path, text)
    assert said.startswith(reason)
    assert (line, column) == place_in(text, at)


@pytest.mark.parametrize(
    ("old", "new", "at", "reason"),
    [
        ("severity: error", "severty: error", "severty", "unknown key severty; did you mean severity?"),
        ("check: |\n  false", "check: false", "false", "check must be a block scalar: `check: |`"),
        ("check: |\n  false", "check: !resourceSet.complete", "!resource", "a YAML tag (!resourceSet.complete)"),
        ("check: |\n  false", "check: >\n  false", ">", "check must be a block scalar"),
        ("check: |\n  false", "check: {resourceSet.id}", "{resource", "check in flow style"),
        ("check: |\n  false", 'check: "false"', '"false"', "check must be a block scalar"),
        ("for: resourceSet", "for: resourceSets", "resourceSets", "no entity resourceSets; did you mean resourceSet?"),
        ("severity: error", "severity: fatal", "fatal", "severity: 'fatal' is not one of"),
        ("code: XAB001", "code: XAB001\ncode: XAB001", "code: XAB001\ncode", "code is written twice"),
        ("title: A rule for tests\n", "", "apiVersion", "title is missing"),
        ("at: |\n  resourceSet.at\n", "", "apiVersion", "at is missing"),
        ("apiVersion: 1", "apiVersion: 2", "2", "apiVersion: 1 was expected"),
        ("for: resourceSet", "for: resourceSet\nengine: true", "apiVersion", "an engine rule has no for, when, each"),
        ("why: |\n  Because.", "why: [", "for", "did not find"),
    ],
)
def test_a_wrong_key_or_form_is_shown_where_it_stands(tmp_path: Path, old: str, new: str, at: str, reason: str) -> None:
    text = rule_text().replace(old, new, 1)
    line, column, said = fault(tmp_path, text)
    if reason == "code is written twice":
        assert (line, column, said) == (3, 1, reason)
    elif reason != "did not find":
        assert (said[: len(reason)], line, column) == (reason, *place_in(text, at))


def test_nested_places(tmp_path: Path) -> None:
    text = rule_text(
        extra="""\
        related:
          - at: |
              resourceSet.at
            label: |
              the set {resourceSet.nme}
        """
    )
    assert fault(tmp_path, text) == (*place_in(text, "nme"), "resourceSet has no fact nme; did you mean name?")


_FIX = "fix:\n  safety: safe\n  title: |\n    x\n"


@pytest.mark.parametrize(
    ("extra", "at", "reason"),
    [
        (_FIX, "safety", "a fix has exactly one of edits, transform and create"),
        (
            _FIX + "  edits:\n    - set: |\n        resourceSet.id\n      to: |\n        1\n",
            "resourceSet.id",
            "this gives text, not an address",
        ),
        (
            _FIX + "  edits:\n    - set: |\n        resourceSet.at\n",
            "set: |",
            "fix.edits[0]:",
        ),
        ("downgrade:\n  to: error\n  when: |\n    true\n", "error\n  when", "downgrade.to: 'error' is not one of"),
    ],
)
def test_fixes_and_downgrades(tmp_path: Path, extra: str, at: str, reason: str) -> None:
    text = rule_text(extra=extra)
    line, column, said = fault(tmp_path, text)
    assert said.startswith(reason)
    assert (line, column) == place_in(text, at)


def test_the_folder_has_the_name_of_its_rule(tmp_path: Path) -> None:
    folder = write_rule(tmp_path, rule_text())
    folder.rename(tmp_path / "XAB001-another-fault")
    _, (found,) = load_folder(tmp_path, cached=False)
    assert (found.line, found.reason) == (2, "the folder is XAB001-another-fault, not XAB001-some-fault")


def test_one_bad_file_leaves_the_others(tmp_path: Path) -> None:
    write_rule(tmp_path / "group", rule_text("XAB001"))
    write_rule(tmp_path / "group", rule_text("XAB002", check="nothing"))
    (write_rule(tmp_path / "group", rule_text("XAB003")) / "rule.yaml").write_bytes(b"\xff")
    rules, faults = load_folder(tmp_path, cached=False)
    assert [rule.code for rule in rules] == ["XAB001"]
    assert [(item.path.parent.name, item.line) for item in faults] == [
        ("XAB002-some-fault", 10),
        ("XAB003-some-fault", 1),
    ]


def test_rules_of_users_begin_with_x_and_codes_are_unique(tmp_path: Path) -> None:
    write_rule(tmp_path / "one", rule_text("ABC001"))
    write_rule(tmp_path / "one", rule_text("XAB001"))
    write_rule(tmp_path / "two", rule_text("XAB001"))
    rules = load_rules([tmp_path / "one", tmp_path / "two"], cached=False)
    mine = [item for item in rules.faults if item.path.is_relative_to(tmp_path)]
    assert [item.reason for item in mine] == [
        "ABC001 is not a code for rules of your own: they begin with X",
        f"XAB001 is also the code of {tmp_path / 'one' / 'XAB001-some-fault'}",
    ]
    assert rules.rules["XAB001"].folder == str(tmp_path / "one" / "XAB001-some-fault")


def test_a_folder_without_rules_is_a_fault(tmp_path: Path) -> None:
    assert [item.reason for item in load_folder(tmp_path)[1]] == ["holds no rule.yaml"]
    (missing,) = load_folder(tmp_path / "none")[1]
    assert missing.reason == "cannot be read: No such file or directory"


def test_a_whole_rule(tmp_path: Path) -> None:
    rule = one_rule(
        tmp_path,
        rule_text(
            each="resourceSet.resources",
            when="resourceSet.selector == 'valid'",
            check='each.state != "missing" || payload(each.payload).inUse',
            at="each.at",
            extra="""\
            needs: whole
            profile: strict
            references: [https://example.org/a]
            fix:
              safety:
                safeWhen: |
                  resourceSet.strategy == "ApplyOnce"
              title: |
                remove it
              edits:
                - remove: |
                    each.at
            """,
        ),
    )
    assert rule.whole
    assert rule.profile == "strict"
    assert rule.references == ("https://example.org/a",)
    assert rule.fix_safety == "safe or unsafe"
    assert rule.when is not None
    assert rule.when.tree == ("==", ("fact", "resourceSet.selector"), ("literal", "valid"))
    assert rule.check is not None
    assert rule.check.facts == ("each",)
    assert rule.check.functions == ("payload.inUse",)


def test_texts_and_comments_are_not_mistaken_for_facts(tmp_path: Path) -> None:
    rule = one_rule(
        tmp_path, rule_text(check="// resourceSet.nothing\n\"resourceSet.nothing '\" != 'payload(x)' && r\"\\d\" != ''")
    )
    assert rule.check is not None
    assert rule.check.facts == ()
