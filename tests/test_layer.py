"""Character maps of scalars: every character of a value stands in the text where the map says it does."""

from __future__ import annotations

import json

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st
from yaml.nodes import ScalarNode

from crslint.source.layer import character_map, content_start
from crslint.source.parser import SyntaxFault, compose

BREAKS = "\n\r\x85\u2028\u2029"

CHARACTERS = st.sampled_from("ab:#-'\"\\/{[,&* \t\n\n" + "é😀\xa0\x85\u2028\x07")
VALUES = st.text(CHARACTERS, max_size=60)
# Pieces of scalars as people and programs write them; most combinations parse, the others are skipped.
QUOTED = st.lists(
    st.sampled_from(
        ["a", "b ", " ", "\t", "\n", "\n  ", "\n\n ", "\r\n  ", "\r ", "''", "x\\\n   ", "\u2028", "\x85 "]
    ),
    max_size=12,
)
ESCAPED = st.lists(
    st.sampled_from(
        [
            "a",
            " ",
            "\n  ",
            "\n\n ",
            "\\n",
            "\\t",
            "\\\\",
            '\\"',
            "\\\n   \\ ",
            "\\\r\n\n  b",
            "\\x41",
            "\\u00e9",
            "\\U0001f600",
            "\\\t",
            "\\/",
            " \\\n",
            "\t",
        ]
    ),
    max_size=12,
)
LINES = st.lists(
    st.tuples(st.integers(0, 5), st.sampled_from(["", "a", "a b ", "\tc", "#d", "e\u2028", "f:"])), max_size=8
)


def scalar(text: str) -> ScalarNode:
    """The value of the only entry of the only document."""
    _, root = next(compose(text))
    assert root is not None
    node = root.value[0][1]
    assert isinstance(node, ScalarNode)
    return node


def check(text: str) -> None:
    """The map of the scalar spells its value, from left to right, and leaves out nothing but blanks."""
    node = scalar(text)
    start = content_start(text, node.start_mark.index)
    end = node.end_mark.index
    found = character_map(text, start, end, node.style, node.value)
    assert found is not None, (text, node.value)
    position = start
    for offset, char in enumerate(node.value):
        first, last = found.span(offset, offset + 1)
        assert position <= first < last <= end
        if offset:
            skipped = text[position:first]
            assert not skipped.strip(" \t" + BREAKS + "\\"), (text, offset, skipped)
        assert spells(text[first:last], char, node.style), (text, node.value, offset, text[first:last])
        assert found.place(offset) == first
        position = last
    assert found.span(0, len(node.value)) == ((found.place(0), position) if node.value else (found.place(0),) * 2)


def spells(piece: str, char: str, style: str) -> bool:
    if piece == char or (style == "'" and piece == "''" and char == "'"):
        return True
    if piece.startswith("\\ud"):
        return bool(json.loads(f'"{piece}"') == char)
    if style == '"' and piece.startswith("\\"):
        return bool(yaml.load(f'"{piece}"', yaml.CSafeLoader) == char)
    return char in " \n\u2028\u2029" and not piece.strip(" \t" + BREAKS) and any(item in BREAKS for item in piece)


def check_if_readable(text: str) -> None:
    try:
        node = next(compose(text))[1]
    except SyntaxFault:
        return
    if (
        node is not None
        and isinstance(node.value, list)
        and len(node.value) == 1
        and isinstance(node.value[0][1], ScalarNode)
    ):
        check(text)


@given(
    VALUES,
    st.sampled_from([None, "'", '"', "|", ">"]),
    st.integers(5, 80),
    st.integers(2, 6),
    st.booleans(),
    st.sampled_from(["\n", "\r\n", "\r"]),
)
def test_what_pyyaml_writes(
    value: str, style: str | None, width: int, indent: int, unicode: bool, line_break: str
) -> None:
    text = yaml.dump(
        {"key": value}, default_style=style, width=width, indent=indent, allow_unicode=unicode, line_break=line_break
    )
    check(text)


@given(QUOTED)
def test_single_quoted(pieces: list[str]) -> None:
    check_if_readable("k: '" + "".join(pieces) + "'\n")


@given(ESCAPED)
def test_double_quoted(pieces: list[str]) -> None:
    check_if_readable('k: "' + "".join(pieces) + '"\n')


@given(QUOTED, st.booleans())
def test_plain(pieces: list[str], flow: bool) -> None:
    content = "".join(pieces)
    check_if_readable(f"{{k: a{content}}}" if flow else f"k: a{content}\n")


@given(
    LINES,
    st.sampled_from("|>"),
    st.sampled_from(["", "-", "+", "2", "1-", "+3", " # why"]),
    st.sampled_from(["\n", "\r\n", "\r", "\x85"]),
    st.sampled_from(["", "\n", "# end\n", "l: m\n"]),
)
@example([(2, "a"), (0, ""), (4, "b"), (2, "c"), (0, ""), (2, "d")], ">", "", "\n", "")
def test_blocks(lines: list[tuple[int, str]], style: str, header: str, line_break: str, rest: str) -> None:
    body = line_break.join(" " * indent + content for indent, content in lines)
    check_if_readable(f"k: {style}{header}{line_break}{body}")
    check_if_readable(f"k: &a !!str {style}{header}{line_break}{body}{line_break}")
    check_if_readable(f"k:\n  {style}{header}{line_break}{body}{line_break}{rest}".replace("\nl: m", ""))


@given(VALUES)
def test_json(value: str) -> None:
    check(json.dumps({"key": value}))
    check(json.dumps({"key": value}, ensure_ascii=False))
    check(json.dumps({"key": value}, indent=1))


def test_json_writes_a_character_as_two_escapes() -> None:
    text = '{"k": "a\\ud83d\\ude00b"}'
    node = scalar(text)
    found = character_map(text, node.start_mark.index, node.end_mark.index, node.style, node.value)
    assert found is not None
    assert node.value == "a😀b"
    assert text[slice(*found.span(1, 2))] == "\\ud83d\\ude00"
    assert text[slice(*found.span(2, 3))] == "b"


@pytest.mark.parametrize(
    ("text", "inner", "outer"),
    [
        ("k: |\n  one\n  two\n", "two", "two"),
        ("k: |\n  one\n  two\n", "e\nt", "e\n  t"),
        ("k: |2-\n    one\n\n  two\n\n", "  one\n\nt", "  one\n\n  t"),
        ("k: |\r\n  one\r\n  two\r\n", "e\nt", "e\r\n  t"),
        ("k: >-\n  one\n  two\n", "e t", "e\n  t"),
        ("k: >\n  one\n\n  two\n", "e\nt", "e\n\n  t"),
        ("k: >\n  one\n    two\n  three\n", "one\n  two\nthree", "one\n    two\n  three"),
        ('k: "one\n\n  two"', "e\nt", "e\n\n  t"),
        ('k: "one \\\n  \\ two"', "e  t", "e \\\n  \\ t"),
        ('k: "one\\n\\\n  two\\n\\"three\\""', '"three"', '\\"three\\"'),
        ("k: 'it''s\n  one'", "'s o", "''s\n  o"),
        ("k: one\n   two", "one two", "one\n   two"),
    ],
)
def test_a_span_is_cut_out_with_what_stands_between(text: str, inner: str, outer: str) -> None:
    node = scalar(text)
    found = character_map(text, node.start_mark.index, node.end_mark.index, node.style, node.value)
    assert found is not None
    start = node.value.index(inner)
    assert text[slice(*found.span(start, start + len(inner)))] == outer


def test_an_empty_span_stays_empty() -> None:
    text = 'k: "a\\nb"'
    found = character_map(text, 3, len(text), '"', "a\nb")
    assert found is not None
    assert found.span(2, 2) == (7, 7)
    assert found.span(3, 3) == (8, 8)
    assert found.span(0, 0) == (4, 4)


def test_text_that_does_not_spell_the_value_has_no_map() -> None:
    assert character_map("k: abc", 3, 6, "", "something else") is None
