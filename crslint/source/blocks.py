"""The plain part of YAML, which nearly all manifests are written in, read line by line.

libyaml makes a node, two marks and a tag of each scalar, and most lines of a fleet stand in it many times over: here a
line is understood once and looked up afterwards. A fleet is read in a third of the time, and a run over a few files is
spared the import of `yaml`, a sixth of all it takes.

What is read here is exactly what the composer and the walk would give: a test says so of many texts. Understood are
mappings and lists in block style with one value a line: plain and quoted scalars, literal and folded blocks, flow
collections, each with some restrictions. Anything else raises UnusualError, and they read the whole text: anchors and
tags, values that go on in the next line, tabs, two equal keys, whatever is wrong.
"""

from __future__ import annotations

import json
import re
from itertools import islice
from operator import length_hint
from typing import Any

from crslint.source.document import Json
from crslint.source.scalars import KEYS, VALUES, UnusualError

# What a line holds behind its dash and its key.
_SCALAR, _NOTHING, _FLOW, _OPEN_FLOW, _BLOCK, _BLANK, _SEPARATOR = range(7)

# libyaml takes no key that is longer than 1024 characters.
_KEY = r"""\.?[A-Za-z0-9_/$][A-Za-z0-9_./$=+@~*-]{0,250}(?::[A-Za-z0-9_./$-]{1,250})?+|"[^"\\]{0,500}"|'[^']{0,500}'"""
_PLAIN = r"(?:[A-Za-z0-9_/.$+^(;<=~)\\]|[^\x00-\x7f]|[-:](?=[A-Za-z0-9/.-]))(?:[^ :]|:(?=[^ ])|\ +(?=[^ #]))*+"
_LINE = re.compile(
    rf"""
    (?P<indent>\ *+)
    (?P<dash>-\ ++)?+
    (?:(?P<key>{_KEY}):(?:\ ++|$))?+
    (?:
        (?P<plain>{_PLAIN})
        | (?P<double>"(?:[^"\\]|\\["\\nt])*+")
        | (?P<single>'(?:[^']|'')*+')
        | (?P<block>[|>]-?+)
        | (?P<flow>[\[{{][^#]{{0,500}}[\]}}])
        | (?P<open>[\[{{][^#"']*,)
    )?+
    (?:(?:\ ++|(?<=\ ))\#.*+|\ *+)
    """,
    re.VERBOSE,
)
_SEPARATOR_LINE = re.compile(r"---(?: *+| ++#.*+)")
_FLOW_TOKEN = re.compile(
    r"""\ *+(?:
        (?P<mark>[\[\]{},])
        | (?P<quoted>"[^"\\]*+"|'[^']*+')(?P<quoted_colon>:(?=\ ))?+
        | (?P<plain>-*+[A-Za-z0-9_./$][A-Za-z0-9_./$=+@%*()-]*+(?::[A-Za-z0-9_./-]++)*+)(?P<colon>:(?=\ ))?+
    )""",
    re.VERBOSE,
)

_PRINTABLE = bytes((10, *range(32, 127)))
_BEYOND_ASCII = bytes(range(128, 256))
# What ends lines for libyaml alone, and what it refuses.
_SPECIAL = frozenset("\x85\u2028\u2029\ufeff\ufffe\uffff")

_REMEMBERED = 20_000
_LONGEST = 300
# Two containers may begin at each column: together not as deep as the walk goes.
_INDENT_LIMIT, _DEPTH_LIMIT = 60, 60


def read_blocks(text: str) -> list[Json]:
    """The documents of a text; raises UnusualError where it is not certainly plain."""
    lines = text.split("\n")
    if not lines[-1]:
        lines.pop()
    elif "|" in text or ">" in text:
        # Perhaps a block without its last line break.
        raise UnusualError
    if not is_printable(text):
        raise UnusualError
    return _documents(lines)


def is_printable(text: str) -> bool:
    """Whether all characters are ones that libyaml takes, and lines end in LF alone."""
    try:
        rest = text.encode().translate(None, _PRINTABLE)
    except UnicodeEncodeError:
        return False
    if not rest:
        return True
    if rest.translate(None, _BEYOND_ASCII):
        return False
    others = set(rest.decode())
    return min(others) >= "\xa0" and others.isdisjoint(_SPECIAL)


# Entry, kind, key, value, and of what is not one more entry: indent, own and whether it is an item. ``entry`` is the
# column of its key where the line is one more entry of a mapping, else -1; an item of a list begins at ``indent``, its
# key at ``own``, and it need not have one. A plain tuple: a named one takes several times as long to take apart.
_Line = tuple[int, int, str | None, Any, tuple[int, int, bool]]
_NO_ITEM = (0, 0, False)


# What lines hold, remembered. A plain dict: the interpreter takes the slow way to one that knows `__missing__`.
_LINES: dict[str, _Line] = {}


def _remembered(text: str) -> _Line:
    line = _line(text)
    if len(text) <= _LONGEST:
        if len(_LINES) >= _REMEMBERED:
            _LINES.clear()
        _LINES[text] = line
    return line


def _line(text: str) -> _Line:
    content = text.lstrip(" ")
    if not content or content[0] == "#":
        return -1, _BLANK, None, None, _NO_ITEM
    if _SEPARATOR_LINE.fullmatch(text):
        return -1, _SEPARATOR, None, None, _NO_ITEM
    match = _LINE.fullmatch(text)
    if match is None:
        raise UnusualError
    spaces, dash, key = match.group(1, 2, 3)
    kind, value = _value(match)
    if key is None and (kind is _NOTHING or dash is None):
        # An item whose value stands below, a text that goes on, a document that is one value.
        raise UnusualError
    if key is not None:
        key = key[1:-1] if key[0] in "\"'" else KEYS[key]
    indent = len(spaces)
    if indent > _INDENT_LIMIT:
        raise UnusualError
    if dash is None:
        return indent, kind, key, value, (indent, indent, False)
    return -1, kind, key, value, (indent, indent + len(dash) if key is not None else indent, True)


def _value(match: re.Match[str]) -> tuple[int, Json]:
    """What stands behind a dash and a key, which are the groups before."""
    name = match.lastgroup
    if name == "plain":
        return _SCALAR, VALUES[match["plain"]]
    if name == "double":
        return _SCALAR, json.loads(match["double"])
    if name == "single":
        return _SCALAR, match["single"][1:-1].replace("''", "'")
    if name == "block":
        return _BLOCK, match["block"]
    if name == "flow":
        return _FLOW, _flow(match["flow"])
    if name == "open":
        return _OPEN_FLOW, match["open"]
    return _NOTHING, None


def _flow(text: str) -> Json:
    """A flow collection whose scalars are in one line each."""
    tokens = _FlowTokens(text)
    value = tokens.value(0)
    if tokens.offset != len(text):
        raise UnusualError
    return value


class _FlowTokens:
    def __init__(self, text: str) -> None:
        self.offset = 0
        self._text = text

    def value(self, depth: int) -> Json:
        match = self._next()
        if match["mark"] is None:
            return self._scalar(match)
        if depth > _DEPTH_LIMIT:
            raise UnusualError
        if match["mark"] == "[":
            return self._items(depth + 1)
        if match["mark"] == "{":
            return self._entries(depth + 1)
        raise UnusualError

    def _items(self, depth: int) -> list[Json]:
        items: list[Json] = []
        if self._ends("]"):
            return items
        while True:
            items.append(self.value(depth))
            if self._ends("]"):
                return items
            self._comma()

    def _entries(self, depth: int) -> dict[str, Json]:
        entries: dict[str, Json] = {}
        if self._ends("}"):
            return entries
        while True:
            match = self._next()
            if match["colon"] is not None:
                key = KEYS[match["plain"]]
            elif match["quoted_colon"] is not None:
                key = match["quoted"][1:-1]
            else:
                raise UnusualError
            if key in entries:
                raise UnusualError
            entries[key] = self.value(depth)
            if self._ends("}"):
                return entries
            self._comma()

    def _next(self) -> re.Match[str]:
        match = _FLOW_TOKEN.match(self._text, self.offset)
        if match is None:
            raise UnusualError
        self.offset = match.end()
        return match

    def _scalar(self, match: re.Match[str]) -> Json:
        if match["colon"] is not None or match["quoted_colon"] is not None:
            raise UnusualError
        return match["quoted"][1:-1] if match["plain"] is None else VALUES[match["plain"]]

    def _ends(self, mark: str) -> bool:
        before = self.offset
        if self._next()["mark"] == mark:
            return True
        self.offset = before
        return False

    def _comma(self) -> None:
        if self._next()["mark"] != ",":
            raise UnusualError


def _fresh(value: Any) -> Any:
    """A copy of what a remembered line holds: no two places of a document share a container."""
    if isinstance(value, dict):
        return {key: _fresh(item) for key, item in value.items()}
    return [_fresh(item) for item in value] if isinstance(value, list) else value


def _documents(lines: list[str]) -> list[Json]:
    """``open_`` are the open containers with the columns of their keys or dashes, the innermost last: where that is a
    mapping it is ``mapping``, with its ``column``, and ``waiting`` is its last key if that has no value yet. The lines
    below may bring one."""
    known, rows = _LINES, iter(lines)
    found: list[Json] = []
    open_: list[tuple[int, Any]] = []
    mapping: dict[str, Any] = {}
    column = -2
    waiting: str | None = None
    is_explicit = False
    for text in rows:
        try:
            entry, kind, key, value, place = known[text]
        except KeyError:
            entry, kind, key, value, place = _remembered(text)
        if entry != column:
            # Not one more entry of the innermost mapping.
            if kind == _BLANK:
                continue
            if kind == _SEPARATOR:
                if is_explicit or open_:
                    found.append(open_[0][1] if open_ else None)
                open_, column, waiting, is_explicit = [], -2, None, True
                continue
            indent, own, is_item = place
            inner: Any
            if waiting is not None and (indent > column or (is_item and indent == column)):
                mapping[waiting] = inner = [] if is_item else {}
                open_.append((indent, inner))
            elif open_:
                inner = _continued(open_, indent, is_item)
            else:
                inner = [] if is_item else {}
                open_.append((indent, inner))
            if not is_item:
                mapping, column = inner, indent
            elif key is not None:
                mapping, column = {}, own
                inner.append(mapping)
                open_.append((own, mapping))
            else:
                column = -2
        if kind == _FLOW:
            value = _fresh(value)
        elif kind > _FLOW:
            number = len(lines) - length_hint(rows)
            if kind == _BLOCK:
                value, behind = _block(value, lines, number, place[1])
            else:
                value, behind = _long_flow(value, lines, number)
            next(islice(rows, behind - number, behind - number), None)
        if key is None:
            open_[-1][1].append(value)
            waiting = None
        elif key in mapping:
            raise UnusualError
        else:
            mapping[key] = value
            waiting = key if kind == _NOTHING else None
    if is_explicit or open_:
        found.append(open_[0][1] if open_ else None)
    return found


def _continued(open_: list[tuple[int, Any]], column: int, is_list: bool) -> Any:
    """The open container at a column; those inside it end."""
    wanted = list if is_list else dict
    while open_:
        there, inner = open_[-1]
        if there == column and inner.__class__ is wanted:
            return inner
        if there < column:
            break
        open_.pop()
    raise UnusualError


def _block(style: str, lines: list[str], number: int, column: int) -> tuple[str, int]:
    """The text of a literal or folded block whose first line is ``number``, and the number of the line behind it."""
    start, count = number, len(lines)
    while number < count and not lines[number]:
        number += 1
    first = lines[number] if number < count else ""
    indent = len(first) - len(first.lstrip(" "))
    if indent <= column or indent == len(first):
        if first.strip(" ") or number == count:
            return "", number
        # Blanks that may be more than the indentation.
        raise UnusualError
    margin = " " * indent
    while number < count and (lines[number].startswith(margin) or not lines[number].strip(" ")):
        number += 1
    text = "\n".join([line[indent:] for line in lines[start:number]]).rstrip("\n")
    if style[0] == ">":
        if "\n\n" in text or "\n " in text or text[0] == "\n":
            # What folding keeps: empty lines, and those that are indented further.
            raise UnusualError
        text = text.replace("\n", " ")
    return text if style[-1] == "-" else text + "\n", number


def _long_flow(text: str, lines: list[str], number: int) -> tuple[Json, int]:
    """The flow collection that begins with ``text`` and goes on in line ``number``, and the line behind it."""
    while text.count("[") + text.count("{") > text.count("]") + text.count("}"):
        line = lines[number] if number < len(lines) else ""
        if line[:1] != " " or any(mark in line for mark in "#\"'"):
            raise UnusualError
        text += line
        number += 1
    return _flow(text.rstrip(" ")), number
