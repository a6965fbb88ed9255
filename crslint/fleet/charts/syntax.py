"""The expressions of the chart tables as trees: what ``expression`` builds its functions of.

A tree is a path as text (``ipam.mode``) or a list that begins with its kind. They are read from
``tables/cilium-trees.yaml``, which `python -m crslint.fleet.charts.index` writes: Python's parser takes much longer.
"""

from __future__ import annotations

import ast
from typing import Any

_ORDER = {ast.Gt: ">", ast.GtE: ">=", ast.Lt: "<", ast.LtE: "<="}


def tree(source: str) -> Any:
    """Raises SyntaxError for what is no expression of the tables."""
    return _tree(ast.parse(source, mode="eval").body)


def _tree(node: ast.expr) -> Any:
    match node:
        case ast.Constant(value=value):
            return ["constant", value]
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=inner, attr=key):
            found = _tree(inner)
            return f"{found}.{key}" if isinstance(found, str) else ["field", found, key, _label(inner)]
        case ast.Subscript(value=inner, slice=ast.Constant(value=str(key))):
            return ["field", _tree(inner), key, _label(inner)]
        case ast.BoolOp(op=op, values=operands):
            return ["and" if isinstance(op, ast.And) else "or", *map(_tree, operands)]
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return ["not", _tree(operand)]
        case ast.IfExp(test=test, body=body, orelse=orelse):
            return ["if", _tree(body), _tree(test), _tree(orelse)]
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return ["+", _tree(left), _tree(right)]
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            return _comparison(op, left, right)
        case ast.Call(func=ast.Name(id=name), args=arguments):
            return ["call", name, _label(arguments[-1]) if arguments else "", *map(_tree, arguments)]
    raise SyntaxError(ast.unparse(node))


def _comparison(op: ast.cmpop, left: ast.expr, right: ast.expr) -> Any:
    first = _tree(left)
    match op:
        case ast.In() | ast.NotIn():
            return ["in", first, list(ast.literal_eval(right)), isinstance(op, ast.In)]
        case ast.Is() | ast.IsNot():
            return ["is null", first, isinstance(op, ast.Is)]
        case ast.Eq() | ast.NotEq():
            return ["==", first, _tree(right), isinstance(op, ast.Eq), _label(left)]
    return [_ORDER[type(op)], first, _tree(right)]


def _label(node: ast.expr) -> str:
    """The Helm value that an expression is about, for people."""
    found = next((part for part in ast.walk(node) if isinstance(part, (ast.Name, ast.Attribute))), None)
    return ast.unparse(found) if found is not None else ""
