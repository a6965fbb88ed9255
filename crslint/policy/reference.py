"""`docs/functions.md`, generated from the functions; a test keeps the file true."""

from __future__ import annotations

from crslint.policy.functions import FUNCTIONS, Function

_HEAD = """\
# Functions

What an expression of a rule can call, besides [what CEL has itself](https://github.com/google/cel-spec/blob/master/doc/langdef.md#list-of-standard-definitions)
and its [string functions](https://github.com/google/cel-go/tree/master/ext#strings) (`"a,b".split(",")`,
`names.join(", ")`, `replace`, `lowerAscii`, ...). This page is generated from `crslint/policy/functions.py`.

A function that cannot answer (a CIDR that is a template variable, a version that is no version, an address that is
null) makes its expression *unknown*, and the rule is silent.

**Facts of another entity** are read by its address: `payload(each.payload).objects`, `cluster(address).podCidrs`, with
the facts of [facts.md](facts.md). There is one such function for each entity; it must be followed by the fact, and a
misspelt fact is an error when the rule is loaded. An entity that is not there, and a fact that is unknown, are unknown.

**Addresses** are a type of their own: `+`, text functions and comparison with text are refused. `at` builds them.
"""


def functions_page() -> str:
    """The whole page as Markdown."""
    rows = (f"| {_signature(item)} | {item.doc} |" for item in FUNCTIONS)
    return "\n".join([_HEAD, "| function | gives |", "|---|---|", *rows]) + "\n"


def _signature(function: Function) -> str:
    """The widest overload; the kinds that ``any`` stands for are not written one by one."""
    parameters, result = max(function.overloads, key=lambda overload: len(overload[0]))
    fewest = min(len(overload[0]) for overload in function.overloads)
    names = []
    for index, kind in enumerate(parameters):
        kinds = {overload[0][index] for overload in function.overloads if len(overload[0]) > index} - {"null"}
        name = "any" if len(kinds) > 1 else kind
        names.append(f"[{name}]" if index >= fewest else name)
    return f"`{function.name}({', '.join(names)})`: {'any' if result == 'dyn' else result}"
