"""Operations of expressions on plain values, which answer as the engine does or not at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from crslint.schema.patterns import surely_matches

# The engine stops after 10,000 iterations.
_LONGEST = 1000
_BOUND = 2**63
_COMPARED = (str, bool, int)


class Undecided(Exception):  # noqa: N818  # no error: the engine answers
    """What the engine would say is not certain."""


class Missing(Undecided):
    """An unknown fact, or a function that cannot tell: the engine would say Unknown."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


def held(value: Any) -> Any:
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


def elements(value: Any) -> list[Any]:
    if type(value) is not list or len(value) > _LONGEST:
        raise Undecided
    return value


def equal(left: Any, right: Any) -> bool:
    if left is None or right is None:
        return left is right
    if type(left) not in _COMPARED or type(right) not in _COMPARED:
        raise Undecided
    return type(left) is type(right) and bool(left == right)


def _in(item: Any, container: Any) -> bool:
    if type(container) is dict and type(item) is str:
        return item in container
    if type(container) is not list:
        raise Undecided
    return any(equal(item, each) for each in container)


def _index(container: Any, key: Any) -> Any:
    if type(container) is dict and type(key) is str and key in container:
        return held(container[key])
    if type(container) is list and type(key) is int and 0 <= key < len(container):
        return held(container[key])
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
    if type(text) is not str or type(pattern) is not str or not surely_matches(pattern, text):
        raise Undecided
    return True


def _join(items: Any, separator: Any = "") -> str:
    if type(separator) is not str or any(type(item) is not str for item in elements(items)):
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


OPERATIONS: Mapping[str, Callable[..., Any]] = {
    "!": _not,
    "==": equal,
    "!=": lambda left, right: not equal(left, right),
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
