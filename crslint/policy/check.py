"""Judges a fleet: evaluates the rules over its entities."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING

from crslint import address
from crslint.finding import Finding, NotChecked, Problem, Severity, Spot
from crslint.fleet.entity import Entity, fact_names
from crslint.policy.evaluation import Evaluation, Evaluator, Subject
from crslint.policy.merge import Raw, merged, not_overridden
from crslint.policy.problems import filled, fix_of
from crslint.policy.sources import traced
from crslint.row import NamedTuple

if TYPE_CHECKING:
    from crslint.config.selection import Selection
    from crslint.fleet.fleet import Fleet
    from crslint.policy.rule import Expression, Rule
    from crslint.policy.ruleset import Outline, RuleSet
    from crslint.policy.suppression import Suppressions

_INTERNAL = "CFG003"


class Verdict(NamedTuple):
    """``findings`` are merged and in no promised order; ``failed`` where a rule itself was wrong (CFG003)."""

    findings: tuple[Finding, ...]
    not_checked: tuple[NotChecked, ...]
    failed: bool = False


def judge(
    fleet: Fleet,
    problems: Sequence[Problem],
    rules: RuleSet,
    selection: Selection,
    suppressions: Suppressions | None = None,
) -> Verdict:
    """``problems`` are those of the stages before, in addition to the fleet's own."""
    return Judge(rules, selection).judge(fleet, problems, suppressions)


class Raws(NamedTuple):
    """What all evaluations say, before anything is merged. ``unanswered`` are the rules that could not always tell."""

    findings: tuple[Raw, ...]
    failures: tuple[Raw, ...]
    not_checked: tuple[NotChecked, ...]
    unanswered: frozenset[str] = frozenset()


class Judge:
    """Keeps the engine and the loaded programs for several fleets."""

    def __init__(
        self, rules: RuleSet, selection: Selection, evaluator: Evaluator | None = None, *, traced: bool = False
    ) -> None:
        """``traced``: findings say which files they come from."""
        self._rules = rules
        self._traced = traced
        self._selection = selection
        self._active: dict[str, list[Outline]] = {}
        is_selected = selection.anywhere()
        for outline in rules.outlines():
            if outline.entity and is_selected(outline.code, outline.profile):
                self._active.setdefault(outline.entity, []).append(outline)
        self._evaluator = evaluator or Evaluator(self._expressions(chain.from_iterable(self._active.values())))

    def judge(
        self, fleet: Fleet, problems: Sequence[Problem] = (), suppressions: Suppressions | None = None
    ) -> Verdict:
        return self.verdict(self.raws(fleet, problems), suppressions)

    def verdict(self, raws: Raws, suppressions: Suppressions | None = None) -> Verdict:
        """Of the fleet that ``raws`` are of, which was the last one."""
        return self.concluded(self.standing(raws, suppressions), raws)

    def standing(self, raws: Raws, suppressions: Suppressions | None = None) -> list[Raw]:
        """What stands after overrides: with what is suppressed marked, and with the faults of suppressions."""
        left = list(not_overridden(raws.findings, self._rules.rules, self._selection.mandatory))
        if suppressions:
            left, used = suppressions.suppressed(left)
            faults = suppressions.faults(used, self._rules.rules, lambda rule: self.answered(rule, raws))
            left += filter(self._selected, map(self._problem, faults))
        return left

    def concluded(self, standing: Sequence[Raw], raws: Raws) -> Verdict:
        findings = (*merged(standing, self._severity), *merged(raws.failures))
        return Verdict(findings, raws.not_checked, bool(raws.failures))

    def answered(self, rule: Rule, raws: Raws) -> bool:
        """Whether a rule could answer for every entity."""
        return rule.code not in raws.unanswered and (self._evaluator.fleet.whole or not rule.whole)

    def raws(self, fleet: Fleet, problems: Sequence[Problem] = ()) -> Raws:
        self._evaluator.fleet = fleet
        raws = [self._problem(problem) for problem in (*problems, *fleet.problems)]
        not_checked: dict[NotChecked, None] = {}
        failures: list[Raw] = []
        unanswered: set[str] = set()
        for kind, entities in fleet.entities.items():
            rules = [rule for rule in self._active.get(kind, ()) if fleet.whole or not rule.whole]
            if rules and entities:
                self._entities(entities, rules, raws, not_checked, failures, unanswered)
        found = tuple(filter(self._selected, raws))
        return Raws(found, tuple(failures), tuple(not_checked), frozenset(unanswered))

    def _expressions(self, outlines: Iterable[Outline]) -> Iterator[Expression]:
        return (item for outline in outlines for item in self._rules.rules[outline.code].expressions())

    def _entities(
        self,
        entities: Sequence[Entity],
        rules: Sequence[Outline],
        raws: list[Raw],
        not_checked: dict[NotChecked, None],
        failures: list[Raw],
        unanswered: set[str],
    ) -> None:
        kind = type(entities[0])
        make = self._rules.rules.__getitem__
        evaluations = [Evaluation(rule, make, kind, self._evaluator) for rule in rules]

        @cache
        def read() -> Sequence[tuple[str, str]]:
            facts = {fact for item in self._expressions(rules) for fact in item.facts}
            names = fact_names(kind)  # type: ignore[arg-type]
            return [(whole, attribute) for attribute, name in names if (whole := f"{kind.ENTITY}.{name}") in facts]

        unsure: dict[int, list[Evaluation]] = {}
        for evaluation in evaluations:
            for index in evaluation.unsure(entities):
                unsure.setdefault(index, []).append(evaluation)
        for index in sorted(unsure):
            entity = entities[index]
            subject = Subject(self._evaluator.engine, entity, read)
            for evaluation in unsure[index]:
                found = evaluation.raws(subject)
                raws += traced(found, evaluation.rule, entity) if self._traced and found else found
            if not subject.failures and not subject.not_checked:
                continue
            unanswered.update(subject.failures)
            for code, reason in subject.not_checked:
                unanswered.add(code)
                not_checked[NotChecked(address.path_of(entity.at), entity.at, reason)] = None
            failures.extend(self._failure(code, entity, reason) for code, reason in subject.failures.items())

    def _problem(self, problem: Problem) -> Raw:
        rule = self._rules.rules.get(problem.code)
        spot: Spot | None = "key" if problem.key else problem.span
        if rule is None:
            return Raw(problem.code, "unexplained", "error", f"no rule explains {problem.code}", problem.at, spot)
        return Raw(
            rule.code,
            rule.name,
            rule.severity,
            filled(rule.message, problem),
            problem.at,
            spot,
            related=problem.related,
            fix=rule.fix and fix_of(rule.fix, problem),
        )

    def _failure(self, code: str, entity: Entity, reason: str) -> Raw:
        explained = self._rules.rules.get(_INTERNAL)
        problem = Problem(_INTERNAL, entity.at, {"rule": code, "entity": entity.id, "reason": reason})
        if explained is None:
            message = f"the rule {code} failed on {entity.id}: {reason}"
            return Raw(_INTERNAL, "rule-error", "error", message, entity.at, group=code)
        raw = self._problem(problem)
        return Raw(raw.code, raw.name, raw.severity, raw.message, raw.at, group=code)

    def _selected(self, raw: Raw) -> bool:
        rule = self._rules.rules.get(raw.code)
        return rule is None or self._selection.selects(raw.code, rule.profile, address.path_of(raw.at))

    def _severity(self, raw: Raw) -> Severity:
        return self._selection.severity(raw.code, raw.severity, address.path_of(raw.at))
