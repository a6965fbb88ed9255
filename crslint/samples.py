"""`rules test`: the examples of rule folders, each read the way a run reads a tree."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from crslint.config.model import Config
from crslint.config.reader import Reading, read_config
from crslint.data import data_dir
from crslint.fleet.fleet import Fleet
from crslint.policy.examples import ExamplesReport, Sample, run_examples
from crslint.policy.rules import load_rules
from crslint.run import Clock, Options, configured_rules, read_fleet
from crslint.scope import Scope

_NOTHING = Fleet(entities={}, problems=(), whole=False, payload_documents=0, index={})


def check_examples(folder: Path, codes: Sequence[str] = ()) -> ExamplesReport:
    """Runs the examples of all rules in a folder (ours or a user's), or of those whose code begins with one of
    ``codes``."""
    folder = folder.resolve()
    own = folder.is_relative_to(data_dir("rules").resolve())
    rules = load_rules(() if own else (folder,))
    faults = tuple(fault for fault in rules.faults if fault.path.resolve().is_relative_to(folder))
    tested = [
        rule
        for rule in rules.rules.values()
        if Path(rule.folder).resolve().is_relative_to(folder) and (not codes or rule.code.startswith(tuple(codes)))
    ]
    reports = run_examples(rules, sorted(tested, key=lambda rule: rule.code), read_sample)
    return ExamplesReport(reports, faults)


def read_sample(case: Path) -> Sample:
    """Reads a case alone, with its own crslint.yaml; where that is wrong, only its problems count, as in a run."""
    files = (case / name for name in ("crslint.yaml", ".crslint.yaml"))
    file = next((file for file in files if file.is_file()), None)
    reading = read_config(file, file.name) if file else Reading(Config(), "")
    scope = Scope(case, case, reading, (case,), None, False)
    rules, problems = configured_rules(scope, Options()) if file else (None, [])
    if problems:
        return Sample(_NOTHING, tuple(problems), _text(case), reading.config)
    tree, fleet = read_fleet(scope, Options(), None, Clock())
    found = tuple(problem for file in tree.files for problem in file.problems)
    return Sample(fleet, found, tree.text, reading.config, rules if reading.config.rules else None)


def _text(case: Path) -> Callable[[str], str]:
    return lambda path: (case / path).read_text(encoding="utf-8", errors="replace")
