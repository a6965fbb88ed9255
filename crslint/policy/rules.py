"""Finds rule folders and loads their rules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from crslint.data import data_dir
from crslint.policy.rule import Rule, RuleFault, RuleSet

_FILE = "rule.yaml"


def load_rules(folders: Sequence[Path] = ()) -> RuleSet:
    """Our rules and those in ``folders`` (a rule folder, a folder of them, or a folder of groups of them).

    A file that cannot be used is a fault, and its rule is left out.
    """
    rules, faults = compile_files(rule_files([data_dir("rules"), *folders]))
    return RuleSet({rule.code: rule for rule in rules}, tuple(faults))


def rule_files(folders: Iterable[Path]) -> list[Path]:
    """Every rule.yaml, sorted, each once; a rule folder is not searched further."""
    found: dict[Path, None] = {}
    for folder in folders:
        found.update(dict.fromkeys(_files(folder, 2)))
    return list(found)


def _files(folder: Path, depth: int) -> Iterator[Path]:
    if (folder / _FILE).is_file():
        yield folder / _FILE
    elif depth and folder.is_dir():
        for inner in sorted(folder.iterdir()):
            yield from _files(inner, depth - 1)


def compile_files(files: Sequence[Path]) -> tuple[list[Rule], list[RuleFault]]:
    from crslint.policy.compile import compile_rule
    from crslint.policy.rulefile import RuleFileError, read_rule_file

    rules: dict[str, Rule] = {}
    faults: list[RuleFault] = []
    for file in files:
        try:
            rule = compile_rule(read_rule_file(file, file.read_bytes()))
        except OSError as error:
            faults.append(RuleFault(file, 1, 1, f"cannot be read: {error.strerror}"))
            continue
        except RuleFileError as error:
            faults.append(error.fault)
            continue
        if rule.code in rules:
            faults.append(RuleFault(file, 1, 1, f"{rule.code} is also the code of {rules[rule.code].folder}"))
            continue
        rules[rule.code] = rule
    return list(rules.values()), faults
