"""Globs as gobwas/glob matches them, which Argo CD uses: in time linear in the text, whatever the pattern."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise

from crslint.record import record

_ALTERNATIVES = 64


@record
class _Token:
    """``kind`` is char, set, one (`?`), any (`*`) or every (`**`); ``text`` a character, or a set's ranges."""

    kind: str
    text: str = ""
    negated: bool = False


@lru_cache(maxsize=4096)
def matches(pattern: str, text: str, separator: str = "") -> bool | None:
    """Whether a pattern matches a whole text; `*` and `?` do not cross the separator, `**` does.

    None for a pattern that cannot be read: unclosed brackets, or too many alternatives.
    """
    compiled = _compiled(pattern)
    if compiled is None:
        return None
    return any(_fits(tokens, text, separator) for tokens in compiled)


@lru_cache(maxsize=512)
def _compiled(pattern: str) -> tuple[tuple[_Token, ...], ...] | None:
    try:
        return tuple(tuple(_tokens(choice)) for choice in _alternatives(pattern))
    except ValueError:
        return None


def _alternatives(pattern: str) -> list[str]:
    """The pattern without braces: each choice of `{a,b}` by itself. Raises ValueError."""
    found = [pattern]
    plain: list[str] = []
    while found:
        if len(found) + len(plain) > _ALTERNATIVES:
            raise ValueError("too many alternatives")
        current = found.pop()
        braces = _braces(current)
        if braces is None:
            plain.append(current)
        else:
            start, end, choices = braces
            found += [current[:start] + choice + current[end:] for choice in choices]
    return plain


def _braces(pattern: str) -> tuple[int, int, list[str]] | None:
    """Start, end and choices of the first `{...}`. Raises ValueError where it is not closed."""
    depth = start = position = 0
    cuts: list[int] = []
    while position < len(pattern):
        char = pattern[position]
        if char == "\\":
            position += 1
        elif char == "{":
            depth += 1
            if depth == 1:
                start, cuts = position, [position]
        elif char == "}" and depth:
            depth -= 1
            if not depth:
                cuts.append(position)
                choices = [pattern[left + 1 : right] for left, right in pairwise(cuts)]
                return start, position + 1, choices
        elif char == "," and depth == 1:
            cuts.append(position)
        position += 1
    if depth:
        raise ValueError("an unclosed brace")
    return None


def _tokens(pattern: str) -> Iterator[_Token]:
    position = 0
    while position < len(pattern):
        char = pattern[position]
        if char == "*":
            run = len(pattern) - position - len(pattern[position:].lstrip("*"))
            yield _Token("every" if run > 1 else "any")
            position += run
        elif char == "?":
            yield _Token("one")
            position += 1
        elif char == "[":
            end = pattern.index("]", position + 1)
            inner = pattern[position + 1 : end]
            negated = inner.startswith(("!", "^"))
            yield _Token("set", inner[1:] if negated else inner, negated)
            position = end + 1
        else:
            if char == "\\":
                position += 1
                char = pattern[position : position + 1]
            yield _Token("char", char)
            position += 1


def _fits(tokens: tuple[_Token, ...], text: str, separator: str) -> bool:
    """All ways to read the text at once: the places in the pattern that have been reached."""
    places = _closure({0}, tokens)
    for char in text:
        places = _closure({after for place in places for after in _step(tokens, place, char, separator)}, tokens)
        if not places:
            return False
    return len(tokens) in places


def _closure(places: set[int], tokens: tuple[_Token, ...]) -> set[int]:
    """A star may stand for nothing."""
    for place in sorted(places):
        after = place
        while after < len(tokens) and tokens[after].kind in ("any", "every"):
            after += 1
            places.add(after)
    return places


def _step(tokens: tuple[_Token, ...], place: int, char: str, separator: str) -> Iterator[int]:
    if place >= len(tokens):
        return
    token = tokens[place]
    match token.kind:
        case "every":
            yield place
        case "any":
            if char != separator:
                yield place
        case "one":
            if char != separator:
                yield place + 1
        case "set":
            if _in_set(token.text, char) is not token.negated:
                yield place + 1
        case _:
            if char == token.text:
                yield place + 1


def _in_set(ranges: str, char: str) -> bool:
    position = 0
    while position < len(ranges):
        if ranges[position + 1 : position + 2] == "-" and position + 2 < len(ranges):
            if ranges[position] <= char <= ranges[position + 2]:
                return True
            position += 3
        else:
            if ranges[position] == char:
                return True
            position += 1
    return False
