"""Most conditions compare facts with literals: they are answered here, ten times as fast as by the engine.

A shortcut never says anything else than CEL would: what it cannot decide from plain values is left to the engine.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from crslint.policy.tokens import Token, operands, tokens
from crslint.policy.unknown import Unknown

Literal = str | bool | None

_ABSENT = object()


class Comparison(NamedTuple):
    """Whether a fact is one of ``values``, or none of them: ``name`` is its whole name (``payload.kind``), or a key of
    the element where ``owner`` is empty. ``plain`` is a fact alone as a condition: only true and false answer it."""

    owner: str
    name: str
    values: tuple[Literal, ...]
    negated: bool = False
    plain: bool = False


class Shortcut(NamedTuple):
    """Operands of a top-level ``||`` (``any``) or ``&&``; ``whole`` where it has no others."""

    any: bool
    whole: bool
    tests: tuple[Comparison, ...]

    def decided(self, facts: Mapping[str, object], element: object = None) -> bool | Unknown | None:
        """``facts`` by their whole names, known ones only. None where the engine must be asked."""
        open_ = not self.whole
        unknown = ""
        for owner, name, values, negated, plain in self.tests:
            if owner:
                value = facts.get(name, _ABSENT)
            else:
                value = element.get(name, _ABSENT) if type(element) is dict else _ABSENT
            kind = type(value)
            answers = kind is bool or (not plain and (kind is str or value is None))
            if answers or (values == (None,) and value is not _ABSENT):
                if ((value in values) is not negated) is self.any:
                    return self.any
            elif owner and value is _ABSENT:
                unknown = unknown or name
            else:
                open_ = True
        if open_:
            return None
        return Unknown(unknown) if unknown else not self.any


def shortcut_of(text: str, entity: str) -> Shortcut | None:
    """None where no operand of the top level is a test."""
    either = operands(text, "||")
    parts = either if len(either) > 1 else operands(text, "&&")
    tests = [_test([item.text if item.kind != "text" else item for item in tokens(part)], entity) for part in parts]
    found = tuple(test for test in tests if test is not None)
    return Shortcut(len(either) > 1, len(found) == len(tests), found) if found else None


def _test(words: list[Any], entity: str) -> Comparison | None:
    match words:
        case [str(owner), ".", str(fact)]:
            return _named(owner, fact, entity, (True,), plain=True)
        case ["!", str(owner), ".", str(fact)]:
            return _named(owner, fact, entity, (False,), plain=True)
        case [str(owner), ".", str(fact), ("==" | "!=") as operator, literal]:
            return _named(owner, fact, entity, _literals([literal]), negated=operator == "!=")
        case [str(owner), ".", str(fact), "in", "[", *members, "]"]:
            if members[1::2] == [","] * (len(members) // 2) and len(members) % 2:
                return _named(owner, fact, entity, _literals(members[::2]))
    return None


def _named(
    owner: str,
    fact: str,
    entity: str,
    values: tuple[Literal, ...] | None,
    *,
    negated: bool = False,
    plain: bool = False,
) -> Comparison | None:
    if values is None or owner not in (entity, "each") or not fact.isidentifier():
        return None
    if owner == "each":
        return Comparison("", fact, values, negated, plain)
    return Comparison(owner, f"{owner}.{fact}", values, negated, plain)


def _literals(members: list[Any]) -> tuple[Literal, ...] | None:
    """None where one is no plain literal: only CEL knows what its escapes mean."""
    names: dict[object, Literal] = {"true": True, "false": False, "null": None}
    values: list[Literal] = []
    for member in members:
        if isinstance(member, Token) and re.fullmatch(r"""(["'])[^"'\\]*\1""", member.text):
            values.append(member.text[1:-1])
        elif isinstance(member, str) and member in names:
            values.append(names[member])
        else:
            return None
    return tuple(values)
