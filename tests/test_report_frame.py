"""Code frames: the exact span, on any line, harmless on any terminal."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crslint.finding import Location, Range
from crslint.report.frame import WIDTH, Frame, frame, width
from crslint.report.printable import harmless
from crslint.source.text import Lines


class OneText:
    def __init__(self, text: str, secrets: Sequence[tuple[int, int]] = ()) -> None:
        self._text = text
        self._secrets = secrets

    def text(self, _path: str) -> str:
        return self._text

    def lines(self, _path: str) -> Lines:
        return Lines(self._text)

    def secrets(self, _path: str) -> Sequence[tuple[int, int]]:
        return self._secrets


def shown(text: str, start: int, end: int, *, absent: bool = False, secrets: Sequence[tuple[int, int]] = ()) -> Frame:
    location = Location("a.yaml", Lines(text).range(start, end), "a.yaml:0#", absent=absent)
    return frame(OneText(text, secrets), location)


def underlined(found: Frame) -> str:
    """What stands above the marker; every cell is one column wide."""
    return found.text[found.indent : found.indent + found.length]


def test_the_span_is_underlined() -> None:
    text = "a: 1\nspec:\n  strategy: Reconcile\n"
    found = shown(text, text.index("Reconcile"), text.index("Reconcile") + 9)
    assert found == Frame(line=3, text="  strategy: Reconcile", indent=12, length=9)


def test_an_empty_span_is_one_caret() -> None:
    assert shown("a:\nb: 1\n", 2, 2) == Frame(line=1, text="a:", indent=2, length=1)
    assert shown("", 0, 0) == Frame(line=1, text="", indent=0, length=1)


@pytest.mark.parametrize("key", ["initConfiguration", '"init configuration"', "'it''s'", "a key"])
def test_an_absent_value_underlines_the_key_of_its_parent(key: str) -> None:
    text = f"spec:\n  {key}: {{}}\n"
    assert underlined(shown(text, 8, 8, absent=True)) == key


def test_of_a_long_span_the_first_line_is_shown() -> None:
    text = "spec:\n  a: 1   \n  b: 2\n"
    assert shown(text, text.index("a"), len(text)) == Frame(line=2, text="  a: 1", indent=2, length=4)


def test_tabs_and_wide_characters_keep_the_marker_in_place() -> None:
    assert shown("\ta: 1", 4, 5) == Frame(line=1, text="    a: 1", indent=7, length=1)
    assert shown("名前: 値", 4, 5) == Frame(line=1, text="名前: 値", indent=6, length=2)
    assert shown("e\u0301: 1", 4, 5).indent == 3


def test_control_characters_are_shown_and_not_sent() -> None:
    found = shown('name: "\x1b[31m\u202e\x07x"', 6, 15)
    assert found.text == 'name: "\\x1b[31m\\u202e\\x07x"'
    assert underlined(found) == '"\\x1b[31m\\u202e\\x07x'


def test_a_long_line_is_cut_around_the_span() -> None:
    text = "a" * 5000 + "HERE" + "b" * 5000
    found = shown(text, 5000, 5004)
    assert underlined(found) == "HERE"
    assert found.text.startswith("…a")
    assert found.text.endswith("b…")
    assert width(found.text) <= WIDTH + 2


def test_a_span_longer_than_the_window_is_cut() -> None:
    found = shown("x" * 10_000, 10, 9_000)
    assert found.text == "x" * WIDTH + "…"
    assert (found.indent, found.length) == (10, WIDTH - 10)


def test_secrets_are_masked_to_one_length() -> None:
    text = "password: hunter2\nother: seen\n"
    found = shown(text, 10, 17, secrets=[(10, 17)])
    assert found == Frame(line=1, text="password: ***", indent=10, length=3)
    assert shown(text, 25, 29, secrets=[(10, 17)]).text == "other: seen"


def test_a_secret_over_several_lines_is_masked_on_each() -> None:
    text = "key: |\n  first\n  second\n"
    for start in (text.index("first"), text.index("second")):
        found = shown(text, start, start + 5, secrets=[(5, len(text))])
        assert found.text == "***"


@given(st.text(max_size=300), st.integers(0, 300), st.integers(0, 300))
def test_any_text_and_any_span_give_a_printable_line(text: str, start: int, length: int) -> None:
    start = min(start, len(text))
    found = shown(text, start, min(start + length, len(text)))
    assert found.length >= 1
    assert all(char == " " or char.isprintable() for char in found.text)


@given(st.text())
def test_harmless_text_has_no_control_characters(text: str) -> None:
    assert all(char.isprintable() for char in harmless(text))


def test_harmless_keeps_ordinary_text() -> None:
    assert harmless("größe 名前 'x'") == "größe 名前 'x'"
    assert harmless("a\nb\x1b[0m\u2028\ud800") == "a\\x0ab\\x1b[0m\\u2028\\ud800"


def test_ranges_outside_the_text_do_no_harm() -> None:
    location = Location("a.yaml", Range(99, 7, 99, 9), "a.yaml:0#")
    assert frame(OneText("a: 1\n"), location).length >= 1
