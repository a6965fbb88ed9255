"""One fault, one finding: overrides, groups and equal places."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from crslint import address
from crslint.finding import SEVERITIES, Edit, Finding, Fix, Related, Severity, Spot, Suppression
from crslint.record import replace
from crslint.row import NamedTuple

if TYPE_CHECKING:
    from crslint.policy.rule import Rule

_RELATED = 3


class Raw(NamedTuple):
    """What one evaluation of a rule says. Those with an equal ``group`` become one finding at the first place;
    ``places`` are all places that it stands for, its own first."""

    code: str
    name: str
    severity: Severity
    message: str
    at: str
    span: Spot | None = None
    clusters: tuple[str, ...] = ()
    group: str | None = None
    related: tuple[Related, ...] = ()
    fix: Fix | None = None
    places: tuple[str, ...] = ()
    suppressed: Suppression | None = None
    sources: frozenset[str] = frozenset()


def merged(raws: Iterable[Raw], severity: Callable[[Raw], Severity] = lambda raw: raw.severity) -> list[Finding]:
    """``severity`` is the configured severity of a finding. What is suppressed stays apart from what is not."""
    left = [raw._replace(severity=severity(raw), places=(raw.at,)) for raw in raws]
    grouped = _merged_by(
        left, lambda raw: (raw.code, raw.suppressed, *(("group", raw.group) if raw.group else (raw.at, raw.span)))
    )
    return [_finding(raw) for raw in _merged_by(grouped, lambda raw: (raw.code, raw.suppressed, raw.at, raw.span))]


def not_overridden(
    raws: Sequence[Raw], rules: Mapping[str, Rule], mandatory: Callable[[str], bool] = lambda _code: False
) -> Iterator[Raw]:
    """Without each raw whose code another one's rule overrides at its address or above it. What is mandatory is not
    overridden by users' rules, which may come from the tree that is judged."""
    owners: dict[str, set[str]] = {}
    for raw in raws:
        rule = rules.get(raw.code)
        for code in rule.overrides if rule else ():
            if not (raw.code.startswith("X") and mandatory(code)):
                owners.setdefault(code, set()).add(raw.at)
    for raw in raws:
        places = owners.get(raw.code)
        if not places or not any(above in places for above in upward(raw.at)):
            yield raw


def upward(at: str) -> Iterator[str]:
    """An address and everything that it lies within (``address.within``)."""
    here: str | None = at
    while here:
        document, _, pointer = here.partition("#")
        while pointer:
            yield f"{document}#{pointer}"
            pointer = pointer.rpartition("/")[0]
        yield f"{document}#"
        here = address.host_of(here)


def _merged_by(raws: Sequence[Raw], key: Callable[[Raw], tuple[object, ...]]) -> list[Raw]:
    members: dict[tuple[object, ...], list[Raw]] = {}
    for raw in raws:
        members.setdefault(key(raw), []).append(raw)
    return [_one(list(group)) for group in members.values()]


def _one(group: Sequence[Raw]) -> Raw:
    """The gravest of the first cluster speaks for all; the place is the first one's."""
    if len(group) == 1:
        return group[0]
    first = group[0]
    at_first = [raw for raw in group if raw.at == first.at]
    speaker = min(at_first, key=lambda raw: (-SEVERITIES.index(raw.severity), not raw.clusters, raw.clusters))
    return speaker._replace(
        severity=max((raw.severity for raw in group), key=SEVERITIES.index),
        clusters=tuple(sorted({cluster for raw in group for cluster in raw.clusters})),
        related=tuple({related.at: related for raw in (speaker, *group) for related in raw.related}.values()),
        places=tuple(dict.fromkeys(place for raw in group for place in raw.places)),
        sources=speaker.sources.union(*(raw.sources for raw in group)),
        fix=_one_fix(speaker, group),
    )


def _one_fix(speaker: Raw, group: Sequence[Raw]) -> Fix | None:
    """What mends them all; None where one has no fix, or where two want different things of one place."""
    fixes = [raw.fix for raw in group if raw.fix is not None]
    if speaker.fix is None or len(fixes) < len(group):
        return None
    if not speaker.fix.edits:
        return speaker.fix
    united: dict[tuple[str, str], list[Edit]] = {}
    for fix in (speaker.fix, *fixes):
        own: dict[tuple[str, str], list[Edit]] = {}
        for edit in fix.edits:
            own.setdefault((edit.kind, edit.at), []).append(edit)
        for place, edits in own.items():
            present = united.setdefault(place, edits)
            if present != edits and place[0] != "append":
                return None
            united[place] = present + [edit for edit in edits if edit not in present]
    unsafe = any(fix.safety == "unsafe" for fix in fixes)
    edits = [edit for several in united.values() for edit in several]
    return replace(speaker.fix, safety="unsafe" if unsafe else "safe", edits=tuple(edits))


def _finding(raw: Raw) -> Finding:
    return Finding(
        code=raw.code,
        name=raw.name,
        severity=raw.severity,
        message=raw.message,
        at=raw.at,
        span=raw.span,
        clusters=tuple(sorted(set(raw.clusters))),
        count=len(raw.places),
        related=_related(raw),
        fix=raw.fix,
        suppressed=raw.suppressed,
        sources=raw.sources,
    )


def _related(raw: Raw) -> tuple[Related, ...]:
    """At most three; the last one says how many more there are."""
    also = (Related(place, "here too") for place in raw.places[1:])
    everything = tuple({related.at: related for related in (*raw.related, *also)}.values())
    shown, more = everything[:_RELATED], len(everything) - _RELATED
    if more <= 0:
        return shown
    return (*shown[:-1], replace(shown[-1], label=f"{shown[-1].label}, and {more:,} more"))
