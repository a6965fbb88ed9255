"""Faults in words that a person understands: the path, the value, what is allowed, the nearest known name."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence

from crslint.schema.registry import KindSchema
from crslint.schema.structural import Fault, Steps, type_name
from crslint.spelling import nearest

_LIMITS: Mapping[str, str] = {
    "maximum": "{value} is more than {expected}",
    "minimum": "{value} is less than {expected}",
    "maxLength": "{length} characters are more than {expected}",
    "minLength": "{length} characters are fewer than {expected}",
    "maxItems": "{length} items are more than {expected}",
    "minItems": "{length} items are fewer than {expected}",
    "maxProperties": "{length} fields are more than {expected}",
    "minProperties": "{length} fields are fewer than {expected}",
    "multipleOf": "{value} is no multiple of {expected}",
    "pattern": "{value} does not match {expected}",
    "range": "{value} does not fit into {expected}",
}
_ARTICLES = {"integer": "an integer", "array": "a list", "object": "a mapping", "null": "null", "boolean": "a boolean"}
_SHOWN = 8
_ALIKE = 0.8


def parameters(fault: Fault, schema: KindSchema) -> dict[str, object]:
    """What the messages of SCH001 and SCH002 are made of: ``field``, ``reason``, ``suggestion``, ``meant``."""
    owner = {"input": "the CRD of the input", "user": "the given schema", "crslint": "its CRD"}.get(
        schema.origin, "Kubernetes"
    )
    if fault.kind == "unknown":
        meant = nearest_field(fault)
        return {
            "field": dotted(fault.path),
            "owner": owner,
            "effect": schema.effect,
            "suggestion": _suggestion(meant),
            **({"meant": meant} if meant and _is_slip(str(fault.path[-1]), meant) else {}),
        }
    allowed = fault.expected if fault.kind == "enum" and isinstance(fault.expected, list) else []
    meant = nearest(str(fault.value), [str(item) for item in allowed]) if allowed else None
    return {
        "field": dotted(fault.path),
        "owner": owner,
        "reason": reason(fault),
        "suggestion": _suggestion(meant),
    }


def nearest_field(fault: Fault) -> str | None:
    """The field that an unknown one may be meant for."""
    known = fault.expected if isinstance(fault.expected, list) else []
    return nearest(str(fault.path[-1]), known)


def _is_slip(written: str, meant: str) -> bool:
    """Whether one differs from the other as a typing error does: a suggestion may be vaguer than a change."""
    from difflib import SequenceMatcher

    return SequenceMatcher(None, written.casefold(), meant.casefold()).ratio() >= _ALIKE


def _suggestion(meant: str | None) -> str:
    return f"; did you mean {meant}?" if meant else ""


def dotted(path: Steps) -> str:
    """``spec.template.containers[0].image``."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text or "the document"


def reason(fault: Fault) -> str:
    """What is wrong with one value, without its path."""
    say = _SAYINGS.get(fault.kind)
    if say is not None:
        return say(fault)
    length = len(fault.value) if isinstance(fault.value, (str, list, dict)) else 0
    pattern = _LIMITS.get(fault.kind, "{value} is not allowed")
    return pattern.format(value=_shown(fault.value), expected=_plain(fault.expected), length=length)


def _type(fault: Fault) -> str:
    expected = fault.expected if isinstance(fault.expected, (tuple, list)) else (fault.expected,)
    wanted = " or ".join(_named(str(kind)) for kind in expected)
    if isinstance(fault.value, (dict, list)) or fault.value is None:
        return f"{_named(type_name(fault.value))}, not {wanted}"
    return f"{_shown(fault.value)} is {_named(type_name(fault.value))}, not {wanted}"


def _enum(fault: Fault) -> str:
    allowed = [str(item) for item in fault.expected] if isinstance(fault.expected, list) else []
    listed = ", ".join(allowed[:_SHOWN]) + (", ..." if len(allowed) > _SHOWN else "")
    return f"{_shown(fault.value)} is none of {listed}"


def _alternatives(fault: Fault) -> str:
    """The branch that fits best is the one that complains latest, and least."""
    passed = [branch for branch in fault.branches if not branch]
    if len(passed) > 1:
        return f"{_shown(fault.value)} fits {len(passed)} alternatives of which only one may hold"
    failed: Sequence[tuple[Fault, ...]] = [branch for branch in fault.branches if branch]
    if not failed:
        return f"{_shown(fault.value)} fits no alternative"
    best = min(failed, key=lambda branch: (-max(len(each.path) for each in branch), len(branch)))
    inner = best[0]
    below = dotted(inner.path[len(fault.path) :]) if len(inner.path) > len(fault.path) else ""
    return f"{below}: {reason(inner)}" if below else reason(inner)


_SAYINGS: Mapping[str, Callable[[Fault], str]] = {
    "type": _type,
    "enum": _enum,
    "anyOf": _alternatives,
    "oneOf": _alternatives,
    "required": lambda _fault: "it is required",
    "format": lambda fault: f"{_shown(fault.value)} is no {fault.expected}",
    "duplicate": lambda fault: f"{_shown(fault.value)} repeats the key of an earlier entry",
    "notObject": lambda fault: f"{_shown(fault.value)} is no mapping, as each entry of this list must be",
    "not": lambda fault: f"{_shown(fault.value)} is excluded",
}


def _named(kind: str) -> str:
    return _ARTICLES.get(kind, f"a {kind}")


def _plain(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _shown(value: object) -> str:
    """A value in a message: containers by their kind only, long text cut."""
    if isinstance(value, (dict, list)):
        return "this mapping" if isinstance(value, dict) else "this list"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else text[:57] + '..."'
