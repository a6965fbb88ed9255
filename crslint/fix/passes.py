"""All fixes of a tree, pass by pass: what is applied was linted, and what breaks something is taken back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from crslint import address
from crslint.finding import Finding
from crslint.fix.change import CannotFix, Change, GoneFile, NewFile, Overlap
from crslint.fix.draft import Draft
from crslint.fix.plan import Context, planned, turn
from crslint.fix.sites import Sheets
from crslint.fix.told import Teller, Told
from crslint.fleet.fleet import Fleet
from crslint.policy.suppression import CODE as SUPERFLUOUS
from crslint.row import NamedTuple
from crslint.source.tree import Tree

_PASSES = 16
# So many times a tree is linted in search of the fix that breaks it.
_TRIALS = 48
# So many times what fixes bring about is fixed with them.
_FOLLOWING = 3


class Linted(NamedTuple):
    """``findings`` are those that are selected, ``everything`` those of all rules; ``faults`` are all that any rule
    says, by code and path, also what another finding overrides."""

    tree: Tree
    fleet: Fleet
    findings: tuple[Finding, ...]
    faults: Counter[tuple[str, str]]
    everything: Callable[[], Sequence[Finding]]


class Mended(NamedTuple):
    """``after`` is what the last tree comes to; ``originals`` are the texts that the files had which change."""

    after: Linted
    fixed: tuple[Told, ...]
    failed: tuple[Told, ...]
    originals: Mapping[str, str]


class _Item(NamedTuple):
    finding: Finding
    changes: Sequence[Change]

    def paths(self) -> set[str]:
        """The files that it changes."""
        return {
            change.path if isinstance(change, NewFile | GoneFile) else address.path_of(change.at)
            for change in self.changes
        }


def mended(
    start: Linted,
    lint: Callable[[Tree], Linted],
    wanted: Callable[[Finding], bool],
    allowed: Callable[[Finding], bool],
) -> Mended:
    """``wanted`` says which of the findings that have a fix are to be fixed, ``allowed`` which others may be when a fix
    would bring them about."""
    state = start
    fixed: list[Told] = []
    failed: dict[tuple[str, str, str], Told] = {}
    originals: dict[str, str] = {}
    moved = False
    for _ in range(_PASSES):
        pending = [item for item in state.findings if item.fix and wanted(item) and _key(item) not in failed]
        if not pending and failed and moved:
            # What could not be fixed beside other things may be now.
            failed, moved = {}, False
            continue
        if not pending:
            break
        now = min(map(turn, pending))
        teller = Teller(state.tree)
        batch, refused = _batch(state, sorted((item for item in pending if turn(item) == now), key=_place))
        check = _Check(state, lint, allowed, reveals=now == 0)
        outcome, broken = check.applied(batch)
        originals = {**check.originals, **originals}
        for finding, reason in (*refused, *broken):
            failed[_key(finding)] = teller.told(finding, reason)
        fixed += [teller.told(item.finding) for item in (*outcome.items, *outcome.also)]
        state = outcome.after
        moved = moved or bool(outcome.items)
    left = {(item.code, item.at) for item in state.findings}
    not_fixed = tuple(told for key, told in failed.items() if key[:2] in left)
    return Mended(state, tuple(fixed), not_fixed, originals)


def _key(finding: Finding) -> tuple[str, str, str]:
    return finding.code, finding.at, finding.fix.title if finding.fix else ""


def _place(finding: Finding) -> tuple[str, str, str]:
    return address.path_of(finding.at), finding.at, finding.code


def _batch(state: Linted, findings: Sequence[Finding]) -> tuple[list[_Item], list[tuple[Finding, str]]]:
    """What can be applied together, and what cannot be applied at all; what only overlaps waits for the next pass."""
    context = Context(state.tree, state.fleet, Sheets(state.tree.text))
    draft = Draft(context.sheets)
    batch: list[_Item] = []
    refused: list[tuple[Finding, str]] = []
    for finding in findings:
        try:
            changes = planned(finding, context)
            draft.add(changes)
        except Overlap as overlap:
            if not batch:
                refused.append((finding, overlap.reason))
        except CannotFix as error:
            refused.append((finding, error.reason))
        else:
            batch.append(_Item(finding, changes))
    return batch, refused


# What is wrong after fixes: the path of the file that it shows in, empty where that is not known, and the reason.
_Wrong = tuple[str, str]


class _Outcome(NamedTuple):
    """``also`` are fixes of findings that the others would have brought about: they were made with them."""

    after: Linted
    items: tuple[_Item, ...] = ()
    also: tuple[_Item, ...] = ()


class _Check:
    """Applies fixes to one tree and lints it; by halves where that breaks something."""

    def __init__(
        self, state: Linted, lint: Callable[[Tree], Linted], allowed: Callable[[Finding], bool], *, reveals: bool
    ) -> None:
        self._state = state
        self._lint = lint
        self._allowed = allowed
        self._reveals = reveals
        self._trials = 0
        self.originals: dict[str, str] = {}

    def applied(self, items: Sequence[_Item]) -> tuple[_Outcome, list[tuple[Finding, str]]]:
        """The tree with the fixes that hold, and the others with the reason."""
        start = _Outcome(self._state)
        return self._halved(start, items) if items else (start, [])

    def _halved(self, known: _Outcome, items: Sequence[_Item]) -> tuple[_Outcome, list[tuple[Finding, str]]]:
        found, faults = self._tried((*known.items, *items))
        if found is not None:
            return found, []
        if len(items) == 1:
            return known, [(items[0].finding, faults[0][1])]
        if blamed := _blamed(items, faults):
            left = [item for number, item in enumerate(items) if number not in blamed]
            found, broken = self._halved(known, left) if left else (known, [])
            return found, [*((items[number].finding, reason) for number, reason in blamed.items()), *broken]
        half = len(items) // 2
        first, broken = self._halved(known, items[:half])
        second, also_broken = self._halved(first, items[half:])
        return second, [*broken, *also_broken]

    def _tried(self, items: tuple[_Item, ...]) -> tuple[_Outcome | None, list[_Wrong]]:
        after, reason = self._linted(self._state, items)
        if after is None:
            return None, [("", reason)]
        gone = self._still_there(items, after)
        if gone:
            return None, gone
        also: tuple[_Item, ...] = ()
        for _ in range(_FOLLOWING):
            brought = self._brought(items, after)
            if not brought:
                return _Outcome(after, items, also), []
            following = self._following(after, brought)
            further = self._linted(after, following)[0] if following else None
            # Two that undo each other would go on for ever.
            if further is None or self._still_there(items, further):
                break
            after, also = further, (*also, *following)
        brought = self._brought(items, after) or brought
        return None, [(path, f"it would bring {name} in {path}") for name, path in sorted(brought)]

    def _linted(self, state: Linted, items: Sequence[_Item]) -> tuple[Linted | None, str]:
        draft = Draft(Sheets(state.tree.text))
        try:
            for item in items:
                draft.add(item.changes)
            texts = draft.texts()
        except CannotFix as error:
            return None, error.reason
        if self._trials >= _TRIALS:
            return None, "too many fixes break something: which does was not found out"
        self._trials += 1
        untouched = [path for path in texts if path not in state.tree.kept and path not in draft.created]
        self.originals |= {path: draft.sheets.file(path).text for path in untouched}
        contents = {
            path: None if text is None else text.encode("utf-8", "surrogateescape") for path, text in texts.items()
        }
        return self._lint(state.tree.changed(contents)), ""

    def _still_there(self, items: Sequence[_Item], after: Linted) -> list[_Wrong]:
        return [
            (path, f"{code} would still be there")
            for (code, path), count in _faults_of(items).items()
            if after.faults[code, path] > self._state.faults[code, path] - count
        ]

    def _brought(self, items: Sequence[_Item], after: Linted) -> list[tuple[str, str]]:
        """Codes of which there are more than there should be, with the paths where they are more."""
        if self._reveals:
            return []
        before = self._state.faults
        totals, left = _by_code(before), _by_code(_faults_of(items))
        risen = {name for name, count in _by_code(after.faults).items() if count > totals[name] - left[name]}
        # What a fix makes superfluous is taken out in the next pass.
        risen.discard(SUPERFLUOUS)
        found = [key for key, count in after.faults.items() if key[0] in risen and count > before[key]]
        return [key for key in found if key not in self._overridden(items)] if found else []

    def _overridden(self, items: Sequence[_Item]) -> set[tuple[str, str]]:
        """What the findings that are fixed had to say for: of an object that becomes several, each may have it."""
        paths = {address.path_of(item.finding.at) for item in items}
        said: Counter[tuple[str, str]] = Counter()
        for item in self._state.everything():
            said[item.code, address.path_of(item.at)] += item.count
        told, faults = _by_code(said), self._state.faults
        # A finding may stand for places in several files: the sum must say too that something is left unsaid.
        unsaid = {code for code, count in _by_code(faults).items() if count > told[code]}
        return {key for key, count in faults.items() if key[0] in unsaid and key[1] in paths and count > said[key]}

    def _following(self, after: Linted, brought: Sequence[tuple[str, str]]) -> tuple[_Item, ...]:
        """The fixes of what was brought; nothing where one of them has none."""
        findings = [item for item in after.everything() if (item.code, address.path_of(item.at)) in brought]
        if not findings or not all(item.fix is not None and self._allowed(item) for item in findings):
            return ()
        batch, refused = _batch(after, sorted(findings, key=_place))
        return () if refused else tuple(batch)


def _blamed(items: Sequence[_Item], faults: Sequence[_Wrong]) -> dict[int, str]:
    """Fixes that alone touch a file in which something is wrong: to find them out by halves would take long."""
    blamed: dict[int, str] = {}
    for path, reason in faults:
        touching = [number for number, item in enumerate(items) if path in item.paths()]
        if len(touching) == 1:
            blamed.setdefault(touching[0], reason)
    return blamed


def _faults_of(items: Sequence[_Item]) -> Counter[tuple[str, str]]:
    faults: Counter[tuple[str, str]] = Counter()
    for item in items:
        faults[item.finding.code, address.path_of(item.finding.at)] += item.finding.count
    return faults


def _by_code(faults: Counter[tuple[str, str]]) -> Counter[str]:
    totals: Counter[str] = Counter()
    for (code, _), count in faults.items():
        totals[code] += count
    return totals
