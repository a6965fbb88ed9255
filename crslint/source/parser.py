"""Text to plain data: dict, list, str, int, float, bool and None, as Kubernetes reads it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from crslint.finding import Problem
from crslint.record import record
from crslint.source.blocks import read_blocks
from crslint.source.collector import collector_paused
from crslint.source.document import Json
from crslint.source.fault import SyntaxFault
from crslint.source.scalars import UnusualError

if TYPE_CHECKING:
    import yaml

# Behind blank lines and comments.
_JSON = re.compile(r"(?: *+(?:#.*+)?\n)*+ *+(?=[\[{])")

__all__ = ["Parsed", "SyntaxFault", "compose", "parse", "parse_anything"]


@record
class Parsed:
    """The documents as (index, data), without those that could not be read; ``index`` counts all of them.

    ``fault`` is the first thing that could not be read. ``is_plain`` tells that the text is one that no reader of YAML
    reads otherwise.
    """

    documents: tuple[tuple[int, Json], ...] = ()
    problems: tuple[Problem, ...] = ()
    fault: SyntaxFault | None = None
    is_plain: bool = False


def parse(text: str, at: Callable[[int], str]) -> Parsed:
    """Never raises; ``at(index)`` is the address of a document.

    A fault of syntax ends the reading: the documents before it are delivered. A document that parses and cannot be
    data (a null key, an alias bomb) is left out alone.
    """
    try:
        return Parsed(tuple(enumerate(_plain(text))), is_plain=True)
    except UnusualError:
        return parse_anything(text, at)


def _plain(text: str) -> list[Json]:
    start = _JSON.match(text)
    if start is None:
        return read_blocks(text)
    from crslint.source.strictjson import read_json

    return [read_json(text, start.end())]


def parse_anything(text: str, at: Callable[[int], str]) -> Parsed:
    """The same for any text, plain or not, through the composer and its nodes."""
    from crslint.source import walk

    documents: list[tuple[int, Json]] = []
    problems: list[Problem] = []
    faults: list[SyntaxFault] = []
    index = -1
    aliases = walk.may_alias(text)
    with collector_paused():
        try:
            for index, root in compose(text):
                try:
                    value = None if root is None else walk.data(root, index, at, problems, aliases=aliases)
                    documents.append((index, value))
                except SyntaxFault as fault:
                    faults.append(fault)
                    problems.append(_problem(fault, at(index)))
        except SyntaxFault as fault:
            faults.append(fault)
            problems.append(_problem(fault, at(index + 1)))
    return Parsed(tuple(documents), tuple(problems), faults[0] if faults else None)


def compose(text: str) -> Iterator[tuple[int, yaml.Node | None]]:
    """``crslint.source.composer.compose``, whose import is left to those who need positions."""
    from crslint.source import composer

    return composer.compose(text)


def _problem(fault: SyntaxFault, at: str) -> Problem:
    return Problem(fault.code, at, {"reason": fault.reason}, (fault.offset, fault.end))
