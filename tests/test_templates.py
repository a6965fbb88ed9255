"""Templates: what is put into them is read again as what it was."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from crslint.fix.templates import block, filled, listed, scalar
from crslint.source.parser import parse

WORDS = st.one_of(
    st.text(max_size=12),
    st.from_regex(r"[0-9a-fxoe:.+_~ #&*!?|>%@`'\"{}\[\],-]{0,8}", fullmatch=True),
    st.sampled_from(
        [
            "yes",
            "~",
            "2024-01-01",
            "1:30",
            "0o7",
            "1e3",
            "0x_",
            ".1_",
            "1:30.5",
            ".5",
            "-",
            "a: b",
            "a #b",
            "=",
            "<<",
            "$x",
        ]
    ),
)
LEAVES = st.one_of(WORDS, st.integers(-(2**31), 2**31), st.booleans())


def mappings(values: st.SearchStrategy[Any], size: int = 1) -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(WORDS, values, min_size=size, max_size=3)


TREES = st.recursive(
    LEAVES, lambda inner: st.lists(LEAVES | mappings(inner), max_size=3) | mappings(inner, 0), max_leaves=8
)


def read(text: str) -> Any:
    """As Kubernetes reads it; other readers of YAML agree."""
    parsed = parse(text, lambda index: f"a.yaml:{index}#")
    assert parsed.problems == ()
    ((_, data),) = parsed.documents
    assert yaml.safe_load(text) == data
    return data


@given(WORDS)
def test_a_scalar_is_read_as_what_it_was(word: str) -> None:
    assert read(f"a: {scalar(word)}\n") == {"a": word}
    assert read(f"- {scalar(word)} # a comment\n") == [word]


@given(mappings(TREES))
def test_a_block_is_read_as_what_it_was(data: dict[str, Any]) -> None:
    assert read("".join(block(data))) == data


@given(st.lists(WORDS, min_size=1), st.dictionaries(WORDS, LEAVES, min_size=1))
def test_lists_are_read_as_what_they_were(items: list[str], entries: dict[str, Any]) -> None:
    assert read(listed(items)) == items
    assert read(listed(entries)) == entries


def test_a_line_that_is_a_placeholder_goes_where_there_is_nothing() -> None:
    values = {
        "api_version": "a/v1",
        "name": "x",
        "selector": "matchLabels:\n  a: b",
        "kind": "ConfigMap",
        "payload": "y",
    }
    text = filled("create/set.yaml", {**values, "namespace": ""})
    assert text.split("\n")[2:7] == ["metadata:", "  name: x", "spec:", "  clusterSelector:", "    matchLabels:"]
    with pytest.raises(KeyError, match="namespace"):
        filled("create/set.yaml", values)
