"""`rules test`: each example of a rule is linted as a run of its own."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from crslint.config.discovery import NAMES
from crslint.config.model import Reading
from crslint.config.reader import read_config
from crslint.config.selection import CommandLine, Selection
from crslint.configured import configured_rules
from crslint.data import data_dir
from crslint.finding import Problem
from crslint.fleet.changes import changes
from crslint.policy.check import Judge
from crslint.policy.evaluation import Evaluator
from crslint.policy.examples import BASE, ExamplesReport, RuleReport, Sample, run_examples
from crslint.policy.rule import Rule
from crslint.policy.rules import load_rules
from crslint.policy.ruleset import RuleSet
from crslint.policy.suppression import Suppressions
from crslint.record import replace
from crslint.report.page import Report
from crslint.run import EMPTY, Clock, Options, read_fleet, suppressions_of
from crslint.scope import Scope
from crslint.source.position import Locator
from crslint.validated import validated


def test_rules(folder: Path) -> ExamplesReport:
    """``folder`` is a rule folder, or one of rules or of groups of rules: ours, part of ours, or a user's."""
    folder = folder.resolve()
    ours = data_dir("rules").resolve()
    rules = load_rules(() if folder.is_relative_to(ours) else [folder])
    tested = [rule for rule in rules.rules.values() if Path(rule.folder).resolve().is_relative_to(folder)]
    faults = [fault for fault in rules.faults if fault.path.resolve().is_relative_to(folder)]
    reports = run_examples(rules, tested, read_sample)
    evaluator = Evaluator(item for rule in rules.rules.values() for item in rule.expressions())
    fixed = [_with_fixed(report, rules, evaluator) for report in reports]
    return ExamplesReport(tuple(fixed), tuple(faults))


def _with_fixed(report: RuleReport, rules: RuleSet, evaluator: Evaluator) -> RuleReport:
    """With what is wrong with the rule's fixed examples."""
    rule = rules.rules[report.code]
    faults = (*report.faults, *fixed_faults(rule, rules, evaluator))
    cases = sum(1 for case in _cases(rule, "fixed"))
    return replace(report, faults=faults, cases=report.cases + cases)


def fixed_faults(rule: Rule, rules: RuleSet, evaluator: Evaluator) -> Iterator[str]:
    """Each bad example that a rule's own fix changes has its fixed one beside it, the same to the byte."""
    expected = {case.name: case for case in _cases(rule, "fixed")}
    shown = False
    for case in _cases(rule, "bad"):
        contents = fixed_case(rule, case, rules, evaluator) if rule.fix else {}
        wanted = expected.pop(case.name, None)
        shown = shown or bool(contents)
        if contents and wanted is None:
            yield f"fixed/{case.name}: is missing: `python -m crslint.examples RULE` writes it"
        elif wanted is not None and not contents:
            yield f"fixed/{case.name}: crslint fix makes nothing of bad/{case.name}"
        elif wanted is not None:
            files = {path.relative_to(case).as_posix(): path for path in case.rglob("*") if path.is_file()}
            made = {name: path.read_bytes() for name, path in files.items()} | contents
            made = {name: content for name, content in made.items() if content is not None}
            found = {path.relative_to(wanted).as_posix(): path for path in wanted.rglob("*") if path.is_file()}
            for name in sorted({*made, *found}):
                if name not in found or name not in made or found[name].read_bytes() != made[name]:
                    yield f"fixed/{case.name}/{name}: is not what crslint fix makes"
    yield from (f"fixed/{name}: belongs to no bad example" for name in expected)
    if rule.fix and not shown:
        yield "fixed: the rule has a fix, and no example shows it"


def fixed_case(rule: Rule, case: Path, rules: RuleSet, evaluator: Evaluator | None) -> dict[str, bytes | None]:
    """The files that the rule's own fixes change, safe and unsafe ones, with their new contents."""
    from crslint.fixing import mend

    where, ours, problems = _sampled(case)
    if problems:
        return {}
    options = Options(CommandLine(extend_select=(rule.code,)))
    evaluator = evaluator if ours is None else None
    found = mend(where, options, ours or rules, unsafe=True, evaluator=evaluator, only=rule.code)
    return dict(found.contents)


def write_fixed(folder: Path) -> list[Path]:
    """Writes what fixes make of the bad examples of rules into `fixed/`, to be read; gives the folders written."""
    rules = load_rules(() if folder.resolve().is_relative_to(data_dir("rules").resolve()) else [folder])
    evaluator = Evaluator(item for rule in rules.rules.values() for item in rule.expressions())
    written = []
    for rule in rules.rules.values():
        if not Path(rule.folder).resolve().is_relative_to(folder.resolve()):
            continue
        for case in _cases(rule, "bad"):
            target = Path(rule.folder) / "fixed" / case.name
            contents = fixed_case(rule, case, rules, evaluator) if rule.fix else {}
            shutil.rmtree(target, ignore_errors=True)
            files = {path.relative_to(case).as_posix(): path for path in case.rglob("*") if path.is_file()}
            for name in {*files, *contents} if contents else ():
                file = target / name
                content = contents[name] if name in contents else files[name].read_bytes()
                if content is not None:
                    file.parent.mkdir(parents=True, exist_ok=True)
                    file.write_bytes(content)
            written += [target] if contents else []
    return written


def _cases(rule: Rule, kind: str) -> list[Path]:
    folder = Path(rule.folder) / kind
    return sorted(path for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []


def reports_of(rule: Rule, case: Path) -> list[Report]:
    """What the rule says of one of its examples."""
    sample = read_sample(case)
    selection = Selection(sample.config, CommandLine(extend_select=(rule.code,)))
    locator = Locator(sample.text_of)
    suppressions = sample.suppressions(selection, locator)
    # Which suppressions are of use, only all rules can tell.
    rules = sample.rules or (load_rules() if suppressions else RuleSet({rule.code: rule}))
    verdict = Judge(rules, selection).judge(sample.fleet, sample.problems, suppressions)
    found = [
        (locator.locate(finding.at, finding.span), finding)
        for finding in verdict.findings
        if finding.code == rule.code and not finding.suppressed
    ]
    return [
        Report(where.path, where.range.line, where.range.column, finding.severity, finding.message, finding.fix)
        for where, finding in sorted(found, key=lambda each: (each[0].path, each[0].range.line, each[0].range.column))
    ]


def read_sample(case: Path) -> Sample:
    """A case with the configuration that it carries itself; none above it counts."""
    where, rules, problems = _sampled(case)
    if problems:
        return Sample(EMPTY, tuple(problems), lambda path: _text(where, path), where.config, rules)
    tree, fleet = read_fleet(where, Options(), None, Clock())
    before = case.parent.parent / BASE / case.name
    if before.is_dir():
        earlier = Scope(before, before, where.reading, (before,), None, False)
        changed = changes(read_fleet(earlier, Options(), None, Clock())[1], fleet, BASE)
        fleet = replace(fleet, entities={**fleet.entities, "change": changed})
    written = (problem for file in tree.files for problem in file.problems)
    schemas = validated(fleet, where.config)

    def suppressions(selection: Selection, locator: Locator) -> Suppressions | None:
        return suppressions_of(where, selection, tree, schemas.not_checked, lambda: locator)

    return Sample(fleet, (*written, *schemas.problems), tree.text, where.config, rules, suppressions)


def _sampled(case: Path) -> tuple[Scope, RuleSet | None, list[Problem]]:
    config_file = next((case / name for name in NAMES if (case / name).is_file()), None)
    reading = read_config(config_file, config_file.name) if config_file else Reading()
    # The case is its own root: the repository around it is none of its business.
    where = Scope(case, case, reading, (case,), None, False)
    if not reading.config.rules:
        return where, None, list(reading.problems)
    rules, problems = configured_rules(where)
    return where, rules, problems


def _text(where: Scope, path: str) -> str:
    return (where.root / path).read_bytes().decode("utf-8", "replace")


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        for made in write_fixed(Path(argument)):
            sys.stdout.write(f"{made}\n")
