"""Templates: files of YAML with ``$name`` where an answer goes, filled so that the result is tidy YAML.

A value is quoted where it must be and only there; a number that is a value of its own stays one. A line that is nothing
but a placeholder takes any number of lines at its indentation, and goes where there are none. ``$$`` is a dollar sign.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from crslint.source import scalars

Value = str | int

_FOLDER = Path(__file__).parents[1] / "templates"

_PLACEHOLDER = re.compile(r"\$(?:(?P<dollar>\$)|\{(?P<braced>[a-z0-9_]+)\}|(?P<name>[a-z][a-z0-9_]*))")
_BLOCK = re.compile(r"( *)\$([a-z][a-z0-9_]*)")
_LINE = re.compile(r"(?P<head> *(?:- )?)(?:(?P<key>[^\s:#'\"]+): )?(?P<value>\S.*?)(?P<comment> #.*)?")
_KEY_ALONE = re.compile(r"(?P<head> *(?:- )?)(?P<key>[^\s:#'\"]+):(?P<comment> #.*)?")
_PLAIN = re.compile(r"[A-Za-z0-9_./$][A-Za-z0-9_./+=@~%:-]*(?<!:)", re.ASCII)
# What cannot stand for itself in a quoted scalar; JSON, which would write surrogates, is YAML otherwise.
_ESCAPED = re.compile("[^\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
# A time, an address of letters and colons, a date or a number with underscores is something else to other readers of
# YAML than to Kubernetes.
_DOUBTFUL = re.compile(
    r"[0-9a-fA-F:]*:[0-9a-fA-F:]*|[0-9]{4}-.*|[0-9.][0-9_.:]*[_:][0-9_.:]*(?:[eE][-+][0-9]+)?|0[xb]_+", re.ASCII
)


@cache
def template(name: str) -> str:
    """The text of a template by its path below the folder of templates."""
    return (_FOLDER / name).read_text(encoding="utf-8")


def filled(name: str, values: Mapping[str, Value]) -> str:
    """A template with its placeholders replaced; each one must have a value."""
    lines: list[str] = []
    for line in template(name).split("\n"):
        block = _BLOCK.fullmatch(line)
        if block:
            inside = str(values[block[2]])
            lines += [block[1] + each if each else "" for each in inside.split("\n")] if inside else []
        else:
            lines.append(_line(line, values) if "$" in line else line)
    return "\n".join(lines)


def text(name: str, values: Mapping[str, Value]) -> str:
    """A template that is prose: nothing is quoted."""
    return _raw(template(name), values)


def scalar(value: Value) -> str:
    """A value as YAML writes it on one line."""
    if not isinstance(value, str):
        return json.dumps(value)
    is_plain = _PLAIN.fullmatch(value) and not _DOUBTFUL.fullmatch(value) and scalars.plain(value) == value
    return (
        value
        if is_plain
        else _ESCAPED.sub(lambda match: f"\\u{ord(match[0]):04x}", json.dumps(value, ensure_ascii=False))
    )


def listed(values: Mapping[str, Value] | list[str]) -> str:
    """The entries of a block list, or of a block mapping."""
    if isinstance(values, list):
        return "\n".join(f"- {scalar(each)}" for each in values)
    return "\n".join(f"{scalar(key)}: {scalar(value)}" for key, value in values.items())


def block(data: Mapping[str, Any], indent: str = "") -> Iterator[str]:
    """The lines of a block mapping."""
    for key, value in data.items():
        if isinstance(value, Mapping | list | tuple) and not value:
            yield f"{indent}{scalar(key)}: {'{}' if isinstance(value, Mapping) else '[]'}\n"
        elif isinstance(value, Mapping):
            yield f"{indent}{scalar(key)}:\n"
            yield from block(value, indent + "  ")
        elif isinstance(value, list | tuple):
            yield f"{indent}{scalar(key)}:\n"
            for item in value:
                if isinstance(item, Mapping):
                    inner = "".join(block(item, indent + "    "))
                    yield f"{indent}  - {inner.lstrip()}"
                else:
                    yield f"{indent}  - {scalar(item)}\n"
        else:
            yield f"{indent}{scalar(key)}: {scalar(value)}\n"


def _line(line: str, values: Mapping[str, Value]) -> str:
    if line.lstrip().startswith("#"):
        return _raw(line, values)
    alone = _KEY_ALONE.fullmatch(line)
    if alone:
        return f"{alone['head']}{scalar(_raw(alone['key'], values))}:{_raw(alone['comment'] or '', values)}"
    match = _LINE.fullmatch(line)
    assert match is not None, line
    key = f"{scalar(_raw(match['key'], values))}: " if match["key"] else ""
    return match["head"] + key + _value(match["value"], values) + _raw(match["comment"] or "", values)


def _value(value: str, values: Mapping[str, Value]) -> str:
    if value[0] in "\"'" or "$" not in value:
        return _raw(value, values)
    only = _PLACEHOLDER.fullmatch(value)
    name = (only["braced"] or only["name"]) if only else None
    return scalar(values[name] if name else _raw(value, values))


def _raw(line: str, values: Mapping[str, Value]) -> str:
    def replaced(match: re.Match[str]) -> str:
        return "$" if match["dollar"] else str(values[match["braced"] or match["name"]])

    return _PLACEHOLDER.sub(replaced, line)
