"""Whatever names and messages are made of, each format says them whole and in their place."""

from __future__ import annotations

import html
import json
import os
import re
from urllib.parse import unquote_to_bytes

from hypothesis import example, given
from hypothesis import strategies as st
from junitparser import JUnitXml
from markdown_it import MarkdownIt
from test_formats import commands

from crslint.finding import Finding, Location, Range
from crslint.report.formats import rendered
from crslint.report.markdown import escaped
from crslint.report.printable import harmless
from crslint.report.result import Located, Place, Result, Summary
from crslint.report.sources import Texts
from crslint.report.style import Style

# Any character, and those that readers take for something more often than chance would.
TEXTS = st.text(
    st.characters() | st.sampled_from("%:,=|`*_<>&[](){}#!@\\\r\n\t\x1b\x85\u2028\u202e\ud800"), max_size=60
)
NAMES = TEXTS.filter(lambda text: not re.search("[\0\ud800-\udfff]", text)).filter(bool)


def one(message: str, path: str) -> Result:
    place = Place(path, Location(path, Range(1, 1, 1, 2), "a.yaml:0#"))
    item = Located(Finding("A001", "a-name", "error", message, "a.yaml:0#"), place, (), "0" * 32)
    return Result((item,), Summary(errors=1), (), Texts(lambda _path: ""))


@given(TEXTS, NAMES)
def test_github_gets_one_command(message: str, path: str) -> None:
    ((command, properties, text),) = commands(rendered(one(message, path), "github"))
    assert (command, properties["file"], text) == ("error", path, harmless(message))


@given(TEXTS, NAMES)
def test_junit_stays_xml(message: str, path: str) -> None:
    (suite,) = JUnitXml.fromstring(rendered(one(message, path), "junit").encode())
    (case,) = suite
    assert (suite.name, case.result[0].message) == (harmless(path), harmless(message))


@given(TEXTS)
def test_markdown_reads_as_it_is_meant(text: str) -> None:
    page = (
        MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(f"| a |\n| --- |\n| x{escaped(text)}x |\n")
    )
    (cell,) = re.findall(r"<td>(.*)</td>", page)
    assert html.unescape(cell.replace("<!-- -->", "")) == f"x{harmless(text)}x"


@given(TEXTS, NAMES)
def test_concise_is_one_line(message: str, path: str) -> None:
    line, _ = rendered(one(message, path), "concise").splitlines()
    assert line == f"{harmless(path)}:1:1: error[A001] {harmless(message)}"


@example(" " * 60, 40, 0, 0)
@given(TEXTS.map(harmless), st.integers(40, 120), st.integers(0, 20), st.integers(0, 20))
def test_folding_loses_no_word(text: str, columns: int, begin: int, indent: int) -> None:
    lines = Style(False, columns).fold(text, begin, indent)
    assert " ".join(lines).split() == text.split()
    longest = max(map(len, text.split()), default=len(text))
    assert begin + len(lines[0]) <= max(columns - 1, begin + longest)
    assert all(len(line) <= max(columns - 1, indent + longest) for line in lines[1:])


@given(TEXTS, NAMES)
def test_json_formats_keep_paths(message: str, path: str) -> None:
    result = one(message, path)
    assert json.loads(rendered(result, "gitlab"))[0]["location"]["path"] == path
    assert json.loads(rendered(result, "rdjson"))["diagnostics"][0]["location"]["path"] == path
    (found,) = json.loads(rendered(result, "sarif"))["runs"][0]["results"]
    uri = found["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert unquote_to_bytes(uri) == os.fsencode(path)
    assert uri.isascii()
    assert found["message"]["text"].replace("{{", "{").replace("}}", "}").replace("] (", "](") == (
        harmless(message).replace("] (", "](")
    )
