"""Message templates: text with {CEL} placeholders, and how values are printed in them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache

from crslint.policy.tokens import tokens

_WIDTH = 80
_TOLD = 400
UNKNOWN_TEXT = "?"


class TemplateError(Exception):
    """``offset`` is where in the template it is wrong."""

    def __init__(self, reason: str, offset: int) -> None:
        super().__init__(reason)
        self.reason = reason
        self.offset = offset


def printed(value: object, room: int = _WIDTH) -> str:
    """A value in a message: JSON without outer quotes, harmless on a terminal, at most 80 characters.

    Quotes inside a text stay as they are: an expression may have put them there itself.
    """
    text = json.dumps(_ordered(value), ensure_ascii=False, default=str)
    if isinstance(value, str):
        text = text[1:-1].replace('\\"', '"')
    text = _harmless(text)
    return text if len(text) <= room else text[: room - 3] + "..."


def _ordered(value: object) -> object:
    """Maps by key: CEL gives their entries in an order of its own, another one in each process."""
    if isinstance(value, dict):
        return {key: _ordered(value[key]) for key in sorted(value, key=str)}
    return list(map(_ordered, value)) if isinstance(value, list) else value


@cache
def room_of(expression: str) -> int:
    """How long the text of a placeholder may become: what the rule itself says in it comes on top of its values."""
    words = [token for token in tokens(expression) if token.kind == "text"]
    return _WIDTH + sum(len(word.text) + _WIDTH for word in words)


def told(value: object) -> str:
    """A parameter of an engine rule's message: text stays as the engine worded it, but harmless on a terminal."""
    if not isinstance(value, str):
        return printed(value)
    text = _harmless(value)
    return text if len(text) <= _TOLD else text[: _TOLD - 3] + "..."


def _harmless(text: str) -> str:
    """Controls, line separators, marks that reorder text and lone surrogates escaped: a terminal shows them only."""
    if text.isascii() and text.isprintable():
        return text
    harmful = "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff]"
    return re.sub(harmful, lambda match: f"\\u{ord(match[0]):04x}", text)


def split(template: str) -> Iterator[tuple[bool, str, int]]:
    """The parts of a template: whether it is a placeholder, its text (braces resolved), its offset.

    Raises TemplateError for a brace without its partner and for an empty placeholder.
    """
    literal, start, index = [], 0, 0
    while index < len(template):
        char = template[index]
        if template[index : index + 2] in ("{{", "}}"):
            literal.append(char)
            index += 2
        elif char == "{":
            if literal:
                yield False, "".join(literal), start
                literal = []
            end = _closing(template, index)
            if not template[index + 1 : end].strip():
                raise TemplateError("an empty placeholder: {{ and }} are braces", index)
            yield True, template[index + 1 : end], index + 1
            index = start = end + 1
        elif char == "}":
            raise TemplateError("a } without its {: {{ and }} are braces", index)
        else:
            literal.append(char)
            index += 1
    if literal:
        yield False, "".join(literal), start


def _closing(template: str, opening: int) -> int:
    """Where the placeholder that opens there ends; strings and map literals in it may hold braces."""
    string = re.compile(r"""[rR]?("{3}(?s:.*?)"{3}|'{3}(?s:.*?)'{3}|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')""")
    depth, index = 0, opening
    while index < len(template):
        quoted = string.match(template, index) if index > opening else None
        if quoted:
            index = quoted.end()
            continue
        depth += {"{": 1, "}": -1}.get(template[index], 0)
        if depth == 0:
            return index
        index += 1
    raise TemplateError("a { without its }: {{ and }} are braces", opening)


def one_line(text: str) -> str:
    """A message is one line, however its template was wrapped."""
    return " ".join(text.split("\n")).strip()
