"""Texts made to take a reader down: each ends as findings, soon, in a process with little memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from crslint.source.parser import compose, parse
from crslint.source.reader import read_file
from crslint.source.walk import ALIAS_LIMIT

ROOT = Path(__file__).parents[1]

# Runs in a process of its own: a crash of the C composer would take the tests with it.
SCRIPT = """
import json, resource, sys
resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
from crslint.source.reader import read_file
content = eval(sys.stdin.read())
file = read_file("bomb.yaml", content.encode("utf-8") if isinstance(content, str) else content)
found = [[item.code, item.at, str(item.parameters.get("reason", "")), item.span] for item in file.problems]
print(json.dumps([len(file.documents), found, [item.reason for item in file.not_checked]]))
"""

DEEP = "nested deeper than 200 levels"
MANY = f"aliases expand to more than {ALIAS_LIMIT} values"

_COLON = "a ': ' where no key can be: quote the value, or indent it right"

BOMBS = {
    "brackets": ("'[' * 50_000", "YML005", DEEP),
    "more brackets": ("'[' * 2_000_000", "YML005", DEEP),
    "brackets after a document": ("'a: 1\\n---\\n' + 'b: ' + '[' * 50_000", "YML005", DEEP),
    "braces": ("'{a: ' * 50_000", "YML005", DEEP),
    "dashes": ("'- ' * 50_000 + 'a'", "YML005", DEEP),
    "question marks": ("'? ' * 50_000 + 'a'", "YML005", DEEP),
    "dashes with tabs": ("'-\\t' * 50_000 + 'a'", "YML001", "a tab cannot indent"),
    "indentation": ("''.join(' ' * level + 'a:\\n' for level in range(4_000))", "YML005", DEEP),
    "indentation with carriage returns": (
        "''.join(' ' * level + '-\\r' for level in range(4_000))",
        "YML005",
        DEEP,
    ),
    "brackets in json": ("'{\"\\\\ud83d\\\\ude00\": ' + '[' * 50_000", "YML005", DEEP),
    "levels through aliases": (
        "'a0: &a0 [x]\\n' + ''.join(f'a{n}: &a{n} [*a{n - 1}]\\n' for n in range(1, 400))",
        "YML005",
        DEEP,
    ),
    "redefined anchors, deep": ("'a: &x 1\\nb: &x 2\\nc: ' + '[' * 50_000", "YML005", DEEP),
    "billion laughs": (
        "'a0: &a0 [x]\\n' + ''.join(f'a{n}: &a{n} [' + ', '.join([f'*a{n - 1}'] * 10) + ']\\n' for n in range(1, 30))",
        "YML005",
        MANY,
    ),
    "merges of merges": (
        (
            "'a0: &a0 {x: 1}\\n' + ''.join(f'a{n}: &a{n} {{<<: [' + ', '.join([f'*a{n - 1}'] * 10) + f'], y{n}: 1}}\\n'"
            " for n in range(1, 200))"
        ),
        "YML005",
        MANY,
    ),
    "wide merges": (
        (
            "'a: &a {' + ', '.join(f'k{n}: 1' for n in range(1000)) + '}\\n' + ''.join(f'b{n}: {{<<: *a}}\\n'"
            " for n in range(1000))"
        ),
        "YML005",
        MANY,
    ),
    "itself": ("'&a [*a]'", "YML001", "the anchored value contains itself"),
    "itself by a merge": ("'&a {<<: *a}'", "YML001", "the anchored value contains itself"),
    "itself further down": ("'a: &a\\n  b: [{c: *a}]\\n'", "YML001", "the anchored value contains itself"),
    "unclosed quote": ("'\"' + 'a ' * 1_000_000", "YML001", "the quote is not closed"),
    "unclosed template": ("'a: ' + '{{ ' * 3_000", "YML005", DEEP),
    "unclosed templates in a broken file": ("'a: b: c\\n' + '# {{ {% ${ ' * 100_000", "YML001", _COLON),
    "closed templates in a broken file": ("'a: b: c\\n' + '# {{ }} ${X} ' * 50_000", "YML001", _COLON),
    "size": ("b' ' * (64 * 2**20 + 1)", "YML005", "67108865 bytes are over the limit of 67108864 for a file"),
}


@pytest.mark.skipif(sys.platform == "win32", reason="needs resource limits")
@pytest.mark.parametrize("name", BOMBS)
def test_bombs(name: str) -> None:
    content, code, reason = BOMBS[name]
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        input=content,
        capture_output=True,
        text=True,
        timeout=20,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    documents, problems, omitted = json.loads(done.stdout)
    assert [(item[0], item[2]) for item in problems] == [(code, reason)]
    assert documents == ("after a document" in name)
    assert omitted == (["limit"] if code == "YML005" else [])


def test_what_is_long_but_harmless_is_read() -> None:
    digits = "9" * 5000
    text = f"int: {digits}\nlist: [{'[], ' * 3000}]\nspaces: a{' ' * 5000}b\nbase: &b [1]\nmany: [{'*b, ' * 2000}]\n"
    ((_, data),) = parse(text, str).documents
    assert isinstance(data, dict)
    assert data["int"] == digits
    assert data["many"] == [[1]] * 2000


@pytest.mark.parametrize("level", [1, 199, 200, 201])
@pytest.mark.parametrize("anchors", [False, True])
def test_the_limit_of_depth_is_exact(level: int, anchors: bool) -> None:
    text = "[" * level + "]" * level
    if anchors:
        text = "[" * (level - 1) + "[&a x, *a, &a y]" + "]" * (level - 1)
    codes = [problem.code for problem in parse(text, str).problems]
    assert codes == ([] if level <= 200 else ["YML005"])
    padded = text + " # " + "[" * 2000
    assert [problem.code for problem in parse(padded, str).problems] == codes


@pytest.mark.parametrize(
    ("content", "code", "reason", "span"),
    [
        (b"\0GITCRYPT\0\x12\x34", "YML006", "encrypted by git-crypt", (0, 0)),
        (b"a: \xc3\xa9\0b", "YML006", "not text (a NUL byte)", (4, 4)),
        (b"a: \xc3\xa9\xe9\n", "YML006", "not text (byte 0xE9 is not UTF-8)", (4, 4)),
        (b"\xe2\x82", "YML006", "not text (byte 0xE2 is not UTF-8)", (0, 0)),
        ("a: 1".encode("utf-16"), "YML006", "not text in UTF-8 but in UTF-16", (0, 0)),
        (b"a: \xed\xa0\x80\n", "YML006", "not text (byte 0xED is not UTF-8)", (3, 3)),
    ],
)
def test_what_is_no_text(content: bytes, code: str, reason: str, span: tuple[int, int]) -> None:
    file = read_file("x.yaml", content)
    assert [(item.code, item.parameters["reason"], item.span) for item in file.problems] == [(code, reason, span)]
    assert [(item.path, item.at, item.reason) for item in file.not_checked] == [
        ("x.yaml", None, "encrypted" if "git-crypt" in reason else "binary")
    ]
    assert not file.documents


@pytest.mark.parametrize("text", ["", "\n", "\ufeff", "# nothing\n", "---\n...\n", "\r\n"])
def test_empty_files_have_nothing_to_say(text: str) -> None:
    file = read_file("x.yaml", text.encode())
    assert not file.problems
    assert all(document.data is None for document in file.documents)


def test_scalar_documents_are_data() -> None:
    file = read_file("x.yaml", b"just text\n---\n12\n---\n- a\n")
    assert [document.data for document in file.documents] == ["just text", 12, ["a"]]
    assert not file.problems


def test_line_breaks_of_libyaml_are_no_lines() -> None:
    text = 'a: "x\x85y"\nb: "p\u2028q\u2029r"\r\nc: \'s\rt\'\n'
    ((_, root),) = compose(text)
    assert root is not None
    starts = [value.start_mark.index for _, value in root.value]
    assert [text[start] for start in starts] == ['"', '"', "'"]
