"""The YAML test suite: nothing hangs or raises, and what must be refused is refused, or it is known why not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from crslint.source.parser import parse

SUITE = Path(__file__).parents[1].parent / "shared" / "data" / "yaml-test-suite"

pytestmark = pytest.mark.skipif(not SUITE.is_dir(), reason="the shared data is not here")

CASES = {str(path.parent.relative_to(SUITE)): path for path in sorted(SUITE.rglob("in.yaml"))}

_LAX = "libyaml's scanner is laxer than YAML 1.2, go-yaml's is its port and lists the case among its known failures"

# Texts that must be refused and are not.
ACCEPTED = {
    "9C9N": f"a flow sequence indented too little: {_LAX}",
    "9HCY": f"a directive without a document end before it: {_LAX}",
    "9JBA": f"a comment without a blank before it: {_LAX}",
    "CVW2": f"a comment without a blank before it: {_LAX}",
    "DK95/01": f"a tab that indents a quoted scalar: {_LAX}",
    "EB22": f"a directive without a document end before it: {_LAX}",
    "G5U8": f"a dash as an item of a flow sequence: {_LAX}",
    "MUS6/00": f"a comment in a directive without a blank before it: {_LAX}",
    "MUS6/01": "a directive without a document end before it, as in EB22; two null documents",
    "QB6E": f"a quoted scalar indented too little: {_LAX}",
    "RHX7": f"a directive without a document end before it: {_LAX}",
    "S98Z": f"a block scalar with more blanks than its first line: {_LAX}",
    "SU5Z": f"a comment without a blank before it: {_LAX}",
    "X4QW": f"a comment without a blank before it: {_LAX}",
    "Y79Y/003": f"a tab that indents an item of a flow sequence: {_LAX}",
    "YJV2": f"a dash as an item of a flow sequence: {_LAX}",
}

# Where what is read is not what the suite says.
READ_OTHERWISE = {
    "565N": "!!binary is decoded, as go-yaml does it",
    "652Z": "libyaml takes a ? in a flow mapping for the sign of a key",
    "C4HZ": "the key y is a boolean for go-yaml",
    "HM87/01": "libyaml takes a ? in a flow sequence for the sign of a key",
    "JEF9/02": "libyaml reads no line break where the text ends in blanks",
    "L24T/01": "libyaml reads no line break where the text ends in blanks",
    "S4JQ": "the tag ! leaves a plain scalar plain for go-yaml",
    "Y2GN": "libyaml ends an anchor at a colon",
}


@pytest.mark.parametrize("name", CASES)
def test_case(name: str) -> None:
    text = CASES[name].read_bytes().decode("utf-8")
    parsed = parse(text, lambda index: f"in.yaml:{index}#")
    for problem in parsed.problems:
        start, end = problem.span or (-1, -1)
        assert 0 <= start <= end <= len(text)
    folder = CASES[name].parent
    if (folder / "error").exists():
        assert (parsed.fault is None) == (name in ACCEPTED)
    elif parsed.fault is None and (folder / "in.json").exists():
        expected = _values((folder / "in.json").read_text(encoding="utf-8"))
        assert ([value for _, value in parsed.documents] == expected) == (name not in READ_OTHERWISE)


def test_the_lists_name_cases() -> None:
    assert set(ACCEPTED) | set(READ_OTHERWISE) <= set(CASES)


def _values(text: str) -> list[Any]:
    decoder = json.JSONDecoder()
    values = []
    while text := text.lstrip():
        value, end = decoder.raw_decode(text)
        values.append(value)
        text = text[end:]
    return values
