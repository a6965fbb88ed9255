"""Text and versions for expressions."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from functools import lru_cache

from crslint import spelling
from crslint.policy.unknown import UnknownValue

_VERSION = r"v?(\d{1,9})\.(\d{1,9})(?:\.(\d{1,9}))?(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?"

# A release sorts after all of its own pre-releases.
_RELEASE = ((2, 0, ""),)

Version = tuple[int, int, int, tuple[tuple[int, int, str], ...]]


@lru_cache(maxsize=1024)
def version(text: str) -> Version:
    """A semantic version, with or without ``v`` and patch level, in a form that sorts; raises UnknownValue."""
    match = re.fullmatch(_VERSION, text)
    if match is None:
        raise UnknownValue(f"the version {text}")
    major, minor, patch, pre = match.groups()
    parts = tuple((0, int(item), "") if item.isdigit() else (1, 0, item) for item in (pre or "").split("."))
    return int(major), int(minor), int(patch or 0), parts if pre else _RELEASE


def version_compare(first: str, second: str) -> int:
    """-1, 0 or 1."""
    one, other = version(first), version(second)
    return (one > other) - (one < other)


def version_at_least(text: str, least: str) -> bool:
    """With ``1.15`` any 1.15 is enough, pre-releases too; with ``1.15.2`` only from that release on."""
    if least.count(".") == 1:
        return version(text)[:2] >= version(least)[:2]
    return version(text) >= version(least)


def minor(text: str) -> str:
    """``1.14`` of ``v1.14.5``."""
    major, number, *_ = version(text)
    return f"{major}.{number}"


def nearest(word: str, known: Sequence[object]) -> str:
    """The entry that may have been meant (did you mean ...), empty where none is near."""
    return spelling.nearest(word, (item for item in known if isinstance(item, str))) or ""


def plural(count: int, one: str, many: str) -> str:
    """``1 object``, ``2,000 objects``."""
    return f"{count:,} {one if count == 1 else many}"


def number(value: int) -> str:
    """With thousands separated: ``1,917,766``."""
    return f"{value:,}"


def quote(value: object) -> str:
    """As JSON, text in double quotes."""
    return json.dumps(value, ensure_ascii=False)
