"""The functions of Go templates whose answers follow from their arguments alone: sprig's text functions and a few of
text/template. Everything else is unknown."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable
from typing import Any

from crslint.fleet.entity import UNKNOWN

_LONGEST = 253
_MOST = 1000
# Greater ones are printed with an exponent.
_EXACT = 10**6


def call(name: str, arguments: list[Any]) -> Any:
    """UNKNOWN for a function that is not known here, and for arguments that it cannot take."""
    function = _FUNCTIONS.get(name)
    if function is None or UNKNOWN in arguments:
        return UNKNOWN
    try:
        return function(*arguments)
    except (TypeError, ValueError, IndexError, KeyError, AttributeError):
        return UNKNOWN


def shown(value: Any) -> Any:
    """A value as a template prints it; UNKNOWN for one whose form is not certain."""
    match value:
        case str():
            return value
        case None:
            return "<no value>"
        case bool():
            return "true" if value else "false"
        case int() if abs(value) < _EXACT:
            return str(value)
        case float() if abs(value) < _EXACT and value.is_integer():
            return str(int(value))
    return UNKNOWN


def sanitized(name: str) -> str:
    """What Argo CD makes of a text so that it can be a name: `normalize`, `path.basenameNormalized`."""
    return re.sub(r"[^-a-z0-9.]", "-", name.lower())[:_LONGEST].strip("-.")


def base_name(path: str) -> str:
    """Go's path.Base."""
    stripped = path.rstrip("/")
    return posixpath.basename(stripped) if stripped else "/" if path else "."


def is_empty(value: Any) -> bool:
    return value is None or value is False or value == 0 or value in ("", [], {})


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _integer(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError
    return value


def _index(value: Any, *keys: Any) -> Any:
    if value is None:
        raise TypeError
    for key in keys:
        if isinstance(value, dict):
            value = value.get(_text(key))
        elif isinstance(value, list) and 0 <= _integer(key) < len(value):
            value = value[key]
        else:
            raise TypeError
    return value


def _trunc(length: int, text: str) -> str:
    if not _text(text).isascii():
        raise ValueError
    if _integer(length) < 0:
        return text[length:] if len(text) + length > 0 else text
    return text[:length]


def _substr(start: int, end: int, text: str) -> str:
    if not _text(text).isascii() or _integer(start) > len(text):
        raise ValueError
    if start < 0:
        return text[: _integer(end)]
    return text[start:] if _integer(end) < 0 else text[start:end]


def _default(fallback: Any, *given: Any) -> Any:
    return fallback if not given or is_empty(given[0]) else given[0]


def _join(separator: str, items: Any) -> str:
    if not isinstance(items, list):
        raise TypeError
    return _text(separator).join(_text(item) for item in items)


def _printf(form: str, *arguments: Any) -> Any:
    """Only `%s`, `%v` and `%d`, each for what it is meant for."""
    left = list(arguments)

    def one(match: re.Match[str]) -> str:
        if match[0] == "%%":
            return "%"
        value = left.pop(0)
        return str(_integer(value)) if match[0] == "%d" else _text(value)

    found = re.sub(r"%(.|$)", one, _text(form))
    if left or re.search(r"%[^svd%]|%$", form):
        raise ValueError
    return found


def _print(*arguments: Any) -> str:
    return "".join(_text(argument) for argument in arguments)


def _repeat(count: int, text: str) -> str:
    if not 0 <= _integer(count) * len(_text(text)) <= _MOST:
        raise ValueError
    return text * count


def _replaced(old: str, new: str, text: str) -> str:
    if not _text(old) and len(_text(text)) > _MOST:
        raise ValueError
    return _text(text).replace(old, _text(new))


def _equal(one: Any, *others: Any) -> bool:
    # Numbers of the input are floats in Go, those of the template are not.
    if not others or not all(isinstance(each, (str, bool)) and type(each) is type(one) for each in (one, *others)):
        raise TypeError
    return any(other == one for other in others)


def _at_end(items: Any, place: int) -> Any:
    if not isinstance(items, list):
        raise TypeError
    return items[place] if items else None


def _suffix(path: str) -> str:
    """Go's path.Ext."""
    name = _text(path).rpartition("/")[2]
    return name[name.rindex(".") :] if "." in name else ""


def _folder(path: str) -> str:
    """Go's path.Dir."""
    return posixpath.normpath(posixpath.dirname(_text(path)) or ".")


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "base": lambda path: base_name(_text(path)),
    "coalesce": lambda *items: next((item for item in items if not is_empty(item)), None),
    "contains": lambda part, text: _text(part) in _text(text),
    "default": _default,
    "dir": _folder,
    "empty": is_empty,
    "eq": _equal,
    "ext": _suffix,
    "first": lambda items: _at_end(items, 0),
    "hasPrefix": lambda part, text: _text(text).startswith(_text(part)),
    "hasSuffix": lambda part, text: _text(text).endswith(_text(part)),
    "index": _index,
    "join": _join,
    "last": lambda items: _at_end(items, -1),
    "len": lambda value: len(value) if isinstance(value, (list, dict)) or value.isascii() else UNKNOWN,
    "list": lambda *items: list(items),
    "lower": lambda text: _text(text).lower(),
    "ne": lambda one, other: not _equal(one, other),
    "normalize": lambda text: sanitized(_text(text)),
    "not": is_empty,
    "nospace": lambda text: re.sub(r"\s", "", _text(text)),
    "print": _print,
    "printf": _printf,
    "quote": lambda text: f'"{text}"' if re.fullmatch(r"[ !#-\[\]-~]*", _text(text)) else UNKNOWN,
    "repeat": _repeat,
    "replace": _replaced,
    "splitList": lambda separator, text: _text(text).split(_text(separator)),
    "squote": lambda text: f"'{_text(text)}'",
    "substr": _substr,
    "ternary": lambda yes, no, condition: yes if condition is True else no if condition is False else UNKNOWN,
    "toString": lambda value: shown(value) if value is not None else UNKNOWN,
    "trim": lambda text: _text(text).strip(),
    "trimAll": lambda characters, text: _text(text).strip(_text(characters)),
    "trimPrefix": lambda part, text: _text(text).removeprefix(_text(part)),
    "trimSuffix": lambda part, text: _text(text).removesuffix(_text(part)),
    "trunc": _trunc,
    "upper": lambda text: _text(text).upper(),
}
