"""Helm values of one published chart: defaults, known names and types, and what a user's values make of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from crslint.fleet.charts.tables import covers, value_table
from crslint.fleet.entity import UNKNOWN
from crslint.fleet.spelling import meant
from crslint.fleet.values import is_template
from crslint.fleet.versions import Release

# Charts have values.schema.json since.
_SCHEMA_SINCE = (1, 16, 0)

# Helm's own, for subcharts; charts of Cilium have none.
_HELM_NAMES = frozenset({"global"})

_MAP = "m"
_MAPS = frozenset("mt")


class ChartValues:
    """What a chart's values.yaml and schema say, as far as the table has it."""

    __slots__ = ("_defaults", "_has_schema", "_types", "_version")

    def __init__(self, version: Release) -> None:
        self._version = version
        self._has_schema = version >= _SCHEMA_SINCE
        self._defaults: dict[str, dict[str, Any]] = {}
        self._types: dict[str, str | None] = {}

    def types(self, path: str) -> str | None:
        """None for a value that the chart does not know."""
        if path not in self._types:
            rows = value_table().rows(path)
            self._types[path] = next((types for charts, types, *_ in rows if covers(charts, self._version)), None)
        return self._types[path]

    def default(self, name: str) -> Mapping[str, Any]:
        """The default of a top-level value by its name, nothing where it has none."""
        if name not in self._defaults:
            self._defaults[name] = self._default(name)
        return self._defaults[name]

    def _default(self, name: str) -> dict[str, Any]:
        maps: dict[str, dict[str, Any]] = {"": {}}
        for rest, rows in value_table().get(name, {}).items():
            parent, _, last = f"{name}{rest}".rpartition(".")
            for charts, types, *default in rows if parent in maps else ():
                if covers(charts, self._version):
                    if default:
                        maps[parent][last] = default[0]
                    elif types == _MAP:
                        maps[f"{name}{rest}"] = maps[parent].setdefault(last, {})
                    break
        return maps[""]

    def unknown(self, values: Mapping[str, Any], base: str = "") -> Iterator[tuple[str, str | None]]:
        """Each path of which the chart knows nothing, with the name that may have been meant."""
        for name, value in values.items():
            path = f"{base}{name}"
            types = self.types(path)
            if types is None:
                if base or name not in _HELM_NAMES:
                    yield path, meant(str(name), self._siblings(base))
            elif types in _MAPS and isinstance(value, dict):
                yield from self.unknown(value, f"{path}.")

    def misfits(self, values: Mapping[str, Any], base: str = "") -> Iterator[tuple[str, str]]:
        """Each path whose type the chart's schema refuses, with the types that it takes."""
        if not self._has_schema:
            return
        for name, value in values.items():
            path = f"{base}{name}"
            types = self.types(path)
            if not types or value is None or value is UNKNOWN or (isinstance(value, str) and is_template(value)):
                continue
            if types in _MAPS and isinstance(value, dict):
                yield from self.misfits(value, f"{path}.")
            elif types != "t" and not any(_TYPES[letter][1](value) for letter in types):
                yield path, " or ".join(_TYPES[letter][0] for letter in types if letter != "z")

    def _siblings(self, base: str) -> list[str]:
        table = value_table()
        name = base.partition(".")[0]
        known = (f"{name}{rest}" for rest in table[name]) if base else iter(table)
        names = ((path, path.removeprefix(base)) for path in known if path.startswith(base))
        return [rest for path, rest in names if "." not in rest and self.types(path) is not None]


def _is_integer(value: Any) -> bool:
    return not isinstance(value, bool) and (isinstance(value, int) or (isinstance(value, float) and value.is_integer()))


_TYPES: dict[str, tuple[str, Any]] = {
    "a": ("a list", lambda value: isinstance(value, list)),
    "b": ("a boolean", lambda value: isinstance(value, bool)),
    "i": ("an integer", _is_integer),
    "m": ("a map", lambda value: isinstance(value, Mapping)),
    "n": ("a number", lambda value: isinstance(value, (int, float)) and not isinstance(value, bool)),
    "o": ("a map", lambda value: isinstance(value, Mapping)),
    "s": ("a string", lambda value: isinstance(value, str)),
    "z": ("null", lambda value: value is None),
}


class Applied(Mapping[str, Any]):
    """Values over a chart's defaults, by top-level name: maps join, null takes a default away. What is a template is
    UNKNOWN. Each is read when it is asked for."""

    def __init__(self, chart: ChartValues, values: Mapping[str, Any]) -> None:
        self._chart = chart
        self._values = values
        self._found: dict[str, Mapping[str, Any]] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._found:
            default = self._chart.default(name)
            self._found[name] = _merged(default, {name: self._values[name]}) if name in self._values else default
        return self._found[name][name]

    def __iter__(self) -> Iterator[str]:
        return (name for name in dict.fromkeys((*value_table(), *self._values)) if name in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _merged(defaults: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    result = dict(defaults)
    for name, value in values.items():
        if value is None:
            result.pop(name, None)
            continue
        default = result.get(name)
        if isinstance(value, dict):
            result[name] = _merged(default if isinstance(default, dict) else {}, value)
        else:
            result[name] = UNKNOWN if _is_open(value) else value
    return result


def opened(given: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """Values after the defaults, with UNKNOWN for each that ``values`` do not say."""
    return {
        name: opened(value, values[name])
        if isinstance(value, Mapping) and isinstance(values.get(name), Mapping)
        else value
        if name in values
        else UNKNOWN
        for name, value in given.items()
    }


def _is_open(value: Any) -> bool:
    if isinstance(value, str):
        return is_template(value)
    if isinstance(value, list):
        return any(_is_open(item) for item in value)
    if isinstance(value, Mapping):
        return any(_is_open(item) for item in value.values())
    return False


def is_same(one: Any, other: Any) -> bool:
    """Whether charts make the same of two values: ``1``, ``1.0`` and ``True`` are equal, and not the same."""
    if one is other:
        return True
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return len(one) == len(other) and all(name in other and is_same(one[name], other[name]) for name in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(is_same, one, other))
    return repr(one) == repr(other)  # 0.0 and -0.0
