"""Templates and how values are printed in messages."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crslint.policy.message import TemplateError, printed, room_of, split, told


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("plain", "plain"),
        ('a "quoted" b', 'a "quoted" b'),
        ("two\nlines\t", "two\\nlines\\t"),
        ("back\\slash", "back\\\\slash"),
        ("\x1b[31mred\x7f\x9b", "\\u001b[31mred\\u007f\\u009b"),
        ("right\u202eleft\u2028", "right\\u202eleft\\u2028"),
        ("\ud800", "\\ud800"),
        ("é 漢", "é 漢"),
        (None, "null"),
        (True, "true"),
        (1.5, "1.5"),
        (["a", 1, {"b": None}], '["a", 1, {"b": null}]'),
        ("x" * 81, "x" * 77 + "..."),
        ("x" * 80, "x" * 80),
    ],
)
def test_printed(value: object, text: str) -> None:
    assert printed(value) == text


def test_maps_are_printed_in_one_order() -> None:
    assert printed({"b": [{"d": 1, "c": 2}], "a": None}) == '{"a": null, "b": [{"c": 2, "d": 1}]}'
    assert printed({2: "x", "1": "y"}) == '{"1": "y", "2": "x"}'


@given(st.text())
def test_whatever_is_printed_is_harmless_and_short(text: str) -> None:
    for shown in (printed(text), told(text)):
        assert not any(ord(char) < 32 or 0x7F <= ord(char) < 0xA0 or 0xD800 <= ord(char) < 0xE000 for char in shown)
    assert len(printed(text)) <= 80


def test_what_a_rule_says_itself_does_not_shorten_its_values() -> None:
    assert room_of("each.name") == 80
    words = '"is none of these: " + each.name + "; did you mean it?"'
    assert len(printed("is none of these: " + "x" * 80 + "; did you mean it?", room_of(words))) == 116
    assert len(printed("x" * 5000, room_of(words))) < 400


@given(st.text(st.characters(codec="ascii", exclude_characters='"'), max_size=12))
def test_printed_text_is_json(text: str) -> None:
    assert json.loads(f'"{printed(text)}"') == text


@pytest.mark.parametrize(
    ("template", "parts"),
    [
        ("plain", [(False, "plain", 0)]),
        ("{a} and {b.c}", [(True, "a", 1), (False, " and ", 3), (True, "b.c", 9)]),
        ("{{a}} {b}", [(False, "{a} ", 0), (True, "b", 7)]),
        ('{get({"}": 1}, "}")}', [(True, 'get({"}": 1}, "}")', 1)]),
        ('{\'{\' + "\\"}"}!', [(True, '\'{\' + "\\"}"', 1), (False, "!", 13)]),
        ("", []),
    ],
)
def test_split(template: str, parts: list[tuple[bool, str, int]]) -> None:
    assert list(split(template)) == parts


@pytest.mark.parametrize(("template", "offset"), [("a {b", 2), ("a } b", 2), ("a {} b", 2), ("{ }", 0)])
def test_unbalanced_templates(template: str, offset: int) -> None:
    with pytest.raises(TemplateError) as caught:
        list(split(template))
    assert caught.value.offset == offset
