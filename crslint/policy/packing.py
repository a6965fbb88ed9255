"""Rules as bytes, and back."""

from __future__ import annotations

import marshal
from typing import Any

from crslint.policy.rule import Downgrade, EditPlan, Expression, FixPlan, RelatedPlan, Rule, Template

# The kinds of tuples that bytes hold without their names.
SHAPES = tuple(kind._fields for kind in (Rule, Expression, RelatedPlan, FixPlan, EditPlan))


def packed(rule: Rule) -> bytes:
    return marshal.dumps(_plain(rule))


def unpacked(folder: str, content: bytes) -> Rule:
    """The rule, lying in a folder."""
    rule = Rule(*marshal.loads(content))  # noqa: S302  # the index, which is the user's alone
    return rule._replace(
        folder=folder,
        message=_template(rule.message),
        downgrade=rule.downgrade and Downgrade(rule.downgrade[0], Expression(*rule.downgrade[1])),
        related=tuple([RelatedPlan(Expression(*at), _template(label)) for at, label in rule.related]),
        fix=rule.fix and _fix(rule.fix),
        when=rule.when and Expression(*rule.when),
        each=rule.each and Expression(*rule.each),
        check=rule.check and Expression(*rule.check),
        at=rule.at and Expression(*rule.at),
        span=rule.span and Expression(*rule.span),
        group=rule.group and Expression(*rule.group),
    )


def _plain(value: Any) -> Any:
    """A rule, or a part of one, as plain tuples: those that have names are told apart by their place."""
    return tuple(map(_plain, value)) if isinstance(value, tuple) else value


def _template(data: tuple[Any, ...]) -> Template:
    (parts,) = data
    return Template(tuple([part if isinstance(part, str) else Expression(*part) for part in parts]))


def _fix(data: tuple[Any, ...]) -> FixPlan:
    fix = FixPlan(*data)
    return fix._replace(
        safety=fix.safety if isinstance(fix.safety, str) else Expression(*fix.safety),
        title=_template(fix.title),
        when=fix.when and Expression(*fix.when),
        edits=tuple([EditPlan(kind, Expression(*at), to and Expression(*to)) for kind, at, to in fix.edits]),
        into=fix.into and Expression(*fix.into),
    )
