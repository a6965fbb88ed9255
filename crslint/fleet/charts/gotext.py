"""Values as Go's templates and sprig write, convert and compare them."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from crslint.fleet.charts.errors import OpenValueError
from crslint.fleet.entity import UNKNOWN


def text(value: Any) -> str:
    """As ``quote`` and ``{{ }}`` print it; nothing for null."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return _number(value)
    if isinstance(value, list):
        return f"[{' '.join(_inner(item) for item in value)}]"
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        return f"map[{' '.join(f'{key}:{_inner(value[key])}' for key in sorted(value))}]"
    raise OpenValueError


def _inner(value: Any) -> str:
    return "<nil>" if value is None else text(value)


def _number(value: float) -> str:
    """Helm's values are float64: from 1e6 on, and under 1e-4, they get an exponent unless the chart casts them."""
    number = _finite(value)
    digits = repr(number)
    exponent = int(f"{number:.17e}".partition("e")[2])
    if -4 <= exponent < 6:
        return digits.removesuffix(".0")
    shortest = digits.lower().partition("e")[0].lstrip("-").replace(".", "").strip("0")
    fraction = f".{shortest[1:]}" if len(shortest) > 1 else ""
    sign = "-" if number < 0 else ""
    return f"{sign}{shortest[0]}{fraction}e{'-' if exponent < 0 else '+'}{abs(exponent):02d}"


def _finite(value: float) -> float:
    try:
        number = float(value)
    except OverflowError:
        raise OpenValueError from None
    if not math.isfinite(number):
        raise OpenValueError
    return number


def integer(value: Any) -> int:
    """As ``int`` casts: what is no number is 0."""
    if isinstance(value, str):
        try:
            return int(value, 0)
        except ValueError:
            return 0
    return int(_finite(value)) if isinstance(value, (bool, int, float)) else 0


def number(value: Any) -> float:
    """As ``float64`` casts: what is no number is 0."""
    try:
        return _finite(float(value)) if isinstance(value, (str, bool, int, float)) else 0.0
    except ValueError:
        return 0.0


def kind(value: Any) -> type:
    """What ``eq`` tells apart."""
    if isinstance(value, bool):
        return bool
    return int if isinstance(value, (int, float)) else type(value)


def join(separator: str, value: Any) -> str:
    if isinstance(value, list):
        return separator.join(text(item) for item in value if item is not None)
    return text(value)


def compact_json(value: Any) -> str:
    written = json.dumps(known(value), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    if any(letter in written for letter in "<>&"):
        raise OpenValueError  # one of the chart's two functions escapes them, by release
    return written


def pairs(value: Any) -> str:
    """A map as ``key=value,key=value``."""
    if not value:
        return ""
    if not isinstance(value, Mapping) or not all(isinstance(item, str) for item in (*value, *value.values())):
        raise OpenValueError
    return ",".join(f"{key}={value[key]}" for key in sorted(value))


def pools(value: Any, *, flags: bool) -> list[str]:
    """Pod IP pools as the operator's flag takes them; ``flags`` where the chart knows first and last addresses."""
    found = []
    for name, spec in sorted(_map(value).items()):
        parts = []
        for family in ("ipv4", "ipv6"):
            if family in _map(spec):
                parts.append(f"{family}-cidrs:{join(',', _map(spec[family]).get('cidrs'))}")
                parts.append(f"{family}-mask-size:{_inner(_map(spec[family]).get('maskSize'))}")
        if flags:
            for key, flag in (("allowFirstIP", "allow-first-ip"), ("allowLastIP", "allow-last-ip")):
                if key in spec:
                    parts.append(f"{flag}:{_inner(spec[key])}")
        found.append(f"{name}={';'.join(parts)}")
    return found


def _map(value: Any) -> Mapping[str, Any]:
    if value is not None and not isinstance(value, Mapping):
        raise OpenValueError
    return value or {}


def known(value: Any) -> Any:
    """The value itself, where nothing in it is open."""
    if value is UNKNOWN:
        raise OpenValueError
    if isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str):
                raise OpenValueError
            known(item)
    return value


def is_duration(value: str) -> bool:
    return (
        value == "0"
        or _pattern(r"[-+]?(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+").fullmatch(value) is not None
    )


def matches(pattern: str, value: str) -> bool:
    """``pattern`` is one of the tables' own, in the part of the syntax that Go and Python share."""
    return _pattern(pattern.replace("$", r"\Z")).search(value) is not None


@cache
def _pattern(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.ASCII)
