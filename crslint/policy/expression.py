"""One CEL expression: its tokens, the facts that it reads, and its compilation against them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from itertools import pairwise
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from crslint.fleet.entity import Unknown, camel, facts_of
from crslint.fleet.reference import ENTITIES
from crslint.policy.cel import Checker, CompileError
from crslint.policy.functions import FUNCTIONS, Function, lookup
from crslint.policy.rule import Expression
from crslint.policy.syntax import tree_of
from crslint.policy.tokens import Token, tokens
from crslint.spelling import nearest


class ExpressionError(Exception):
    """``offset`` is where in the expression's text it is wrong."""

    def __init__(self, reason: str, offset: int) -> None:
        super().__init__(reason)
        self.reason = reason
        self.offset = offset


def compile_expression(text: str, entity: str, *, each: bool = True, kinds: Sequence[str] = ()) -> Expression:
    """An expression of a rule for ``entity``; ``kinds`` are the types that it may have, any where none is given.

    Raises ExpressionError.
    """
    words = tokens(text)
    facts = _facts(words, entity, each)
    rewritten = _Rewritten(words, text)
    try:
        code, kind = _checker().compile(rewritten.text)
    except CompileError as error:
        lines = rewritten.text.split("\n")[: error.line - 1]
        raise ExpressionError(
            error.reason, rewritten.original(sum(len(line) + 1 for line in lines) + error.column - 1)
        ) from error
    if kinds and kind != "DYN" and kind.partition("<")[0] not in kinds:
        raise ExpressionError(f"this gives {_kind(kind)}, not {' or '.join(map(_kind, kinds))}", words[0].start)
    followed = {word.text for word, after in pairwise(words) if after.text == "("}
    called = followed & {item.name for item in FUNCTIONS}
    functions = tuple(sorted(called | set(rewritten.lookups)))
    tree = tree_of(text, entity, ENTITIES.keys(), {item.name for item in FUNCTIONS})
    return Expression(text.strip(), code, facts, functions, tree)


def _kind(name: str) -> str:
    return {"BOOL": "true or false", "LIST": "a list", "STRING": "text", "address": "an address"}.get(
        name.partition("<")[0], name.lower()
    )


def _facts(words: Sequence[Token], entity: str, each: bool) -> tuple[str, ...]:
    """The facts that an expression reads; raises ExpressionError for one that does not exist and for has()."""
    known = fact_kinds(entity)
    found: set[str] = set()
    for index, word in enumerate(words):
        if word.kind != "name" or _is_member(words, index):
            continue
        if word.text == "each":
            if not each:
                raise ExpressionError("each is only known after the list of `each`, in a rule that has one", word.start)
            found.add("each")
        follows = words[index + 1].text if index + 1 < len(words) else ""
        if word.text in ENTITIES and word.text != entity and follows not in ("(", ":"):
            reason = f"{word.text} is another entity: its facts are read as {word.text}(address).name"
            raise ExpressionError(reason, word.start)
        if word.text != entity or index + 2 >= len(words) or words[index + 1].text != ".":
            continue
        fact = words[index + 2]
        if fact.text not in known:
            raise ExpressionError(f"{entity} has no fact {fact.text}{meant(fact.text, known)}", fact.start)
        if _is_tested(words, index):
            raise ExpressionError(
                f"has({entity}.{fact.text}): a fact that is not known makes the rule silent; compare with null instead",
                word.start,
            )
        found.add(f"{entity}.{fact.text}")
    return tuple(sorted(found))


def _is_member(words: Sequence[Token], index: int) -> bool:
    """Whether a name follows something and a dot; `.name` alone is CEL's absolute spelling of `name`."""
    if index < 2 or words[index - 1].text != ".":
        return False
    owner = words[index - 2]
    return owner.kind in ("name", "text") or owner.text in (")", "]", "}")


def _is_tested(words: Sequence[Token], index: int) -> bool:
    """Whether the fact that begins there is the whole argument of has()."""
    before = index - 1
    while before >= 0 and words[before].text == "(":
        before -= 1
    if before < 0 or before == index - 1 or words[before].text != "has":
        return False
    after = index + 3
    return after < len(words) and words[after].text == ")"


class _Rewritten:
    """``payload(x).name`` becomes the call ``payload.name(x)``, so that each fact of a lookup is a typed function.

    ``lookups`` are the functions; ``original`` maps an offset in ``text`` back.
    """

    def __init__(self, words: Sequence[Token], text: str) -> None:
        self.lookups: list[str] = []
        self._pieces: list[str] = []
        self._places: list[tuple[int, int, int]] = []
        self._length = 0
        self._source = text
        self._copy(words, 0, len(words))
        self.text = "".join(self._pieces)

    def original(self, offset: int) -> int:
        begun = (place for place in reversed(self._places) if place[0] <= offset)
        start, first, last = next(begun, (0, 0, 0))
        return min(first + offset - start, last)

    def _add(self, text: str, first: int, last: int) -> None:
        """``text`` stands for what lies between two offsets of the original."""
        self._places.append((self._length, first, last))
        self._pieces.append(text)
        self._length += len(text)

    def _copy(self, words: Sequence[Token], start: int, end: int) -> None:
        index = start
        while index < end:
            word = words[index]
            if _is_lookup(words, index):
                index = self._lookup(words, index)
            else:
                self._add(word.text, word.start, word.end)
                index += 1
            following = words[index].start if index < len(words) else len(self._source)
            last = words[index - 1]
            self._add(self._source[last.end : following], last.end, following)

    def _lookup(self, words: Sequence[Token], index: int) -> int:
        word = words[index]
        closing = _closing(words, index + 1)
        if closing + 2 >= len(words) or words[closing + 1].text != "." or words[closing + 2].kind != "name":
            reason = f"{word.text}(...) must be followed by the fact it reads: {word.text}(address).name"
            raise ExpressionError(reason, word.start)
        fact = words[closing + 2]
        known = fact_kinds(word.text)
        if fact.text not in known:
            raise ExpressionError(f"{word.text} has no fact {fact.text}{meant(fact.text, known)}", fact.start)
        self.lookups.append(f"{word.text}.{fact.text}")
        self._add(f"{word.text}.{fact.text}", word.start, word.end)
        self._add("(", words[index + 1].start, words[index + 1].end)
        self._copy(words, index + 2, closing)
        self._add(")", words[closing].start, words[closing].end)
        return closing + 3


def _is_lookup(words: Sequence[Token], index: int) -> bool:
    after = words[index + 1].text if index + 1 < len(words) else ""
    return words[index].text in ENTITIES and after == "(" and not _is_member(words, index)


def _closing(words: Sequence[Token], opening: int) -> int:
    depth = 0
    for index in range(opening, len(words)):
        depth += {"(": 1, ")": -1}.get(words[index].text, 0)
        if depth == 0:
            return index
    raise ExpressionError("a ( without its )", words[opening].start)


@cache
def _checker() -> Checker:
    variables = {f"{entity}.{name}": kind for entity in ENTITIES for name, kind in fact_kinds(entity).items()}
    return Checker({**variables, "each": "dyn"}, [*FUNCTIONS, *_lookups()])


@cache
def _lookups() -> tuple[Function, ...]:
    return tuple(lookup(entity, fact, kind) for entity in ENTITIES for fact, kind in fact_kinds(entity).items())


@cache
def fact_kinds(entity: str) -> Mapping[str, str]:
    """The kind of each fact of an entity, from its annotations: nullable ones are ``dyn``."""
    hints = get_type_hints(ENTITIES[entity])
    return {camel(item.name): _fact_kind(item, hints[item.name]) for item in facts_of(_entity(entity))}


def _entity(name: str) -> Any:
    return ENTITIES[name]


def _fact_kind(item: Any, hint: Any) -> str:
    alternatives = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
    kinds = [kind for kind in alternatives if kind is not Unknown]
    if len(kinds) != 1 or NoneType in kinds:
        return "dyn"
    leads = bool(item.metadata.get("entity")) or item.name.rpartition("_")[2] == "at"
    kind = kinds[0]
    if kind is str:
        return "address" if leads else "string"
    if get_origin(kind) is list:
        inner = get_args(kind)[0]
        return {str: "addresses" if leads else "strings", int: "ints"}.get(inner, "maps")
    return {bool: "bool", int: "int", float: "double"}.get(kind, "facts")


def meant(word: str, known: Iterable[str]) -> str:
    near = nearest(word, known)
    return f"; did you mean {near}?" if near else ""
