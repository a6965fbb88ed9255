"""All rules of a run. Of most rules it asks for little more than whether they apply: the rest is read on demand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from crslint.row import NamedTuple

if TYPE_CHECKING:
    from crslint.policy.rule import Expression, Rule, RuleFault
    from crslint.policy.syntax import Tree


class Outline(NamedTuple):
    """What every run asks of a rule. The conditions are None where the rule has none, empty where only the engine can
    evaluate them."""

    code: str
    profile: str
    entity: str
    whole: bool
    overrides: tuple[str, ...]
    when: Tree | None
    each: Tree | None
    check: Tree | None


Known = tuple[Outline, Callable[[], "Rule"]]
"""A rule that need not be made to know its outline."""


def known(rule: Rule) -> Known:
    return outline(rule), lambda: rule


def outline(rule: Rule) -> Outline:
    conditions = (_tree(rule.when), _tree(rule.each), _tree(rule.check))
    return Outline(rule.code, rule.profile, rule.entity, rule.whole, rule.overrides, *conditions)


def _tree(condition: Expression | None) -> Tree | None:
    return None if condition is None else condition.tree or ()


class KeptRules(Mapping[str, "Rule"]):
    """Rules by code, each made when it is first asked for."""

    def __init__(self, known: Mapping[str, Known]) -> None:
        self._known = known
        self._made: dict[str, Rule] = {}

    def outlines(self) -> Iterable[Outline]:
        return (outline for outline, _ in self._known.values())

    def __getitem__(self, code: str) -> Rule:
        rule = self._made.get(code)
        if rule is None:
            _, make = self._known[code]
            rule = self._made[code] = make()
        return rule

    def __contains__(self, code: object) -> bool:
        return code in self._known

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)


class RuleSet(NamedTuple):
    """All rules by code, and the files that could not be used: a run with faults is a configuration error."""

    rules: Mapping[str, Rule] = MappingProxyType({})
    faults: tuple[RuleFault, ...] = ()

    def outlines(self) -> Iterable[Outline]:
        return self.rules.outlines() if isinstance(self.rules, KeptRules) else map(outline, self.rules.values())
