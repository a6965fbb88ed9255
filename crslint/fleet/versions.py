"""Releases as they are written: `v1.33.1`, `1.14`, `v1.16.0-rc.1`, image tags."""

from __future__ import annotations

import re
from functools import cache, lru_cache

Release = tuple[int, int, int]


def release(text: object) -> Release | None:
    """Major, minor and patch (0 where not written); None for what is no version."""
    return _release(text) if isinstance(text, str) else None


def image_tag(image: str) -> str | None:
    """``v1.14.5`` of ``quay.io/cilium/cilium:v1.14.5@sha256:...``; None without a tag."""
    return image.partition("@")[0].rpartition("/")[2].partition(":")[2] or None


@lru_cache(maxsize=1024)
def _release(text: str) -> Release | None:
    match = _version().fullmatch(text)
    if match is None:
        return None
    major, minor, patch = match.groups()
    return int(major), int(minor), int(patch or 0)


@cache
def _version() -> re.Pattern[str]:
    return re.compile(r"v?([0-9]{1,6})\.([0-9]{1,6})(?:\.([0-9]{1,6}))?(?:[-+][0-9A-Za-z.+_-]*)?")
