"""A comment suppresses whatever any rule says on its line."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from crslint.config.selection import CommandLine
from crslint.policy.rules import load_rules
from crslint.run import Options, check
from crslint.scope import scope

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
