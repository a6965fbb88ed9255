"""How values are written here: the indentation, quotes and list style of the text around."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import yaml
from yaml.nodes import CollectionNode, MappingNode, ScalarNode

from crslint.row import NamedTuple
from crslint.source import scalars
from crslint.source.text import BREAK

_STEP = 2
_PRINTABLE = re.compile("[\t\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]*")
# Plain in a block collection; where a flow collection would end it, quotes are needed.
_PLAIN = re.compile(r"[A-Za-z0-9_./+=$(^][\w./+=$(){}^@~*%:-]*(?<!:)", re.ASCII)
_FLOW_PLAIN = re.compile(r"[A-Za-z0-9_./+=$(^][\w./+=$()^@~*%-]*", re.ASCII)
# Text for Kubernetes that other readers of YAML take for a time or a date.
_TIME = re.compile(r"[\d:.-]*(?:\d:|\d\d\d\d-)[\d:.-]*")


class Style(NamedTuple):
    """``step`` indents a mapping in a mapping, ``dash`` the dashes of a list in one."""

    line_break: str = "\n"
    step: int = _STEP
    dash: int = _STEP
    quote: str = '"'


def style_of(text: str, root: yaml.Node | None, shift: int) -> Style:
    """What most of a document does; ``shift`` is where the text starts that its marks count from."""
    steps: Counter[int] = Counter()
    dashes: Counter[int] = Counter()
    quotes: Counter[str] = Counter()
    for node, margin in _nodes(root):
        if isinstance(node, ScalarNode):
            if node.style in ("'", '"'):
                quotes[node.style] += 1
        elif margin is not None and isinstance(node, CollectionNode) and not node.flow_style and node.value:
            (steps if isinstance(node, MappingNode) else dashes)[_column(text, node, shift) - margin] += 1
    line_break = BREAK.search(text, shift)
    step = max((item for item in steps.items() if item[0] > 0), key=lambda item: item[1], default=(_STEP, 0))[0]
    dash = max((item for item in dashes.items() if item[0] >= 0), key=lambda item: item[1], default=(step, 0))[0]
    quote = "'" if quotes["'"] > quotes['"'] else '"'
    return Style(line_break[0] if line_break else "\n", step, dash, quote)


def _nodes(root: yaml.Node | None) -> Iterator[tuple[yaml.Node, int | None]]:
    """Each node once, with the column of the key that it is the value of."""
    waiting: list[tuple[Any, int | None]] = [(root, None)] if root is not None else []
    seen: set[int] = set()
    while waiting:
        node, margin = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        yield node, margin
        if isinstance(node, MappingNode):
            waiting += ((value, getattr(key.start_mark, "column", None)) for key, value in reversed(node.value))
        elif isinstance(node, CollectionNode):
            waiting += ((item, None) for item in reversed(node.value))


def _column(text: str, node: yaml.Node, shift: int) -> int:
    start = shift + node.start_mark.index
    return int(start - max(text.rfind("\n", 0, start), text.rfind("\r", 0, start)) - 1)


def scalar_text(value: object, quote: str, *, flow: bool, quoted: bool = False) -> str:
    """A scalar as it is written; text in quotes where it needs them, or where it is to have them."""
    if not isinstance(value, str):
        return json.dumps(value)
    plain = _FLOW_PLAIN if flow else _PLAIN
    if not quoted and plain.fullmatch(value) and scalars.plain(value) == value and not _TIME.fullmatch(value):
        return value
    return in_quotes(value, quote)


def in_quotes(value: str, quote: str) -> str:
    if quote == "'" and _PRINTABLE.fullmatch(value):
        return "'" + value.replace("'", "''") + "'"
    text = json.dumps(value, ensure_ascii=False)
    if _PRINTABLE.fullmatch(text):
        return text
    return "".join(char if _PRINTABLE.fullmatch(char) else f"\\u{ord(char):04x}" for char in text)


def key_text(key: str, quote: str, *, quoted: bool = False) -> str:
    return scalar_text(key, quote, flow=True, quoted=quoted)


def block_entry(key: str, value: object, style: Style, *, quoted: bool = False) -> list[str]:
    """The lines of a mapping's entry, without the margin of the mapping."""
    head = key_text(key, style.quote) + ":"
    if isinstance(value, dict) and value:
        return [head, *_indented(style.step, block_lines(value, style))]
    if isinstance(value, list) and value:
        return [head, *_indented(style.dash, block_lines(value, style))]
    if isinstance(value, str) and is_block(value):
        chomping = "" if value.endswith("\n") else "-"
        return [f"{head} |{chomping}", *_indented(style.step, value.removesuffix("\n").split("\n"))]
    return [f"{head} {_inline(value, style, quoted)}"]


def block_item(value: object, style: Style, *, gap: int = 1, quoted: bool = False) -> list[str]:
    """The lines of a list's item, its dash included; ``gap`` is what stands between the dash and the item."""
    if isinstance(value, dict | list) and value:
        first, *rest = block_lines(value, style)
        return [f"-{' ' * gap}{first}", *_indented(1 + gap, rest)]
    return [f"-{' ' * gap}{_inline(value, style, quoted)}"]


def block_lines(value: dict[str, Any] | list[Any], style: Style) -> list[str]:
    if isinstance(value, dict):
        return [line for key, item in value.items() for line in block_entry(key, item, style)]
    return [line for item in value for line in block_item(item, style)]


def flow_text(value: object, style: Style) -> str:
    """On one line, for a flow collection."""
    if isinstance(value, dict):
        return (
            "{"
            + ", ".join(f"{key_text(key, style.quote)}: {flow_text(item, style)}" for key, item in value.items())
            + "}"
        )
    if isinstance(value, list):
        return "[" + ", ".join(flow_text(item, style) for item in value) + "]"
    return scalar_text(value, style.quote, flow=True)


def json_text(value: object, margin: str | None, *, spaced: bool) -> str:
    """As JSON: on lines of its own below ``margin``, else on one line."""
    if margin is None:
        return json.dumps(value, ensure_ascii=False, separators=(", ", ": ") if spaced else (",", ":"))
    return json.dumps(value, ensure_ascii=False, indent=_STEP).replace("\n", "\n" + margin)


def _inline(value: object, style: Style, quoted: bool) -> str:
    if isinstance(value, dict):
        return "{}"
    if isinstance(value, list):
        return "[]"
    return scalar_text(value, style.quote, flow=False, quoted=quoted)


def is_block(value: str) -> bool:
    """Whether a literal block scalar can hold it, and it has lines."""
    body = value.removesuffix("\n")
    return (
        "\n" in body
        and body[0] not in " \t\n"
        and body[-1] != "\n"
        and bool(_PRINTABLE.fullmatch(body.replace("\n", "")))
    )


def _indented(count: int, lines: list[str]) -> list[str]:
    return [f"{' ' * count}{line}" if line else line for line in lines]
