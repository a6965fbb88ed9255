"""All fixes of a tree, pass by pass: what is applied was linted, and what breaks something is taken back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple

from crslint import address
from crslint.finding import Finding, Location
from crslint.fix.change import CannotFix, Change, Overlap
from crslint.fix.draft import Draft
from crslint.fix.plan import Context, planned, turn
from crslint.fix.sites import Sheets
from crslint.fleet.fleet import Fleet
from crslint.policy.suppression import CODE as SUPERFLUOUS
from crslint.source.position import Locator
from crslint.source.tree import Tree

_PASSES = 12
# So many times a tree is linted in search of the fix that breaks it.
_TRIALS = 48


class Linted(NamedTuple):
    """``findings`` are those that are to be mended or counted; ``faults`` are all that any rule says, by code and
    path, also what another finding overrides."""

    tree: Tree
    fleet: Fleet
    findings: tuple[Finding, ...]
    faults: Counter[tuple[str, str]]


class Told(NamedTuple):
    """A finding with its place in the tree that it was found in; ``reason`` says why it could not be fixed."""

    finding: Finding
    location: Location
    reason: str = ""


class Mended(NamedTuple):
    """``after`` is what the last tree comes to."""

    after: Linted
    fixed: tuple[Told, ...]
    failed: tuple[Told, ...]


class _Item(NamedTuple):
    finding: Finding
    changes: Sequence[Change]


def mended(start: Linted, lint: Callable[[Tree], Linted], wanted: Callable[[Finding], bool]) -> Mended:
    """``wanted`` says which of the findings that have a fix are to be fixed."""
    state = start
    fixed: list[Told] = []
    failed: dict[tuple[str, str, str], Told] = {}
    for _ in range(_PASSES):
        pending = [item for item in state.findings if item.fix and wanted(item) and _key(item) not in failed]
        if not pending:
            break
        now = min(map(turn, pending))
        locator = Locator(state.tree.text)
        batch, refused = _batch(state, sorted((item for item in pending if turn(item) == now), key=_place))
        checked = _Check(state, lint, reveals=now == 0)
        after, done, broken = checked.applied(batch)
        for finding, reason in (*refused, *broken):
            failed[_key(finding)] = Told(finding, locator.locate(finding.at, finding.span), reason)
        fixed += [Told(item.finding, locator.locate(item.finding.at, item.finding.span)) for item in done]
        state = after
        if not done and not broken and not refused:
            break
    left = {(item.code, item.at) for item in state.findings}
    return Mended(state, tuple(fixed), tuple(told for key, told in failed.items() if key[:2] in left))


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


class _Check:
    """Applies fixes to one tree and lints it; by halves where that breaks something."""

    def __init__(self, state: Linted, lint: Callable[[Tree], Linted], *, reveals: bool) -> None:
        self._state = state
        self._lint = lint
        self._reveals = reveals
        self._trials = 0

    def applied(self, items: Sequence[_Item]) -> tuple[Linted, list[_Item], list[tuple[Finding, str]]]:
        """The tree with the fixes that hold, those, and the others with the reason."""
        if not items:
            return self._state, [], []
        return self._halved([], items, self._state)

    def _halved(
        self, kept: list[_Item], items: Sequence[_Item], known: Linted
    ) -> tuple[Linted, list[_Item], list[tuple[Finding, str]]]:
        """``known`` is the tree with ``kept`` alone."""
        after, reason = self._tried([*kept, *items])
        if after is not None:
            return after, [*kept, *items], []
        if len(items) == 1:
            return known, kept, [(items[0].finding, reason)]
        half = len(items) // 2
        first, kept, broken = self._halved(kept, items[:half], known)
        second, kept, also_broken = self._halved(kept, items[half:], first)
        return second, kept, [*broken, *also_broken]

    def _tried(self, items: Sequence[_Item]) -> tuple[Linted | None, str]:
        draft = Draft(Sheets(self._state.tree.text))
        try:
            for item in items:
                draft.add(item.changes)
            texts = draft.texts()
        except CannotFix as error:
            return None, error.reason
        if self._trials >= _TRIALS:
            return None, "too many fixes break something: which does was not found out"
        self._trials += 1
        contents = {path: text.encode("utf-8", "surrogateescape") for path, text in texts.items()}
        after = self._lint(self._state.tree.changed(contents))
        reason = self._objection(items, after)
        return (None, reason) if reason else (after, "")

    def _objection(self, items: Sequence[_Item], after: Linted) -> str:
        """What is wrong with the tree after the fixes: a finding that is still there, or a new one."""
        gone: Counter[tuple[str, str]] = Counter()
        for item in items:
            gone[item.finding.code, address.path_of(item.finding.at)] += item.finding.count
        before = self._state.faults
        for (code, path), count in gone.items():
            if after.faults[code, path] > before[code, path] - count:
                return f"{code} would still be there"
        if self._reveals:
            return ""
        totals, left = _by_code(before), _by_code(gone)
        for name, total in _by_code(after.faults).items():
            # What a fix makes superfluous is taken out in the next pass.
            if name != SUPERFLUOUS and total > totals[name] - left[name]:
                risen = [(count - before[key], key[1]) for key, count in after.faults.items() if key[0] == name]
                return f"it would bring {name} in {max(risen)[1]}"
        return ""


def _by_code(faults: Counter[tuple[str, str]]) -> Counter[str]:
    totals: Counter[str] = Counter()
    for (code, _), count in faults.items():
        totals[code] += count
    return totals
