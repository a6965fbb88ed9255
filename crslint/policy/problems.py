"""What an engine rule says of a problem: its templates hold names of parameters instead of expressions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from crslint.finding import Edit, Fix, Problem
from crslint.policy.message import UNKNOWN_TEXT, one_line, told

if TYPE_CHECKING:
    from crslint.policy.rule import FixPlan, Template


def filled(template: Template, problem: Problem) -> str:
    """A template of an engine rule with the problem's parameters."""
    parts = (part if isinstance(part, str) else _parameter(problem.parameters, part.text) for part in template.parts)
    return one_line("".join(parts))


def _parameter(parameters: Mapping[str, object], name: str) -> str:
    return told(parameters[name]) if name in parameters else UNKNOWN_TEXT


def fix_of(plan: FixPlan, problem: Problem) -> Fix | None:
    """The fix of an engine rule; none where a parameter that it needs is not given."""
    known: Mapping[str, object] = {**problem.parameters, "at": problem.at}
    edits = []
    for edit in plan.edits:
        if edit.at.text not in known or (edit.to and edit.to.text not in known):
            return None
        edits.append(Edit(edit.kind, str(known[edit.at.text]), known[edit.to.text] if edit.to else None))
    safety = plan.safety
    if not isinstance(safety, str):
        name = safety.text.removeprefix("!")
        safety = "safe" if known.get(name) is (name == safety.text) else "unsafe"
    return Fix(safety, filled(plan.title, problem), tuple(edits), plan.transform, reveals=plan.reveals)
