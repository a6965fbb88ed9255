"""What a run says beyond what was known before it."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from crslint import address
from crslint.config.model import Reading
from crslint.config.selection import Selection
from crslint.finding import Suppression
from crslint.fleet.fleet import Fleet
from crslint.policy.known import Known, faults, is_loud
from crslint.policy.merge import Raw
from crslint.policy.ruleset import RuleSet
from crslint.report import baseline
from crslint.report.fingerprint import Fingerprints
from crslint.report.printable import harmless
from crslint.report.sources import Texts
from crslint.row import NamedTuple
from crslint.run import Clock, Judged, Options, UsageError, identify, judged_tree, unread
from crslint.scope import Scope, named
from crslint.source.document import File
from crslint.source.revision import Revision, RevisionError, revision
from crslint.source.tree import Tree

_LISTED = 5
_NOTHING = ".git/nothing"
# A fault of the suppressions or of the run itself is mended, not kept.
_OWN = "CFG"


class Base(NamedTuple):
    """The tree at an earlier revision.

    ``counts`` are its faults by fingerprint, ``quiet`` the suppressed ones, ``moved`` those of files that are no more
    by a fingerprint without the path. ``paths`` are its files, ``unread`` those that could not be read. ``gone`` is
    the text of files with sets that are no more, ``files`` what was read of them.
    """

    name: str
    fleet: Fleet
    counts: Mapping[str, int]
    quiet: Mapping[str, int]
    moved: Mapping[str, int]
    paths: Collection[str]
    unread: frozenset[str]
    gone: Mapping[str, str]
    files: Sequence[File]
    notes: tuple[str, ...] = ()

    def texts(self, tree: Tree) -> Texts:
        """Of the tree at hand, and of what is gone from it."""

        def text(path: str) -> str:
            return self.gone[path] if path in self.gone else tree.text(path)

        return Texts(text, [*tree.files, *self.files])


def base_of(scope: Scope, options: Options, rules: RuleSet, selection: Selection, clock: Clock) -> Base:
    """Reads and judges what ``options.base`` says, with the configuration and the rules of today."""
    if scope.stdin:
        raise UsageError("--diff-base compares files; stdin has no revisions")
    try:
        with revision(scope.root, options.base or "") as found:
            then = _then(scope, found.folder)
            skipped = options.baseline and found.folder / named(Path(os.path.abspath(options.baseline)), scope.root)
            judged = judged_tree(then, options._replace(baseline=skipped), rules, selection, None, clock)
            return _base(scope, judged, found)
    except RevisionError as error:
        raise UsageError(harmless(f"--diff-base: {error}")) from None


def _base(scope: Scope, judged: Judged, found: Revision) -> Base:
    """What is needed of the earlier tree when its files are gone."""
    prints = _prints(judged)
    known = faults(judged.standing)
    lost = [raw for raw in known if not os.path.lexists(scope.root / address.path_of(raw.at))]
    sets = {address.path_of(item.at) for item in judged.fleet.entities.get("resourceSet", ())}
    gone = {path: judged.tree.text(path) for path in sets if not os.path.lexists(scope.root / path)}
    return Base(
        name=found.name,
        fleet=judged.fleet,
        counts=Counter(prints.shared(raw.code, raw.at) for raw in known),
        quiet=Counter(prints.shared(raw.code, raw.at) for raw in faults(judged.standing, loud=False)),
        moved=Counter(prints.unplaced(raw.code, raw.at) for raw in lost),
        paths=frozenset(file.path for file in judged.tree.files),
        unread=unread(judged.tree),
        gone=gone,
        files=[file for file in judged.tree.files if file.path in gone],
        notes=tuple(harmless(f"the submodule {path} is compared as it is now") for path in found.submodules),
    )


def _then(scope: Scope, folder: Path) -> Scope:
    """The same run in the folder of another revision: its own configuration does not count."""
    config = scope.config
    if config.file is not None:
        schemas = tuple(str(path.absolute()) for path in config.schema_files())
        config = config._replace(file=folder / named(config.file, scope.root), schemas=schemas)
    read = tuple(path for path in (folder / named(path, scope.root) for path in scope.read) if path.exists())
    if not read:
        # What is asked for was not there; nothing else is of interest.
        (folder / _NOTHING).mkdir()
        read = (folder / _NOTHING,)
    return Scope(folder, folder, Reading(config), read, None, False)


def _against_base(judged: Judged, standing: Sequence[Raw], base: Base) -> list[Raw]:
    """What the change brought; a file that was moved brings nothing, and what was suppressed before is no news."""

    def is_new(raw: Raw) -> bool:
        return is_loud(raw) and address.path_of(raw.at) not in base.paths

    prints = _prints(judged)
    left = Known(base.counts, prints.shared).applied(standing)
    left = Known(base.moved, prints.unplaced, takes=is_new).applied(left)
    return list(Known(base.quiet, prints.shared, takes=lambda raw: not is_loud(raw)).applied(left))


class News(NamedTuple):
    """What stands beyond what was known, the text of a baseline that was asked for, and notes for people."""

    standing: Sequence[Raw]
    recorded: str | None = None
    notes: Sequence[str] = ()


def news(
    judged: Judged, selection: Selection, rules: RuleSet, options: Options, base: Base | None, *, whole: bool
) -> News:
    """``whole`` is false where a part of the root was read: what it does not find may be in the rest."""
    found = News(judged.standing)
    if options.baseline or options.record:
        found = _against_baseline(judged, selection, rules, options, whole=whole)
    if base is not None:
        standing = _against_base(judged, found.standing, base)
        found = News(standing, found.recorded, [*found.notes, *base.notes])
    return found


def _against_baseline(judged: Judged, selection: Selection, rules: RuleSet, options: Options, *, whole: bool) -> News:
    prints = _prints(judged)

    def takes(raw: Raw) -> bool:
        return is_loud(raw) and not (raw.code.startswith(_OWN) or selection.mandatory(raw.code))

    notes = []
    recorded = None
    known = _read(options.baseline) if options.baseline else []
    if options.record:
        known = baseline.collected(_entry(judged, raw, prints) for raw in faults(judged.standing) if takes(raw))
        recorded = baseline.render(known)
        notes.append(f"{_counted(sum(entry.times for entry in known))} written to {options.record}")
    counts: Counter[str] = Counter()
    for entry in known:
        counts[entry.fingerprint] += entry.times
    file = options.record or options.baseline
    met = Known(counts, prints.shared, Suppression("baseline", f"known in {file}"), takes)
    standing = list(met.applied(judged.standing))
    stale = [entry for entry in known if met.left[entry.fingerprint] > 0]
    stale = [entry for entry in stale if whole and _looked_for(entry, judged, selection, rules)]
    return News(standing, recorded, [*notes, *_stale(stale, options.baseline)])


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
