"""Objects against their schemas: problems with addresses."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from crslint import address
from crslint.finding import NotChecked, Problem
from crslint.record import record
from crslint.schema.registry import KindSchema, Registry, filled_by_webhooks
from crslint.schema.releases import node
from crslint.schema.structural import Fault, Steps, type_name, types_of
from crslint.variable import is_template

VIOLATION, UNKNOWN_FIELD, NO_SCHEMA, MIXED = "SCH001", "SCH002", "SCH003", "SCH007"


# So many objects of a kind still fit into the processor's cache, which judging goes through field by field.
_TOGETHER = 100

if TYPE_CHECKING:
    from typing import Protocol

    class Subject(Protocol):
        """An object to judge; ``partial`` for a patch, which need not be whole."""

        @property
        def at(self) -> str: ...
        @property
        def api_version(self) -> str: ...
        @property
        def kind(self) -> str: ...
        @property
        def data(self) -> dict[str, Any]: ...
        @property
        def partial(self) -> bool: ...


@record
class Judgement:
    problems: tuple[Problem, ...]
    not_checked: tuple[NotChecked, ...]


def validate(subjects: Iterable[Subject], registry: Registry) -> Judgement:
    """Unknown kinds are one problem each, at the first object of the kind; what has none is left out."""
    kinds: defaultdict[tuple[str, str], list[Subject]] = defaultdict(list)
    for subject in subjects:
        kinds[subject.api_version, subject.kind].append(subject)
    problems: list[Problem] = []
    not_checked = []
    for (api_version, kind), found in kinds.items():
        if is_template(api_version + kind):
            continue
        schema = registry.find(api_version, kind)
        if schema is None:
            found = [*filter(_is_named, found)]
            if not found:
                continue
            first = found[0].at
            say = {"apiVersion": api_version, "kind": kind, "count": len(found)}
            problems.append(Problem(NO_SCHEMA, first, say))
            not_checked.append(NotChecked(address.path_of(first), first, "no-schema"))
            continue
        for start in range(0, len(found), _TOGETHER):
            for subject in filter(_is_named, _refused(found[start : start + _TOGETHER], schema)):
                problems.extend(_problems(subject, schema, registry))
    return Judgement(tuple(problems), tuple(not_checked))


def _is_named(subject: Subject) -> bool:
    """Whether its apiVersion and kind are texts: what a payload holds besides objects has no schema."""
    return isinstance(subject.data.get("apiVersion"), str) and isinstance(subject.data.get("kind"), str)


def _refused(subjects: Sequence[Subject], schema: KindSchema) -> Sequence[Subject]:
    """Those of a kind that may have faults."""
    if schema.takes([subject.data for subject in subjects]):
        return ()
    if len(subjects) == 1:
        return subjects
    half = len(subjects) // 2
    return [*_refused(subjects[:half], schema), *_refused(subjects[half:], schema)]


def _kind(subject: Subject) -> tuple[str, str]:
    return str(subject.data.get("apiVersion", "")), str(subject.data.get("kind", ""))


def _problems(subject: Subject, schema: KindSchema, registry: Registry) -> Iterator[Problem]:
    from crslint.schema.words import parameters

    api_version, kind = _kind(subject)
    filled = filled_by_webhooks(api_version, kind)
    faults = [f for f in schema.faults(subject.data) if not _excused(f, subject) and f.path not in filled]
    faults = _without_consequences(faults)
    mixed = {fault.path: other for fault in faults if (other := _other_version(fault, faults, subject, registry))}
    for fault in faults:
        where = address.at(subject.at, fault.path)
        if fault.path in mixed:
            other, version = mixed[fault.path], api_version.rpartition("/")[2]
            say = {**parameters(fault, schema), "other": other, "version": version}
            yield Problem(MIXED, where, {"reason": "it is unknown here", **say}, key=True)
        elif fault.kind == "unknown":
            say = parameters(fault, schema) | _history(fault, subject, registry)
            yield Problem(UNKNOWN_FIELD, where, say, key=True)
        elif fault.kind != "required" or not any(path[:-1] == fault.path[:-1] for path in mixed):
            yield Problem(VIOLATION, where, parameters(fault, schema))


def _without_consequences(faults: Sequence[Fault]) -> list[Fault]:
    """Without what an unknown field brings about: the field that was meant is missing, nothing is left where it was."""
    from crslint.schema.words import nearest_field

    emptied: set[Steps] = set()
    meant: set[Steps] = set()
    for fault in faults:
        if fault.kind == "unknown":
            emptied.add(fault.path[:-1])
            meant.add((*fault.path[:-1], nearest_field(fault) or ""))
    return [
        fault
        for fault in faults
        if not (fault.kind == "minProperties" and fault.path in emptied)
        and not (fault.kind == "required" and fault.path in meant)
    ]


def _other_version(fault: Fault, faults: Sequence[Fault], subject: Subject, registry: Registry) -> str | None:
    """The version whose shape a fault is: it has a field that is unknown here while one that is required here is
    missing beside it, or it takes the type that this version refuses."""
    if fault.kind == "unknown":
        beside = any(each.kind == "required" and each.path[:-1] == fault.path[:-1] for each in faults)
        if not beside:
            return None
    elif fault.kind != "type":
        return None
    for version, schema in registry.other_versions(*_kind(subject)):
        other = node(schema.schema, schema.definitions, fault.path)
        if other is not None and (fault.kind == "unknown" or type_name(fault.value) in types_of(other)):
            return version
    return None


def _history(fault: Fault, subject: Subject, registry: Registry) -> dict[str, object]:
    """What is known of an unknown field elsewhere: another release of this version has it, or another version."""
    api_version, kind = _kind(subject)
    found = registry.history(api_version, kind, fault.path)
    if found is not None and found.since:
        return {"suggestion": f"; it came with {found.since}"}
    if found is not None and found.until:
        return {"suggestion": f"; it is gone since {found.until}"}
    for version, schema in registry.other_versions(api_version, kind):
        if node(schema.schema, schema.definitions, fault.path) is not None:
            return {"suggestion": f"; it is a field of {version}"}
    return {}


# What SOPS adds to a document that it encrypts, and takes away again before anything applies it.
_ENCRYPTION = ("sops",)


def _excused(fault: Fault, subject: Subject) -> bool:
    """A variable may become anything; a patch need not be whole."""
    if subject.partial and (fault.kind in ("required", "minItems", "minProperties") or _directive(fault)):
        return True
    if _is_encrypted(subject) and (fault.path == _ENCRYPTION or str(fault.value).startswith("ENC[")):
        return True
    return _holds_template(fault.value) or any(isinstance(step, str) and is_template(step) for step in fault.path)


def _is_encrypted(subject: Subject) -> bool:
    added = subject.data.get(_ENCRYPTION[0])
    return isinstance(added, dict) and "mac" in added


def _directive(fault: Fault) -> bool:
    """Strategic merge directives are fields of patches alone."""
    return fault.kind == "unknown" and str(fault.path[-1]).startswith("$")


def _holds_template(value: object) -> bool:
    if isinstance(value, str):
        return is_template(value)
    if isinstance(value, dict):
        return any(_holds_template(key) or _holds_template(item) for key, item in value.items())
    return isinstance(value, list) and any(map(_holds_template, value))
