"""Fixes that are more than edits at addresses: one module each, named like the transform."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module

from crslint.finding import Finding
from crslint.fix.change import Change
from crslint.fix.sites import Sheets
from crslint.fleet.fleet import Fleet
from crslint.row import NamedTuple

Changes = Callable[[Finding, Fleet, Sheets], Sequence[Change]]


class Transform(NamedTuple):
    """``changes`` of the module raises CannotFix; a ``late`` transform writes whole values, after smaller edits."""

    module: str
    late: bool = False

    @property
    def changes(self) -> Changes:
        found: Changes = import_module(f"crslint.fix.transforms.{self.module}").changes
        return found


# By the names that rules use, which `schemas/rule.json` lists too.
TRANSFORMS: Mapping[str, Transform] = {
    "add-namespace": Transform("namespacedocument"),
    "change-version": Transform("versions"),
    "expand-list": Transform("expandlist"),
    "insert-separator": Transform("separator"),
    "match-version": Transform("matching"),
    "mend-duplicate-key": Transform("duplicatekey"),
    "merge-sets": Transform("merging", late=True),
    "move-binary-data": Transform("binarydata"),
    "move-to-git": Transform("peering"),
    "order-payload": Transform("order", late=True),
    "quote-scalar": Transform("quotes"),
    "remove-server-fields": Transform("serverfields"),
    "remove-suppression": Transform("suppression"),
    "renumber-sets": Transform("numbers", late=True),
    "repack-json-list": Transform("jsonlist", late=True),
    "replace-deprecated-field": Transform("kustomizefields"),
    "rewrite-json-list": Transform("jsonrewrite"),
    "set-native-cidr": Transform("nativecidr"),
    "set-namespace": Transform("namespaces"),
    "write-name-reference": Transform("namereference"),
}
