"""Text to plain data: dict, list, str, int, float, bool and None, as Kubernetes reads it."""

from __future__ import annotations

from collections.abc import Callable

from crslint.finding import Problem
from crslint.record import record
from crslint.source import walk
from crslint.source.collector import collector_paused
from crslint.source.composer import compose
from crslint.source.document import Json
from crslint.source.fault import SyntaxFault

__all__ = ["Parsed", "SyntaxFault", "compose", "parse"]


@record
class Parsed:
    """The documents as (index, data), without those that could not be read; ``index`` counts all of them.

    ``fault`` is the first thing that could not be read.
    """

    documents: tuple[tuple[int, Json], ...] = ()
    problems: tuple[Problem, ...] = ()
    fault: SyntaxFault | None = None


def parse(text: str, at: Callable[[int], str]) -> Parsed:
    """Never raises; ``at(index)`` is the address of a document.

    A fault of syntax ends the reading: the documents before it are delivered. A document that parses and cannot be
    data (a null key, an alias bomb) is left out alone.
    """
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


def _problem(fault: SyntaxFault, at: str) -> Problem:
    return Problem(fault.code, at, {"reason": fault.reason}, (fault.offset, fault.end))
