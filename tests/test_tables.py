"""The tables of facts in `crslint/fleet/tables`."""

from __future__ import annotations

from crslint.fleet import table


def test_the_index_has_what_the_tables_say() -> None:
    # python -m crslint.fleet.table writes it anew.
    assert table.INDEX.read_text(encoding="utf-8") == table.index()
