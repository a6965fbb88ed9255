"""What is read line by line, or as JSON, is what libyaml and the walk make of the same text."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from crslint.source.blocks import read_blocks
from crslint.source.document import Json
from crslint.source.objections import objection
from crslint.source.parser import compose, parse, parse_anything
from crslint.source.scalars import UnusualError
from crslint.source.strictjson import read_json

PROJECT = Path(__file__).parents[1]
SHARED = PROJECT.parent / "shared" / "data"


def is_plain(text: str) -> bool:
    """Whether it was read without the composer; if so, asserts that nothing else could have come of it."""
    parsed = parse(text, str)
    if not parsed.is_plain:
        return False
    expected = parse_anything(text, str)
    assert not expected.problems
    # As text: the order of keys counts, and 1, 1.0 and true are three things.
    assert repr(parsed.documents) == repr(expected.documents)
    assert len(list(_containers(parsed.documents))) == len({id(item) for item in _containers(parsed.documents)})
    assert not any(objection(root, text) for _, root in compose(text))
    return True


def _containers(value: Any) -> Iterator[Any]:
    if isinstance(value, dict | list | tuple):
        if not isinstance(value, tuple):
            yield value
        yield from chain.from_iterable(map(_containers, value.values() if isinstance(value, dict) else value))


@pytest.mark.parametrize("place", ["fixtures", "rules"])
def test_our_own_files(place: str) -> None:
    files = [path for path in sorted((PROJECT / place).rglob("*.yaml")) if path.is_file()]
    plain = [is_plain(path.read_bytes().decode("utf-8", "replace")) for path in files]
    assert sum(plain) > 0.9 * len(plain)


@pytest.mark.skipif(not SHARED.exists(), reason="the shared data is not here")
@pytest.mark.parametrize("place", ["corpus", "payloads", "crds", "yaml-test-suite"])
def test_files_of_others(place: str) -> None:
    files = [path for path in sorted((SHARED / place).rglob("*")) if path.suffix in (".yaml", ".yml", ".json")]
    plain = [is_plain(path.read_bytes().decode("utf-8", "replace")) for path in files if path.is_file()]
    assert any(plain)


PLAIN: dict[str, list[Json]] = {
    "": [],
    "# nothing\n\n": [],
    "---\n---\n": [None, None],
    "a: 1\n--- # next\nb: y\n---\n": [{"a": 1}, {"b": True}, None],
    "a:\n- b: 1\n  c:\n  - x\n  -  d: {}\n\n     e: []\n- f\ng:\n": [
        {"a": [{"b": 1, "c": ["x", {"d": {}, "e": []}]}, "f"], "g": None}
    ],
    "  a:\n      b:   c d  # e\n  'f': \"g # h\"\n": [{"a": {"b": "c d"}, "f": "g # h"}],
    "a: |\n\n   x\n\n     y: |\n  # here it ends\nb: |-\n  z\n  \nc: |\n": [
        {"a": "\nx\n\n  y: |\n", "b": "z", "c": ""}
    ],
    "- |\n x\n- -1\n- :8080\n- https://x.y/z#a\n- a: [b, 'c d', {\"e\": 0x10}]\n": [
        ["x\n", -1, ":8080", "https://x.y/z#a", {"a": ["b", "c d", {"e": 16}]}]
    ],
    "1: a\ny: b\nx.y/z: ${V}\na:b: c\n": [{"1": "a", "true": "b", "x.y/z": "${V}", "a:b": "c"}],
    "a: é\nb: 日本  # ü\n": [{"a": "é", "b": "日本"}],
    '\n {"a": [1, -0.5e1, true, null, "b\\n\\u00e9"],\n "c":{}}\n': [{"a": [1, -5.0, True, None, "b\né"], "c": {}}],
    "[]": [[]],
    "# c\n\n  # d\n{}": [{}],
    "a: >-\n  b\n  c: d\n\nb: >\n  e # f\n": [{"a": "b c: d", "b": "e # f\n"}],
    "a: 'it''s'\nb: \"\\\"c\\\" \\n\\t\\\\\"\n": [{"a": "it's", "b": '"c" \n\t\\'}],
    "a: [b,\n  {c: d}, \n  e]\nf: {g: h,\n   i: j}\n": [{"a": ["b", {"c": "d"}, "e"], "f": {"g": "h", "i": "j"}}],
}


@pytest.mark.parametrize("text", PLAIN)
def test_plain_texts(text: str) -> None:
    assert is_plain(text)
    assert [data for _, data in parse(text, str).documents] == PLAIN[text]


@pytest.mark.parametrize(
    "text",
    [
        *(
            "a: &x 1",
            "a: *x",
            "a: !x 1",
            "<<: {}",
            "~: 1",
            "a: .inf",
            "? a\n: b",
            "%YAML 1.1\n---\na: 1",
            "a: 1\n...\n",
        ),
        *("a: b\n  c\n", "a:\n  b\n", 'a: "b\n  c"\n'),
        *("a: >\n  b\n\n  c\n", "a: |2\n   b\n", "a: |+\n  b\n\n", "a: |\n  b"),
        *(
            "a: b: c",
            "a: b:",
            "a: @b",
            "a: - b",
            "- - a",
            "-\n",
            "a",
            'a: "\\x"',
            "a:\tb",
            "a: 1\r\nb: 2",
        ),
        *("a: 1\na: 2", "a:\n  b: {c: 1, c: 2}", "a: 1\n - b\n"),
        *("a:\n  - b\n - c\n", "  a: 1\n b: 2\n", "- a\nb: 1\n"),
        *(
            "a: [b",
            "a: {b, c}",
            "a: [b, ]",
            "a: [b: c]",
            "a: [b c]",
            "a: ['b''c']",
            "a: |\n    \n  b\n",
            "- a: 1\n - b\n",
        ),
        *(
            "\ufeffa: 1",
            "a: \x85b",
            "a: b\u2028c",
            "a: \ud800",
            "a: \x07",
            "{a: 1}",
            '{"a": 1, "a": 2}',
            '["\\ud83d\\ude00"]',
        ),
        *(
            '{"a"\n: 1}',
            '{"a": "\\/"}',
            "[NaN]",
            "[1] 2",
            "[" * 150 + "]" * 150,
            f'{{"{"k" * 1100}": 1}}',
            f"{'k' * 1100}: 1",
        ),
    ],
)
def test_other_texts_are_left_to_libyaml(text: str) -> None:
    assert not is_plain(text)


_KEYS = ("a", "b", "c-d.e/f", "'g'", '"h i"', "1", "y", "null", "<<", "a b", "a:b", "?", "- a", "&x c", "$d", "[a]")
_VALUES = (
    *(
        "",
        "b",
        "b c",
        "1",
        "-1",
        "- b",
        "1.50",
        "0x1f",
        "yes",
        "~",
        ".inf",
        ".nan",
        ".",
        "...",
        "---",
        "--x",
        "-",
        ":x",
    ),
    *("b: c", "b:", "b:c", "b #c", "b#c", "#c", ": b", "? b"),
    *("?b", "!t b", "&x b", "*x", "@b", "%b", "`b", "$b", "<b"),
    *(
        "'b'",
        "'b''c'",
        "'b' c",
        "'b",
        '"b"',
        '"b" c',
        '"b"c',
        '"\\n"',
        '"b',
        '""',
        "''",
        "|",
        "|-",
        "|+",
        "|2",
        ">",
        "| x",
    ),
    *(
        "[]",
        "[b]",
        "[b, 'c', \"d\"]",
        "[b, [c]]",
        "[b,]",
        "[b c]",
        "[b: c]",
        "[-]",
        "[b:c, -1]",
        "[:b]",
        "[b]]",
        "[?b]",
    ),
    *(
        "{}",
        "{b: c}",
        "{b: c, d: [e]}",
        "{b}",
        "{b: }",
        "{b:c}",
        '{"b":c}',
        '{"b": c}',
        "{b: c}}",
        "{b: c} d",
        "{b: c, b: d}",
    ),
    *(
        "b,c",
        "b]",
        "{{ b }}",
        "${B}",
        "é",
        "b\\c",
        "b\\",
        "\tb",
        "b\t",
        "=",
        "b'",
        'b"',
        "(b)",
        "~b",
        "2024-01-02",
        "1_0",
    ),
)
_PART = st.tuples(
    st.sampled_from(["", "", "  ", "    ", " ", "   ", "      "]),
    st.sampled_from(["", "", "", "- ", "-  ", "-", "- - "]),
    st.sampled_from(["", *(f"{key}:" for key in _KEYS)]),
    st.sampled_from(["", " ", " ", "  "]),
    st.sampled_from(_VALUES),
    st.sampled_from(["", "", "", " ", " # c", "  #", "#c"]),
).map("".join)
_LINE = st.one_of(
    _PART, _PART, _PART, st.sampled_from(["", "  ", "---", "--- ", "--- # c", "--- b", "...", "# c", "  # c", "%b"])
)
_TEXT = st.tuples(st.lists(_LINE, max_size=8).map("\n".join), st.sampled_from(["\n", "\n", "", "\n\n"])).map("".join)


@settings(max_examples=1500)
@given(_TEXT)
@example("a:\n- b\n-  c:\n   - d\n   e: |\n    f\n\n    g\n")
def test_any_text_of_lines(text: str) -> None:
    is_plain(text)


@settings(max_examples=500)
@given(st.text(alphabet=" \n\n-:ab1|'\"#[]{},>&*!?~<.\\é"))
def test_any_text(text: str) -> None:
    is_plain(text)


_JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=5)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)),
    max_leaves=12,
)
_LAYOUT = st.tuples(
    st.sampled_from([None, 0, 1, 2]), st.sampled_from([(",", ":"), (", ", ": "), (" ,", " : ")]), st.booleans()
)


@settings(max_examples=500)
@given(_JSON, _LAYOUT)
def test_any_json(value: Json, layout: tuple[int | None, tuple[str, str], bool]) -> None:
    indent, separators, ascii_ = layout
    is_plain(json.dumps([value], indent=indent, separators=separators, ensure_ascii=ascii_))


@settings(max_examples=500)
@given(st.text(alphabet=' \n-:1a"\\u/e.[]{},'))
def test_any_text_that_begins_like_json(text: str) -> None:
    is_plain(f"[{text}")
    is_plain(f'{{"a":{text}')


def test_what_is_no_json() -> None:
    with pytest.raises(UnusualError):
        read_json("a: 1")
    with pytest.raises(UnusualError):
        read_blocks("[1]")
