"""What holds of every fix, shown on all examples of all rules and on the fixtures: with everything allowed at once."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections import Counter
from functools import cache
from pathlib import Path

import pytest
from checking import CHECKOUT

from crslint.config.discovery import NAMES
from crslint.config.model import Reading
from crslint.config.reader import read_config
from crslint.fix.diff import unified_diff
from crslint.fixing import Fixed, mend
from crslint.policy.evaluation import Evaluator
from crslint.policy.rules import load_rules
from crslint.policy.ruleset import RuleSet
from crslint.report.sources import Texts
from crslint.run import Options
from crslint.scope import Scope

FAMILIES = sorted(path.name for path in (CHECKOUT / "rules").iterdir())
FIXTURES = ("conforming", "pattern")
_COMMENT = re.compile(r"(?:^|\s)# [^\n]*", re.MULTILINE)


@cache
def known() -> tuple[RuleSet, Evaluator]:
    rules = load_rules()
    return rules, Evaluator(item for rule in rules.rules.values() for item in rule.expressions())


def mended(folder: Path, *, unsafe: bool = True) -> Fixed:
    rules, evaluator = known()
    config = next((folder / name for name in NAMES if (folder / name).is_file()), None)
    reading = read_config(config, config.name) if config else Reading()
    where = Scope(folder, folder, reading, (folder,), None, False)
    return mend(where, Options(), rules, unsafe=unsafe, evaluator=evaluator)


def examples(family: str) -> list[Path]:
    return sorted(case for case in (CHECKOUT / "rules" / family).glob("*/bad/*") if case.is_dir())


def written(found: Fixed, source: Path, target: Path) -> None:
    shutil.copytree(source, target)
    for path, content in found.contents.items():
        file = target / path
        if content is None:
            file.unlink()
        else:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)


def codes(found: Fixed) -> Counter[str]:
    """Of all faults in the tree after the fixes, also those that another finding overrides."""
    counts: Counter[str] = Counter()
    for (code, _), number in found.mended.after.faults.items():
        counts[code] += number
    return counts


def check_laws(case: Path, folder: Path) -> None:
    before = mended(case, unsafe=False) if not (case / "crslint.yaml").is_file() else None
    found = mended(case)
    target = folder / "after"
    written(found, case, target)
    again = mended(target)
    assert dict(again.contents) == {}, f"{case}: fixing twice is not fixing once"
    assert not again.mended.fixed, f"{case}: what was fixed is there again"
    assert codes(again) == codes(found), f"{case}: what is written reads otherwise than what was linted"
    revealing = any(told.finding.fix and told.finding.fix.reveals for told in found.mended.fixed)
    if before is not None and not revealing:
        more = codes(found) - codes(before)
        assert not more, f"{case}: fixes brought {more}"
    lost = comments(case) - comments(target)
    assert not lost, f"{case}: comments are lost: {lost}"
    check_patch(found, case, target, folder)


def comments(folder: Path) -> Counter[str]:
    texts = (path.read_text(encoding="utf-8", errors="replace") for path in folder.rglob("*") if path.is_file())
    return Counter(
        match[0].strip() for text in texts for match in _COMMENT.finditer(text) if "crslint:" not in match[0]
    )


def check_patch(found: Fixed, case: Path, target: Path, folder: Path) -> None:
    patch = shutil.which("patch")
    if patch is None or not found.contents:
        return
    texts = Texts(found.before.text, found.before.files)
    parts = []
    for path, content in found.contents.items():
        new = path in found.mended.after.tree.made
        after = None if content is None else content.decode("utf-8")
        text, hidden = unified_diff(
            path, None if new else found.before.text(path), after, () if new else texts.secrets(path)
        )
        if hidden:
            return
        parts.append(text)
    patched = folder / "patched"
    shutil.copytree(case, patched)
    subprocess.run(
        [patch, "-s", "-p1", "--binary", "-E", "--no-backup-if-mismatch"],
        cwd=patched,
        input="".join(parts).encode(),
        check=True,
    )
    assert tree(patched) == tree(target), f"{case}: the diff gives another tree"


def tree(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("family", FAMILIES)
def test_laws_on_all_examples(family: str, tmp_path: Path) -> None:
    for number, case in enumerate(examples(family)):
        folder = tmp_path / str(number)
        folder.mkdir()
        check_laws(case, folder)


@pytest.mark.parametrize("name", FIXTURES)
def test_laws_on_the_fixtures(name: str, tmp_path: Path) -> None:
    check_laws(CHECKOUT / "fixtures" / name, tmp_path)


def test_nothing_fixable_is_left_of_the_pattern() -> None:
    found = mended(CHECKOUT / "fixtures" / "pattern")
    assert [(told.finding.code, told.reason) for told in found.mended.failed] == []
    assert [item.code for item in found.mended.after.findings if item.fix] == []
