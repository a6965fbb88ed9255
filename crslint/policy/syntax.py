"""The part of CEL that rules are written in, as trees: ``("==", ("fact", "payload.kind"), ("literal", "a"))``.

The engine has checked an expression before it is read here; what this part does not hold is left to the engine.
"""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from typing import Any

from crslint.policy.tokens import Token, tokens

Tree = tuple[Any, ...]

LITERALS = {"true": True, "false": False, "null": None}
# Macros over a list: the engine bounds their iterations together, so that one inside another is left to it.
MACROS = ("all", "exists", "filter", "map")
METHODS = ("contains", "endsWith", "join", "matches", "size", "startsWith")

_BINARY = (("||",), ("&&",), ("==", "!=", "<", "<=", ">", ">=", "in"), ("+", "-"), ("*", "/", "%"))
_TEXT = re.compile(r"""(["'])(?:(?!\1)[^\\]|\\["'\\])*\1""")
_NUMBER = re.compile(r"0|[1-9][0-9]{0,17}")


class _OtherError(Exception):
    """Something that is not in this part."""


def tree_of(text: str, entity: str, entities: Set[str], functions: Set[str]) -> Tree | None:
    """The tree of an expression of a rule for ``entity``; None where the engine must evaluate it.

    ``entities`` are the names that lookups begin with, ``functions`` those that may be called.
    """
    reader = _Reader(tokens(text), entity, entities, functions)
    try:
        tree = reader.choice()
        reader.end()
    except _OtherError:
        return None
    return tree


class _Reader:
    def __init__(self, words: Sequence[Token], entity: str, entities: Set[str], functions: Set[str]) -> None:
        self._words = words
        self._at = 0
        self._entity = entity
        self._entities = entities
        self._functions = functions
        self._variable: str | None = None

    def end(self) -> None:
        if self._at < len(self._words):
            raise _OtherError

    def choice(self) -> Tree:
        condition = self._binary(0)
        if not self._takes("?"):
            return condition
        then = self._binary(0)
        self._expect(":")
        return ("?:", condition, then, self.choice())

    def _binary(self, level: int) -> Tree:
        if level == len(_BINARY):
            return self._unary()
        left = self._binary(level + 1)
        while self._word() in _BINARY[level]:
            operator = self._next().text
            right = self._binary(level + 1)
            left = (operator, left, right)
        return left

    def _unary(self) -> Tree:
        if self._takes("!"):
            return ("!", self._unary())
        if self._takes("-"):
            tree = self._unary()
            if tree[0] != "literal" or type(tree[1]) is not int:
                raise _OtherError
            return ("literal", -tree[1])
        return self._member()

    def _member(self) -> Tree:
        tree = self._primary()
        while True:
            if self._takes("."):
                name = self._name()
                tree = self._method(tree, name) if self._takes("(") else ("member", tree, name)
            elif self._takes("["):
                tree = ("index", tree, self.choice())
                self._expect("]")
            else:
                return tree

    def _method(self, owner: Tree, name: str) -> Tree:
        if name in MACROS:
            return self._macro(owner, name)
        if name not in METHODS:
            raise _OtherError
        return (name, owner, *self._list(")"))

    def _macro(self, owner: Tree, name: str) -> Tree:
        if self._variable is not None:
            raise _OtherError
        self._variable = variable = self._name()
        self._expect(",")
        body = self.choice()
        self._expect(")")
        self._variable = None
        return (name, owner, variable, body)

    def _primary(self) -> Tree:
        word = self._next()
        if word.kind == "text":
            if not _TEXT.fullmatch(word.text):
                raise _OtherError
            return ("literal", re.sub(r"\\(.)", r"\1", word.text[1:-1]))
        if word.kind == "name":
            return self._named(word.text)
        if word.text == "(":
            tree = self.choice()
            self._expect(")")
            return tree
        if word.text == "[":
            return ("[]", *self._list("]"))
        if word.text == "{":
            return ("{}", *self._pairs())
        if not _NUMBER.fullmatch(word.text):
            raise _OtherError
        return ("literal", int(word.text))

    def _named(self, name: str) -> Tree:
        if name in LITERALS:
            return ("literal", LITERALS[name])
        if name in ("each", self._variable):
            return ("variable", name)
        if self._takes("("):
            arguments = self._list(")")
            if name == "has" and len(arguments) == 1 and arguments[0][0] == "member":
                return ("has", *arguments[0][1:])
            if name in self._entities:
                self._expect(".")
                return ("call", f"{name}.{self._name()}", *arguments)
            if name in ("size", "string") and len(arguments) == 1:
                return (name, *arguments)
            if name in self._functions:
                return ("call", name, *arguments)
        elif name == self._entity and self._takes("."):
            return ("fact", f"{name}.{self._name()}")
        raise _OtherError

    def _list(self, closing: str) -> list[Tree]:
        found: list[Tree] = []
        while not self._takes(closing):
            if found:
                self._expect(",")
            found.append(self.choice())
        return found

    def _pairs(self) -> list[tuple[Tree, Tree]]:
        found: list[tuple[Tree, Tree]] = []
        while not self._takes("}"):
            if found:
                self._expect(",")
            key = self.choice()
            self._expect(":")
            found.append((key, self.choice()))
        return found

    def _word(self) -> str:
        """The next token where it is an operator or a bracket, ``in`` included."""
        if self._at == len(self._words):
            return ""
        word = self._words[self._at]
        return word.text if word.kind == "other" or word.text == "in" else ""

    def _next(self) -> Token:
        if self._at == len(self._words):
            raise _OtherError
        self._at += 1
        return self._words[self._at - 1]

    def _takes(self, text: str) -> bool:
        if self._word() != text:
            return False
        self._at += 1
        return True

    def _expect(self, text: str) -> None:
        if not self._takes(text):
            raise _OtherError

    def _name(self) -> str:
        word = self._next()
        if word.kind != "name" or word.text in LITERALS:
            raise _OtherError
        return word.text
