"""Writes small rule folders for tests."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent, indent

from crslint.policy.rule import Rule, RuleFault
from crslint.policy.rules import rules_of
from crslint.policy.ruleset import RuleSet

_HEAD = """\
apiVersion: 1
code: {code}
name: {name}
title: A rule for tests
severity: {severity}
why: |
  Because.
for: {entity}
"""


def rule_text(
    code: str = "XAB001",
    *,
    name: str = "some-fault",
    severity: str = "error",
    entity: str = "resourceSet",
    **slots: str,
) -> str:
    """A rule.yaml; each slot is an expression or template, ``extra`` is appended as it is."""
    slots = {"check": "false", "at": f"{entity}.at", "message": "wrong", **slots}
    extra = slots.pop("extra", "")
    blocks = (f"{slot}: |\n{indent(dedent(text).strip(), '  ')}\n" for slot, text in slots.items())
    return _HEAD.format(code=code, name=name, severity=severity, entity=entity) + "".join(blocks) + dedent(extra)


def write_rule(folder: Path, text: str) -> Path:
    """Puts a rule.yaml into the folder that its code and name ask for; gives that folder."""
    heads = dict(line.split(": ", 1) for line in text.splitlines() if line.startswith(("code: ", "name: ")))
    rule = folder / f"{heads['code']}-{heads['name']}"
    rule.mkdir(parents=True, exist_ok=True)
    (rule / "rule.yaml").write_text(text, encoding="utf-8", newline="\n")
    return rule


def load_folder(folder: Path, *, cached: bool = True) -> tuple[list[Rule], list[RuleFault]]:
    """The rules of a folder, all made."""
    rules, faults = rules_of(folder, cached=cached)
    return [make() for _, make in rules], faults


def rule_set(folder: Path, *texts: str) -> RuleSet:
    """The rules of these texts, all of which are right."""
    for text in texts:
        write_rule(folder, text)
    rules, faults = load_folder(folder, cached=False)
    assert not faults, [str(fault) for fault in faults]
    return RuleSet({rule.code: rule for rule in rules})


def one_rule(folder: Path, text: str) -> Rule:
    (rule,) = rule_set(folder, text).rules.values()
    return rule
