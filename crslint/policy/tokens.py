"""The tokens of a CEL expression, and the operands that its top level joins."""

from __future__ import annotations

import re

from crslint.row import NamedTuple

_PATTERN = (
    r"""(?P<space>\s+|//[^\n]*)"""
    r"""|(?P<text>[bB]?[rR]?(?:"{3}(?s:.*?)"{3}|'{3}(?s:.*?)'{3}|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'))"""
    r"""|(?P<name>[A-Za-z_]\w*)"""
    r"""|(?P<other>&&|\|\||[=!<>]=|\d[\w.]*|.)"""
)
_DEPTH = {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}


class Token(NamedTuple):
    """``kind`` is text (a string literal), name or other; ``start`` is its offset in the expression."""

    kind: str
    text: str
    start: int

    @property
    def end(self) -> int:
        return self.start + len(self.text)


def tokens(text: str) -> list[Token]:
    """Without blanks and comments; any text has some."""
    found = (Token(str(match.lastgroup), match[0], match.start()) for match in re.finditer(_PATTERN, text))
    return [token for token in found if token.kind != "space"]


def operands(text: str, operator: str = "&&") -> list[str]:
    """The operands of the top-level ``&&`` or ``||`` of an expression; the whole where its top level is another."""
    looser = {"&&": ("||", "?"), "||": ("?",)}[operator]
    found, depth, start = [], 0, 0
    for token in tokens(text):
        depth += _DEPTH.get(token.text, 0) if token.kind == "other" else 0
        if depth == 0 and token.text in looser:
            return [text.strip()]
        if depth == 0 and token.text == operator:
            found.append(text[start : token.start].strip())
            start = token.end
    return [*found, text[start:].strip()]
