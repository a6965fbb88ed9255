"""What is recognised without the engine is what the engine takes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crslint.data import data_dir
from crslint.schema.patterns import SURE, matches


def patterns(schema: Any) -> Iterator[str]:
    for key, value in schema.items() if isinstance(schema, dict) else enumerate(schema):
        if key == "pattern" and isinstance(value, str):
            yield value
        elif isinstance(value, (dict, list)):
            yield from patterns(value)


def bundled() -> set[str]:
    files = data_dir("schemas").rglob("*.json")
    return {pattern for file in files for pattern in patterns(json.loads(file.read_text(encoding="utf-8")))}


def of_rules() -> Iterator[str]:
    for file in data_dir("rules").rglob("rule.yaml"):
        yield from re.findall(r'matches\("(.*?)"\)', file.read_text(encoding="utf-8"))


def engine_takes(pattern: str, text: str) -> bool:
    return jsonschema_rs.Draft202012Validator({"pattern": pattern}).is_valid(text)


@pytest.mark.parametrize("start", SURE)
def test_what_is_sure_matches(start: str) -> None:
    known = {*bundled(), *of_rules()}
    meant = [each for each in known if each == start or (start.endswith("|") and each.startswith(start))]
    assert meant

    @given(st.from_regex(SURE[start], fullmatch=True))
    def law(text: str) -> None:
        assert all(engine_takes(pattern, text) for pattern in meant)

    law()


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$", "a--b.c"),
        (r"^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$", "a..b"),
        ("[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}", "x 00:11:22:33:44:55 y"),
    ],
)
def test_what_is_not_sure_is_left_to_the_engine(pattern: str, text: str) -> None:
    assert matches(pattern, text)
    assert not matches(pattern, "-")


def test_names_are_not_sure_with_a_line_end() -> None:
    assert not matches("^[a-zA-Z][a-zA-Z0-9._-]*$", "name\n")
