"""Line tables: offsets, lines and columns."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from crslint.finding import Range
from crslint.source.text import Lines

TEXTS = st.text(st.sampled_from("ab\n\r\t\x0b\x85\u2028é😀\ufeff"), max_size=40)


def test_a_bom_is_a_character_of_the_first_line() -> None:
    text = "\ufeffa: b\r\nc: d"
    lines = Lines(text)
    assert lines.position(text.index("a")) == (1, 2)
    assert lines.position(text.index("c")) == (2, 1)


def test_lines_end_at_lf_crlf_and_cr_only() -> None:
    text = "a\x0bb\x0cc\x85d\u2028e\nf\r\ng\rh"
    lines = Lines(text)
    assert [lines.position(text.index(char)) for char in "aefgh"] == [(1, 1), (1, 9), (2, 1), (3, 1), (4, 1)]


def test_a_column_counts_characters() -> None:
    assert Lines("é😀\u0301x").position(3) == (1, 4)


def test_a_range_excludes_its_end() -> None:
    lines = Lines("a: b\nc: d\n")
    assert lines.range(3, 4) == Range(1, 4, 1, 5)
    assert lines.range(3, 9) == Range(1, 4, 2, 5)
    assert lines.range(9, 10) == Range(2, 5, 3, 1)
    assert lines.range(6, 6) == Range(2, 2, 2, 2)


def test_a_place_outside_is_taken_for_the_nearest_inside() -> None:
    lines = Lines("ab\ncd")
    assert lines.position(99) == (2, 3)
    assert lines.position(-1) == (1, 1)
    assert lines.offset(99, 1) == 3
    assert lines.offset(2, 99) == 5
    assert Lines("").position(0) == (1, 1)


@given(TEXTS, st.data())
def test_offset_and_position_are_inverse(text: str, data: st.DataObject) -> None:
    offset = data.draw(st.integers(0, len(text)))
    lines = Lines(text)
    line, column = lines.position(offset)
    assert lines.offset(line, column) == offset
    before = (
        text[:offset].replace("\r\n", "\n").replace("\r", "\n")
        if text[offset - 1 : offset + 1] != "\r\n"
        else text[: offset - 1]
    )
    if text[offset - 1 : offset + 1] != "\r\n" or not offset:
        assert line == before.count("\n") + 1
