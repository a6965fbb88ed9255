"""What a file itself asks to be suppressed: comments, and annotations of its objects.

    strategy: Reconcile  # crslint: ignore[CRS001] the payload is idempotent

A comment speaks for the line that it stands on, one that stands alone for the next line that is no such comment. An
annotation speaks for its object and for what lies in it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator

import yaml

from crslint import address
from crslint.record import record
from crslint.source.composer import compose
from crslint.source.document import Document, Suppressing
from crslint.source.fault import SyntaxFault
from crslint.source.layer import content_start
from crslint.source.text import BREAK, Lines

ANNOTATION = ("metadata", "annotations", "crslint.dev/ignore")

_COMMENT = re.compile(r"(?:^|(?<=[ \t]))#+[ \t]*crslint:[ \t]*(?=ignore(?![\w-]))", re.MULTILINE)
_ASKED = re.compile(r"ignore(?:[ \t]*\[([^]#\r\n]*)])?")
# Where another comment begins on the line.
_NEXT = re.compile(r"(?<=[ \t])#+[ \t]")
# What may stand between documents.
_BETWEEN = re.compile(r"(?:(?:---|\.\.\.)?[ \t]*(?:#[^\r\n]*)?(?:\r\n?|\n))*")
_ALONE = re.compile(r"[ \t]*(?:#|\Z)")
_CODE = re.compile(r"[^\s,]+")
_ENTRY = re.compile(r"[^;\n]+")


@record
class _Texts:
    """Where the scalars of a text stand: what looks like a comment there is none."""

    starts: list[int]
    ends: list[int]
    end: int

    def holds(self, offset: int) -> bool:
        """Whether the offset lies in a scalar, or behind what could be read."""
        index = bisect_right(self.starts, offset) - 1
        return offset >= self.end or (index >= 0 and offset < self.ends[index])


def comments_of(text: str, where: str, at: str) -> Iterator[Suppressing]:
    """``where`` is the address of the text (of a file's first document, or of the scalar that holds it), ``at`` one of
    an address inside it."""
    found = [*_COMMENT.finditer(text)]
    if not found:
        return
    scalars, lines = _scalars(text), Lines(text)
    following: dict[int, int] = {}
    for match in found:
        if not scalars.holds(match.start()):
            yield _comment(text, lines, match, where, at, following)


def _comment(
    text: str, lines: Lines, match: re.Match[str], where: str, at: str, following: dict[int, int]
) -> Suppressing:
    """``following`` remembers where a run of comments ends."""
    asked = _ASKED.match(text, match.end())
    assert asked is not None  # every part of it but the word is optional
    line, _ = lines.position(match.start())
    end = lines.starts[line] if line < len(lines.starts) else len(text)
    after = _NEXT.search(text, asked.end(), end)
    said = text[asked.end() : after.start() if after else end].rstrip(" \t\r\n")
    codes = [code.span() for code in _CODE.finditer(text, *asked.span(1))] if asked[1] else []
    alone = _ALONE.match(text, lines.starts[line - 1])
    return Suppressing(
        kind="comment",
        codes=tuple(text[begin:end] for begin, end in codes),
        reason=said.lstrip(" \t:-"),
        at=at,
        spans=((match.start(), asked.end() + len(said)), *codes),
        scope=where,
        line=_following(text, lines, line, following) if alone else line,
    )


def _following(text: str, lines: Lines, line: int, known: dict[int, int]) -> int:
    """The next line that is no comment alone."""
    if line not in known:
        end = line
        while end < len(lines.starts) and _ALONE.match(text, lines.starts[end]):
            end += 1
        known.update(dict.fromkeys(range(line, end + 1), end + 1))
    return known[line]


def _scalars(text: str) -> _Texts:
    spans: set[tuple[int, int]] = set()
    end = 0
    try:
        for _, root in compose(text):
            spans.update(_spans(text, root))
            end = root.end_mark.index if root is not None else end
        end = len(text)
    except SyntaxFault:
        between = _BETWEEN.match(text, end)
        end = between.end() if between else end
    ordered = sorted(spans)
    return _Texts([start for start, _ in ordered], [stop for _, stop in ordered], end)


def _spans(text: str, root: yaml.Node | None) -> Iterator[tuple[int, int]]:
    waiting, seen = [root] if root is not None else [], set()
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, yaml.ScalarNode):
            start, end = node.start_mark.index, node.end_mark.index
            if node.style in ("|", ">"):
                # A comment may stand on the line of the block's header.
                header = BREAK.search(text, content_start(text, start), end)
                start = header.end() if header else end
            yield start, end
        elif isinstance(node, yaml.MappingNode):
            waiting += [item for pair in node.value for item in pair]
        else:
            waiting += node.value


def annotations_of(documents: Iterable[Document]) -> Iterator[Suppressing]:
    """``CODE: reason``, or ``CODE, CODE: reason``; several are separated by line breaks or semicolons."""
    for document in documents:
        value: object = document.data
        for step in ANNOTATION:
            value = value.get(step) if isinstance(value, dict) else None
        if value is None:
            continue
        place = address.at(document.at, ANNOTATION)
        for codes, reason in entries_of(value):
            yield Suppressing(kind="annotation", codes=codes, reason=reason, at=place, scope=document.at)


def entries_of(value: object) -> list[tuple[tuple[str, ...], str]]:
    """Codes and reason of each entry of an annotation; one without either where it says nothing."""
    entries = _ENTRY.findall(value) if isinstance(value, str) else []
    parts = (entry.partition(":") for entry in entries if entry.strip())
    return [(tuple(_CODE.findall(codes)), reason.strip()) for codes, _, reason in parts] or [((), "")]
