"""The command lines that nearly all runs of `crslint check` have, read without click.

Importing click takes longer than linting a small file, and a hook or a gate needs none of what it does: help, errors,
completion. What is read here is what click would read, a test says so of many command lines; anything else, and
whatever is wrong, is click's.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from crslint.report.formats import FORMATS
from crslint.request import Gate, Judging

_CODES = re.compile(r"[A-Z][A-Z0-9]{0,10}(?:,[A-Z][A-Z0-9]{0,10})*")
_NUMBER = re.compile(r"[1-9][0-9]{0,8}")


class _UnplainError(Exception):
    """Click has to read this."""


def _codes(text: str) -> tuple[str, ...]:
    return tuple(_matching(_CODES, text).split(","))


def _number(text: str) -> int:
    return int(_matching(_NUMBER, text))


def _matching(pattern: re.Pattern[str], text: str) -> str:
    if not pattern.fullmatch(text):
        raise _UnplainError
    return text


def _one_of(*words: str) -> Callable[[str], str]:
    def chosen(text: str) -> str:
        if text not in words:
            raise _UnplainError
        return text

    return chosen


def _existing(text: str) -> str:
    if not os.path.exists(text) or not os.access(text, os.R_OK):
        raise _UnplainError
    return text


def _file(text: str) -> Path:
    if not os.path.isfile(text):
        raise _UnplainError
    return Path(_existing(text))


_FLAGS = {
    "--no-config": "no_config",
    "--isolated": "isolated",
    "--no-cache": "no_cache",
    "--render": "render",
    "--statistics": "statistics",
    "--verbose": "verbose",
}
_VALUES: Mapping[str, tuple[str, Callable[[str], Any]]] = {
    "--select": ("select", _codes),
    "--extend-select": ("extend_select", _codes),
    "--ignore": ("ignore", _codes),
    "--profile": ("profile", _one_of("default", "strict")),
    "--config": ("config", _file),
    "--policy": ("policy", _file),
    "--baseline": ("baseline", _file),
    "--diff-base": ("base", str),
    "--jobs": ("jobs", _number),
    "--format": ("form", _one_of(*FORMATS)),
    "--fail-on": ("fail_on", _one_of("error", "warning", "info", "never")),
    "--color": ("color", _one_of("auto", "always", "never")),
}
_ONLY = "--only"


def plain_gate(arguments: Sequence[str]) -> Gate | None:
    """What `crslint` is asked for by its arguments; None where that is not `check`, or not plain."""
    if not arguments or arguments[0] != "check":
        return None
    try:
        given = _given(arguments[1:])
    except _UnplainError:
        return None
    judging = Judging(**{name: given.pop(name) for name in Judging._fields if name in given})
    return Gate(judging, **given)


def _given(arguments: Sequence[str]) -> dict[str, Any]:
    given: dict[str, Any] = {}
    paths: list[str] = []
    only: list[str] | None = None
    rest = iter(arguments)
    # Where a word goes that is no option: --only takes all that follow.
    words = paths
    for argument in rest:
        if argument[:1] != "-":
            words.append(argument)
            continue
        words = paths
        if argument == _ONLY:
            only = words = only or []
        elif argument in _FLAGS:
            given[_FLAGS[argument]] = True
        else:
            name, mark, value = argument.partition("=")
            known = _VALUES.get(name)
            text = value if mark else next(rest, "")
            if known is None or known[0] in given or text[:1] in ("", "-"):
                raise _UnplainError
            given[known[0]] = known[1](text)
    given["paths"] = tuple([_existing(path) for path in paths])
    if only is not None:
        given["only"] = tuple([name for name in only if name])
    return given
