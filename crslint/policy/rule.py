"""Rules as they are evaluated: metadata and compiled expressions, plain data that the index can hold.

Named tuples: a run makes a thousand of them, and each dataclass would cost half a millisecond of every start.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from crslint.finding import Safety, Severity
from crslint.row import NamedTuple

if TYPE_CHECKING:
    from crslint.policy.syntax import Tree

EditKind = Literal["set", "remove", "append", "insert-before", "insert-after", "rename"]


class Expression(NamedTuple):
    """``code`` is the checked expression in serialised form, ``tree`` what of it can be evaluated without the engine;
    ``facts`` are the variables that it reads (``resourceSet.strategy``, ``each``), ``functions`` the functions of ours
    that it calls."""

    text: str
    code: bytes
    facts: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()
    tree: Tree | None = None


Part = str | Expression


class Template(NamedTuple):
    """Text and placeholders in turn. The placeholders of an engine rule are names of parameters, without code."""

    parts: tuple[Part, ...]


class Downgrade(NamedTuple):
    to: Severity
    when: Expression


class RelatedPlan(NamedTuple):
    at: Expression
    label: Template


class EditPlan(NamedTuple):
    kind: EditKind
    at: Expression
    to: Expression | None = None


class FixPlan(NamedTuple):
    """``safety`` is an expression where the fix is safe only where that holds; ``reveals`` as in ``Fix``."""

    safety: Safety | Expression
    title: Template
    when: Expression | None = None
    edits: tuple[EditPlan, ...] = ()
    transform: str | None = None
    template: str | None = None
    into: Expression | None = None
    reveals: bool = False


class Rule(NamedTuple):
    """One rule folder. An engine rule has no ``entity`` and no expressions: the engine finds its faults."""

    code: str
    name: str
    title: str
    severity: Severity
    profile: str
    why: str
    message: Template
    folder: str
    references: tuple[str, ...] = ()
    overrides: tuple[str, ...] = ()
    entity: str = ""
    whole: bool = False
    when: Expression | None = None
    each: Expression | None = None
    check: Expression | None = None
    at: Expression | None = None
    span: Expression | None = None
    group: Expression | None = None
    downgrade: Downgrade | None = None
    related: tuple[RelatedPlan, ...] = ()
    fix: FixPlan | None = None

    @property
    def engine(self) -> bool:
        return not self.entity

    @property
    def fix_safety(self) -> str:
        """``safe``, ``unsafe``, ``safe or unsafe``, or empty where there is no fix."""
        if self.fix is None:
            return ""
        return self.fix.safety if isinstance(self.fix.safety, str) else "safe or unsafe"

    def expressions(self) -> Iterator[Expression]:
        """Every expression of the rule, in no promised order."""
        plain = [self.when, self.each, self.check, self.at, self.span, self.group]
        templates = [self.message, *(item.label for item in self.related)]
        plain += [item.at for item in self.related]
        if self.downgrade:
            plain.append(self.downgrade.when)
        if self.fix:
            plain += [self.fix.when, self.fix.into, *(edit.at for edit in self.fix.edits)]
            plain += [edit.to for edit in self.fix.edits]
            if isinstance(self.fix.safety, Expression):
                plain.append(self.fix.safety)
            templates.append(self.fix.title)
        yield from (item for item in plain if item is not None)
        for template in templates:
            yield from (part for part in template.parts if isinstance(part, Expression))


class RuleFault(NamedTuple):
    """Why a rule file cannot be used; ``line`` and ``column`` count from 1."""

    path: Path
    line: int
    column: int
    reason: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}: {self.reason}"
