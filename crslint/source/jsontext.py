"""JSON to the same nodes as YAML: for JSON that libyaml refuses, which is an escaped surrogate more often than not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from json.decoder import JSONDecodeError, scanstring  # type: ignore[attr-defined]
from typing import Any

from yaml import nodes

from crslint.record import record
from crslint.source.fault import LimitFault

# The stubs know nodes with tags and marks of PyYAML only.
_SCALAR: Any = nodes.ScalarNode
_MAPPING: Any = nodes.MappingNode
_SEQUENCE: Any = nodes.SequenceNode

_BLANK = re.compile(r"[ \t\n\r]*")
_LITERAL = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?|true|false|null")
_SURROGATE = re.compile("[\ud800-\udfff]")


def compose(text: str, depth: int) -> Iterator[Any]:
    """The root nodes of a JSON text; nothing where the text is no JSON. Several values may follow one another.

    Marks know their offset only. Raises LimitFault where more than ``depth`` levels are open.
    """
    start = _blank(text, 1 if text.startswith("\ufeff") else 0)
    if text[start : start + 1] not in ("{", "["):
        return iter(())
    try:
        return iter(_Reader(text, depth).values(start))
    except (JSONDecodeError, _NotJsonError):
        return iter(())


@record
class Mark:
    index: int


class _NotJsonError(Exception):
    pass


class _Reader:
    def __init__(self, text: str, limit: int) -> None:
        self._text = text
        self._limit = limit

    def values(self, offset: int) -> list[Any]:
        found = []
        while offset < len(self._text):
            node, offset = self._value(offset, 0)
            found.append(node)
            offset = _blank(self._text, offset)
        return found

    def _value(self, offset: int, depth: int) -> tuple[Any, int]:
        char = self._text[offset : offset + 1]
        if depth > self._limit:
            raise LimitFault(f"nested deeper than {self._limit} levels", offset)
        if char == '"':
            return self._string(offset)
        if char == "{":
            return self._mapping(offset, depth + 1)
        if char == "[":
            return self._sequence(offset, depth + 1)
        match = _LITERAL.match(self._text, offset)
        if match is None:
            raise _NotJsonError
        return _SCALAR(True, match[0], Mark(offset), Mark(match.end()), ""), match.end()

    def _string(self, offset: int) -> tuple[Any, int]:
        if self._text[offset : offset + 1] != '"':
            raise _NotJsonError
        value, end = scanstring(self._text, offset + 1, True)
        # Go's encoding/json puts the replacement character for half a pair.
        value = _SURROGATE.sub("\ufffd", value)
        return _SCALAR(False, value, Mark(offset), Mark(end), '"'), end

    def _mapping(self, offset: int, depth: int) -> tuple[Any, int]:
        pairs: list[tuple[Any, Any]] = []
        end = _blank(self._text, offset + 1)
        while self._text[end : end + 1] != "}" or pairs:
            key, end = self._string(end)
            value, end = self._value(self._after(":", end), depth)
            pairs.append((key, value))
            end = _blank(self._text, end)
            if self._text[end : end + 1] == "}":
                break
            end = self._after(",", end)
        return _MAPPING(None, pairs, Mark(offset), Mark(end + 1), True), end + 1

    def _sequence(self, offset: int, depth: int) -> tuple[Any, int]:
        items: list[Any] = []
        end = _blank(self._text, offset + 1)
        while self._text[end : end + 1] != "]" or items:
            item, end = self._value(end, depth)
            items.append(item)
            end = _blank(self._text, end)
            if self._text[end : end + 1] == "]":
                break
            end = self._after(",", end)
        return _SEQUENCE(None, items, Mark(offset), Mark(end + 1), True), end + 1

    def _after(self, char: str, offset: int) -> int:
        offset = _blank(self._text, offset)
        if self._text[offset : offset + 1] != char:
            raise _NotJsonError
        return _blank(self._text, offset + 1)


def _blank(text: str, offset: int) -> int:
    match = _BLANK.match(text, offset)
    return match.end() if match else offset
