"""How large a payload is in its different forms, in bytes (facts/capi.md 1.9, facts/argocd.md 1.4)."""

from __future__ import annotations

import json
from typing import Any

from crslint.fleet import values
from crslint.fleet.entities.objects import Object
from crslint.fleet.entity import UNKNOWN, Unknown
from crslint.fleet.payloads import Read

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"

_ROOM = 200_000

# Go's encoding/json writes these as \u003c and so on, six bytes each.
_ESCAPED = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def compact_size(read: Read) -> int | Unknown:
    """All values together when each is a compact JSON list of its objects; not asked for where there is room enough,
    nor where something of it could not be read."""
    if read.size < _ROOM or not read.whole:
        return UNKNOWN
    by_key: dict[str, list[Any]] = {}
    for member in read.members:
        by_key.setdefault(member.key, []).append(member.object.data)
    return sum(_length(_compact(objects)) for objects in by_key.values())


def applied_size(source: Object) -> int | Unknown:
    """All annotations together after a client-side `kubectl apply`: the object as Go writes it, with its (then never
    absent) annotations and a line end, besides those that it has."""
    metadata, annotations = values.mapping(source.data, "metadata"), source.annotations
    if isinstance(metadata, Unknown) or isinstance(annotations, Unknown):
        return UNKNOWN
    kept = {key: value for key, value in annotations.items() if key != LAST_APPLIED}
    applied = {**source.data, "metadata": {**metadata, "annotations": kept}}
    text = go_json(applied) + "\n"
    return sum(_length(str(part)) for part in (LAST_APPLIED, text, *kept, *kept.values()))


def go_json(data: Any) -> str:
    """Data as Go writes it, and kubectl with it."""
    text = _compact(data)
    for character, written in _ESCAPED.items():
        text = text.replace(character, written)
    return text


def _compact(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def _length(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))
