"""One rule over one entity: conditions, and what a finding says."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from crslint.finding import Edit, Fix, Reason, Related, Spot
from crslint.fleet.entity import UNKNOWN, Entity
from crslint.policy.cel import Engine, LimitError, RuleError
from crslint.policy.direct import Direct, Evaluate, Missing, Undecided, undecided
from crslint.policy.functions import Function, by_name
from crslint.policy.merge import Raw
from crslint.policy.message import UNKNOWN_TEXT, one_line, printed, room_of
from crslint.policy.order import ordered
from crslint.policy.rule import Expression, FixPlan, Rule, Template
from crslint.policy.unknown import Unknown

if TYPE_CHECKING:
    from crslint.fleet.fleet import Fleet

FAILED = object()


class Evaluator:
    """The engine with the functions that ``expressions`` call, bound to the fleet that is being judged."""

    fleet: Fleet

    def __init__(self, expressions: Iterable[Expression]) -> None:
        self._expressions = expressions
        self.engine = Engine(self._functions)
        self._direct = Direct(self._function)
        self._evaluates: dict[bytes, Evaluate] = {}
        self._programs: dict[bytes, Any] = {}

    def _functions(self) -> list[tuple[Function, Callable[..., object]]]:
        names = sorted({name for item in self._expressions for name in item.functions})
        return [self._function(name) for name in names]

    def _function(self, name: str) -> tuple[Function, Callable[..., object]]:
        (function,) = by_name([name])
        return function, function.bound(lambda: self.fleet)

    def evaluation(self, rule: Rule) -> Evaluation:
        return Evaluation(rule, self)

    def direct(self, expression: Expression) -> Evaluate:
        """How to evaluate an expression without the engine, which may still have to be asked."""
        evaluate = self._evaluates.get(expression.code)
        if evaluate is None:
            evaluate = self._direct.evaluate(expression.tree) if expression.tree else undecided
            self._evaluates[expression.code] = evaluate
        return evaluate

    def program(self, expression: Expression) -> Any:
        program = self._programs.get(expression.code)
        if program is None:
            program = self._programs[expression.code] = self.engine.program(expression.code)
        return program


class Subject:
    """One entity under judgement: what could not be answered or went wrong with it.

    ``read`` gives its facts that the engine may be asked about, by their whole names, with their attributes.
    """

    variables: Mapping[str, object] = MappingProxyType({})

    def __init__(self, engine: Engine, entity: Entity, read: Callable[[], Sequence[tuple[str, str]]]) -> None:
        self.engine = engine
        self.entity = entity
        self.not_checked: dict[tuple[str, Reason], None] = {}
        self.failures: dict[str, str] = {}
        self._read = read
        self._view: Any = None

    def values(self) -> dict[str, object]:
        """The known facts."""
        values = ((name, getattr(self.entity, attribute)) for name, attribute in self._read())
        return {name: value for name, value in values if value is not UNKNOWN}

    @property
    def view(self) -> Any:
        """What the engine sees, made when it is first asked."""
        if self._view is None:
            self._view = self.engine.view(self.values())
        return self._view


class Element:
    """One element of ``each``, with the facts that go with it."""

    def __init__(self, subject: Subject, facts: Set[str], element: object) -> None:
        self.variables = {"each": element}
        self._subject = subject
        self._facts = facts
        self._view: Any = None

    @property
    def view(self) -> Any:
        if self._view is None:
            known = {name: value for name, value in self._subject.values().items() if name in self._facts}
            self._view = self._subject.engine.view({**known, **self.variables})
        return self._view


class Evaluation:
    """One rule, ready to run over many subjects."""

    def __init__(self, rule: Rule, evaluator: Evaluator) -> None:
        assert rule.check is not None  # the schema requires it of every rule with an entity
        self.rule = rule
        self._evaluator = evaluator
        self._when = rule.when and (rule.when, evaluator.direct(rule.when))
        self._each = rule.each and (rule.each, evaluator.direct(rule.each))
        self._check = (rule.check, evaluator.direct(rule.check))

    @cached_property
    def _facts(self) -> Set[str]:
        """Those that are read once per element."""
        apart = (self.rule.when, self.rule.each)
        return {fact for item in self.rule.expressions() if item not in apart for fact in item.facts}

    def raws(self, subject: Subject) -> Sequence[Raw]:
        if self._when is not None:
            applies = _decided(self._when[1], subject.entity, subject.variables)
            if applies is False or (applies is not True and self._answer(subject, *self._when, subject) is not True):
                return ()
        check, evaluate = self._check
        if self._each is None:
            holds = _decided(evaluate, subject.entity, subject.variables)
            if holds is True or self._answer(subject, check, evaluate, subject) is not False:
                return ()
            return (self._raw(subject, subject),)
        found = []
        for element in self._elements(subject, *self._each):
            if _decided(evaluate, subject.entity, {"each": element}) is True:
                continue
            place = Element(subject, self._facts, element)
            if self._answer(subject, check, evaluate, place) is False:
                found.append(self._raw(subject, place))
        return found

    def _elements(self, subject: Subject, each: Expression, evaluate: Evaluate) -> list[object]:
        elements = _decided(evaluate, subject.entity, subject.variables)
        if type(elements) is not list:
            elements = self.ask(subject, each, subject)
        if isinstance(elements, list):
            return elements
        if isinstance(elements, Unknown):
            subject.not_checked[self.rule.code, "unknown-value"] = None
        elif elements is not FAILED:
            subject.failures[self.rule.code] = f"each gives no list but {printed(elements)}"
        return []

    def _answer(
        self, subject: Subject, condition: Expression, evaluate: Evaluate, place: Subject | Element
    ) -> bool | None:
        """None where there is no answer; that is counted."""
        try:
            value = evaluate(subject.entity, place.variables)
        except Missing as missing:
            value = Unknown(missing.what)
        except Undecided:
            value = self._asked(subject, condition, place)
        if value is True or value is False:
            return value
        if isinstance(value, Unknown):
            subject.not_checked[self.rule.code, "unknown-value"] = None
        elif value is not FAILED:
            subject.failures[self.rule.code] = f"{printed(value)} is neither true nor false"
        return None

    def ask(self, subject: Subject, expression: Expression, place: Subject | Element) -> Any:
        """The value, Unknown, or FAILED: then the subject knows why."""
        try:
            value = self._evaluator.direct(expression)(subject.entity, place.variables)
        except Missing as missing:
            return Unknown(missing.what)
        except Undecided:
            return self._asked(subject, expression, place)
        # To be written somewhere: the order of a map's keys is the engine's.
        return self._asked(subject, expression, place) if isinstance(value, dict) else value

    def _asked(self, subject: Subject, expression: Expression, place: Subject | Element) -> Any:
        """The engine's answer."""
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


def _decided(evaluate: Evaluate, entity: Entity, variables: Mapping[str, object]) -> Any:
    """The value where it needs no engine, else None: what is true in nearly all cases need not be looked at further."""
    try:
        return evaluate(entity, variables)
    except Undecided:
        return None


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
