"""Expressions evaluated without the engine, in a twentieth of its time: most of a run's conditions are a few facts.

A tree becomes nested functions. Their answer is the one that the engine would give (a property, and every rule over
every example); where that is not certain they raise Undecided, and the engine is asked: a type that does not fit, a key
that is not there, numbers with fractions, two containers compared.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from crslint.fleet.entity import UNKNOWN, Entity, attribute_of
from crslint.policy.unknown import UNKNOWN_MARK, UnknownValue
from crslint.schema import patterns

if TYPE_CHECKING:
    from crslint.policy.functions import Function
    from crslint.policy.syntax import Tree

Variables = Mapping[str, Any]
"""``each``, and the element that a macro is at."""
Evaluate = Callable[[Entity, Variables], Any]
"""Gives the plain value; raises Missing and Undecided."""

# The engine stops after 10,000 iterations.
_LONGEST = 1000
_BOUND = 2**63
_COMPARED = (str, bool, int)
_KINDS = {str: "string", bool: "bool", int: "int", float: "double", list: "list", dict: "map", type(None): "null"}


class Undecided(Exception):  # noqa: N818  # no error: the engine answers
    """What the engine would say is not certain."""


class Missing(Undecided):
    """An unknown fact, or a function that cannot tell: the engine would say Unknown."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


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
        if operator in ("member", "has"):
            return (_member if operator == "member" else _has)(self.evaluate(operands[0], kind), operands[1])
        made = [self.evaluate(each, kind) for each in operands]
        if operator in ("==", "!=") and operands[1][0] == "literal":
            return _equals_literal(made[0], operands[1][1], operator == "==")
        return _LAZY[operator](*made) if operator in _LAZY else _strict(_STRICT[operator], made)

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


def _held(value: Any) -> Any:
    """What lies inside a fact may be what the engine cannot hold."""
    if type(value) is int:
        if not -_BOUND <= value < _BOUND:
            raise Undecided
    elif type(value) is str and not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise Undecided from None
    return value


def _variable(name: str) -> Evaluate:
    return lambda _entity, variables: _held(variables[name])


def _member(owner: Evaluate, name: str) -> Evaluate:
    def member(entity: Entity, variables: Variables) -> Any:
        value = owner(entity, variables)
        if type(value) is not dict or name not in value:
            raise Undecided
        return _held(value[name])

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


def _any(*operands: Evaluate) -> Evaluate:
    return _joined(operands, True)


def _all(*operands: Evaluate) -> Evaluate:
    return _joined(operands, False)


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


def _elements(value: Any) -> list[Any]:
    if type(value) is not list or len(value) > _LONGEST:
        raise Undecided
    return value


def _quantified(decisive: bool) -> Callable[[Evaluate, str, Evaluate], Evaluate]:
    """``exists`` and ``all`` are ``||`` and ``&&`` over the elements."""

    def make(owner: Evaluate, variable: str, body: Evaluate) -> Evaluate:
        def quantify(entity: Entity, variables: Variables) -> bool:
            items = _elements(owner(entity, variables))

            def at(item: Any) -> Evaluate:
                return lambda entity, variables: body(entity, {**variables, variable: item})

            return bool(_joined([at(item) for item in items], decisive)(entity, variables))

        return quantify

    return make


def _mapped(owner: Evaluate, variable: str, body: Evaluate) -> Evaluate:
    def map_(entity: Entity, variables: Variables) -> list[Any]:
        items = _elements(owner(entity, variables))
        return [body(entity, {**variables, variable: item}) for item in items]

    return map_


def _filtered(owner: Evaluate, variable: str, body: Evaluate) -> Evaluate:
    def filter_(entity: Entity, variables: Variables) -> list[Any]:
        found = []
        for item in _elements(owner(entity, variables)):
            kept = body(entity, {**variables, variable: item})
            if type(kept) is not bool:
                raise Undecided
            if kept:
                found.append(item)
        return found

    return filter_


def _equal(left: Any, right: Any) -> bool:
    if left is None or right is None:
        return left is right
    if type(left) not in _COMPARED or type(right) not in _COMPARED:
        raise Undecided
    return type(left) is type(right) and bool(left == right)


def _equals_literal(operand: Evaluate, literal: Any, positive: bool) -> Evaluate:
    """The usual comparison, without a call for the literal and one for the comparison."""
    kind = type(literal)

    def equals(entity: Entity, variables: Variables) -> bool:
        value = operand(entity, variables)
        same = value == literal if type(value) is kind else _equal(value, literal)
        return same is positive

    return equals


def _in(item: Any, container: Any) -> bool:
    if type(container) is dict and type(item) is str:
        return item in container
    if type(container) is not list:
        raise Undecided
    return any(_equal(item, each) for each in container)


def _index(container: Any, key: Any) -> Any:
    if type(container) is dict and type(key) is str and key in container:
        return _held(container[key])
    if type(container) is list and type(key) is int and 0 <= key < len(container):
        return _held(container[key])
    raise Undecided


def _not(value: Any) -> bool:
    if type(value) is not bool:
        raise Undecided
    return not value


def _ordered(compare: Callable[[int, int], bool]) -> Callable[[Any, Any], bool]:
    def ordered(left: Any, right: Any) -> bool:
        if type(left) is not int or type(right) is not int:
            raise Undecided
        return bool(compare(left, right))

    return ordered


def _calculated(calculate: Callable[[Any, Any], Any], *kinds: type) -> Callable[[Any, Any], Any]:
    def calculated(left: Any, right: Any) -> Any:
        kind = type(left)
        if kind is not type(right) or kind not in kinds:
            raise Undecided
        result = calculate(left, right)
        if kind is int and not -_BOUND <= result < _BOUND:
            raise Undecided
        return result

    return calculated


def _divided(divide: Callable[[int, int], int]) -> Callable[[Any, Any], int]:
    def divided(left: Any, right: Any) -> int:
        # Below zero the engine rounds the other way.
        if type(left) is not int or type(right) is not int or left < 0 or right <= 0:
            raise Undecided
        return divide(left, right)

    return divided


def _of_text(apply: Callable[[str, str], bool]) -> Callable[[Any, Any], bool]:
    def tested(text: Any, other: Any) -> bool:
        if type(text) is not str or type(other) is not str:
            raise Undecided
        return apply(text, other)

    return tested


def _matches(text: Any, pattern: Any) -> bool:
    """Only the engine may say no: its expressions are not Python's."""
    if type(text) is not str or type(pattern) is not str or not patterns.surely_matches(pattern, text):
        raise Undecided
    return True


def _join(items: Any, separator: Any = "") -> str:
    if type(separator) is not str or any(type(item) is not str for item in _elements(items)):
        raise Undecided
    return separator.join(items)


def _size(value: Any) -> int:
    if type(value) not in (str, list, dict):
        raise Undecided
    return len(value)


def _string(value: Any) -> str:
    if type(value) is bool:
        return "true" if value else "false"
    if type(value) not in (str, int):
        raise Undecided
    return str(value)


_LAZY: Mapping[str, Callable[..., Evaluate]] = {"||": _any, "&&": _all, "?:": _choice}
_MACROS = {"exists": _quantified(True), "all": _quantified(False), "map": _mapped, "filter": _filtered}
_STRICT: Mapping[str, Callable[..., Any]] = {
    "!": _not,
    "==": _equal,
    "!=": lambda left, right: not _equal(left, right),
    "<": _ordered(lambda left, right: left < right),
    "<=": _ordered(lambda left, right: left <= right),
    ">": _ordered(lambda left, right: left > right),
    ">=": _ordered(lambda left, right: left >= right),
    "+": _calculated(lambda left, right: left + right, int, str, list),
    "-": _calculated(lambda left, right: left - right, int),
    "*": _calculated(lambda left, right: left * right, int),
    "/": _divided(lambda left, right: left // right),
    "%": _divided(lambda left, right: left % right),
    "in": _in,
    "index": _index,
    "[]": lambda *items: list(items),
    "size": _size,
    "string": _string,
    "join": _join,
    "contains": _of_text(lambda text, part: part in text),
    "startsWith": _of_text(str.startswith),
    "matches": _matches,
    "endsWith": _of_text(str.endswith),
}
