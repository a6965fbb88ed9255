"""Finds rule folders and loads their rules."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from crslint.data import data_dir
from crslint.policy import index
from crslint.policy.ruleset import KeptRules, Known, RuleSet, known
from crslint.source.tree import bytes_of

if TYPE_CHECKING:
    from crslint.policy.rule import Rule, RuleFault

_FILE = "rule.yaml"


def load_rules(folders: Sequence[Path] = (), *, cached: bool = True) -> RuleSet:
    """Our rules and users' rules: each of ``folders`` is a rule folder, a folder of them, or a folder of groups.

    A file that cannot be used is a fault, and its rule is left out.
    """
    ours = data_dir("rules")
    rules: dict[str, Known] = {}
    faults: list[RuleFault] = []
    for folder in dict.fromkeys([ours, *folders]):
        found, wrong = rules_of(folder, cached=cached)
        faults += wrong
        for item in found:
            code = item[0].code
            if folder != ours and not code.startswith("X"):
                faults.append(_fault(item, f"{code} is not a code for rules of your own: they begin with X"))
            elif code in rules:
                faults.append(_fault(item, f"{code} is also the code of {rules[code][1]().folder}"))
            else:
                rules[code] = item
    faults += _circles(rules)
    return RuleSet(KeptRules(rules), tuple(faults))


def rules_of(folder: Path, *, cached: bool = True) -> tuple[list[Known], list[RuleFault]]:
    """The rules of one folder, from its index where that is still true; the index is left alone if not ``cached``."""
    kept = index.read(folder) if cached else None
    if kept is not None and kept.is_untouched():
        return kept.rules(folder), []
    since = time.time_ns()
    try:
        searched = list(_searched(str(folder), 2))
        stamps = index.stamps_of((path for path, _ in searched), since) if cached else ()
        files = [(Path(path), bytes_of(path)) for path, found in searched if found]
    except OSError as error:
        place = Path(error.filename or folder)
        return [], [_unusable(place, f"cannot be read: {error.strerror}")]
    if not files:
        return [], [_unusable(folder, "holds no rule.yaml")]
    origin = index.origin_of(files) if cached else b""
    if kept is not None and kept.origin == origin:
        if stamps:
            index.write(folder, kept._replace(stamps=stamps))
        return kept.rules(folder), []
    rules, faults = _compile(files)
    if cached and not faults:
        index.write(folder, index.made(folder, stamps, origin, rules))
    return [known(rule) for rule in rules], faults


def _searched(folder: str, depth: int) -> Iterator[tuple[str, bool]]:
    """Every rule.yaml in it, sorted, each with true, and what else the answer depends on: folders without one. A rule
    folder is not searched further. Raises OSError."""
    file = os.path.join(folder, _FILE)
    if os.path.isfile(file):
        yield file, True
        return
    yield folder, False
    if depth:
        with os.scandir(folder) as entries:
            inner = sorted(entry.path for entry in entries if entry.is_dir())
        for path in inner:
            yield from _searched(path, depth - 1)


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


def _circles(rules: Mapping[str, Known]) -> Iterator[RuleFault]:
    """Rules that override each other would leave no finding at all."""
    for item in rules.values():
        own, _ = item
        above, reached = list(own.overrides), set()
        while above:
            code = above.pop()
            if code == own.code:
                yield _fault(item, f"{code} overrides itself, through {', '.join(own.overrides)}")
                break
            if code not in reached and code in rules:
                reached.add(code)
                above += rules[code][0].overrides


def _fault(item: Known, reason: str) -> RuleFault:
    return _unusable(Path(item[1]().folder) / _FILE, reason)


def _unusable(path: Path, reason: str) -> RuleFault:
    from crslint.policy.rule import RuleFault

    return RuleFault(path, 1, 1, reason)
