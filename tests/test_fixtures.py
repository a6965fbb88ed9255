"""The fleet that is right, and the bundle that people write the first time."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from checking import CHECKOUT, check

from crslint.fleet.reference import ENTITIES
from crslint.record import fields

FIXTURES = CHECKOUT / "fixtures"
TABLE = Path(__file__).with_name("pattern.yaml")


@pytest.mark.parametrize("options", [(), ("--no-config",), ("--profile", "strict")], ids=" ".join)
def test_the_conforming_fleet_has_no_fault(options: tuple[str, ...]) -> None:
    checked = check(FIXTURES / "conforming", *options)
    grave = [finding for finding in checked.findings if finding["severity"] != "info"]
    assert grave == []
    assert checked.exit_code == 0
    assert checked.report["summary"]["clusters"] == 2


def test_the_pattern_has_exactly_the_reviewed_faults() -> None:
    checked = check(FIXTURES / "pattern")
    found = [(item["code"], item["path"], item["line"], item["column"]) for item in checked.findings]
    table = yaml.safe_load(TABLE.read_text())
    expected = [
        (item["code"], path, *map(int, item["at"].split(":"))) for path, items in table.items() for item in items
    ]
    assert sorted(found) == sorted(expected)
    assert checked.exit_code == 1


def test_what_entities_share_stays_empty() -> None:
    check(FIXTURES / "pattern")
    defaults = [each.default for entity in ENTITIES.values() for each in fields(entity)]
    shared = [default for default in defaults if isinstance(default, (list, dict))]
    assert len(shared) > 50
    assert not any(shared)
