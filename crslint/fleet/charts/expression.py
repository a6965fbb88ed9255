"""The expressions of the chart tables: Python's syntax, a chart's meaning.

A name is a Helm value after the chart's defaults (``ipam.mode``), one with an underscore a derived value of the table.
``or`` and ``and`` give values, as in Go's templates; ``==`` between kinds that Go does not compare refuses the values,
and so does a field of what is no map. ``+`` joins texts. Functions: ``_FUNCTIONS`` and ``_SPECIAL`` below.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

from crslint.fleet.charts import gotext
from crslint.fleet.charts.errors import OpenValueError, RefusedError
from crslint.fleet.charts.scope import Scope
from crslint.fleet.charts.tables import expression_tree
from crslint.fleet.entity import UNKNOWN
from crslint.fleet.versions import Release, release

Evaluate = Callable[[Scope], Any]


class Expression:
    """``evaluate`` raises OpenValueError and RefusedError."""

    __slots__ = ("_paths", "evaluate")

    def __init__(self, evaluate: Evaluate, paths: tuple[str, ...]) -> None:
        self.evaluate = evaluate
        self._paths = paths

    @property
    def names(self) -> frozenset[str]:
        """The top-level and derived names that it may read."""
        return frozenset(path.partition(".")[0] for path in self._paths)

    def every_path(self, derived: Mapping[str, Expression]) -> Iterator[str]:
        """The Helm values that it may read, in order."""
        for path in self._paths:
            if path.startswith("_"):
                yield from derived[path.partition(".")[0]].every_path(derived)
            else:
                yield path

    def path(self, scope: Scope) -> str:
        """The Helm value that it reads first."""
        first = self._paths[0] if self._paths else ""
        return scope.path_behind(first) if first.startswith("_") else first


@cache
def expression(source: str) -> Expression:
    """Raises SyntaxError and KeyError for what is no expression of the tables."""
    paths: list[str] = []
    # Two of three expressions are a path.
    is_path = source.replace(".", "").isidentifier() and source != "True"
    evaluate = _build(source if is_path else expression_tree(source), paths)
    return Expression(evaluate, tuple(paths))


def _build(tree: Any, paths: list[str]) -> Evaluate:
    """Of a tree as `crslint/fleet/charts/syntax.py` makes it; ``paths`` gets those that it reads."""
    if isinstance(tree, str):
        name, *steps = tree.split(".")
        return _steps(name, steps, paths)
    kind, *rest = tree
    if kind in ("and", "or"):
        parts = tuple([_build(part, paths) for part in rest])
        return _all(parts) if kind == "and" else _any(parts)
    if kind == "call":
        name, label, *arguments = rest
        return _call(name, label, arguments, paths)
    return _BUILDERS[kind](rest, paths)


def _constant(rest: list[Any], _paths: list[str]) -> Evaluate:
    (value,) = rest
    return lambda _scope: value


def _below(rest: list[Any], paths: list[str]) -> Evaluate:
    mapping, key, label = rest
    inner = _build(mapping, paths)
    return lambda scope: _field(inner(scope), key, label)


def _not(rest: list[Any], paths: list[str]) -> Evaluate:
    inner = _build(rest[0], paths)
    return lambda scope: not inner(scope)


def _if(rest: list[Any], paths: list[str]) -> Evaluate:
    then, condition, other = [_build(part, paths) for part in rest]
    return lambda scope: then(scope) if condition(scope) else other(scope)


def _plus(rest: list[Any], paths: list[str]) -> Evaluate:
    first, second = [_build(part, paths) for part in rest]
    return lambda scope: gotext.text(first(scope)) + gotext.text(second(scope))


def _in(rest: list[Any], paths: list[str]) -> Evaluate:
    tree, listed, inside = rest
    first = _build(tree, paths)
    return lambda scope: (first(scope) in listed) is inside


def _is_null(rest: list[Any], paths: list[str]) -> Evaluate:
    tree, wanted = rest
    first = _build(tree, paths)
    return lambda scope: (first(scope) is None) is wanted


def _equals(rest: list[Any], paths: list[str]) -> Evaluate:
    left, right, wanted, label = rest
    first, second = _build(left, paths), _build(right, paths)
    return lambda scope: _equal(first(scope), second(scope), label, scope) is wanted


def _ordered(order: Callable[[Any, Any], bool]) -> Callable[[list[Any], list[str]], Evaluate]:
    def build(rest: list[Any], paths: list[str]) -> Evaluate:
        first, second = [_build(part, paths) for part in rest]
        return lambda scope: order(first(scope), second(scope))

    return build


_BUILDERS: dict[str, Callable[[list[Any], list[str]], Evaluate]] = {
    "constant": _constant,
    "field": _below,
    "not": _not,
    "if": _if,
    "+": _plus,
    "in": _in,
    "is null": _is_null,
    "==": _equals,
    ">": _ordered(operator.gt),
    ">=": _ordered(operator.ge),
    "<": _ordered(operator.lt),
    "<=": _ordered(operator.le),
}


def _all(parts: tuple[Evaluate, ...]) -> Evaluate:
    def evaluate(scope: Scope) -> Any:
        value: Any = True
        for part in parts:
            value = part(scope)
            if not value:
                return value
        return value

    return evaluate


def _any(parts: tuple[Evaluate, ...]) -> Evaluate:
    def evaluate(scope: Scope) -> Any:
        value: Any = None
        for part in parts:
            value = part(scope)
            if value:
                return value
        return value

    return evaluate


def _steps(name: str, steps: list[str], paths: list[str]) -> Evaluate:
    paths.append(".".join((name, *steps)))
    if name.startswith("_"):
        base: Evaluate = lambda scope: scope.derived(name)  # noqa: E731
    else:
        base = lambda scope: scope.value(name)  # noqa: E731
    if not steps:
        return base
    if len(steps) == 1 and not name.startswith("_"):
        (key,) = steps
        return lambda scope: _field(scope.value(name), key, name)
    fields = tuple((key, ".".join((name, *steps[:index]))) for index, key in enumerate(steps))

    def evaluate(scope: Scope) -> Any:
        value = base(scope)
        for key, label in fields:
            value = _field(value, key, label)
        return value

    return evaluate


def _field(value: Any, key: str, label: str) -> Any:
    if not isinstance(value, dict):
        raise RefusedError(label, "is no map" if value is not None else "is null, and the chart looks into it")
    found = value.get(key)
    if found is UNKNOWN:
        raise OpenValueError
    return found


_KINDS = {bool: "a boolean", int: "a number", str: "a string", list: "a list", dict: "a map"}


def _equal(one: Any, other: Any, label: str, scope: Scope) -> bool:
    """``label`` is the value that gives the first one."""
    if one is None or other is None:
        return one is other
    mine, theirs = gotext.kind(one), gotext.kind(other)
    if mine is not theirs:
        path = scope.path_behind(label) if label.startswith("_") else label
        raise RefusedError(path, f"is {_KINDS[mine]}, the chart compares it with {_KINDS[theirs]}")
    return bool(one == other)


def _call(name: str, label: str, arguments: list[Any], paths: list[str]) -> Evaluate:
    """``label`` is the value that the last argument is about."""
    if name in _SPECIAL:
        return _SPECIAL[name](arguments, label, paths)
    function = _FUNCTIONS[name]
    parts = tuple([_build(argument, paths) for argument in arguments])
    if len(parts) == 1:
        (only,) = parts
        return lambda scope: function(only(scope))
    return lambda scope: function(*(part(scope) for part in parts))


def _has(arguments: list[Any], _label: str, paths: list[str]) -> Evaluate:
    """Whether the last key is there at all, null or not."""
    (argument,) = arguments
    if isinstance(argument, str):
        parent, _, key = argument.rpartition(".")
        if not parent:
            paths.append(key)
            return lambda scope: key in scope.values
        label, mapping = parent, parent
    else:
        _, mapping, key, label = argument
    inner = _build(mapping, paths)

    def evaluate(scope: Scope) -> bool:
        found = inner(scope)
        if not isinstance(found, dict):
            raise RefusedError(label, "is no map")
        return key in found

    return evaluate


def _soft(arguments: list[Any], _label: str, paths: list[str]) -> Evaluate:
    """A path of which every part may be absent."""
    (argument,) = arguments
    name, *steps = argument.split(".")
    paths.append(argument)

    def evaluate(scope: Scope) -> Any:
        if name not in scope.values:
            return ""
        value = scope.value(name)
        for index, step in enumerate(steps):
            if not isinstance(value, dict):
                raise RefusedError(".".join((name, *steps[:index])), "is no map")
            if step not in value:
                return ""
            value = _field(value, step, "")
        return value

    return evaluate


def _checked(test: Callable[[Any], bool], reason: str, use: Callable[..., Any]) -> Callable[..., Any]:
    """A function of one value that the chart refuses where ``test`` fails."""

    def build(arguments: list[Any], label: str, paths: list[str]) -> Evaluate:
        *others, last = arguments
        extra = tuple([value for _, value in others])
        inner = _build(last, paths)

        def evaluate(scope: Scope) -> Any:
            value = inner(scope)
            if not test(value):
                raise RefusedError(label, reason)
            return use(*extra, value)

        return evaluate

    return build


def _upgraded(arguments: list[Any], _label: str, paths: list[str]) -> Evaluate:
    """Whether the chart was first installed in that release or later, as ``upgradeCompatibility`` says."""
    (since,) = (_release(argument) for argument in arguments)
    paths.append("upgradeCompatibility")

    def evaluate(scope: Scope) -> bool:
        written = scope.value("upgradeCompatibility")
        if not written:
            return True
        found = release(written)
        if found is None:
            raise RefusedError("upgradeCompatibility", "is no version as text")
        return found >= since

    return evaluate


def _kubernetes(arguments: list[Any], _label: str, _paths: list[str]) -> Evaluate:
    (since,) = (_release(argument) for argument in arguments)

    def evaluate(scope: Scope) -> bool:
        if scope.kubernetes is None:
            raise OpenValueError
        return scope.kubernetes >= since

    return evaluate


def _served(arguments: list[Any], _label: str, _paths: list[str]) -> Evaluate:
    ((_, api),) = arguments

    def evaluate(scope: Scope) -> bool:
        if scope.served is None:
            raise OpenValueError
        return api in scope.served

    return evaluate


def _open(_arguments: list[Any], _label: str, _paths: list[str]) -> Evaluate:
    def evaluate(_scope: Scope) -> Any:
        raise OpenValueError

    return evaluate


def _release(argument: list[Any]) -> Release:
    found = release(argument[1])
    assert found is not None
    return found


def _is_older(value: Any, than: str) -> bool:
    """An image tag that is no version is not older."""
    found, bound = release(str(value).partition("@")[0]), release(than)
    return found is not None and bound is not None and found < bound


def _names_any(entries: Any, *wanted: str) -> bool:
    found = [_field(entry, "name", "extraEnv") for entry in entries] if isinstance(entries, list) else []
    return any(name in wanted for name in found)


def _config_map(sources: Any) -> str:
    """The one ConfigMap of ``config-map:NAME``; empty for several sources."""
    if not isinstance(sources, str) or not sources.startswith("config-map:") or "," in sources:
        return ""
    return sources.removeprefix("config-map:")


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "bool": bool,
    "config_map": _config_map,
    "integer": gotext.integer,
    "is_boolean": lambda value: isinstance(value, bool),
    "is_number": lambda value: gotext.kind(value) is int,
    "is_string": lambda value: isinstance(value, str),
    "items": lambda value: value.split(" ") if isinstance(value, str) else value,
    "join": gotext.join,
    "json": gotext.compact_json,
    "names_any": _names_any,
    "number": gotext.number,
    "older": _is_older,
    "pairs": gotext.pairs,
    "pools": lambda value, flags=False: gotext.pools(gotext.known(value), flags=flags),
    "text": gotext.text,
}

_IS_TEXT: Callable[[Any], bool] = lambda value: isinstance(value, str)  # noqa: E731

_SPECIAL: dict[str, Callable[[list[Any], str, list[str]], Evaluate]] = {
    "duration": _checked(
        lambda value: not value or gotext.is_duration(gotext.text(value)),
        "is no duration with a unit",
        lambda value: gotext.text(value) if value else "0s",
    ),
    "first": _checked(lambda value: isinstance(value, list), "is no list", lambda value: value[0] if value else None),
    "has": _has,
    "kubernetes": _kubernetes,
    "lower": _checked(_IS_TEXT, "is no string", str.lower),
    "matches": _checked(_IS_TEXT, "is no string", gotext.matches),
    "required": _checked(lambda value: value not in (None, ""), "is required", lambda value: value),
    "served": _served,
    "size": _checked(lambda value: isinstance(value, (str, list, Mapping)), "has no length", len),
    "soft": _soft,
    "unknown": _open,
    "upgraded": _upgraded,
    "words": _checked(
        lambda value: value is None or isinstance(value, list), "is no list", lambda value: gotext.join(" ", value)
    ),
}
