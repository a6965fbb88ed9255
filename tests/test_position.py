"""Locations: the exact place of an address in its file."""

from __future__ import annotations

import pytest
from cutter import PATH, Cutter, cut, locator

from crslint.finding import Range
from crslint.source.position import Locator

DOCUMENT = """\
# first
apiVersion: v1  # version
metadata: &meta
  name: "quoted name"
  labels: {a: b, c: 'd', e: [1, 2]}
list:
- one
- two: 2
  three: |
    text
    more

- >-
  folded
  text

empty:
nothing: ~
alias: *meta
items: [*meta, {x: *meta}]
merged:
  <<: *meta
  own: 1
~: null key
1: one
yes: yes key
"a/b~c": slash
"""


@pytest.mark.parametrize(
    ("pointer", "expected"),
    [
        ("/apiVersion", "v1"),
        ("/metadata/name", '"quoted name"'),
        ("/metadata/labels", "{a: b, c: 'd', e: [1, 2]}"),
        ("/metadata/labels/c", "'d'"),
        ("/metadata/labels/e/1", "2"),
        ("/list", DOCUMENT[DOCUMENT.index("- one") : DOCUMENT.index("\n\nempty")]),
        ("/list/0", "one"),
        ("/list/1", "two: 2\n  three: |\n    text\n    more\n"),
        ("/list/1/three", "|\n    text\n    more\n"),
        ("/list/2", ">-\n  folded\n  text"),
        ("/empty", ""),
        ("/nothing", "~"),
        ("/alias", "*meta"),
        ("/alias/name", "*meta"),
        ("/items/0", "*meta"),
        ("/items/0/labels/a", "*meta"),
        ("/items/1/x", "*meta"),
        ("/items", "[*meta, {x: *meta}]"),
        ("/merged", "<<: *meta\n  own: 1"),
        ("/merged/name", '"quoted name"'),
        ("/merged/labels/c", "'d'"),
        ("/merged/own", "1"),
        ("/null", "null key"),
        ("/1", "one"),
        ("/true", "yes key"),
        ("/a~1b~0c", "slash"),
        ("", DOCUMENT[DOCUMENT.index("apiVersion") : -1]),
    ],
)
@pytest.mark.parametrize("line_break", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("start", ["", "\ufeff"])
def test_a_value_in_a_file(pointer: str, expected: str, line_break: str, start: str) -> None:
    text = start + DOCUMENT.replace("\n", line_break)
    found = locator(text).locate(f"{PATH}:0#{pointer}")
    assert Cutter(text).cut(found.range) == expected.replace("\n", line_break)
    assert (found.layer, found.inner, found.exact, found.absent) == (None, None, True, False)


@pytest.mark.parametrize(
    ("pointer", "expected"),
    [
        ("/metadata/name", "name"),
        ("/metadata/labels/c", "c"),
        ("/list/1/two", "two"),
        ("/empty", "empty"),
        ("/merged/own", "own"),
        ("/merged/name", "name"),
        ("/a~1b~0c", '"a/b~c"'),
        ("/list/0", None),
        ("", None),
        ("/absent", None),
        ("/metadata/absent", None),
    ],
)
def test_a_key(pointer: str, expected: str | None) -> None:
    found = locator(DOCUMENT).key_range(f"{PATH}:0#{pointer}")
    assert (found and Cutter(DOCUMENT).cut(found)) == expected


@pytest.mark.parametrize(
    ("pointer", "line", "column"),
    [
        ("/absent", 2, 1),
        ("/metadata/absent", 3, 1),
        ("/metadata/absent/deeper/9", 3, 1),
        ("/metadata/labels/absent", 5, 3),
        ("/metadata/name/absent", 4, 3),
        ("/list/1/absent", 8, 3),
        ("/list/9", 6, 1),
        ("/empty/absent", 17, 1),
        ("/alias/absent", 19, 8),
    ],
)
def test_what_is_absent_is_shown_at_its_parents_key(pointer: str, line: int, column: int) -> None:
    found = locator(DOCUMENT).locate(f"{PATH}:0#{pointer}")
    assert found.range == Range(line, column, line, column)
    assert found.absent


def test_documents_are_counted_with_the_empty_ones() -> None:
    text = "a: 1\n---\n---\n# only a comment\n---\nb: 2\n--- # end\n"
    assert cut(text, f"{PATH}:3#/b") == "2"
    for index, line in ((1, 2), (2, 3), (4, 7)):
        found = locator(text).locate(f"{PATH}:{index}#")
        assert found.range == Range(line, 1, line, 1)
        assert not found.absent
    assert locator("# nothing\n").locate(f"{PATH}:0#").range == Range(1, 1, 1, 1)


def test_the_last_of_equal_keys_wins() -> None:
    text = "a: 1\nb: 2\na: 3\n"
    assert locator(text).locate(f"{PATH}:0#/a").range == Range(3, 4, 3, 5)


@pytest.mark.parametrize(
    "at",
    [
        "nonsense",
        f"{PATH}:0",
        f"{PATH}:9#/a",
        "no-such-file:0#/a",
        f"{PATH}:0!/data/x:0#/a",
        f"{PATH}:0!/a:7#/b",
        f"{PATH}:0!/a:0#",
        "",
    ],
)
def test_nothing_is_raised(at: str) -> None:
    for text in ("a: b\n", "", "a: [\n", "\0", "- x\n"):
        assert locator(text).locate(at).range.line >= 1
        assert locator(text).key_range(at) is None


def test_a_file_that_does_not_parse_keeps_what_stands_before_and_its_spans() -> None:
    text = "a: 1\n---\nb: c: d\n"
    assert cut(text, f"{PATH}:0#/a") == "1"
    assert locator(text).locate(f"{PATH}:1#", (13, 14)).range == Range(3, 5, 3, 6)


def test_an_unreadable_file_is_shown_at_its_start() -> None:
    def gone(path: str) -> str:
        raise FileNotFoundError(path)

    assert Locator(gone).locate("gone.yaml:0#/a").range == Range(1, 1, 1, 1)


def test_a_file_is_read_once() -> None:
    asked = []

    def text_of(path: str) -> str:
        asked.append(path)
        return "a: 1\nb: 2\n"

    found = Locator(text_of)
    assert found.locate("x:0#/a").range != found.locate("x:0#/b").range
    assert found.text("x") == "a: 1\nb: 2\n"
    assert asked == ["x"]
