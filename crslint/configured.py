"""The rules of a run, and what is wrong with its configuration and its policy."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from crslint import address
from crslint.config.model import CODE as CONFIGURATION
from crslint.finding import Problem
from crslint.policy.rules import load_rules
from crslint.policy.ruleset import RuleSet
from crslint.scope import Scope, named
from crslint.spelling import nearest

if TYPE_CHECKING:
    from crslint.policy.rule import RuleFault


def configured_rules(scope: Scope) -> tuple[RuleSet, list[Problem]]:
    """Our rules and the user's, and what is wrong with the configuration."""
    problems = list(scope.reading.problems)
    config = scope.config
    policy = config.policy
    folders = []
    for index, path in enumerate(policy.folders()):
        if path.is_dir():
            folders.append(path)
        elif policy.file:
            problems.append(_misplaced(scope, policy.file, ("rules", index), f'no folder "{policy.rules[index]}"'))
    for index, name in enumerate(config.rules):
        folder = (config.folder or scope.root) / name
        if folder.is_dir():
            folders.append(folder)
        elif config.file:
            problems.append(_misplaced(scope, config.file, ("rules", index), f'no folder "{name}"'))
    for index, path in enumerate(config.schema_files()):
        if config.file and not path.exists():
            reason = f'no file or folder "{config.schemas[index]}"'
            problems.append(_misplaced(scope, config.file, ("schemas", index), reason))
    rules = load_rules(folders)
    theirs = (fault for fault in rules.faults if any(fault.path.is_relative_to(folder) for folder in folders))
    problems.extend(_rule_problem(fault, scope) for fault in theirs)
    if not rules.faults:
        problems += _unknown(scope, config.file, config.asked(), rules)
        problems += _unknown(scope, policy.file, policy.asked(), rules)
    return rules, problems


def _unknown(
    scope: Scope, file: Path | None, asked: Iterable[tuple[tuple[str | int, ...], str]], rules: RuleSet
) -> Iterator[Problem]:
    """Codes and prefixes of no rule."""
    for steps, prefix in asked if file else ():
        if file and not any(code.startswith(prefix) for code in rules.rules):
            near = nearest(prefix, rules.rules)
            reason = f'no rule begins with "{prefix}"' + (f'; did you mean "{near}"?' if near else "")
            yield _misplaced(scope, file, steps, reason)


def _misplaced(scope: Scope, file: Path, steps: tuple[str | int, ...], reason: str) -> Problem:
    return Problem(CONFIGURATION, address.at(address.document(named(file, scope.root), 0), steps), {"reason": reason})


def _rule_problem(fault: RuleFault, scope: Scope) -> Problem:
    from crslint.source.text import Lines

    text = fault.path.read_text(encoding="utf-8", errors="replace") if fault.path.is_file() else ""
    offset = Lines(text).offset(fault.line, fault.column)
    at = address.document(named(fault.path, scope.root), 0)
    return Problem(CONFIGURATION, at, {"reason": fault.reason}, (offset, offset))
