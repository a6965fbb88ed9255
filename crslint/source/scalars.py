"""What Kubernetes reads in a plain scalar: the table of go-yaml v2, as sigs.k8s.io/yaml uses it.

Sources: ``resolve.go`` and ``decode.go`` of go.yaml.in/yaml/v2 2.4, ``yaml.go`` of sigs.k8s.io/yaml. It is neither the
table of YAML 1.1 nor that of 1.2: ``y`` and ``on`` are booleans, ``1e3`` is a number, dates, ``1:30`` and ``=`` are
strings, ``012`` and ``0o12`` are octal, ``08`` is the float 8. An integer beyond 64 bits becomes a float, a float out
of range stays text.
"""

from __future__ import annotations

import math
import re

Scalar = None | bool | int | float | str

TAG_PREFIX = "tag:yaml.org,2002:"
MERGE_TAG = TAG_PREFIX + "merge"

# Types as messages name them.
NAMES = {str: "a string", bool: "a boolean", int: "an integer", float: "a number", type(None): "null"}

# No plain value is a timestamp: what looks like one stays text.
_TAGGED = {"bool": bool, "int": int, "float": float, "null": type(None), "timestamp": object}
_WORDS: dict[str, Scalar] = {
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), math.inf),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf),
}
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_INTEGER = re.compile(r"([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|(0|[1-9][0-9]{0,19}))|0b([-+][01]+)")
_BASES = {2: 16, 3: 2, 4: 8, 5: 10, 6: 2}
_LOWEST, _HIGHEST = -(2**63), 2**63 - 1
_REMEMBERED = 50_000
_TIMESTAMP = r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt ][0-9]{1,2}:[0-9]{1,2}:[0-9]{1,2}.*)?"


def plain(text: str) -> Scalar:
    """The value of a plain scalar without a tag."""
    if text in _WORDS:
        return _WORDS[text]
    first = text[0]
    if first in "0123456789+-":
        return _number(text)
    if first == "." and _FLOAT.fullmatch(text):
        return _finite(text, text)
    return text


def tagged(tag: str, text: str) -> Scalar:
    """The value of a scalar with an explicit tag; raises ValueError, with the reason, where Kubernetes refuses it.

    A tag that nobody knows makes a string; the tags of collections are never asked.
    """
    kind = tag.removeprefix(TAG_PREFIX)
    if kind == "binary":
        return _binary(text)
    if kind == "timestamp" and re.fullmatch(_TIMESTAMP, text):
        return text
    wanted = _TAGGED.get(kind)
    if wanted is None:
        return text
    value = plain(text)
    if kind == "float" and type(value) is int:
        return float(value)
    if type(value) is not wanted:
        raise ValueError(f"the value is {NAMES[type(value)]}, but its tag says !!{kind}")
    return value


class UnusualError(Exception):
    """A text that is read by the walk that handles everything."""


class _Values(dict[str, Scalar]):
    """What plain scalars stand for, remembered."""

    def __missing__(self, text: str) -> Scalar:
        value = plain(text)
        if value.__class__ is float and not is_finite(value):
            raise UnusualError
        if len(self) >= _REMEMBERED:
            self.clear()
        self[text] = value
        return value


class _Keys(dict[str, str]):
    """What plain keys stand for, remembered: one string for the same key everywhere."""

    def __missing__(self, text: str) -> str:
        value = plain(text)
        if value is None or text == "<<":
            raise UnusualError
        if len(self) >= _REMEMBERED:
            self.clear()
        found = self[text] = key(value)
        return found


VALUES = _Values()
KEYS = _Keys()


def is_finite(value: Scalar) -> bool:
    """False for the floats that JSON has no number for."""
    return not isinstance(value, float) or math.isfinite(value)


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
    raise ValueError("a key is null; Kubernetes takes strings only")


def _number(text: str) -> Scalar:
    digits = text.replace("_", "")
    match = _INTEGER.fullmatch(digits)
    if match is not None:
        group = match.lastindex or 5
        sign = match[1] or ""
        value = int(sign + match[group], _BASES[group])
        if _LOWEST <= value <= _HIGHEST:
            return value
        if not sign and value < 2**64:
            return float(value)
    if _FLOAT.fullmatch(digits):
        return _finite(digits, text)
    return text


def _finite(digits: str, text: str) -> Scalar:
    value = float(digits)
    return text if math.isinf(value) else value


def _binary(text: str) -> str:
    from base64 import b64decode

    try:
        return b64decode(text.replace("\n", ""), validate=True).decode("utf-8", "replace")
    except ValueError:
        raise ValueError("a !!binary value is no base64") from None


def _key_of_float(value: float) -> str:
    """Go's FormatFloat(value, 'g', -1, 32): the shortest digits that give the same 32-bit float."""
    if math.isnan(value):
        return ".nan"
    if math.isinf(value):
        return ".inf" if value > 0 else "-.inf"
    import struct

    try:
        single = struct.pack("<f", value)
    except OverflowError:
        return ".inf" if value > 0 else "-.inf"
    number = struct.unpack("<f", single)[0]
    digits = next(count for count in range(1, 18) if struct.pack("<f", float(f"{number:.{count}g}")) == single)
    mantissa, _, exponent = f"{number:.{digits - 1}e}".partition("e")
    if -4 <= int(exponent) < 6:
        return f"{number:.{max(digits - 1 - int(exponent), 0)}f}"
    return f"{mantissa}e{exponent}"
