"""Fixes that are more than edits at addresses: one module each, named like the transform."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import NamedTuple

from crslint.finding import Finding
from crslint.fix.change import Change
from crslint.fix.sites import Sheets
from crslint.fleet.fleet import Fleet

Changes = Callable[[Finding, Fleet, Sheets], Sequence[Change]]


class Transform(NamedTuple):
    """``changes`` raises CannotFix; a ``late`` one writes whole values anew, after all smaller edits."""

    module: str
    late: bool = False

    @property
    def changes(self) -> Changes:
        found: Changes = import_module(f"crslint.fix.transforms.{self.module}").changes
        return found


TRANSFORMS: Mapping[str, Transform] = {
    "remove-suppression": Transform("suppression"),
}
