"""The examples that are shown to people, and the pages made of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from crslint.finding import Fix
from crslint.policy.rule import Expression, FixPlan, Rule, Template
from crslint.report.page import Report, rule_markdown, rule_page
from crslint.report.specimen import Specimens, specimens

BAD = "kind: A\nspec:\n  mode: wrong  # expect: XAA001@9, XAA002\n  size: 1\n"
GOOD = "kind: A\nspec:\n  mode: right\n  size: 1\n"


def rule(folder: Path, **cases: str) -> Rule:
    """``bad_name`` is the text of the only file of bad/name."""
    for name, text in cases.items():
        kind, _, case = name.partition("_")
        (folder / kind / case).mkdir(parents=True)
        (folder / kind / case / "a.yaml").write_text(text, encoding="utf-8")
    return Rule("XAA001", "a-name", "A title", "error", "default", "Why.\n", Template(("m",)), str(folder))


def chosen(shown: Specimens | None) -> tuple[str, str | None]:
    assert shown is not None
    return shown.bad.folder.name, shown.good.folder.name if shown.good else None


def test_the_pair_that_differs_least_is_shown(tmp_path: Path) -> None:
    other = "kind: B\nother: tree\n"
    shown = specimens(rule(tmp_path, bad_short="x: 1\n", bad_long=BAD, good_far=other, good_near=GOOD))
    assert chosen(shown) == ("long", "near")
    assert shown is not None
    assert shown.bad.text().splitlines()[2] == "  mode: wrong  # <- XAA001, XAA002"
    assert shown.changes == "...\n kind: A\n spec:\n-  mode: wrong\n+  mode: right\n   size: 1"


def test_what_a_fix_makes_comes_first(tmp_path: Path) -> None:
    made = BAD.replace("wrong", "fixed")
    shown = specimens(rule(tmp_path, bad_other="x: 1\n", bad_mended=BAD, fixed_mended=made, good_near=GOOD))
    assert chosen(shown) == ("mended", "mended")
    assert shown is not None
    assert shown.fixed
    assert "+  mode: fixed" in shown.changes.splitlines()


def test_what_is_not_known_is_no_example_of_what_is_right(tmp_path: Path) -> None:
    variable, other = GOOD.replace("right", "${MODE}"), "kind: B\n"
    assert chosen(specimens(rule(tmp_path, bad_a=BAD, good_a=variable, good_b=other))) == ("a", "b")


def test_trees_that_have_little_in_common_are_shown_whole(tmp_path: Path) -> None:
    long = "".join(f"other{number}: 1\n" for number in range(40))
    shown = specimens(rule(tmp_path, bad_a=BAD, good_a=long))
    assert shown is not None
    assert (chosen(shown), shown.changes) == (("a", "a"), "")


def test_a_rule_may_have_no_examples(tmp_path: Path) -> None:
    assert specimens(rule(tmp_path)) is None
    assert chosen(specimens(rule(tmp_path / "bad-only", bad_a=BAD))) == ("a", None)


def test_long_files_are_cut_and_names_are_harmless(tmp_path: Path) -> None:
    shown = specimens(rule(tmp_path, bad_a="a: \x1b[1m\n" + "- 1\n" * 100))
    assert shown is not None
    lines = shown.bad.text().splitlines()
    assert lines[0] == "a: \\x1b[1m"
    assert lines[-1] == "... 41 more lines"


@pytest.mark.parametrize("page", [rule_page, rule_markdown])
def test_pages_have_all_parts(tmp_path: Path, page: Callable[..., str]) -> None:
    plan = FixPlan("safe", Template(("a title with ", Expression("each.name", b""))))
    made = rule(tmp_path, bad_a=BAD, good_a=GOOD)._replace(references=("https://example.com/a",))
    fix = Fix("safe", "write right")
    text = page(made._replace(fix=plan), specimens(made), [Report("a.yaml", 3, 9, "error", "m \x1b", fix)])
    parts = [
        "XAA001",
        "A title",
        "Why",
        "Bad",
        "mode: wrong",
        "Reported",
        "m \\x1b",
        "Not reported, with these changes",
    ]
    places = [
        text.index(part)
        for part in [*parts, "+  mode: right", "Suggested", "write right (safe)", "References", "https://example.com/a"]
    ]
    assert places == sorted(places)


def test_prose_fits_the_terminal_and_lists_stay(tmp_path: Path) -> None:
    why = "Many words that go on and on,\nand on.\n\n- a list\n- that stays\n\nThe end of it, and no more than that.\n"
    text = rule_page(rule(tmp_path)._replace(why=why), columns=30)
    assert text.split("\n\n")[2:5] == [
        "Why\n  Many words that go on and\n  on, and on.",
        "  - a list\n  - that stays",
        "  The end of it, and no more\n  than that.",
    ]
