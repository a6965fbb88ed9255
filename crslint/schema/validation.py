"""Objects against their schemas: problems with addresses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from crslint import address
from crslint.finding import NotChecked, Problem
from crslint.schema.registry import KindSchema, Registry
from crslint.schema.structural import Fault
from crslint.schema.words import parameters
from crslint.variable import is_template

VIOLATION, UNKNOWN_FIELD, NO_SCHEMA = "SCH001", "SCH002", "SCH003"

# Below this number of objects of a kind the exact judgement is cheaper than compiling the quick one.
_FEW = 12


@dataclass(frozen=True, slots=True)
class Subject:
    """An object to judge; ``partial`` for a patch, which need not be whole."""

    at: str
    data: dict[str, Any]
    partial: bool = False


@dataclass(frozen=True, slots=True)
class Judgement:
    problems: tuple[Problem, ...]
    not_checked: tuple[NotChecked, ...]


def validate(subjects: Iterable[Subject], registry: Registry) -> Judgement:
    """Unknown kinds are one problem each, at the first object of the kind."""
    subjects = tuple(subjects)
    kinds = Counter(_kind(subject) for subject in subjects)
    problems: list[Problem] = []
    unknown: dict[tuple[str, str], Subject] = {}
    for subject in subjects:
        api_version, kind = _kind(subject)
        if is_template(api_version) or is_template(kind):
            continue
        schema = registry.find(api_version, kind)
        if schema is None:
            unknown.setdefault((api_version, kind), subject)
        elif kinds[api_version, kind] < _FEW or not schema.decides(subject.data):
            problems.extend(_problems(subject, schema))
    not_checked = []
    for (api_version, kind), subject in unknown.items():
        count = kinds[api_version, kind]
        problems.append(Problem(NO_SCHEMA, subject.at, {"apiVersion": api_version, "kind": kind, "count": count}))
        not_checked.append(NotChecked(address.path_of(subject.at), subject.at, "no-schema"))
    return Judgement(tuple(problems), tuple(not_checked))


def _kind(subject: Subject) -> tuple[str, str]:
    return str(subject.data.get("apiVersion", "")), str(subject.data.get("kind", ""))


def _problems(subject: Subject, schema: KindSchema) -> Iterator[Problem]:
    for fault in schema.faults(subject.data):
        if _excused(fault, subject):
            continue
        code = UNKNOWN_FIELD if fault.kind == "unknown" else VIOLATION
        yield Problem(code, address.at(subject.at, fault.path), parameters(fault, schema))


def _excused(fault: Fault, subject: Subject) -> bool:
    """A variable may become anything; a patch need not be whole."""
    if subject.partial and (fault.kind in ("required", "minItems", "minProperties") or _directive(fault)):
        return True
    return _holds_template(fault.value) or any(isinstance(step, str) and is_template(step) for step in fault.path)


def _directive(fault: Fault) -> bool:
    """Strategic merge directives are fields of patches alone."""
    return fault.kind == "unknown" and str(fault.path[-1]).startswith("$")


def _holds_template(value: object) -> bool:
    if isinstance(value, str):
        return is_template(value)
    if isinstance(value, dict):
        return any(_holds_template(key) or _holds_template(item) for key, item in value.items())
    return isinstance(value, list) and any(map(_holds_template, value))
