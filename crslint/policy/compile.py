"""A rule.yaml becomes a Rule: its expressions are checked against the facts and serialised."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from crslint.finding import Safety
from crslint.fleet.reference import ENTITIES
from crslint.policy.expression import ExpressionError, compile_expression, meant
from crslint.policy.message import TemplateError, split
from crslint.policy.rule import Downgrade, EditKind, EditPlan, Expression, FixPlan, RelatedPlan, Rule, Template
from crslint.policy.rulefile import RuleSource, Steps

_PARAMETER = re.compile(r"[a-z]\w*")

_EDITS: dict[str, EditKind] = {
    "set": "set",
    "remove": "remove",
    "append": "append",
    "insertBefore": "insert-before",
    "insertAfter": "insert-after",
    "rename": "rename",
}


def compile_rule(source: RuleSource) -> Rule:
    """Raises RuleFileError with the position of what is wrong."""
    data = source.data
    if data.get("engine"):
        return Rule(**_head(source), message=_parameters(source, ("message",)), fix=_engine_fix(source))
    entity = data["for"]
    if entity not in ENTITIES:
        raise source.error(("for",), f"no entity {entity}{meant(entity, ENTITIES)}")
    slots = _Slots(source, entity)
    return Rule(
        **_head(source),
        message=slots.template(("message",)),
        entity=entity,
        whole=data.get("needs") == "whole",
        when=slots.optional(("when",), "BOOL", each=False),
        each=slots.optional(("each",), "LIST", each=False),
        check=slots.expression(("check",), "BOOL"),
        at=slots.expression(("at",), "address"),
        span=slots.optional(("span",), "LIST"),
        group=slots.optional(("group",), "address"),
        downgrade=slots.downgrade(),
        related=tuple(slots.related(index) for index in range(len(data.get("related", ())))),
        fix=slots.fix(),
    )


def _head(source: RuleSource) -> dict[str, Any]:
    data = source.data
    folder = source.path.absolute().parent.name
    if folder != f"{data['code']}-{data['name']}":
        raise source.error(("code",), f"the folder is {folder}, not {data['code']}-{data['name']}")
    return {
        "code": data["code"],
        "name": data["name"],
        "title": data["title"],
        "severity": data["severity"],
        "profile": data.get("profile", "default"),
        "why": data["why"].strip(),
        "folder": str(source.path.parent),
        "references": tuple(data.get("references", ())),
        "overrides": tuple(data.get("overrides", ())),
    }


def _parameters(source: RuleSource, steps: Steps) -> Template:
    """A template of an engine rule: its placeholders are names of the problem's parameters."""
    parts: list[str | Expression] = []
    for placeholder, text, offset in _split(source, steps):
        if placeholder and not _PARAMETER.fullmatch(text):
            raise source.error(steps, f"{text} is no name of a parameter", offset)
        parts.append(Expression(text, b"") if placeholder else text)
    return Template(tuple(parts))


def _engine_fix(source: RuleSource) -> FixPlan | None:
    """The fix of an engine rule: instead of expressions it has names of parameters, ``at`` for the problem's place."""
    data = source.data.get("fix")
    if data is None:
        return None
    edits = []
    for index, edit in enumerate(data.get("edits", ())):
        key = next(key for key in edit if key != "to")
        steps: Steps = ("fix", "edits", index)
        to = _parameter(source, (*steps, "to")) if "to" in edit else None
        edits.append(EditPlan(_EDITS[key], _parameter(source, (*steps, key)), to))
    safety: Safety | Mapping[str, object] = data["safety"]
    return FixPlan(
        safety=safety if isinstance(safety, str) else _parameter(source, ("fix", "safety", "safeWhen"), negated=True),
        title=_parameters(source, ("fix", "title")),
        edits=tuple(edits),
        transform=data.get("transform"),
        reveals=data.get("reveals", False),
    )


def _parameter(source: RuleSource, steps: Steps, *, negated: bool = False) -> Expression:
    """``negated``: it may begin with ``!``."""
    text = source.block(steps).strip()
    if not _PARAMETER.fullmatch(text.removeprefix("!") if negated else text):
        raise source.error(steps, f"{text} is no name of a parameter", 0)
    return Expression(text, b"")


def _split(source: RuleSource, steps: Steps) -> Iterator[tuple[bool, str, int]]:
    text = source.block(steps)
    try:
        yield from split(text.rstrip())
    except TemplateError as error:
        raise source.error(steps, error.reason, error.offset) from error


class _Slots:
    """Compiles the expressions of one rule where they stand."""

    def __init__(self, source: RuleSource, entity: str) -> None:
        self.source = source
        self.entity = entity
        self.each = "each" in source.data

    def expression(self, steps: Steps, *kinds: str, each: bool = True) -> Expression:
        """``kinds`` are the types that it may have, any where none is given."""
        text = self.source.block(steps)
        return self._compiled(steps, text, 0, each, kinds)

    def optional(self, steps: Steps, *kinds: str, each: bool = True) -> Expression | None:
        return self.expression(steps, *kinds, each=each) if steps in self.source.nodes else None

    def template(self, steps: Steps) -> Template:
        parts = [
            self._compiled(steps, text, offset, True, ()) if placeholder else text
            for placeholder, text, offset in _split(self.source, steps)
        ]
        return Template(tuple(parts))

    def downgrade(self) -> Downgrade | None:
        data = self.source.data.get("downgrade")
        return Downgrade(data["to"], self.expression(("downgrade", "when"), "BOOL")) if data else None

    def related(self, index: int) -> RelatedPlan:
        steps: Steps = ("related", index)
        return RelatedPlan(self.expression((*steps, "at"), "address"), self.template((*steps, "label")))

    def fix(self) -> FixPlan | None:
        data = self.source.data.get("fix")
        if data is None:
            return None
        safety: Safety | Mapping[str, object] = data["safety"]
        return FixPlan(
            safety=safety if isinstance(safety, str) else self.expression(("fix", "safety", "safeWhen"), "BOOL"),
            title=self.template(("fix", "title")),
            when=self.optional(("fix", "when"), "BOOL"),
            edits=tuple(self._edit(index, edit) for index, edit in enumerate(data.get("edits", ()))),
            transform=data.get("transform"),
            template=data["create"]["template"] if "create" in data else None,
            into=self.optional(("fix", "create", "into"), "address", "STRING"),
            reveals=data.get("reveals", False),
        )

    def _edit(self, index: int, edit: Mapping[str, object]) -> EditPlan:
        key = next(key for key in edit if key != "to")
        steps: Steps = ("fix", "edits", index)
        places = self.expression((*steps, key), "address", "LIST")
        return EditPlan(_EDITS[key], places, self.optional((*steps, "to")))

    def _compiled(self, steps: Steps, text: str, offset: int, each: bool, kinds: Sequence[str]) -> Expression:
        try:
            return compile_expression(text.rstrip(), self.entity, each=self.each and each, kinds=kinds)
        except ExpressionError as error:
            raise self.source.error(steps, error.reason, offset + error.offset) from error
