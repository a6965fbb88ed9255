"""Judges a fleet: evaluates the rules over its entities."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from crslint import address
from crslint.finding import Edit, Finding, Fix, NotChecked, Problem, Reason, Related, Severity, Spot
from crslint.fleet.entity import UNKNOWN, Entity, fact_names
from crslint.policy.cel import Engine, LimitError, RuleError
from crslint.policy.direct import Direct, Evaluate, Undecided
from crslint.policy.functions import Function, by_name
from crslint.policy.merge import Raw, merged, not_overridden
from crslint.policy.message import UNKNOWN_TEXT, one_line, printed, room_of
from crslint.policy.order import ordered
from crslint.policy.problems import filled, fix_of
from crslint.policy.rule import Expression, FixPlan, Rule, RuleSet, Template
from crslint.policy.unknown import Unknown

if TYPE_CHECKING:
    from crslint.config.selection import Selection
    from crslint.fleet.fleet import Fleet
    from crslint.policy.suppression import Suppressions

_INTERNAL = "CFG003"
FAILED = object()


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

    def __init__(self, rules: RuleSet, selection: Selection, evaluator: Evaluator | None = None) -> None:
        self._rules = rules
        self._selection = selection
        self._active: dict[str, list[Rule]] = {}
        for rule in rules.rules.values():
            if rule.entity and selection.anywhere(rule.code, rule.profile):
                self._active.setdefault(rule.entity, []).append(rule)
        self._evaluator = evaluator or Evaluator(
            item for active in self._active.values() for rule in active for item in rule.expressions()
        )

    def judge(
        self, fleet: Fleet, problems: Sequence[Problem] = (), suppressions: Suppressions | None = None
    ) -> Verdict:
        return self.verdict(self.raws(fleet, problems), suppressions)

    def verdict(self, raws: Raws, suppressions: Suppressions | None = None) -> Verdict:
        """Of the fleet that ``raws`` are of, which was the last one."""
        return self.concluded(self.standing(raws, suppressions), raws)

    def standing(self, raws: Raws, suppressions: Suppressions | None = None) -> list[Raw]:
        """What stands after overrides: with what is suppressed marked, and with the faults of suppressions."""
        left = list(not_overridden(raws.findings, self._rules.rules))
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

    def _entities(
        self,
        entities: Sequence[Entity],
        rules: Sequence[Rule],
        raws: list[Raw],
        not_checked: dict[NotChecked, None],
        failures: list[Raw],
        unanswered: set[str],
    ) -> None:
        facts = {fact for rule in rules for item in rule.expressions() for fact in item.facts}
        kind = type(entities[0])
        prefix = kind.ENTITY
        fields = [(f"{prefix}.{name}", attribute) for attribute, name in fact_names(kind)]  # type: ignore[arg-type]
        read = [(name, attribute) for name, attribute in fields if name in facts]
        evaluations = [self._evaluator.evaluation(rule) for rule in rules]
        for entity in entities:
            values = ((name, getattr(entity, attribute)) for name, attribute in read)
            subject = Subject(self._evaluator.engine, entity, {k: v for k, v in values if v is not UNKNOWN})
            for evaluation in evaluations:
                raws.extend(evaluation.raws(subject))
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


class Evaluator:
    """The engine with the functions that ``expressions`` call, bound to the fleet that is being judged."""

    fleet: Fleet

    def __init__(self, expressions: Iterable[Expression]) -> None:
        self._expressions = expressions
        self.engine = Engine(self._functions)
        self._direct = Direct(self._function)
        self._evaluations: dict[bytes, Evaluate | None] = {}
        self._programs: dict[bytes, Any] = {}

    def _functions(self) -> list[tuple[Function, Callable[..., object]]]:
        names = sorted({name for item in self._expressions for name in item.functions})
        return [self._function(name) for name in names]

    def _function(self, name: str) -> tuple[Function, Callable[..., object]]:
        (function,) = by_name([name])
        return function, function.bound(lambda: self.fleet)

    def evaluation(self, rule: Rule) -> Evaluation:
        return Evaluation(rule, self)

    def direct(self, expression: Expression) -> Evaluate | None:
        """How to evaluate an expression without the engine, which may still have to be asked."""
        try:
            return self._evaluations[expression.code]
        except KeyError:
            found = self._direct.evaluate(expression.tree) if expression.tree else None
            self._evaluations[expression.code] = found
            return found

    def program(self, expression: Expression) -> Any:
        program = self._programs.get(expression.code)
        if program is None:
            program = self._programs[expression.code] = self.engine.program(expression.code)
        return program


class Subject:
    """One entity under judgement: its view, and what could not be answered or went wrong with it."""

    variables: Mapping[str, object] = MappingProxyType({})

    def __init__(self, engine: Engine, entity: Entity, values: Mapping[str, object]) -> None:
        self.engine = engine
        self.entity = entity
        self.values = values
        self._view: Any = None
        self.not_checked: dict[tuple[str, Reason], None] = {}
        self.failures: dict[str, str] = {}

    @property
    def view(self) -> Any:
        """Made when the first expression needs it."""
        if self._view is None:
            self._view = self.engine.view(self.values)
        return self._view


class Element:
    """One element of ``each``, with the facts that go with it."""

    def __init__(self, subject: Subject, facts: Sequence[str], element: object) -> None:
        self.variables = {"each": element}
        self._subject = subject
        self._facts = facts
        self._view: Any = None

    @property
    def view(self) -> Any:
        if self._view is None:
            values = self._subject.values
            known = {name: values[name] for name in self._facts if name in values}
            self._view = self._subject.engine.view({**known, **self.variables})
        return self._view


class Evaluation:
    """One rule, ready to run over many subjects."""

    def __init__(self, rule: Rule, evaluator: Evaluator) -> None:
        assert rule.check is not None  # the schema requires it of every rule with an entity
        self.rule = rule
        self._evaluator = evaluator
        self._check = rule.check
        inner = {fact for item in rule.expressions() if item not in (rule.when, rule.each) for fact in item.facts}
        self._facts = sorted(inner - {"each"})

    def raws(self, subject: Subject) -> Iterator[Raw]:
        rule = self.rule
        if rule.when is not None and self._answer(subject, rule.when, subject) is not True:
            return
        if rule.each is None:
            if self._answer(subject, self._check, subject) is False:
                yield self._raw(subject, subject)
            return
        for element in self._elements(subject, rule.each):
            place = Element(subject, self._facts, element)
            if self._answer(subject, self._check, place) is False:
                yield self._raw(subject, place)

    def _elements(self, subject: Subject, each: Expression) -> list[object]:
        elements = self.ask(subject, each, subject)
        if isinstance(elements, list):
            return elements
        if isinstance(elements, Unknown):
            subject.not_checked[self.rule.code, "unknown-value"] = None
        elif elements is not FAILED:
            subject.failures[self.rule.code] = f"each gives no list but {printed(elements)}"
        return []

    def _answer(self, subject: Subject, condition: Expression, place: Subject | Element) -> bool | None:
        """None where there is no answer; that is counted."""
        value = self.ask(subject, condition, place)
        if value is True or value is False:
            return value
        if isinstance(value, Unknown):
            subject.not_checked[self.rule.code, "unknown-value"] = None
        elif value is not FAILED:
            subject.failures[self.rule.code] = f"{printed(value)} is neither true nor false"
        return None

    def ask(self, subject: Subject, expression: Expression, place: Subject | Element) -> Any:
        """The value, Unknown, or FAILED: then the subject knows why."""
        direct = self._evaluator.direct(expression)
        if direct is not None:
            with suppress(Undecided):
                return direct(subject.values, place.variables)
        try:
            return subject.engine.evaluate(self._evaluator.program(expression), place.view)
        except LimitError:
            subject.not_checked[self.rule.code, "limit"] = None
        except RuleError as error:
            subject.failures[self.rule.code] = str(error)
        return FAILED

    def _raw(self, subject: Subject, place: Subject | Element) -> Raw:
        rule = self.rule
        told = _Told(self, subject, place)
        severity = rule.severity
        if rule.downgrade and told.value(rule.downgrade.when) is True:
            severity = rule.downgrade.to
        at = told.address(rule.at)
        return Raw(
            rule.code,
            rule.name,
            severity,
            told.text(rule.message),
            at or subject.entity.at,
            span=told.span(rule.span) if at and rule.span else None,
            clusters=tuple(sorted(subject.entity.clusters)),
            group=told.address(rule.group) if rule.group else None,
            related=tuple(
                Related(other, told.text(plan.label)) for plan in rule.related if (other := told.address(plan.at))
            ),
            fix=told.fix(rule.fix) if rule.fix else None,
        )


class _Told:
    """What a finding says, once its check is false: a part that is unknown or fails is left out."""

    def __init__(self, evaluation: Evaluation, subject: Subject, place: Subject | Element) -> None:
        self._evaluation = evaluation
        self._subject = subject
        self._place = place

    def value(self, expression: Expression) -> Any:
        """None also where it is unknown or fails."""
        value = self._ask(expression)
        return None if isinstance(value, Unknown) or value is FAILED else value

    def address(self, expression: Expression | None) -> str | None:
        value = self.value(expression) if expression else None
        return value if isinstance(value, str) and "#" in value else None

    def _places(self, expression: Expression) -> list[str] | None:
        """One address, or each of a list, also of an empty one; None where one of them is none."""
        value = self.value(expression)
        places = value if isinstance(value, list) else [value]
        return places if all(isinstance(at, str) and "#" in at for at in places) else None

    def span(self, expression: Expression) -> Spot | None:
        match self.value(expression):
            case ["key"]:
                return "key"
            case [int(start), int(end)] if 0 <= start <= end:
                return start, end
        return None

    def text(self, template: Template) -> str:
        return one_line("".join(part if isinstance(part, str) else self._printed(part) for part in template.parts))

    def fix(self, plan: FixPlan) -> Fix | None:
        """None where anything of it is unknown."""
        if plan.when and self.value(plan.when) is not True:
            return None
        safety = plan.safety
        if isinstance(safety, Expression):
            safety = "safe" if self.value(safety) is True else "unsafe"
        edits = []
        for edit in plan.edits:
            places, to = self._places(edit.at), self._ask(edit.to) if edit.to else None
            if places is None or (places and (isinstance(to, Unknown) or to is FAILED)):
                return None
            edits += [Edit(edit.kind, at, ordered(to)) for at in places]
        if plan.edits and not edits:
            return None
        create = None
        if plan.template:
            into = self.value(plan.into) if plan.into else None
            if into is None:
                return None
            create = {"template": plan.template, "into": into}
        return Fix(safety, self.text(plan.title), tuple(edits), plan.transform, create, plan.reveals)

    def _ask(self, expression: Expression) -> Any:
        return self._evaluation.ask(self._subject, expression, self._place)

    def _printed(self, expression: Expression) -> str:
        value = self._ask(expression)
        known = not isinstance(value, Unknown) and value is not FAILED
        return printed(value, room_of(expression.text)) if known else UNKNOWN_TEXT
