"""From a finding to the changes that mend it."""

from __future__ import annotations

from collections.abc import Sequence

from crslint.finding import Finding
from crslint.fix.change import CannotFix, Change
from crslint.fix.creation import created
from crslint.fix.sites import Sheets
from crslint.fix.transforms import TRANSFORMS
from crslint.fleet.fleet import Fleet
from crslint.row import NamedTuple
from crslint.source.tree import Tree


class Context(NamedTuple):
    """What a fix may look at: everything as it is before any fix of the same pass."""

    tree: Tree
    fleet: Fleet
    sheets: Sheets


def planned(finding: Finding, context: Context) -> Sequence[Change]:
    """Raises CannotFix."""
    fix = finding.fix
    assert fix is not None  # only findings with a fix are planned
    if fix.edits:
        return fix.edits
    if fix.create is not None:
        return created(fix.create, context.tree, context.fleet)
    transform = TRANSFORMS.get(fix.transform or "")
    if transform is None:
        raise CannotFix(f"there is no transform {fix.transform}")
    try:
        return transform.changes(finding, context.fleet, context.sheets)
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        # Documents may hold anything anywhere: a fix is no reason to end a run.
        raise CannotFix(f"something in it is not as expected ({type(error).__name__})") from error


def turn(finding: Finding) -> int:
    """Fixes of a lower turn come first: what reveals something, edits, then what writes whole values anew."""
    fix = finding.fix
    assert fix is not None  # only findings with a fix have a turn
    if fix.reveals:
        return 0
    transform = TRANSFORMS.get(fix.transform or "")
    return 2 if transform is not None and transform.late else 1
