"""Regular expressions of schemas, matched in linear time.

Patterns come from CRDs, some of them from the tree under review: Python's `re` backtracks without a bound,
jsonschema-rs' engine does not and shares RE2's syntax with the API server. Its import and the larger patterns take as
long as judging a thousand objects, so what a name or an address usually looks like is recognised without it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

_SIZE_LIMIT = 1 << 20

_LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_BYTE = "([0-9]|[1-9][0-9]|1[0-9]{2}|2[0-4][0-9]|25[0-5])"
_IPV4 = rf"(({_BYTE}\.){{3}}{_BYTE})"
_VERSION = r"v?(0|[1-9][0-9]*)[.](0|[1-9][0-9]*)[.](0|[1-9][0-9]*)"
_BITS = "([0-9]|[1-2][0-9]|3[0-2])"

# A pattern, or all of it up to its second alternative, and what certainly matches it as a whole: expressions without
# ambiguity, over which no engine backtracks.
SURE = {
    rf"^{_LABEL}(\.{_LABEL})*$": "[a-z0-9]+(?:[-.][a-z0-9]+)*",
    "^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$": "[a-zA-Z][a-zA-Z0-9]*(?:-[a-zA-Z0-9]+)*",
    "^[a-zA-Z][a-zA-Z0-9._-]*$": "[a-zA-Z][a-zA-Z0-9._-]*",
    "^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$": "(?:[A-Za-z0-9]+(?:[-_.][A-Za-z0-9]+)*)?",
    "[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}": "[0-9a-fA-F]{2}(?::[0-9a-fA-F]{2}){5}",
    rf"^{_IPV4}$": _IPV4,
    rf"((^{_IPV4}$)|": _IPV4,
    rf"((^\s*{_IPV4}\s*$)|": _IPV4,
    rf"((^{_IPV4}/{_BITS}$)|": f"{_IPV4}/{_BITS}",
    rf"^{_VERSION}([-0-9a-zA-Z_.+]*)$": f"{_VERSION}(?:[-+][-0-9a-zA-Z_.+]*)?",
}


def matches(pattern: str, text: str) -> bool:
    """True as well for a pattern that the engine refuses: it is not checked."""
    if surely_matches(pattern, text):
        return True
    validator = _validator(pattern)
    return validator is None or bool(validator.is_valid(text))


def surely_matches(pattern: str, text: str) -> bool:
    """Never wrongly true."""
    sure = _sure(pattern)
    return sure is not None and bool(sure(text))


@lru_cache(maxsize=1024)
def _sure(pattern: str) -> Callable[[str], object] | None:
    for start, sure in SURE.items():
        if pattern == start or (start.endswith("|") and pattern.startswith(start)):
            return re.compile(sure).fullmatch
    return None


@lru_cache(maxsize=1024)
def _validator(pattern: str) -> Any:
    import jsonschema_rs

    try:
        bounded = jsonschema_rs.RegexOptions(size_limit=_SIZE_LIMIT)
        return jsonschema_rs.Draft202012Validator({"type": "string", "pattern": pattern}, pattern_options=bounded)
    except ValueError:
        return None
