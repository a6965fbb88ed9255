"""Scalars with a new value: it is what is read back, and everything around it stays."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from yaml.nodes import ScalarNode

from crslint.source.parser import SyntaxFault, compose
from crslint.source.rewrite import rewrite, spliced

LINES = st.lists(
    st.sampled_from(
        ["a", "b c", "b  c d", "b      c     d", "", "", " x", "\ty", "z ", "it's", '"q"', "\\n", "é😀", "- a: #"]
    ),
    max_size=8,
)
VALUES = st.builds(lambda lines, end: "\n".join(lines) + "\n" * end, LINES, st.integers(0, 3))
ODD = st.one_of(VALUES, st.text(st.sampled_from("a \n\t\r\x85\u2028\ufeff\x07'\"\\:#"), max_size=12))
STYLES = st.sampled_from([None, "'", '"', "|", ">"])


def scalar(text: str, key: str = "key") -> ScalarNode:
    _, root = next(compose(text))
    assert root is not None
    (node,) = [value for name, value in root.value if name.value == key]
    assert isinstance(node, ScalarNode)
    return node


def rewritten(text: str, new: str) -> str:
    """The text after the rewrite; what lies around the scalar is compared on the way."""
    node = scalar(text)
    span = (node.start_mark.index, node.end_mark.index)
    (start, end), replacement = rewrite(text, span, node.style, node.value, new)
    assert span[0] <= start <= end <= span[1]
    result = text[:start] + replacement + text[end:]
    assert scalar(result).value == new, (text, result)
    return result


def check(text: str, new: str) -> None:
    result = rewritten(text, new)
    around = [(key.value, value.value) for key, value in next(compose(text))[1].value]  # type: ignore[union-attr]
    after = [(key.value, value.value) for key, value in next(compose(result))[1].value]  # type: ignore[union-attr]
    assert [item for item in around if item[0] != "key"] == [item for item in after if item[0] != "key"]
    assert rewritten(result, new) == result


@given(VALUES, ODD, STYLES, st.integers(5, 60), st.integers(2, 5), st.sampled_from(["\n", "\r\n"]))
def test_what_pyyaml_writes(value: str, new: str, style: str | None, width: int, indent: int, line_break: str) -> None:
    written = yaml.dump({"key": value}, default_style=style, width=width, indent=indent, line_break=line_break)
    check(f"before: 1{line_break}{written}after: 2{line_break}" if not written.startswith('"') else written, new)


@given(VALUES, ODD)
def test_json_stays_json(value: str, new: str) -> None:
    text = json.dumps({"a": 1, "key": value, "b": [2]})
    assert json.loads(rewritten(text, new)) == {"a": 1, "key": new, "b": [2]}


@given(
    st.lists(st.tuples(st.integers(2, 5), st.sampled_from(["", "a", "b c ", "\td", "e"])), min_size=1, max_size=7),
    st.sampled_from("|>"),
    st.sampled_from(["", "-", "+", "2", "+2", " # why"]),
    st.sampled_from(["", "\n", "\n\n", "\nafter: 2\n", "\n# end\n"]),
    ODD,
)
def test_blocks(lines: list[tuple[int, str]], style: str, header: str, rest: str, new: str) -> None:
    body = "\n".join(" " * indent + content for indent, content in lines)
    text = f"before: 1\nkey: &a !!str {style}{header}\n{body}{rest}"
    try:
        if scalar(text).style != style:
            return
    except (SyntaxFault, ValueError):
        return
    check(text, new)


@given(
    st.lists(st.sampled_from(["a", "b ", "\n  ", "\n\n  ", "\\\n  ", "\\n", "\\\n  \\ ", '\\"', "\\x41"]), max_size=9),
    ODD,
)
def test_folded_quotes(pieces: list[str], new: str) -> None:
    text = 'before: 1\nkey: "' + "".join(pieces) + '"\nafter: 2\n'
    check(text, new)
    check(text.replace('\\"', "''").replace('"', "'"), new)


@pytest.mark.parametrize(
    ("text", "old", "new", "expected"),
    [
        ("k: 1\nkey: |  # c\n  a\n\n  b\n   \nz: 1\n", "b", "c\nd", "k: 1\nkey: |  # c\n  a\n\n  c\n  d\n   \nz: 1\n"),
        ("key: |\r\n    a\r\n    b\r\nz: 1\r\n", "b", "c\nd", "key: |\r\n    a\r\n    c\r\n    d\r\nz: 1\r\n"),
        ("key: >\n  a\n  b\n\n  c\n  d\n", "c d", "e", "key: >\n  a\n  b\n\n  e\n"),
        ("key: |\n  a\n\n\nz: 1\n", "a\n", "b", "key: |-\n  b\n\n\nz: 1\n"),
        ("key: |\n  a", "a", "b\nc", "key: |\n  b\n  c"),
        ('key: "a b\\n\\\n  \\  c\\td"\n', "d", 'e"', 'key: "a b\\n\\\n  \\  c\\te\\""\n'),
        ("key: 'a\n\n  b c'\n", "c", "it's", "key: 'a\n\n  b it''s'\n"),
        ("key: &x !!str abc # why\n", "b", "x: y", "key: &x !!str 'ax: yc' # why\n"),
        ("[{key: abc}]"[1:-1], "b", ",", "{key: 'a,c'}"),
        ("key: abc\n", "abc", "yes", "key: 'yes'\n"),
        ("key: abc\n", "abc", "12", "key: '12'\n"),
        ("key: YWJj\n", "Jj", "Jk/+=", "key: YWJk/+=\n"),
        ("key: |\n  a\n", "a", " a", 'key: " a\\n"\n'),
        ("key: |\n  a\nz: 1\n", "a", "\x07", 'key: "\\u0007\\n"\nz: 1\n'),
    ],
)
def test_bytes_that_stay(text: str, old: str, new: str, expected: str) -> None:
    value = scalar(text).value
    assert old in value
    assert rewritten(text, value.replace(old, new)) == expected


SPLICES = st.lists(
    st.tuples(st.floats(0, 1), st.floats(0, 0.2), st.sampled_from(["", "x", "\n", "a: b\n", "---\n", "  y", "it's"])),
    min_size=1,
    max_size=4,
)


def splices_of(value: str, shares: list[tuple[float, float, str]]) -> list[tuple[tuple[int, int], str]]:
    """Sorted changes of a value that do not touch each other."""
    found: list[tuple[tuple[int, int], str]] = []
    for at, width, piece in sorted(shares):
        start = int(at * len(value))
        end = min(len(value), start + int(width * len(value)))
        if not found or start > found[-1][0][1]:
            found.append(((start, end), piece))
    return found


def check_splices(text: str, shares: list[tuple[float, float, str]]) -> None:
    node = scalar(text)
    splices = splices_of(node.value, shares)
    new = node.value
    for (start, end), piece in reversed(splices):
        new = new[:start] + piece + new[end:]
    edits = spliced(text, (node.start_mark.index, node.end_mark.index), node.style, node.value, splices)
    assert all(one[0][1] <= other[0][0] for one, other in pairwise(edits))
    result = text
    for (start, end), piece in reversed(edits):
        result = result[:start] + piece + result[end:]
    assert scalar(result).value == new, (text, splices, result)


@given(VALUES, SPLICES, STYLES, st.integers(5, 60), st.integers(2, 5), st.sampled_from(["\n", "\r\n"]))
def test_several_changes_of_one_value(
    value: str, shares: list[tuple[float, float, str]], style: str | None, width: int, indent: int, line_break: str
) -> None:
    written = yaml.dump({"key": value}, default_style=style, width=width, indent=indent, line_break=line_break)
    check_splices(
        f"before: 1{line_break}{written}after: 2{line_break}" if not written.startswith('"') else written, shares
    )


def test_what_lies_between_changes_stays() -> None:
    folded = 'key: "a: 1\\n\\\n  b: 2\\n\\\n  c: 3\\n"\n'
    node = scalar(folded)
    splices = [((3, 4), "9"), ((13, 14), "8")]
    edits = spliced(folded, (node.start_mark.index, node.end_mark.index), '"', node.value, splices)
    result = folded
    for (start, end), piece in reversed(edits):
        result = result[:start] + piece + result[end:]
    assert result == 'key: "a: 9\\n\\\n  b: 2\\n\\\n  c: 8\\n"\n'
