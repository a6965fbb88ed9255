"""Expressions evaluated without the engine, in a twentieth of its time: most of a run's conditions are a few facts.

A tree becomes nested functions. Their answer is the one that the engine would give (a property, and every rule over
every example); where that is not certain they raise Undecided, and the engine is asked: a type that does not fit, a key
that is not there, numbers with fractions, two containers compared.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from crslint.fleet.entity import UNKNOWN, Entity, attribute_of
from crslint.policy.operations import OPERATIONS, Missing, Undecided, elements, equal, held
from crslint.policy.unknown import UNKNOWN_MARK, UnknownValue

if TYPE_CHECKING:
    from crslint.policy.functions import Function
    from crslint.policy.syntax import Tree

Variables = Mapping[str, Any]
"""``each``, and the element that a macro is at."""
Evaluate = Callable[[Entity, Variables], Any]
"""Gives the plain value; raises Missing and Undecided."""

_KINDS = {str: "string", bool: "bool", int: "int", float: "double", list: "list", dict: "map", type(None): "null"}


def undecided(_entity: Entity, _variables: Variables) -> Any:
    """What evaluates an expression that has no tree."""
    raise Undecided


class Direct:
    """``function(name)`` gives a function that expressions call, and its implementation."""

    def __init__(self, function: Callable[[str], tuple[Function, Callable[..., object]]]) -> None:
        self._function = function

    def evaluate(self, tree: Tree, kind: type[Entity]) -> Evaluate:
        """``kind`` is that of the entities whose facts are meant."""
        operator, *operands = tree
        if operator == "literal":
            return _literal(operands[0])
        if operator == "fact":
            return _fact(operands[0], kind)
        if operator == "variable":
            return _variable(operands[0])
        if operator == "call":
            return self._call(operands[0], [self.evaluate(each, kind) for each in operands[1:]])
        if operator in _MACROS:
            owner, variable, body = operands
            return _MACROS[operator](self.evaluate(owner, kind), variable, self.evaluate(body, kind))
        if operator == "{}":
            return _map([(self.evaluate(key, kind), self.evaluate(value, kind)) for key, value in operands])
        if operator == "member":
            owner, name = operands
            variable = owner[1] if owner[0] == "variable" else None
            return _member_of(variable, name) if variable else _member(self.evaluate(owner, kind), name)
        if operator == "has":
            return _has(self.evaluate(operands[0], kind), operands[1])
        if operator in _JOINED:
            return _joined(self._later(operands, kind), _JOINED[operator])
        if operator in ("==", "!=") and operands[1][0] == "literal":
            return self._equals_literal(operands[0], operands[1][1], operator == "==", kind)
        made = [self.evaluate(each, kind) for each in operands]
        return _choice(*made) if operator == "?:" else _strict(OPERATIONS[operator], made)

    def _later(self, trees: Sequence[Tree], kind: type[Entity]) -> list[Evaluate]:
        """What evaluates operands: each is made when it is first asked, as the first one nearly always decides."""
        operands: list[Evaluate] = []

        def later(index: int, tree: Tree) -> Evaluate:
            def first(entity: Entity, variables: Variables) -> Any:
                operands[index] = made = self.evaluate(tree, kind)
                return made(entity, variables)

            return first

        operands += [later(index, tree) for index, tree in enumerate(trees)]
        return operands

    def _equals_literal(self, tree: Tree, literal: Any, positive: bool, kind: type[Entity]) -> Evaluate:
        """The usual comparison, without a call for the literal and one for the comparison."""
        expected = type(literal)
        if tree[0] == "fact":
            return _fact_equals(tree[1], kind, literal, positive)
        operand = self.evaluate(tree, kind)

        def equals(entity: Entity, variables: Variables) -> bool:
            value = operand(entity, variables)
            same = value == literal if type(value) is expected else equal(value, literal)
            return same is positive

        return equals

    def _call(self, name: str, arguments: Sequence[Evaluate]) -> Evaluate:
        function, implementation = self._function(name)
        accepted = {
            tuple("string" if kind == "address" else kind for kind in parameters)
            for parameters, _ in function.overloads
        }

        def call(*values: Any) -> Any:
            if tuple([_KINDS.get(type(value)) for value in values]) not in accepted:
                raise Undecided
            if name == "quote" and type(values[0]) in (list, dict):
                raise Undecided
            try:
                return implementation(*values)
            except UnknownValue as unknown:
                raise Missing(str(unknown).removeprefix(UNKNOWN_MARK)) from None
            except Exception:
                # Whatever it is, the engine makes a fault of the rule of it.
                raise Undecided from None

        return _strict(call, arguments)


def _literal(value: Any) -> Evaluate:
    return lambda _entity, _variables: value


def _fact(name: str, kind: type[Entity]) -> Evaluate:
    attribute = attribute_of(kind, name.partition(".")[2])

    def fact(entity: Entity, _variables: Variables) -> Any:
        value = getattr(entity, attribute)
        if value is UNKNOWN:
            raise Missing(name)
        return value

    return fact


def _fact_equals(name: str, kind: type[Entity], literal: Any, positive: bool) -> Evaluate:
    attribute = attribute_of(kind, name.partition(".")[2])
    expected = type(literal)

    def equals(entity: Entity, _variables: Variables) -> bool:
        value = getattr(entity, attribute)
        if type(value) is expected:
            return (value == literal) is positive
        if value is UNKNOWN:
            raise Missing(name)
        return equal(value, literal) is positive

    return equals


def _variable(name: str) -> Evaluate:
    return lambda _entity, variables: held(variables[name])


def _member(owner: Evaluate, name: str) -> Evaluate:
    def member(entity: Entity, variables: Variables) -> Any:
        value = owner(entity, variables)
        if type(value) is not dict or name not in value:
            raise Undecided
        return held(value[name])

    return member


def _member_of(variable: str, name: str) -> Evaluate:
    """As `_member` of a variable, which nearly all are."""

    def member(_entity: Entity, variables: Variables) -> Any:
        value = variables[variable]
        if type(value) is not dict or name not in value:
            raise Undecided
        found = value[name]
        return found if found is None or type(found) is bool else held(found)

    return member


def _has(owner: Evaluate, name: str) -> Evaluate:
    def has(entity: Entity, variables: Variables) -> bool:
        value = owner(entity, variables)
        if type(value) is not dict:
            raise Undecided
        return bool(name in value)

    return has


def _map(pairs: Sequence[tuple[Evaluate, Evaluate]]) -> Evaluate:
    def make(entity: Entity, variables: Variables) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in pairs:
            name = key(entity, variables)
            if type(name) is not str or name in found:
                raise Undecided
            found[name] = value(entity, variables)
        return found

    return make


def _joined(operands: Sequence[Evaluate], decisive: bool) -> Evaluate:
    """``||`` and ``&&``: an operand that is ``decisive`` decides, whatever the others are."""

    def join(entity: Entity, variables: Variables) -> bool:
        undecided: Undecided | None = None
        for operand in operands:
            try:
                value: object = operand(entity, variables)
            except Undecided as left:
                undecided = left if undecided is None or type(undecided) is Missing else undecided
                continue
            if type(value) is not bool:
                undecided = Undecided()
            elif value is decisive:
                return decisive
        if undecided is not None:
            raise undecided
        return not decisive

    return join


def _choice(condition: Evaluate, then: Evaluate, otherwise: Evaluate) -> Evaluate:
    def choose(entity: Entity, variables: Variables) -> Any:
        chosen = condition(entity, variables)
        if type(chosen) is not bool:
            raise Undecided
        return then(entity, variables) if chosen else otherwise(entity, variables)

    return choose


def _strict(apply: Callable[..., Any], operands: Sequence[Evaluate]) -> Evaluate:
    """An operation on the values of all operands."""
    if len(operands) == 1:
        (only,) = operands
        return lambda entity, variables: apply(only(entity, variables))
    if len(operands) == 2:
        left, right = operands
        return lambda entity, variables: apply(left(entity, variables), right(entity, variables))
    return lambda entity, variables: apply(*[operand(entity, variables) for operand in operands])


def _quantified(decisive: bool) -> Callable[[Evaluate, str, Evaluate], Evaluate]:
    """``exists`` and ``all`` are ``||`` and ``&&`` over the elements."""

    def make(owner: Evaluate, variable: str, body: Evaluate) -> Evaluate:
        def quantify(entity: Entity, variables: Variables) -> bool:
            items = elements(owner(entity, variables))

            def at(item: Any) -> Evaluate:
                return lambda entity, variables: body(entity, {**variables, variable: item})

            return bool(_joined([at(item) for item in items], decisive)(entity, variables))

        return quantify

    return make


def _mapped(owner: Evaluate, variable: str, body: Evaluate) -> Evaluate:
    def map_(entity: Entity, variables: Variables) -> list[Any]:
        items = elements(owner(entity, variables))
        return [body(entity, {**variables, variable: item}) for item in items]

    return map_


def _filtered(owner: Evaluate, variable: str, body: Evaluate) -> Evaluate:
    def filter_(entity: Entity, variables: Variables) -> list[Any]:
        found = []
        for item in elements(owner(entity, variables)):
            kept = body(entity, {**variables, variable: item})
            if type(kept) is not bool:
                raise Undecided
            if kept:
                found.append(item)
        return found

    return filter_


# What decides, whatever the other operands are.
_JOINED = {"||": True, "&&": False}
_MACROS = {"exists": _quantified(True), "all": _quantified(False), "map": _mapped, "filter": _filtered}
