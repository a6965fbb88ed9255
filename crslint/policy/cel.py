"""The only module that knows the CEL engine (cel-expr-python).

A rule is compiled by a Checker, in an environment where addresses are a type of their own (they cannot be joined with
``+`` nor taken for text), and evaluated by an Engine, where they are strings. The engine returns a failure as a value.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from crslint.policy.unknown import UNKNOWN_MARK, Unknown

if TYPE_CHECKING:
    from crslint.policy.functions import Function

_ADDRESS = "address"
_MISSING = 'UNKNOWN: No value with name "'

# Integers beyond 64 bits and lone surrogates, somewhere inside a document.
_UNHELD = ("INVALID_ARGUMENT: Integer value", "basic_string: construction from null")

_NONE_IS_MORTAL = sys.version_info < (3, 12)
_NULLS: list[None] = []


class CompileError(Exception):
    """``line`` and ``column`` of the expression, from 1."""

    def __init__(self, reason: str, line: int, column: int) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line
        self.column = column


class RuleError(Exception):
    """An expression that is wrong: a type that does not fit, a key that is not there."""


class LimitError(Exception):
    """An evaluation that the engine stopped: it has a budget of iterations."""


class Checker:
    """Compiles expressions over ``variables``, whose kinds are those of ``functions.KINDS``."""

    def __init__(self, variables: Mapping[str, str], functions: Sequence[Function]) -> None:
        types = _types(address=_cel().Type.AbstractType(_ADDRESS))
        self._environment = _environment(
            {name: types[kind] for name, kind in variables.items()},
            [(item.name, item.overloads, len) for item in functions],
            types,
        )

    def compile(self, text: str) -> tuple[bytes, str]:
        """The serialised expression and the name of its type (``BOOL``, ``LIST<DYN>``, ``address``, ...)."""
        try:
            compiled = self._environment.compile(text)
        except RuntimeError as error:
            found = re.search(r"<input>:(\d+):(\d+): (.*)", str(error))
            if found is None:
                raise CompileError(str(error), 1, 1) from error
            reason = found[3].replace(" (in container '')", "").removesuffix(" [INVALID_ARGUMENT]")
            raise CompileError(reason, int(found[1]), int(found[2])) from error
        return compiled.serialize(), compiled.return_type().name()


class Engine:
    """Evaluates serialised expressions; ``functions`` are (function, implementation) pairs that they may call.

    The library is loaded with the first program or view: for most inputs there is none, and it takes as long as
    everything else that linting one small file needs.
    """

    def __init__(self, functions: Callable[[], Sequence[tuple[Function, Callable[..., object]]]] = tuple) -> None:
        self._functions = functions

    @cached_property
    def _environment(self) -> Any:
        functions = [(item.name, item.overloads, call) for item, call in self._functions()]
        return _environment({}, functions, _types(address=_cel().Type.STRING))

    @cached_property
    def _error(self) -> Any:
        return _cel().Type.ERROR

    def program(self, code: bytes) -> Any:
        return self._environment.deserialize(code)

    def view(self, values: Mapping[str, object]) -> Any:
        """What expressions see; converted once, so evaluate many expressions over one view."""
        return self._environment.Activation(values)

    def evaluate(self, program: Any, view: Any) -> Any:
        """The plain value, or Unknown where a name is not in the view or a function raised UnknownValue.

        Raises RuleError and LimitError.
        """
        try:
            result = program.eval(view)
            value = result.plain_value()
        except (RuntimeError, ValueError, IndexError, TypeError) as error:
            if "budget" in str(error):
                raise LimitError(str(error)) from error
            return _failure(str(error))
        if value is True or value is False:
            return value
        if type(value) is str:
            # A failure is a value whose plain form is its text: only text needs the question.
            return _failure(value) if result.type() == self._error else value
        if _NONE_IS_MORTAL:
            _repay(value)
        return value


def _repay(value: object) -> None:
    """plain_value() of cel-expr-python 0.1.3 hands out each null without taking a reference to None, and the process
    dies when none is left: so one is kept for each. (A pull through ctypes would cost its import.)"""
    if value is None:
        _NULLS.append(None)
    elif isinstance(value, (list, dict)):
        for item in value.values() if isinstance(value, dict) else value:
            _repay(item)


def _failure(text: str) -> Unknown:
    """Raises RuleError for what is the rule's fault."""
    if text.startswith(_MISSING):
        return Unknown(text.removeprefix(_MISSING).partition('"')[0])
    _, mark, what = text.partition(UNKNOWN_MARK)
    if mark:
        return Unknown(what)
    if any(sign in text for sign in _UNHELD) or text.endswith(": Unknown."):
        return Unknown("a value that an expression cannot hold")
    raise RuleError(text.partition(": ")[2] or text)


def _environment(
    variables: Mapping[str, Any],
    functions: Sequence[tuple[str, Sequence[tuple[Sequence[str], str]], Callable[..., object]]],
    types: Mapping[str, Any],
) -> Any:
    from cel_expr_python.ext import ext_strings

    cel = _cel()
    declared = []
    for name, overloads, call in functions:
        typed = []
        for parameters, result in overloads:
            kinds = [types[kind] for kind in parameters]
            typed.append(cel.Overload("_".join((name, *parameters)), types[result], kinds, False, call))
        declared.append(cel.FunctionDecl(name, typed))
    return cel.NewEnv(variables=variables, extensions=[ext_strings.ExtStrings()], functions=declared)


def _types(address: Any) -> dict[str, Any]:
    """The engine's types by our names for them. A parameter that takes a map or list must be MAP or LIST: DYN does not
    match one, and neither does Map(STRING, DYN)."""
    types = _cel().Type
    free_map = types.Map(types.STRING, types.DYN)
    return {
        "address": address,
        "bool": types.BOOL,
        "double": types.DOUBLE,
        "dyn": types.DYN,
        "int": types.INT,
        "list": types.LIST,
        "map": types.MAP,
        "null": types.NULL,
        "string": types.STRING,
        "facts": free_map,
        "addresses": types.List(address),
        "strings": types.List(types.STRING),
        "ints": types.List(types.INT),
        "maps": types.List(free_map),
    }


def library() -> str:
    """The file of the installed engine: what one version serialised another need not read."""
    from importlib.util import find_spec

    found = find_spec("cel_expr_python.cel")
    assert found is not None
    assert found.origin is not None
    return found.origin


def _cel() -> Any:
    from cel_expr_python import cel

    return cel
