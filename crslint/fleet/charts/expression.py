"""The expressions of the chart tables: Python's syntax, a chart's meaning.

A name is a Helm value after the chart's defaults (``ipam.mode``), one with an underscore a derived value of the table.
``or`` and ``and`` give values, as in Go's templates; ``==`` between kinds that Go does not compare refuses the values,
and so does a field of what is no map. ``+`` joins texts. Functions: ``_FUNCTIONS`` and ``_SPECIAL`` below.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

from crslint.fleet.charts import gotext
from crslint.fleet.charts.errors import OpenValueError, RefusedError
from crslint.fleet.charts.scope import Scope
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
    if source.replace(".", "").isidentifier() and source != "True":
        name, *steps = source.split(".")
        evaluate = _steps(name, steps, paths)  # two of three expressions: spare them the parser
    else:
        evaluate = _build(ast.parse(source, mode="eval").body, paths)
    return Expression(evaluate, tuple(paths))


def _build(node: ast.expr, paths: list[str]) -> Evaluate:
    match node:
        case ast.Constant(value=value):
            return lambda _scope: value
        case ast.Name() | ast.Attribute():
            return _path(node, paths)
        case ast.Subscript(value=mapping, slice=ast.Constant(value=str(key))):
            inner, label = _build(mapping, paths), _label(mapping)
            return lambda scope: _field(inner(scope), key, label)
        case ast.BoolOp(op=op, values=operands):
            parts = tuple(_build(operand, paths) for operand in operands)
            return _all(parts) if isinstance(op, ast.And) else _any(parts)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            inner = _build(operand, paths)
            return lambda scope: not inner(scope)
        case ast.IfExp(test=test, body=body, orelse=orelse):
            then, condition, other = (_build(part, paths) for part in (body, test, orelse))
            return lambda scope: then(scope) if condition(scope) else other(scope)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            first, second = _build(left, paths), _build(right, paths)
            return lambda scope: gotext.text(first(scope)) + gotext.text(second(scope))
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            return _compare(op, left, right, paths)
        case ast.Call(func=ast.Name(id=name), args=arguments):
            return _call(name, arguments, paths)
    raise SyntaxError(ast.unparse(node))


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


def _path(node: ast.expr, paths: list[str]) -> Evaluate:
    steps: list[str] = []
    while isinstance(node, ast.Attribute):
        steps.append(node.attr)
        node = node.value
    steps.reverse()
    if not isinstance(node, ast.Name):
        inner, label = _build(node, paths), ".".join((_label(node), *steps[:-1]))
        (key,) = steps
        return lambda scope: _field(inner(scope), key, label)
    return _steps(node.id, steps, paths)


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


def _label(node: ast.expr) -> str:
    """The Helm value that an expression is about, for people."""
    found = next((part for part in ast.walk(node) if isinstance(part, (ast.Name, ast.Attribute))), None)
    return ast.unparse(found) if found is not None else ""


_ORDER = {ast.Gt: operator.gt, ast.GtE: operator.ge, ast.Lt: operator.lt, ast.LtE: operator.le}


def _compare(op: ast.cmpop, left: ast.expr, right: ast.expr, paths: list[str]) -> Evaluate:
    first = _build(left, paths)
    if isinstance(op, (ast.In, ast.NotIn)):
        listed = ast.literal_eval(right)
        inside = isinstance(op, ast.In)
        return lambda scope: (first(scope) in listed) is inside
    second = _build(right, paths)
    match op:
        case ast.Is():
            return lambda scope: first(scope) is None
        case ast.IsNot():
            return lambda scope: first(scope) is not None
        case ast.Eq():
            return lambda scope: _equal(first(scope), second(scope), left, scope)
        case ast.NotEq():
            return lambda scope: not _equal(first(scope), second(scope), left, scope)
    order = _ORDER[type(op)]
    return lambda scope: order(first(scope), second(scope))


_KINDS = {bool: "a boolean", int: "a number", str: "a string", list: "a list", dict: "a map"}


def _equal(one: Any, other: Any, node: ast.expr, scope: Scope) -> bool:
    """``node`` is what gives the first one."""
    if one is None or other is None:
        return one is other
    mine, theirs = gotext.kind(one), gotext.kind(other)
    if mine is not theirs:
        label = _label(node)
        path = scope.path_behind(label) if label.startswith("_") else label
        raise RefusedError(path, f"is {_KINDS[mine]}, the chart compares it with {_KINDS[theirs]}")
    return bool(one == other)


def _call(name: str, arguments: list[ast.expr], paths: list[str]) -> Evaluate:
    if name in _SPECIAL:
        return _SPECIAL[name](arguments, paths)
    function = _FUNCTIONS[name]
    parts = tuple(_build(argument, paths) for argument in arguments)
    if len(parts) == 1:
        (only,) = parts
        return lambda scope: function(only(scope))
    return lambda scope: function(*(part(scope) for part in parts))


def _has(arguments: list[ast.expr], paths: list[str]) -> Evaluate:
    """Whether the last key is there at all, null or not."""
    match arguments:
        case [ast.Name(id=name)]:
            paths.append(name)
            return lambda scope: name in scope.values
        case [ast.Attribute(value=parent, attr=key)]:
            inner, label = _build(parent, paths), _label(parent)

            def evaluate(scope: Scope) -> bool:
                mapping = inner(scope)
                if not isinstance(mapping, dict):
                    raise RefusedError(label, "is no map")
                return key in mapping

            return evaluate
    raise SyntaxError("has()")


def _soft(arguments: list[ast.expr], paths: list[str]) -> Evaluate:
    """A path of which every part may be absent."""
    (argument,) = arguments
    name, *steps = ast.unparse(argument).split(".")
    paths.append(".".join((name, *steps)))

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

    def build(arguments: list[ast.expr], paths: list[str]) -> Evaluate:
        *others, last = arguments
        extra = tuple(ast.literal_eval(argument) for argument in others)
        inner, label = _build(last, paths), _label(last)

        def evaluate(scope: Scope) -> Any:
            value = inner(scope)
            if not test(value):
                raise RefusedError(label, reason)
            return use(*extra, value)

        return evaluate

    return build


def _upgraded(arguments: list[ast.expr], paths: list[str]) -> Evaluate:
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


def _kubernetes(arguments: list[ast.expr], _paths: list[str]) -> Evaluate:
    (since,) = (_release(argument) for argument in arguments)

    def evaluate(scope: Scope) -> bool:
        if scope.kubernetes is None:
            raise OpenValueError
        return scope.kubernetes >= since

    return evaluate


def _served(arguments: list[ast.expr], _paths: list[str]) -> Evaluate:
    (api,) = (ast.literal_eval(argument) for argument in arguments)

    def evaluate(scope: Scope) -> bool:
        if scope.served is None:
            raise OpenValueError
        return api in scope.served

    return evaluate


def _open(_arguments: list[ast.expr], _paths: list[str]) -> Evaluate:
    def evaluate(_scope: Scope) -> Any:
        raise OpenValueError

    return evaluate


def _release(argument: ast.expr) -> Release:
    found = release(ast.literal_eval(argument))
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


def _is_listed(value: Any) -> bool:
    return value is None or isinstance(value, (list, str))


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

_SPECIAL: dict[str, Callable[[list[ast.expr], list[str]], Evaluate]] = {
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
