"""What crslint says: plain data that every stage and every report shares.

``source`` and ``schema`` emit Problems, ``policy`` turns them and its rules' verdicts into Findings (addresses, no
positions), and the run resolves addresses into Locations once, at the end.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from crslint.record import record

Severity = Literal["error", "warning", "info"]
Safety = Literal["safe", "unsafe"]
Reason = Literal["template", "binary", "encrypted", "no-schema", "unknown-value", "limit", "not-rendered"]

Spot = tuple[int, int] | Literal["key"]
"""Start and end as offsets in a text, or the key of the mapping's entry that an address leads to."""

SEVERITIES: tuple[Severity, ...] = ("info", "warning", "error")


@record
class Problem:
    """A fault that an engine stage found: ``code`` names the rule folder that explains it.

    ``span`` is given where no pointer reaches the place (a syntax error, the second of two equal keys): offsets in the
    decoded text of the innermost layer that ``at`` lies in (the file, or the host scalar's value). ``key`` is true
    where the key is at fault, not its value.
    """

    code: str
    at: str
    parameters: Mapping[str, object] = {}
    span: tuple[int, int] | None = None
    related: tuple[Related, ...] = ()
    key: bool = False


@record
class NotChecked:
    """Something that was seen and deliberately not judged: silence is counted."""

    path: str
    at: str | None
    reason: Reason


@record
class Related:
    at: str
    label: str
    span: tuple[int, int] | None = None


@record
class Edit:
    """One change at an address: ``kind`` is set, remove, append, insert-before, insert-after or rename.

    ``to`` is the new plain value (the new key for rename), unused by remove.
    """

    kind: Literal["set", "remove", "append", "insert-before", "insert-after", "rename"]
    at: str
    to: object = None


@record
class Fix:
    """What would mend a finding: exactly one of edits, transform, create is given.

    ``reveals`` is true where it makes readable or reachable what was not: findings there are not brought by it.
    """

    safety: Safety
    title: str
    edits: tuple[Edit, ...] = ()
    transform: str | None = None
    create: Mapping[str, object] | None = None
    reveals: bool = False


@record
class Suppression:
    kind: str
    reason: str


@record
class Finding:
    """One fault. ``clusters`` are ``namespace/name``, sorted; ``count`` is how many places it stands for; ``sources``
    are the paths of the files that it was found in, where that was asked for (`crslint/policy/sources.py`)."""

    code: str
    name: str
    severity: Severity
    message: str
    at: str
    span: Spot | None = None
    clusters: tuple[str, ...] = ()
    count: int = 1
    related: tuple[Related, ...] = ()
    fix: Fix | None = None
    suppressed: Suppression | None = None
    sources: frozenset[str] = frozenset()


@record
class Range:
    """1-based line and column, columns in characters, the end exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int


@record
class Location:
    """Where an address is: ``range`` in the outer file; ``inner`` is the place in the innermost layer's own text.

    ``layer`` is the inner document's own path (the address's layer pointers), None for a plain document. ``exact`` is
    false where only the host scalar can be shown (base64), ``absent`` where the address points at nothing and
    ``range`` is an empty range at the nearest existing parent's key.
    """

    path: str
    range: Range
    address: str
    layer: str | None = None
    inner: Range | None = None
    exact: bool = True
    absent: bool = False
