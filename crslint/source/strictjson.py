"""JSON that is YAML as well, read as JSON: payloads and templates are often written so.

Like ``blocks`` it gives exactly what the composer and the walk would give, or raises UnusualError: for a text that is
no JSON, and for JSON that libyaml reads otherwise or refuses (escaped surrogates, a colon on a line of its own, two
equal keys, long keys, depth).
"""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

from crslint.source.blocks import is_printable
from crslint.source.document import Json
from crslint.source.scalars import VALUES, UnusualError

# libyaml takes 1024 characters of text for a key, and six may stand for one.
_LONGEST_KEY = 150
_DEPTH_LIMIT = 100


def read_json(text: str, start: int = 0) -> Json:
    """The object or list that a text is from ``start`` on; raises UnusualError."""
    if not is_printable(text) or "\\/" in text or re.search(r"\\u[dD]|\n *:", text):
        raise UnusualError
    try:
        value: Json = json.loads(
            text[start:] if start else text,
            object_pairs_hook=_entries,
            parse_int=VALUES.__getitem__,
            parse_float=VALUES.__getitem__,
            parse_constant=_refuse,
        )
    except (ValueError, RecursionError):
        raise UnusualError from None
    _require_depth(value, _DEPTH_LIMIT)
    return value


def _entries(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    entries = dict(pairs)
    if len(entries) < len(pairs) or any(len(key) > _LONGEST_KEY for key in entries):
        raise UnusualError
    return entries


def _refuse(_constant: str) -> NoReturn:
    raise UnusualError


def _require_depth(value: Any, left: int) -> None:
    if not left:
        raise UnusualError
    for item in value.values() if isinstance(value, dict) else value:
        if isinstance(item, dict | list):
            _require_depth(item, left - 1)
