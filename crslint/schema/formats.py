"""String formats that CRD schemas may name, judged as the API server does.

apiextensions-apiserver `pkg/apiserver/validation/formats.go` lists them, kube-openapi `pkg/validation/strfmt` defines
a format that is not listed there is ignored by the API server, and so it is here.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

INTEGER_RANGES = {"int32": (-(2**31), 2**31 - 1), "int64": (-(2**63), 2**63 - 1)}

_UUID = r"(?i)^[0-9a-f]{8}-?[0-9a-f]{4}-?%s[0-9a-f]{3}-?%s[0-9a-f]{3}-?[0-9a-f]{12}$"
_PATTERNS = {
    "uuid": _UUID % ("[0-9a-f]", "[0-9a-f]"),
    "uuid3": _UUID % ("3", "[0-9a-f]"),
    "uuid4": _UUID % ("4", "[89ab]"),
    "uuid5": _UUID % ("5", "[89ab]"),
    "ssn": r"^\d{3}[- ]?\d{2}[- ]?\d{4}$",
    "hexcolor": r"^#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$",
    "k8sshortname": r"^(?=.{1,63}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?$",
    "k8slongname": r"^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$",
    "byte": r"^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})$",
    "mac": r"(?i)^([0-9a-f]{2}([:-])(?:[0-9a-f]{2}\2){4,18}[0-9a-f]{2}|([0-9a-f]{4}\.){2,9}[0-9a-f]{4})$",
}
_DATE_TIME = r"^(\d{2}):(\d{2}):(\d{2})(.\d+)?(z|([+-]\d{2}:\d{2}))$"
_GO_DURATION = r"^[+-]?(0|((\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h))+)$"
_WORDY_DURATION = r"(\d+)\s*([A-Za-zµ]+)"
_DURATION_UNITS = (
    ("ns", "nano"),
    ("us", "µs", "micro"),
    ("ms", "milli"),
    ("s", "sec"),
    ("m", "min"),
    ("h", "hr", "hour"),
    ("d", "day"),
    ("w", "wk", "week"),
)


def accepts(name: str, text: str) -> bool:
    """Whether a string has a format; True for a format that the API server ignores."""
    judge = _judge(name.replace("-", ""))
    return judge is None or judge(text)


@cache
def _judge(name: str) -> Callable[[str], bool] | None:
    """None for a format that the API server ignores."""
    judges: dict[str, Callable[[str], bool]] = {
        "ipv4": _is_ipv4,
        "ipv6": _is_ipv6,
        "cidr": _is_cidr,
        "uri": _is_uri,
        "date": _is_date,
        "datetime": _is_date_time,
        "duration": _is_duration,
        "email": _is_email,
        "hostname": _is_hostname,
    }
    return _matcher(_PATTERNS[name]) if name in _PATTERNS else judges.get(name)


def _matcher(pattern: str) -> Callable[[str], bool]:
    # `$` of Go's regexp is the very end: Python's also matches before a last newline.
    compiled = re.compile(pattern.removesuffix("$") + r"\Z" if pattern.endswith("$") else pattern)
    return lambda text: compiled.search(text) is not None


def _is_address(text: str) -> bool:
    """Go's ParseIPSloppy: leading zeros are read as decimal."""
    if ":" not in text:
        parts = text.split(".")
        return len(parts) == 4 and all(map(_is_byte, parts))
    # For fleets that write IPv6: importing it takes milliseconds.
    import ipaddress

    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return "%" not in text


def _is_byte(text: str) -> bool:
    digits = text.lstrip("0")
    return text.isascii() and text.isdigit() and len(digits) <= 3 and int(digits or "0") <= 255


def _is_ipv4(text: str) -> bool:
    return "." in text and _is_address(text)


def _is_ipv6(text: str) -> bool:
    return ":" in text and _is_address(text)


def _is_cidr(text: str) -> bool:
    host, slash, bits = text.partition("/")
    if not slash or not (bits.isascii() and bits.isdigit()) or not _is_address(host):
        return False
    return int(bits[:4]) <= (128 if ":" in host else 32)


def _is_uri(text: str) -> bool:
    """Go's url.ParseRequestURI: an absolute path, or a scheme with something behind it."""
    if not text or any(ord(char) < 32 or ord(char) == 127 for char in text):
        return False
    if text.startswith("/") or text == "*":
        return _escapes_are_whole(text)
    scheme, colon, rest = text.partition(":")
    if not colon or not re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*", scheme):
        return False
    if not rest.startswith("/"):
        return True
    authority = rest[2:].partition("/")[0].partition("?")[0] if rest.startswith("//") else ""
    return " " not in authority and _escapes_are_whole(rest.partition("?")[0])


def _escapes_are_whole(text: str) -> bool:
    return re.search(r"%(?![0-9A-Fa-f]{2})", text) is None


def _is_date(text: str) -> bool:
    import datetime

    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        return False
    try:
        datetime.date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _is_date_time(text: str) -> bool:
    parts = text.lower().split("t")
    if len(text) < 4 or len(parts) < 2 or not _is_date(parts[0]):
        return False
    found = re.match(_DATE_TIME, parts[1])
    return found is not None and found[1] <= "23" and found[2] <= "59" and found[3] <= "59"


def _is_duration(text: str) -> bool:
    if re.fullmatch(_GO_DURATION, text):
        return True
    units = (match[2].lower() for match in re.finditer(_WORDY_DURATION, text))
    return any(unit.startswith(known[-1]) or unit in known for unit in units for known in _DURATION_UNITS)


def _is_email(text: str) -> bool:
    inner = re.fullmatch(r".*<([^<>]+)>\s*", text)
    return re.fullmatch(r"[^\s@<>(),;:\\\"\[\]]+@[^\s@<>(),;:\\\"]+", inner[1] if inner else text.strip()) is not None


def _is_hostname(text: str) -> bool:
    labels = text.split(".")
    shaped = re.fullmatch(r"([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*", text)
    return shaped is not None and len(text) <= 255 and all(len(label) <= 63 for label in labels)
