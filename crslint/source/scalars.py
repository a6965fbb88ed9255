"""What Kubernetes reads in a plain scalar: the table of go-yaml v2, as sigs.k8s.io/yaml uses it.

Source: go.yaml.in/yaml/v2 ``resolve.go`` and sigs.k8s.io/yaml ``yaml.go``. It is neither YAML 1.1 nor 1.2: ``y`` and
``on`` are booleans, ``1e3`` is a number, dates, ``1:30`` and ``=`` are strings, ``012`` and ``0o12`` are octal, ``08`` is
the float 8. An integer beyond 64 bits becomes a float, as it does in the API server.
"""

from __future__ import annotations

import math
import re
import struct

Scalar = None | bool | int | float | str

TAG_PREFIX = "tag:yaml.org,2002:"

_WORDS: dict[str, Scalar] = {
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), math.inf),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf),
}
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_INTEGER = re.compile(
    r"(?P<sign>[-+]?)(?:0[xX](?P<hex>[0-9a-fA-F]+)|0[bB](?P<binary>[01]+)|0[oO]?(?P<octal>[0-7]+)|(?P<decimal>0|[1-9][0-9]*))"
)
_BASES = {"hex": 16, "binary": 2, "octal": 8, "decimal": 10}
_LOWEST, _HIGHEST = -(2**63), 2**63 - 1


def plain(text: str) -> Scalar:
    """The value of a plain scalar without a tag."""
    if text in _WORDS:
        return _WORDS[text]
    first = text[0]
    if first in "0123456789+-":
        return _number(text.replace("_", ""), text)
    if first == "." and _FLOAT.fullmatch(text):
        return _finite(text, text)
    return text


def _number(digits: str, text: str) -> Scalar:
    match = _INTEGER.fullmatch(digits)
    if match is not None:
        base = match.lastgroup or "decimal"
        written = match[base]
        if len(written) <= 64:
            value = int(match["sign"] + written, _BASES[base])
            if _LOWEST <= value <= _HIGHEST:
                return value
    if _FLOAT.fullmatch(digits):
        return _finite(digits, text)
    return text


def _finite(digits: str, text: str) -> Scalar:
    value = float(digits)
    return text if math.isinf(value) else value


def key(value: Scalar) -> str:
    """The JSON key that a scalar key becomes; raises ValueError for null, which JSON has no key for."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return _key_of_float(value)
    raise ValueError("null")


def _key_of_float(value: float) -> str:
    if math.isnan(value):
        return ".nan"
    if math.isinf(value):
        return ".inf" if value > 0 else "-.inf"
    single = struct.unpack("f", struct.pack("f", value))[0]
    for digits in range(1, 10):
        text = f"{single:.{digits}g}"
        if struct.unpack("f", struct.pack("f", float(text)))[0] == single:
            return text
    return repr(value)
