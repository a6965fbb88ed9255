"""What is read without click is what click would read."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import click
import pytest
from checking import CHECKOUT
from hypothesis import example, given
from hypothesis import strategies as st

from crslint.commands.check import check
from crslint.plain import plain_gate
from crslint.request import Gate, Judging

# Each exists in the checkout, where the tests run.
FILES = ("pyproject.toml", "README.md")
PATHS = (*FILES, "fixtures", ".", "-", "no-such-file", "")
NAMES = sorted(name for option in check.params for name in (*option.opts, *option.secondary_opts))
WORDS = (
    *PATHS,
    "default",
    "strict",
    "text",
    "json",
    "warning",
    "never",
    "always",
    "1",
    "12",
    "0",
    "007",
    "x",
    "main~1",
)
CODES = ("CRS", "CRS001,NET", "crs001", "ALL", "CRS,", "CRS 1", "É")
ODD = ("--", "-h", "--help", "--no-such-option", "--nocache", "-j", "--jobs=", "--output", "json=out.json")

words = st.sampled_from((*WORDS, *CODES, *ODD))
options = st.sampled_from([name for name in NAMES if name.startswith("-")])
arguments = st.one_of(words, options, st.tuples(options, words).map("=".join))


def by_click(arguments: Sequence[str]) -> Gate:
    """Raises click.ClickException."""
    asked = check.make_context("check", list(arguments)).params
    judging = Judging(**{name: asked.pop(name) for name in Judging._fields})
    return Gate(judging, **asked)


@pytest.fixture(autouse=True, scope="module")
def _in_the_checkout() -> object:
    before = Path.cwd()
    os.chdir(CHECKOUT)
    yield
    os.chdir(before)


@given(st.lists(arguments, max_size=6))
@example(["--only", "README.md", "", "--only"])
@example(["--select=CRS", "--select=NET"])
def test_what_is_plain_is_as_click_reads_it(given: list[str]) -> None:
    plain = plain_gate(["check", *given])
    if plain is not None:
        assert plain == by_click(given)


PLAIN: tuple[list[str], ...] = (
    [],
    ["."],
    ["--jobs", "1", "--no-cache", "fixtures"],
    ["--only", "README.md", "pyproject.toml"],
    ["fixtures", "--format=sarif", "--fail-on", "warning", "--profile=strict"],
    ["--select", "CRS,NET001", "--extend-select=PAY", "--ignore", "YML", "--color", "never"],
    ["--config", "pyproject.toml", "--policy", "README.md", "--baseline", "README.md", "--diff-base", "main"],
    ["--no-config", "--isolated", "--render", "--statistics", "--verbose", "--jobs=12"],
)


@pytest.mark.parametrize("arguments", PLAIN, ids=" ".join)
def test_what_most_runs_ask_for_is_plain(arguments: list[str]) -> None:
    assert plain_gate(["check", *arguments]) == by_click(arguments)


WRONG = (
    ["--jobs", "0"],
    ["--format", "xml"],
    ["no-such-file"],
    ["--config", "fixtures"],
    ["--select", "1"],
    ["--help"],
)


@pytest.mark.parametrize("arguments", WRONG, ids=" ".join)
def test_what_is_wrong_is_left_to_click(arguments: list[str]) -> None:
    assert plain_gate(["check", *arguments]) is None
    with pytest.raises((click.ClickException, click.exceptions.Exit)):
        by_click(arguments)


@pytest.mark.parametrize("arguments", [[], ["fix"], ["--version"], ["checks"], ["--help", "check"]], ids=" ".join)
def test_other_commands_are_left_to_click(arguments: list[str]) -> None:
    assert plain_gate(arguments) is None


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--config", "crslint.yaml", "--no-config"], "--config and --no-config exclude each other"),
        (["--only", "crslint.yaml", "--isolated"], "--only and --isolated exclude each other"),
        (["--select", "XYZ"], "no rule begins with XYZ"),
        (["--policy", "crslint.yaml"], "lies in the tree that it judges"),
    ],
)
def test_what_contradicts_itself_is_told_once(arguments: list[str], said: str, tmp_path: Path) -> None:
    (tmp_path / "crslint.yaml").write_text("{}\n")
    command = [sys.executable, "-m", "crslint", "check", *arguments, "."]
    done = subprocess.run(
        command, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(CHECKOUT)}, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout, done.stderr.count(said)) == (2, "", 1)
