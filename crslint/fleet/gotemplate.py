"""Go templates as ApplicationSets write them: parsed like text/template does, as far as a value can follow from it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache

from crslint.fleet.table import read_table
from crslint.record import record

_KEYWORDS = frozenset({"if", "else", "end", "range", "with", "define", "template", "block", "break", "continue"})
_DEPTH = 30
_CONSTANTS = {"true": True, "false": False, "nil": None}


@record
class Literal:
    value: str | int | bool | None


@record
class Field:
    """``.a.b``, or ``$.a.b``; without steps the dot itself."""

    steps: tuple[str, ...]


@record
class Call:
    """A function with its operands, also one that is a mere name."""

    name: str
    operands: tuple[Operand, ...] = ()


@record
class Inner:
    """A pipeline in parentheses, and the fields that are asked of its value."""

    pipeline: tuple[Call | Operand, ...]
    steps: tuple[str, ...] = ()


@record
class Opaque:
    """What is valid and not followed: variables, control structures."""


Operand = Literal | Field | Inner | Opaque | Call


@record
class Action:
    """One ``{{ }}``: the commands of its pipeline, each fed to the next; ``text`` as written, ``start`` its place."""

    pipeline: tuple[Operand, ...]
    text: str
    start: int


@record
class Fault:
    """Why text/template refuses the whole text: ``function`` is the one that does not exist, if that is why."""

    reason: str
    text: str
    function: str | None = None


@record
class Template:
    """Literal texts and actions in order; not ``plain`` where control structures or variables decide."""

    parts: tuple[str | Action, ...]
    plain: bool


@cache
def functions() -> frozenset[str]:
    return frozenset(read_table("gotemplate")["functions"])


@lru_cache(maxsize=1024)
def parse(text: str) -> Template | Fault:
    parts: list[str | Action] = []
    plain = True
    end = 0
    trim = False
    while True:
        start = text.find("{{", end)
        literal = text[end:] if start < 0 else text[end:start]
        if trim:
            literal = literal.lstrip(" \t\r\n")
        if start < 0:
            parts.append(literal)
            return Template(tuple(part for part in parts if part != ""), plain)
        left = text[start + 2 : start + 4]
        inner = start + 2
        if left[:1] == "-" and left[1:] in (" ", "\t", "\r", "\n"):
            literal, inner = literal.rstrip(" \t\r\n"), start + 4
        parts.append(literal)
        if text.startswith("/*", inner):
            close = text.find("*/", inner)
            match = re.compile(r"\*/(\s-)?\}\}").match(text, close) if close >= 0 else None
            if match is None:
                return Fault("unclosed comment", text[start : start + 40])
            end, trim = match.end(), match[1] is not None
            continue
        try:
            tokens, end, trim = _tokens(text, inner)
            pipeline = _Parser(tokens).action()
        except _TemplateError as refused:
            return Fault(refused.reason, text[start : text.find("}}", start) + 2 or len(text)], refused.function)
        if pipeline is None:
            plain = False
        else:
            parts.append(Action(pipeline, text[start:end], start))


class _TemplateError(Exception):
    def __init__(self, reason: str, function: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.function = function


_TOKEN = re.compile(
    r"""
    (?P<space>[ \t\r\n]+)
  | (?P<string>"(?:\\.|[^"\\\n])*" | `[^`]*`)
  | (?P<char>'(?:\\.|[^'\\\n])+')
  | (?P<number>[+-]?\d[\w.]*)
  | (?P<field>\.\w+)
  | (?P<dot>\.)
  | (?P<variable>\$\w*)
  | (?P<name>\w+)
  | (?P<sign>:=|[()|=,])
    """,
    re.VERBOSE,
)

Token = tuple[str, str]


def _tokens(text: str, start: int) -> tuple[list[Token], int, bool]:
    """The tokens of an action that begins after ``{{``, where it ends, and whether it trims what follows."""
    tokens: list[Token] = []
    here = start
    while True:
        if text.startswith("}}", here):
            return tokens, here + 2, False
        if text.startswith("-}}", here) and tokens and tokens[-1][0] == "space":
            return tokens, here + 3, True
        match = _TOKEN.match(text, here)
        if match is None or match.end() == here:
            if here >= len(text):
                raise _TemplateError("unclosed action")
            raise _TemplateError(f'bad character "{text[here]}"')
        tokens.append((match.lastgroup or "", match[0]))
        here = match.end()


class _Parser:
    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._place = 0

    def action(self) -> tuple[Operand, ...] | None:
        """None for a control structure, and where variables are set or read; what they call must exist all the same."""
        words = [token for token in self._tokens if token[0] != "space"]
        if not words:
            raise _TemplateError("missing value for command")
        controls = words[0][0] == "name" and words[0][1] in _KEYWORDS
        variables = any(kind == "variable" and text != "$" for kind, text in words) or ("sign", ":=") in words
        if controls or variables or words.count(("sign", "(")) > _DEPTH:
            for kind, name in words[1:] if controls else words:
                if kind == "name":
                    _known(name)
            return None
        pipeline = self._pipeline()
        if self._place < len(self._tokens):
            raise _TemplateError(f'unexpected "{self._tokens[self._place][1]}"')
        return pipeline

    def _pipeline(self) -> tuple[Operand, ...]:
        commands = [self._command()]
        while self._taken("sign", "|"):
            commands.append(self._command(last=True))
        return tuple(commands)

    def _command(self, *, last: bool = False) -> Operand:
        operands = list(self._operands())
        if not operands:
            if last:
                # Some releases of Go take a pipe that leads nowhere.
                return Opaque()
            raise _TemplateError("missing value for command")
        first = operands[0]
        if isinstance(first, Call) and not first.operands:
            return Call(first.name, tuple(operands[1:]))
        return first if len(operands) == 1 else Opaque()

    def _operands(self) -> Iterator[Operand]:
        while self._place < len(self._tokens):
            kind, text = self._tokens[self._place]
            if kind == "sign" and text in ("|", ")"):
                return
            self._place += 1
            match kind:
                case "space":
                    pass
                case "string":
                    yield _string(text)
                case "number":
                    yield Literal(int(text)) if re.fullmatch(r"[+-]?(0|[1-9]\d{0,17})", text) else Opaque()
                case "field":
                    yield Field((text[1:], *self._steps()))
                case "variable":
                    yield Field(self._steps())
                case "dot":
                    yield Field(())
                case "name" if text in _CONSTANTS:
                    yield Literal(_CONSTANTS[text])
                case "name":
                    yield Call(_known(text))
                case "sign" if text == "(":
                    pipeline = self._pipeline()
                    if not self._taken("sign", ")"):
                        raise _TemplateError("unclosed left paren")
                    yield Inner(pipeline, self._steps())
                case "char":
                    yield Opaque()
                case _:
                    raise _TemplateError(f'unexpected "{text}"')

    def _steps(self) -> tuple[str, ...]:
        """The fields that follow without a blank."""
        found = []
        while self._place < len(self._tokens) and self._tokens[self._place][0] == "field":
            found.append(self._tokens[self._place][1][1:])
            self._place += 1
        return tuple(found)

    def _taken(self, kind: str, text: str) -> bool:
        if self._place < len(self._tokens) and self._tokens[self._place] == (kind, text):
            self._place += 1
            return True
        return False


def _known(name: str) -> str:
    if name not in functions() and name not in _CONSTANTS and name not in _KEYWORDS:
        raise _TemplateError(f'function "{name}" not defined', name)
    return name


def _string(text: str) -> Operand:
    if text.startswith("`"):
        return Literal(text[1:-1])
    if "\\" not in text:
        return Literal(text[1:-1])
    import json

    try:
        return Literal(json.loads(text))
    except ValueError:
        return Opaque()
