"""Reading plain data without trusting its types: a wrong type is unknown (SCH001 says why), a template variable too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from crslint.fleet.entity import UNKNOWN, Unknown
from crslint.variable import is_template as is_template

MAX_INTEGER = 2**63 - 1


def is_open(name: str | Unknown | None) -> bool:
    """Whether a name may be another than its spelling: not written, no string, or a template."""
    return not isinstance(name, str) or is_template(name)


def child(data: object, *path: str) -> object:
    """The value under a path of mapping keys: None where a key is absent, UNKNOWN where something is no mapping."""
    for key in path:
        if type(data) is not dict:
            return None if data is None else UNKNOWN
        data = data.get(key)
    return data


# The next four, and `mappings`, are asked tens of thousands of times: each walks by itself, as `child` does.


def text(data: object, *path: str) -> str | Unknown | None:
    """A string that means itself: UNKNOWN for another type and for a template."""
    for key in path:
        if type(data) is not dict:
            return None if data is None else UNKNOWN
        data = data.get(key)
    if type(data) is str:
        return UNKNOWN if "{" in data and is_template(data) else data
    return None if data is None else UNKNOWN


def spelled(data: object, *path: str) -> str | Unknown | None:
    """A string as written, variables included: equal spellings name the same thing."""
    for key in path:
        if type(data) is not dict:
            return None if data is None else UNKNOWN
        data = data.get(key)
    return data if data is None or type(data) is str else UNKNOWN


def mapping(data: object, *path: str) -> dict[str, Any] | Unknown:
    """A mapping, empty where absent."""
    for key in path:
        if type(data) is not dict:
            return {} if data is None else UNKNOWN
        data = data.get(key)
    if type(data) is dict:
        return data
    return {} if data is None else UNKNOWN


def items(data: object, *path: str) -> list[Any] | Unknown:
    """A list, empty where absent."""
    for key in path:
        if type(data) is not dict:
            return [] if data is None else UNKNOWN
        data = data.get(key)
    if type(data) is list:
        return data
    return [] if data is None else UNKNOWN


def integer(data: object, *path: str) -> int | Unknown | None:
    value = child(data, *path)
    if value is None or isinstance(value, Unknown):
        return value
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > MAX_INTEGER:
        return UNKNOWN
    return value


def boolean(data: object, *path: str) -> bool | Unknown | None:
    value = child(data, *path)
    return value if value is None or isinstance(value, (bool, Unknown)) else UNKNOWN


def texts(data: object, *path: str) -> list[str] | Unknown:
    """A list of strings that mean themselves, empty where absent; one unknown element makes it unknown."""
    values = items(data, *path)
    if isinstance(values, Unknown):
        return UNKNOWN
    for item in values:
        if not isinstance(item, str) or is_template(item):
            return UNKNOWN
    return values


def mappings(data: object, *path: str) -> list[tuple[int, dict[str, Any]]]:
    """The mappings among a list's elements with their places; nothing for another type."""
    for key in path:
        if type(data) is not dict:
            return []
        data = data.get(key)
    return [(i, item) for i, item in enumerate(data) if type(item) is dict] if type(data) is list else []


def group_of(api_version: str) -> str:
    """``apps`` of ``apps/v1``, empty for the core group."""
    return api_version.rpartition("/")[0]


def label_map(value: Mapping[str, Any] | Unknown) -> dict[str, str] | Unknown:
    """Labels as the API server has them: UNKNOWN where one value is no string."""
    if isinstance(value, Unknown) or not all(isinstance(item, str) for item in value.values()):
        return UNKNOWN
    return dict(value)


def known(values: Sequence[object]) -> bool:
    return all(not isinstance(value, Unknown) for value in values)
