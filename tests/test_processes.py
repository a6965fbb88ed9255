"""crslint in a process of its own: the same commands, and how one ends that is cut short."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from checking import CHECKOUT
from policy_tree import BAD, Command, put


def process(*arguments: str, **options: Any) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    return subprocess.Popen([sys.executable, *arguments], env=environment, stderr=subprocess.PIPE, **options)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["check"],
        ["explain", "CFG002"],
        ["facts", "object"],
        ["fix", "--diff"],
        ["fix", "--help"],
        ["init"],
        ["new", "--example"],
        ["rules"],
    ],
    ids=" ".join,
)
def test_a_process_says_what_the_other_tests_see_within_theirs(
    tree: Path, crslint: Command, arguments: list[str]
) -> None:
    put(tree, a=BAD)
    running = process("-m", "crslint", *arguments, stdout=subprocess.PIPE)
    out, err = (text.decode() for text in running.communicate())
    assert (running.returncode, out, err) == crslint(*arguments)


def test_a_closed_pipe_ends_it_quietly(tree: Path) -> None:
    put(tree, **{f"f{number}": BAD for number in range(9)})
    running = process("-m", "crslint", "check", stdout=subprocess.PIPE)
    assert running.stdout is not None
    running.stdout.close()
    _, err = running.communicate()
    assert (running.returncode, err) == (141, b"")


def test_an_interrupt_ends_it_quietly(tree: Path) -> None:
    script = (
        "import sys\n"
        "class Interrupted:\n"
        "    def read(self):\n"
        "        raise KeyboardInterrupt\n"
        "    buffer = property(lambda self: self)\n"
        "sys.stdin, sys.argv = Interrupted(), ['crslint', 'check', '-']\n"
        "from crslint.__main__ import main\n"
        "main()\n"
    )
    running = process("-c", script)
    assert running.communicate()[1] == b""
    assert running.returncode == 130


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a full device")
def test_a_full_disk_is_said(tree: Path) -> None:
    put(tree, a=BAD)
    with open("/dev/full", "wb") as full:
        running = process("-m", "crslint", "check", stdout=full)
    _, err = running.communicate()
    assert running.returncode == 2
    assert err.startswith(b"crslint: cannot write to stdout: ")
