"""Every rule that comes with crslint: loaded, named, explained, and shown by its examples."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from crslint.data import data_dir
from crslint.examples import reports_of
from crslint.policy.rule import Rule
from crslint.policy.rules import load_rules
from crslint.report.specimen import specimens

_RULES = load_rules(cached=False)


def test_all_rules_load() -> None:
    assert [str(fault) for fault in _RULES.faults] == []


@pytest.mark.parametrize("rule", _RULES.rules.values(), ids=lambda rule: rule.code)
def test_a_rule_is_where_its_code_says_and_tells_why(rule: Rule) -> None:
    folder = Path(rule.folder)
    assert folder.parent.name == rule.code[:3].lower()
    assert len(folder.name) <= 40
    assert rule.references
    assert not str(rule.message.parts[0]).startswith(("The ", "A ", "An ", "This ", "It ", "No "))
    last = rule.message.parts[-1]
    assert not isinstance(last, str) or not last.rstrip().endswith(".")


@pytest.mark.parametrize("rule", _RULES.rules.values(), ids=lambda rule: rule.code)
def test_what_a_rule_says_of_its_example_is_a_whole_sentence(rule: Rule) -> None:
    shown = specimens(rule)
    assert shown is not None
    reports = reports_of(rule, shown.bad.folder)
    assert reports
    for report in reports:
        message = report.message
        assert not message.removeprefix('4 lines after "..."').count("..."), message
        assert "  " not in message
        assert not message.endswith(".")
        assert " ? " not in message


def test_the_schema_is_a_schema() -> None:
    import jsonschema

    schema = json.loads((data_dir("schemas") / "rule.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
