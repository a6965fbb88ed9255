"""What a run says beyond what was known before it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from crslint import address
from crslint.config.selection import Selection
from crslint.finding import Suppression
from crslint.policy.known import Known, faults
from crslint.policy.merge import Raw
from crslint.policy.rule import RuleSet
from crslint.report import baseline
from crslint.report.fingerprint import Fingerprints
from crslint.report.frame import harmless
from crslint.run import Judged, Options, UsageError, identify

_LISTED = 5
# A fault of the suppressions or of the run itself is mended, not kept.
_OWN = "CFG"


def against_baseline(
    judged: Judged, selection: Selection, rules: RuleSet, options: Options, *, whole: bool
) -> tuple[list[Raw], str | None, list[str]]:
    """What stands, the text of a baseline to write, and notes. ``whole`` is false where a part of the root was read:
    what it does not find may be in the rest."""
    prints = _prints(judged)

    def exempt(code: str) -> bool:
        return code.startswith(_OWN) or selection.mandatory(code)

    notes = []
    recorded = None
    known = _read(options.baseline) if options.baseline else []
    if options.record:
        known = baseline.collected(
            _entry(judged, raw, prints) for raw in faults(judged.standing) if not exempt(raw.code)
        )
        recorded = baseline.render(known)
        notes.append(f"{_counted(sum(entry.times for entry in known))} written to {options.record}")
    counts: Counter[str] = Counter()
    for entry in known:
        counts[entry.fingerprint] += entry.times
    file = options.record or options.baseline
    met = Known(counts, prints.shared, Suppression("baseline", f"known in {file}"), exempt)
    standing = list(met.applied(judged.standing))
    stale = [entry for entry in known if met.left[entry.fingerprint] > 0]
    stale = [entry for entry in stale if whole and _looked_for(entry, judged, selection, rules)]
    return standing, recorded, [*notes, *_stale(stale, options.baseline)]


def _prints(judged: Judged) -> Fingerprints:
    return Fingerprints(judged.texts.lookup.chain, lambda at: identify(judged.fleet, at)[1])


def _read(file: Path) -> list[baseline.Entry]:
    try:
        return baseline.read(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeError, baseline.BaselineError) as error:
        raise UsageError(f"cannot use the baseline {file}: {getattr(error, 'strerror', None) or error}") from None


def _entry(judged: Judged, raw: Raw, prints: Fingerprints) -> baseline.Entry:
    names = (identify(judged.fleet, document.at)[0] for document in reversed(judged.texts.lookup.chain(raw.at)))
    name = next(filter(None, names), "")
    return baseline.Entry(address.path_of(raw.at), raw.code, name, prints.shared(raw.code, raw.at))


def _looked_for(entry: baseline.Entry, judged: Judged, selection: Selection, rules: RuleSet) -> bool:
    """Whether the rule can have found the fault again; a rule that is gone finds nothing any more."""
    rule = rules.rules.get(entry.code)
    if rule is None:
        return True
    return selection.selects(entry.code, rule.profile, entry.path) and judged.judge.answered(rule, judged.raws)


def _stale(entries: Sequence[baseline.Entry], file: Path | None) -> list[str]:
    """Each of a few, or how many."""
    lines = [f"stale in {file}: {entry.code} {entry.path} {entry.object}" for entry in entries[:_LISTED]]
    if len(entries) > _LISTED:
        lines.append(f"stale in {file}: {len(entries) - _LISTED:,} more")
    return [harmless(line) for line in lines]


def _counted(number: int) -> str:
    return f"{number:,} known {'fault' if number == 1 else 'faults'}"
