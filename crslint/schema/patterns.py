"""Regular expressions of schemas, matched in linear time.

Patterns come from CRDs, some of them from the tree under review: Python's `re` backtracks without a bound,
jsonschema-rs' engine does not and shares RE2's syntax with the API server.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

_SIZE_LIMIT = 1 << 20


def matches(pattern: str, text: str) -> bool:
    """True as well for a pattern that the engine refuses: it is not checked."""
    validator = _validator(pattern)
    return validator is None or bool(validator.is_valid(text))


@lru_cache(maxsize=1024)
def _validator(pattern: str) -> Any:
    import jsonschema_rs

    try:
        bounded = jsonschema_rs.RegexOptions(size_limit=_SIZE_LIMIT)
        return jsonschema_rs.Draft202012Validator({"type": "string", "pattern": pattern}, pattern_options=bounded)
    except ValueError:
        return None
