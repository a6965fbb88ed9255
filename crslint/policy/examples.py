"""Runs the examples of rule folders: `bad/<case>/`, `good/<case>/`, each a tree that is linted alone.

For a rule about changes, `base/<case>/` is the tree before the change.

On each flagged line of a bad case stands `# expect: CODE` (or `CODE@COLUMN`; several are separated by commas). Where a
comment cannot stand, `<case>.expect.yaml` beside the case says the same:

    findings: [{path: payload.json, line: 3, column: 5, code: PAY005}]    # column and code are optional
    also: [YML001]                                                        # other codes that come with it
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crslint.config.model import Config
from crslint.config.selection import CommandLine, Selection
from crslint.finding import Finding, Problem
from crslint.policy.check import Judge, Raws
from crslint.policy.evaluation import Evaluator
from crslint.policy.rule import Rule, RuleFault
from crslint.policy.ruleset import RuleSet
from crslint.policy.suppression import Suppressions
from crslint.record import record
from crslint.source.parser import parse
from crslint.source.position import Locator

if TYPE_CHECKING:
    from crslint.fleet.fleet import Fleet

_CODE = r"(?:[A-Z]{3}|X[A-Z0-9]{1,7})\d{3}(?:@\d+)?"
_EXPECT = re.compile(rf"#\s*expect:\s*({_CODE}(?:\s*,\s*{_CODE})*)\s*(?:$|#)")
_LINES = re.compile("\r\n|\r|\n")
_BESIDE = ".expect.yaml"
BASE = "base"


@record
class Sample:
    """A case's tree as a run reads it; ``rules`` are given where its configuration names rules of its own."""

    fleet: Fleet
    problems: tuple[Problem, ...]
    text_of: Callable[[str], str]
    config: Config = field(default_factory=Config)
    rules: RuleSet | None = None
    suppressions: Callable[[Selection, Locator], Suppressions | None] = lambda _selection, _locator: None


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where a finding is expected or was found: ``column`` is 0 where it is not asked for."""

    path: str
    line: int
    column: int = 0

    def __str__(self) -> str:
        return f"{self.path}:{self.line}" + (f":{self.column}" if self.column else "")


@record
class Expectation:
    """What a case must give: places by code, other codes that may come, and what is wrong with it itself."""

    places: Mapping[str, frozenset[Place]]
    also: frozenset[str] = frozenset()
    faults: tuple[str, ...] = ()


@record
class Case:
    """One example of a rule, read once; ``raws`` is what all rules say of it before anything is suppressed."""

    name: str
    good: bool
    expected: Expectation
    sample: Sample
    raws: Raws
    judge: Judge
    locator: Locator
    suppressions: Suppressions | None


@record
class RuleReport:
    """``faults`` are sentences, ``survivors`` the mutations that no example notices."""

    code: str
    folder: str
    cases: int
    faults: tuple[str, ...]
    survivors: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        return not self.faults and not self.survivors


@record
class ExamplesReport:
    rules: tuple[RuleReport, ...]
    faults: tuple[RuleFault, ...] = ()

    @property
    def passed(self) -> bool:
        return not self.faults and all(report.passed for report in self.rules)


def run_examples(rules: RuleSet, tested: Sequence[Rule], read: Callable[[Path], Sample]) -> tuple[RuleReport, ...]:
    """``tested`` are judged with all of ``rules``."""
    from crslint.policy.mutation import survivors

    evaluator = Evaluator(item for rule in rules.rules.values() for item in rule.expressions())
    reports = []
    for rule in tested:
        cases = list(_cases(rule, rules, read, evaluator))
        faults = [*_shape_faults(rule, cases), *(fault for case in cases for fault in case_faults(rule.code, case))]
        weak = () if faults or rule.engine else tuple(survivors(rule, cases, rules, evaluator))
        reports.append(RuleReport(rule.code, rule.folder, len(cases), tuple(faults), weak))
    return tuple(reports)


def case_faults(code: str, case: Case) -> Iterator[str]:
    """What is not as the case expects."""
    yield from (f"{case.name}: {fault}" for fault in case.expected.faults)
    verdict = case.judge.verdict(case.raws, case.suppressions)
    findings = [finding for finding in verdict.findings if not finding.suppressed]
    for asked in sorted({code, *case.expected.places}):
        expected = case.expected.places.get(asked, frozenset())
        found = [_place(case.locator, finding) for finding in findings if finding.code == asked]
        yield from (f"{case.name}: {line}" for line in differences(asked, expected, found))
    for finding in findings:
        known = finding.code == code or finding.code in case.expected.places or finding.code in case.expected.also
        if finding.severity == "error" and not known:
            place = _place(case.locator, finding)
            yield f"{case.name}: {place}: also gives {finding.code}: {finding.message}"


def differences(code: str, expected: frozenset[Place], found: Iterable[Place]) -> Iterator[str]:
    """Expected places without a finding, findings without an expectation."""
    there = set(found)
    for place in sorted(expected):
        if not any(_meets(place, other) for other in there):
            yield f"{place}: expected {code}, but it does not come"
    for place in sorted(there):
        if not any(_meets(other, place) for other in expected):
            yield f"{place}: {code} comes, but is not expected"


def as_expected(code: str, case: Case, findings: Iterable[Finding]) -> bool:
    """Whether findings of one rule are exactly those that the case expects."""
    expected = case.expected.places.get(code, frozenset())
    return not any(differences(code, expected, (_place(case.locator, finding) for finding in findings)))


def _meets(expected: Place, found: Place) -> bool:
    same = (expected.path, expected.line) == (found.path, found.line)
    return same and expected.column in (0, found.column)


def _place(locator: Locator, finding: Finding) -> Place:
    location = locator.locate(finding.at, finding.span)
    return Place(location.path, location.range.line, location.range.column)


def _cases(rule: Rule, rules: RuleSet, read: Callable[[Path], Sample], evaluator: Evaluator) -> Iterator[Case]:
    for kind in ("bad", "good"):
        folder = Path(rule.folder) / kind
        for path in sorted(folder.iterdir()) if folder.is_dir() else ():
            if not path.is_dir():
                continue
            sample = read(path)
            selection = Selection(sample.config, CommandLine(extend_select=(rule.code,)))
            judge = Judge(sample.rules, selection) if sample.rules else Judge(rules, selection, evaluator)
            expected = _expectation(path, rule.code, good=kind == "good")
            raws = judge.raws(sample.fleet, sample.problems)
            locator = Locator(sample.text_of)
            suppressions = sample.suppressions(selection, locator)
            yield Case(f"{kind}/{path.name}", kind == "good", expected, sample, raws, judge, locator, suppressions)


def _shape_faults(rule: Rule, cases: Sequence[Case]) -> Iterator[str]:
    """A rule without bad and good cases shows nothing, and neither does a stray file."""
    base = Path(rule.folder) / BASE
    names = {case.name.partition("/")[2] for case in cases}
    for path in sorted(base.iterdir()) if base.is_dir() else ():
        if path.name not in names:
            yield f"{BASE}/{path.name}: belongs to no case"
    for kind in ("bad", "good"):
        if not any(case.good == (kind == "good") for case in cases):
            yield f"{kind}: no example"
        folder = Path(rule.folder) / kind
        for path in sorted(folder.iterdir()) if folder.is_dir() else ():
            case = path.name.removesuffix(_BESIDE)
            if not path.is_dir() and (case == path.name or not (folder / case).is_dir()):
                yield f"{kind}/{path.name}: belongs to no case; a case is a folder"


def _expectation(case: Path, code: str, *, good: bool) -> Expectation:
    places: dict[str, set[Place]] = {}
    for path in sorted(case.rglob("*")):
        if path.is_file() and not path.is_symlink():
            for place, found in _comments(path, path.relative_to(case).as_posix()):
                places.setdefault(found, set()).add(place)
    also, faults = _beside(case.with_name(case.name + _BESIDE), code, places)
    if good and code in places:
        faults.append("a good example expects no finding of its own rule")
    if not good and not places.get(code) and not faults:
        faults.append(f"nothing is expected: write `# expect: {code}` on each flagged line")
    return Expectation({key: frozenset(value) for key, value in places.items()}, frozenset(also), tuple(faults))


def _comments(path: Path, name: str) -> Iterator[tuple[Place, str]]:
    text = path.read_bytes().decode("utf-8", errors="replace")
    for number, line in enumerate(_LINES.split(text), 1):
        match = _EXPECT.search(line)
        for item in re.split(r"\s*,\s*", match[1]) if match else ():
            code, _, column = item.partition("@")
            yield Place(name, number, int(column or 0)), code


def _beside(path: Path, code: str, places: dict[str, set[Place]]) -> tuple[list[str], list[str]]:
    """Adds what the file says to ``places``; gives its ``also`` and what is wrong with it."""
    if not path.is_file():
        return [], []
    parsed = parse(path.read_text(encoding="utf-8"), lambda _index: "")
    data: Any = parsed.documents[0][1] if parsed.documents and not parsed.problems else None
    if not isinstance(data, dict) or not data.keys() <= {"findings", "also"}:
        return [], [f"{path.name}: must be a mapping with findings and also"]
    for item in data.get("findings") or ():
        match item:
            case {"path": str(name), "line": int(line), **rest} if rest.keys() <= {"column", "code"}:
                column = rest.get("column", 0)
                place = Place(name, line, column if isinstance(column, int) else 0)
                places.setdefault(str(rest.get("code", code)), set()).add(place)
            case _:
                return [], [f"{path.name}: a finding is {{path, line}} with an optional column and code"]
    return [str(item) for item in data.get("also") or ()], []
