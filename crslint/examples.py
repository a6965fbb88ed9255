"""`rules test`: each example of a rule is linted as a run of its own."""

from __future__ import annotations

from pathlib import Path

from crslint.config.discovery import NAMES
from crslint.config.model import Reading
from crslint.config.reader import read_config
from crslint.config.selection import CommandLine, Selection
from crslint.data import data_dir
from crslint.fleet.changes import changes
from crslint.policy.check import Judge
from crslint.policy.examples import BASE, ExamplesReport, Sample, run_examples
from crslint.policy.rule import Rule, RuleSet
from crslint.policy.rules import load_rules
from crslint.policy.suppression import Suppressions
from crslint.record import replace
from crslint.report.page import Report
from crslint.run import EMPTY, Clock, Options, configured_rules, read_fleet, suppressions_of
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
    return ExamplesReport(run_examples(rules, tested, read_sample), tuple(faults))


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
    config_file = next((case / name for name in NAMES if (case / name).is_file()), None)
    reading = read_config(config_file, config_file.name) if config_file else Reading()
    # The case is its own root: the repository around it is none of its business.
    where = Scope(case, case, reading, (case,), None, False)
    if reading.config.rules:
        rules, problems = configured_rules(where)
    else:
        rules, problems = None, list(reading.problems)
    if problems:
        return Sample(EMPTY, tuple(problems), lambda path: _text(where, path), where.config, rules)
    tree, fleet = read_fleet(where, Options(), None, Clock())
    before = case.parent.parent / BASE / case.name
    if before.is_dir():
        earlier = Scope(before, before, reading, (before,), None, False)
        changed = changes(read_fleet(earlier, Options(), None, Clock())[1], fleet, BASE)
        fleet = replace(fleet, entities={**fleet.entities, "change": changed})
    written = (problem for file in tree.files for problem in file.problems)
    schemas = validated(fleet, where.config)

    def suppressions(selection: Selection, locator: Locator) -> Suppressions | None:
        return suppressions_of(where, selection, tree, schemas.not_checked, lambda: locator)

    return Sample(fleet, (*written, *schemas.problems), tree.text, where.config, rules, suppressions)


def _text(where: Scope, path: str) -> str:
    return (where.root / path).read_bytes().decode("utf-8", "replace")
