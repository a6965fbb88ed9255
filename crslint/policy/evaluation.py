"""One rule over one entity: conditions, and what a finding says."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

from crslint.finding import Edit, Fix, Reason, Related, Spot
from crslint.fleet.entity import UNKNOWN, Entity
from crslint.policy.cel import Engine, LimitError, RuleError
from crslint.policy.direct import Direct, Evaluate, undecided
from crslint.policy.merge import Raw
from crslint.policy.message import UNKNOWN_TEXT, one_line, printed, room_of
from crslint.policy.operations import Missing, Undecided
from crslint.policy.order import ordered
from crslint.policy.unknown import Unknown

if TYPE_CHECKING:
    from crslint.fleet.fleet import Fleet
    from crslint.policy.functions import Function
    from crslint.policy.rule import Expression, FixPlan, Rule, Template
    from crslint.policy.ruleset import Outline
    from crslint.policy.syntax import Tree

FAILED = object()
_NO_VARIABLES: Mapping[str, object] = MappingProxyType({})
_Condition = Literal["when", "each", "check"]


class Evaluator:
    """The engine with the functions that ``expressions`` call, bound to the fleet that is being judged."""

    fleet: Fleet

    def __init__(self, expressions: Iterable[Expression]) -> None:
        self._expressions = expressions
        self.engine = Engine(self._functions)
        self._direct = Direct(self._function)
        # By identity: to compare trees takes as long as to build from them.
        self._evaluates: dict[int, tuple[Tree, Evaluate]] = {}
        self._programs: dict[bytes, Any] = {}

    def _functions(self) -> list[tuple[Function, Callable[..., object]]]:
        names = sorted({name for item in self._expressions for name in item.functions})
        return [self._function(name) for name in names]

    def _function(self, name: str) -> tuple[Function, Callable[..., object]]:
        from crslint.policy.functions import function_of

        function = function_of(name)
        return function, function.bound(lambda: self.fleet)

    def direct(self, tree: Tree | None, kind: type[Entity]) -> Evaluate:
        """How to evaluate an expression without the engine, which may still have to be asked; ``kind`` is the class of
        the entities that its rule is for."""
        if not tree:
            return undecided
        known = self._evaluates.get(id(tree))
        if known is None:
            known = self._evaluates[id(tree)] = tree, self._direct.evaluate(tree, kind)
        return known[1]

    def program(self, expression: Expression) -> Any:
        program = self._programs.get(expression.code)
        if program is None:
            program = self._programs[expression.code] = self.engine.program(expression.code)
        return program


class Subject:
    """One entity under judgement: what could not be answered or went wrong with it.

    ``read`` gives its facts that the engine may be asked about, by their whole names, with their attributes.
    """

    variables = _NO_VARIABLES

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

    def __init__(self, subject: Subject, facts: Callable[[], Set[str]], element: object) -> None:
        self.variables = {"each": element}
        self._subject = subject
        self._facts = facts
        self._view: Any = None

    @property
    def view(self) -> Any:
        if self._view is None:
            facts = self._facts()
            known = {name: value for name, value in self._subject.values().items() if name in facts}
            self._view = self._subject.engine.view({**known, **self.variables})
        return self._view


class Evaluation:
    """One rule, ready to run over many subjects."""

    def __init__(self, outline: Outline, make: Callable[[str], Rule], kind: type[Entity], evaluator: Evaluator) -> None:
        """``make`` gives the rule of a code, which is not needed before it has something to say."""
        self.code = outline.code
        self._make = make
        self._outline = outline
        self._kind = kind
        self._evaluator = evaluator
        self._when = None if outline.when is None else evaluator.direct(outline.when, kind)
        self._each = None if outline.each is None else evaluator.direct(outline.each, kind)

    @property
    def rule(self) -> Rule:
        return self._make(self.code)

    @cached_property
    def _check(self) -> Evaluate:
        """Most rules do not apply, and few have anything to say where they do."""
        return self._evaluator.direct(self._outline.check, self._kind)

    @cached_property
    def _facts(self) -> Set[str]:
        """Those that are read once per element."""
        apart = (self.rule.when, self.rule.each)
        return {fact for item in self.rule.expressions() if item not in apart for fact in item.facts}

    def unsure(self, entities: Sequence[Entity]) -> Iterator[int]:
        """The places of the entities that it may have something to say of; of nearly all it surely has not."""
        when, each, check = self._when, self._each, None
        for index, entity in enumerate(entities):
            try:
                if when is not None and when(entity, _NO_VARIABLES) is False:
                    continue
                check = check or self._check
                if each is None:
                    if check(entity, _NO_VARIABLES) is True:
                        continue
                elif type(elements := each(entity, _NO_VARIABLES)) is list:
                    for element in elements:
                        if check(entity, {"each": element}) is not True:
                            break
                    else:
                        continue
            except Undecided:
                pass
            yield index

    def raws(self, subject: Subject) -> Sequence[Raw]:
        if self._when is not None and self._answer(subject, "when", self._when, subject) is not True:
            return ()
        if self._each is None:
            if self._answer(subject, "check", self._check, subject) is not False:
                return ()
            return (self._raw(subject, subject),)
        found = []
        for element in self._elements(subject, self._each):
            place = Element(subject, lambda: self._facts, element)
            if self._answer(subject, "check", self._check, place) is False:
                found.append(self._raw(subject, place))
        return found

    def _elements(self, subject: Subject, evaluate: Evaluate) -> list[object]:
        elements = self._value(subject, "each", evaluate, subject)
        if isinstance(elements, list):
            return elements
        if isinstance(elements, Unknown):
            subject.not_checked[self.code, "unknown-value"] = None
        elif elements is not FAILED:
            subject.failures[self.code] = f"each gives no list but {printed(elements)}"
        return []

    def _answer(
        self, subject: Subject, condition: _Condition, evaluate: Evaluate, place: Subject | Element
    ) -> bool | None:
        """None where there is no answer; that is counted."""
        value = self._value(subject, condition, evaluate, place)
        if value is True or value is False:
            return value
        if isinstance(value, Unknown):
            subject.not_checked[self.code, "unknown-value"] = None
        elif value is not FAILED:
            subject.failures[self.code] = f"{printed(value)} is neither true nor false"
        return None

    def _value(self, subject: Subject, condition: _Condition, evaluate: Evaluate, place: Subject | Element) -> Any:
        try:
            return evaluate(subject.entity, place.variables)
        except Missing as missing:
            return Unknown(missing.what)
        except Undecided:
            return self._asked(subject, getattr(self.rule, condition), place)

    def ask(self, subject: Subject, expression: Expression, place: Subject | Element) -> Any:
        """The value, Unknown, or FAILED: then the subject knows why."""
        try:
            value = self._evaluator.direct(expression.tree, self._kind)(subject.entity, place.variables)
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
            subject.not_checked[self.code, "limit"] = None
        except RuleError as error:
            subject.failures[self.code] = str(error)
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
        if not isinstance(safety, str):
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
