"""How a process ends that is cut short: quietly, with an exit code that says why."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from checking import CHECKOUT
from policy_tree import BAD, put


def process(*arguments: str, **options: Any) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    return subprocess.Popen([sys.executable, *arguments], env=environment, stderr=subprocess.PIPE, **options)


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
