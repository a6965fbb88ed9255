"""The kinds that have a schema, for people at a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from crslint.report.page import table
from crslint.report.printable import harmless
from crslint.schema.catalogue import Known


def kind_list(known: Sequence[Known]) -> str:
    """A table of group, kind, versions and origin."""
    head = ("GROUP", "KIND", "VERSIONS", "FROM")
    rows = [(each.group or "core", each.kind, ", ".join(each.versions), each.origin) for each in known]
    return table(head, [tuple(map(harmless, row)) for row in rows])
