"""Compiled rules on disk: one file for each folder of rules, rebuilt when anything that it was made from changes.

The file is a JSON line (the rules without code, the code's size), the serialised expressions one after another, and
what it was made from. It lies in the user's own cache folder; without a usable one, rules are compiled each time.
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from crslint import __version__
from crslint.cache import read_cached, write_cached
from crslint.fleet.reference import ENTITIES
from crslint.policy.cel import library_stamp
from crslint.policy.functions import FUNCTIONS
from crslint.policy.rule import Downgrade, EditPlan, Expression, FixPlan, RelatedPlan, Rule, Template
from crslint.policy.shortcut import Comparison, Shortcut
from crslint.record import fields

_FORMAT = 6


def made_from(files: Iterable[tuple[Path, bytes]]) -> bytes:
    """The rules' text and everything that their compilation depends on, whole: nothing can be mistaken for it."""
    facts = [
        (name, item.name, item.type, item.metadata.get("entity", ""))
        for name, entity in ENTITIES.items()
        for item in fields(entity)
    ]
    functions = [(item.name, item.overloads) for item in FUNCTIONS]
    parts = [repr((_FORMAT, __version__, library_stamp(), facts, functions)).encode()]
    for path, content in files:
        parts += [os.fsencode(path), b"%d" % len(content), content]
    return b"\0".join(parts)


def index_name(folder: Path) -> str:
    """The name under which the rules of a folder are kept."""
    return f"rules-{zlib.crc32(os.fsencode(folder.absolute())):08x}.index"


def load(name: str, origin: bytes, folders: Sequence[str]) -> list[Rule] | None:
    """The rules of those folders; None where the file is not there, not ours alone, broken or made from other text."""
    content = read_cached(name)
    if content is None or not content.endswith(origin):
        return None
    try:
        end = content.index(b"\n")
        head, size = json.loads(content[:end])
        code = content[end + 1 : len(content) - len(origin)]
        if len(code) != size:
            return None
        reader = _Reader(code)
        return [reader.rule(folder, rule) for folder, rule in zip(folders, head, strict=True)]
    except (ValueError, TypeError, LookupError):
        return None


def store(name: str, origin: bytes, rules: Iterable[Rule]) -> bool:
    """False where the cache folder cannot be written."""
    writer = _Writer()
    written = [writer.rule(rule) for rule in rules]
    code = b"".join(writer.code)
    return write_cached(name, json.dumps([written, len(code)]).encode() + b"\n" + code + origin)


class _Writer:
    def __init__(self) -> None:
        self.code: list[bytes] = []
        self._length = 0

    def rule(self, rule: Rule) -> list[Any]:
        return [
            [getattr(rule, name) for name in _PLAIN],
            self.template(rule.message),
            [self.expression(getattr(rule, name)) for name in _EXPRESSIONS],
            rule.downgrade and [rule.downgrade.to, self.expression(rule.downgrade.when)],
            [[self.expression(item.at), self.template(item.label)] for item in rule.related],
            rule.fix and self.fix(rule.fix),
        ]

    def fix(self, fix: FixPlan) -> list[Any]:
        safety = fix.safety if isinstance(fix.safety, str) else self.expression(fix.safety)
        edits = [[edit.kind, self.expression(edit.at), self.expression(edit.to)] for edit in fix.edits]
        when, into = self.expression(fix.when), self.expression(fix.into)
        return [safety, self.template(fix.title), when, edits, fix.transform, fix.template, into, fix.reveals]

    def template(self, template: Template) -> list[Any]:
        return [part if isinstance(part, str) else self.expression(part) for part in template.parts]

    def expression(self, expression: Expression | None) -> list[Any] | None:
        if expression is None:
            return None
        start = self._length
        self.code.append(expression.code)
        self._length += len(expression.code)
        return [expression.text, start, self._length, expression.facts, expression.functions, expression.shortcut]


class _Reader:
    def __init__(self, code: bytes) -> None:
        self._code = code

    def rule(self, folder: str, data: list[Any]) -> Rule:
        plain, message, expressions, downgrade, related, fix = data
        slots: dict[str, Any] = {name: _tuples(value) for name, value in zip(_PLAIN, plain, strict=True)}
        slots.update(zip(_EXPRESSIONS, map(self.optional, expressions), strict=True))
        return Rule(
            **slots,
            folder=folder,
            message=self.template(message),
            downgrade=downgrade and Downgrade(downgrade[0], self.expression(downgrade[1])),
            related=tuple(RelatedPlan(self.expression(at), self.template(label)) for at, label in related),
            fix=fix and self.fix(fix),
        )

    def fix(self, data: list[Any]) -> FixPlan:
        safety, title, when, edits, transform, template, into, reveals = data
        return FixPlan(
            safety if isinstance(safety, str) else self.expression(safety),  # type: ignore[arg-type]
            self.template(title),
            self.optional(when),
            tuple(EditPlan(kind, self.expression(at), self.optional(to)) for kind, at, to in edits),
            transform,
            template,
            self.optional(into),
            reveals,
        )

    def template(self, parts: list[Any]) -> Template:
        return Template(tuple(part if isinstance(part, str) else self.expression(part) for part in parts))

    def optional(self, data: list[Any] | None) -> Expression | None:
        return None if data is None else self.expression(data)

    def expression(self, data: list[Any]) -> Expression:
        text, start, end, facts, functions, shortcut = data
        return Expression(text, self._code[start:end], tuple(facts), tuple(functions), shortcut and _shortcut(shortcut))


def _shortcut(data: list[Any]) -> Shortcut:
    any_, whole, tests = data
    return Shortcut(any_, whole, tuple(Comparison(*_tuples(test)) for test in tests))


def _tuples(value: Any) -> Any:
    return tuple(map(_tuples, value)) if isinstance(value, list) else value


_EXPRESSIONS = ("when", "each", "check", "at", "span", "group")
_PLAIN = (
    "code",
    "name",
    "title",
    "severity",
    "profile",
    "why",
    "references",
    "overrides",
    "entity",
    "whole",
)
