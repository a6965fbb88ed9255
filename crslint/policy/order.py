"""Maps of CEL have no order: their keys come as people write them."""

from __future__ import annotations

from typing import Any

# What names a thing comes first.
_NAMING = ("apiVersion", "kind", "name", "key")


def ordered(value: Any) -> Any:
    """The same plain value, with the keys of its maps in order."""
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: (_NAMING.index(key) if key in _NAMING else len(_NAMING), key))
        return {key: ordered(value[key]) for key in keys}
    return [ordered(item) for item in value] if isinstance(value, list) else value
