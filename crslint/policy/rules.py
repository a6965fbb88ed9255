"""Finds rule folders and loads their rules."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from crslint.data import data_dir
from crslint.policy import index
from crslint.policy.rule import Rule, RuleFault, RuleSet
from crslint.source.tree import bytes_of

_FILE = "rule.yaml"


def load_rules(folders: Sequence[Path] = (), *, cached: bool = True) -> RuleSet:
    """Our rules and users' rules: each of ``folders`` is a rule folder, a folder of them, or a folder of groups.

    A file that cannot be used is a fault, and its rule is left out.
    """
    ours = data_dir("rules")
    rules: dict[str, Rule] = {}
    faults: list[RuleFault] = []
    for folder in dict.fromkeys([ours, *folders]):
        found, wrong = load_folder(folder, cached=cached)
        faults += wrong
        for rule in found:
            if folder != ours and not rule.code.startswith("X"):
                faults.append(_fault(rule, f"{rule.code} is not a code for rules of your own: they begin with X"))
            elif rule.code in rules:
                faults.append(_fault(rule, f"{rule.code} is also the code of {rules[rule.code].folder}"))
            else:
                rules[rule.code] = rule
    faults += _circles(rules)
    return RuleSet(rules, tuple(faults))


def load_folder(folder: Path, *, cached: bool = True) -> tuple[list[Rule], list[RuleFault]]:
    """The rules of one folder, from its index where that is still true; the index is left alone if not ``cached``."""
    try:
        files = [(file, bytes_of(str(file))) for file in rule_files(folder)]
    except OSError as error:
        return [], [RuleFault(Path(error.filename or folder), 1, 1, f"cannot be read: {error.strerror}")]
    if not files:
        return [], [RuleFault(folder, 1, 1, "holds no rule.yaml")]
    origin = index.made_from(files)
    kept = index.index_name(folder)
    rules = index.load(kept, origin, [str(file.parent) for file, _ in files]) if cached else None
    if rules is not None:
        return rules, []
    rules, faults = _compile(files)
    if cached and not faults:
        index.store(kept, origin, rules)
    return rules, faults


def rule_files(folder: Path) -> list[Path]:
    """Every rule.yaml in it, sorted; a rule folder is not searched further. Raises OSError."""
    return [Path(path) for path in _files(str(folder), 2)]


def _files(folder: str, depth: int) -> Iterator[str]:
    file = os.path.join(folder, _FILE)
    if os.path.isfile(file):
        yield file
    elif depth:
        with os.scandir(folder) as entries:
            inner = sorted(entry.path for entry in entries if entry.is_dir())
        for path in inner:
            yield from _files(path, depth - 1)


def _compile(files: Sequence[tuple[Path, bytes]]) -> tuple[list[Rule], list[RuleFault]]:
    from crslint.policy.compile import compile_rule
    from crslint.policy.rulefile import RuleFileError, read_rule_file

    rules: list[Rule] = []
    faults: list[RuleFault] = []
    for file, content in files:
        try:
            rules.append(compile_rule(read_rule_file(file, content)))
        except RuleFileError as error:
            faults.append(error.fault)
    return rules, faults


def _circles(rules: dict[str, Rule]) -> Iterator[RuleFault]:
    """Rules that override each other would leave no finding at all."""
    for rule in rules.values():
        above, reached = list(rule.overrides), set()
        while above:
            code = above.pop()
            if code == rule.code:
                yield _fault(rule, f"{rule.code} overrides itself, through {', '.join(rule.overrides)}")
                break
            if code not in reached and code in rules:
                reached.add(code)
                above += rules[code].overrides


def _fault(rule: Rule, reason: str) -> RuleFault:
    return RuleFault(Path(rule.folder) / _FILE, 1, 1, reason)
