"""Which of a rule's examples are shown to people: a bad one, and one that differs in little and is not reported."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import unified_diff
from pathlib import Path

from crslint.policy.rule import Rule
from crslint.report.printable import harmless
from crslint.row import NamedTuple

_LINES = 60
_WIDTH = 200
_FEW = 24
# How examples mark the lines that are reported, and what people see instead.
_EXPECTED = re.compile(r"# expect: ([A-Z0-9]+(?:@\d+)?(?:, *[A-Z0-9]+(?:@\d+)?)*)")
_COLUMN = re.compile(r"@\d+")
_MARK = re.compile(r"\s*# <- [A-Z0-9]+.*")
# What may come from elsewhere is no example of what is right.
_UNKNOWN = ("${", "{{", "{%")


class Specimen(NamedTuple):
    """A tree by file name; ``folder`` is where it lies."""

    folder: Path
    files: Mapping[str, Sequence[str]]

    @property
    def size(self) -> int:
        return sum(map(len, self.files.values()))

    def text(self) -> str:
        """All files, each but a single one below its name."""
        if len(self.files) == 1:
            return "\n".join(*self.files.values())
        return "\n".join("\n".join([f"# {name}", *lines]) for name, lines in self.files.items())


class Specimens(NamedTuple):
    """``good`` is None where the rule has no such example; ``fixed`` is true where it is what a fix makes of the bad
    one; ``changes`` is empty where the two have little in common. For a rule about changes, ``change`` is what led to
    the bad example, and ``changes`` what led to the good one."""

    bad: Specimen
    good: Specimen | None = None
    fixed: bool = False
    changes: str = ""
    change: str = ""


def specimens(rule: Rule) -> Specimens | None:
    """The bad example that a fix mends, else the pair of examples that differ least, else the smallest."""
    bad = sorted(_all(rule, "bad"), key=lambda item: item.size)
    if not bad:
        return None
    base = {item.folder.name: item for item in _all(rule, "base")}
    if base:
        return _changed(bad[0], sorted(_all(rule, "good"), key=lambda item: item.size), base)
    fixed = {item.folder.name: item for item in _all(rule, "fixed")}
    for item in bad:
        if item.folder.name in fixed:
            good = fixed[item.folder.name]
            return Specimens(item, good, True, _changes(item, good))
    unknown = [mark for mark in _UNKNOWN if not any(mark in item.text() for item in bad)]
    known = [item for item in _all(rule, "good") if not any(mark in item.text() for mark in unknown)]
    pairs = [(_changes(one, other), one, other) for one in bad for other in known]
    changes, one, other = min(pairs, key=lambda pair: _weight(pair[0]), default=("", bad[0], None))
    if changes.count("\n") < _FEW:
        return Specimens(one, other, changes=changes)
    return Specimens(bad[0], min(known, key=lambda item: item.size, default=None))


def _changed(bad: Specimen, good: Sequence[Specimen], base: Mapping[str, Specimen]) -> Specimens:
    """The example, and the smallest other change."""
    led = [(_changes(base[item.folder.name], item), item) for item in good if item.folder.name in base]
    changes, other = min(led, key=lambda pair: _weight(pair[0]), default=("", None))
    return Specimens(bad, other, changes=changes, change=_changes(base[bad.folder.name], bad))


def _changes(bad: Specimen, good: Specimen) -> str:
    """What to change in the bad example, file by file, with the lines around it."""
    names = dict.fromkeys([*bad.files, *good.files])
    changed: list[str] = []
    for name in names:
        before, after = ([_MARK.sub("", line) for line in item.files.get(name, ())] for item in (bad, good))
        lines = list(unified_diff(before, after, lineterm=""))[2:]
        if lines:
            changed += [f"# {name}"] if len(names) > 1 else []
            changed += ["..." if line.startswith("@@") else line for line in lines]
    return "\n".join(changed)


def _weight(changes: str) -> int:
    """How many lines change."""
    return sum(line.startswith(("+", "-")) for line in changes.split("\n"))


def _all(rule: Rule, kind: str) -> Iterator[Specimen]:
    folder = Path(rule.folder) / kind
    for case in sorted(path for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else ():
        files = sorted(path for path in case.rglob("*") if path.is_file() and path.name != "expect.yaml")
        yield Specimen(case, {file.relative_to(case).as_posix(): _lines(file) for file in files})


def _lines(file: Path) -> list[str]:
    """Harmless, and cut where there is much of it."""
    lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
    shown = [_EXPECTED.sub(_marked, harmless(line.replace("\t", "    "))[:_WIDTH]) for line in lines[:_LINES]]
    return [*shown, f"... {len(lines) - _LINES} more lines"] if len(lines) > _LINES else shown


def _marked(found: re.Match[str]) -> str:
    return f"# <- {_COLUMN.sub('', found[1])}"
