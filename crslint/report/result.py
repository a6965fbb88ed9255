"""What a run found, ready to be printed: every report is made from one Result."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from crslint.finding import Finding, Location, NotChecked, Range
from crslint.row import NamedTuple

if TYPE_CHECKING:
    from crslint.policy.rule import Rule
    from crslint.report.sources import Texts


class Place(NamedTuple):
    """A located address. ``path`` is relative to the working directory, ``location.path`` to the root; ``inside`` says
    for people what it lies in, None for a plain document: ``payload cilium.yaml, ConfigMap kube-system/x``."""

    path: str
    location: Location
    inside: str | None = None
    label: str = ""


class Replacement(NamedTuple):
    """An edit of a file's text: ``path`` is relative to the working directory, ``range`` lies in the outer file."""

    path: str
    range: Range
    text: str


class Creation(NamedTuple):
    """A file that a fix makes; ``path`` is relative to the working directory."""

    path: str
    text: str


class Located(NamedTuple):
    """A finding with its places; ``related`` are those of ``finding.related``, in that order. ``edits`` are what its
    fix does to the text of files, in order of place; None where that is unknown or must not be shown (a Secret)."""

    finding: Finding
    place: Place
    related: tuple[Place, ...]
    fingerprint: str
    edits: tuple[Replacement | Creation, ...] | None = None

    @property
    def sort_key(self) -> tuple[str, int, int, str, str]:
        where = self.place.location
        return self.place.path, where.range.line, where.range.column, self.finding.code, where.address


class Summary(NamedTuple):
    files: int = 0
    documents: int = 0
    payload_documents: int = 0
    clusters: int = 0
    errors: int = 0
    warnings: int = 0
    infos: int = 0
    suppressed: int = 0
    fixable: int = 0
    duration_ms: int = 0


class Omission(NamedTuple):
    """Something that was not judged; ``path`` is relative to the working directory."""

    path: str
    entry: NotChecked


class Result(NamedTuple):
    """``findings`` are sorted; ``omissions`` too. ``rules`` hold at least those that found something."""

    findings: tuple[Located, ...]
    summary: Summary
    omissions: tuple[Omission, ...]
    sources: Texts
    rules: Mapping[str, Rule] = MappingProxyType({})


def counted(findings: Iterable[Located]) -> Counter[str]:
    """Findings by severity, the suppressed ones under ``suppressed``."""
    return Counter("suppressed" if item.finding.suppressed else item.finding.severity for item in findings)
