"""What real shells offer after TAB."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from checking import CHECKOUT

ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if not name.startswith(("_CRSLINT", "COMP_"))},
    "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]),
}
BASH = """\
eval "$(_CRSLINT_COMPLETE=bash_source crslint)"
read -ra COMP_WORDS <<< "$1"
[ "${1% }" = "$1" ] || COMP_WORDS+=("")
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
$(complete -p crslint | sed -E 's/.* -F (\\S+) .*/\\1/') crslint
printf '%s\\n' "${COMPREPLY[@]}"
"""


def offered(shell: str, script: str, line: str) -> list[str]:
    if shutil.which(shell) is None:
        pytest.skip(f"no {shell} here")
    command = [shell, *(["--norc"] if shell == "bash" else []), "-c", script, shell, line]
    done = subprocess.run(command, cwd=CHECKOUT, env=ENVIRONMENT, capture_output=True, text=True)
    return [line.partition("\t")[0] for line in done.stdout.splitlines()]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("crslint ex", ["explain"]),
        ("crslint check --fail-on ", ["error", "warning", "info", "never"]),
        ("crslint check --format s", ["sarif"]),
        ("crslint check --stat", ["--statistics"]),
        ("crslint facts payl", ["payload", "payloadObject"]),
        ("crslint explain pay00", [f"PAY00{number}" for number in range(1, 10)]),
        ("crslint check --ignore NET01", ["NET010"]),
        ("crslint rules ", ["new", "test"]),
    ],
)
def test_bash(line: str, words: list[str]) -> None:
    assert offered("bash", BASH, line) == words


def test_fish() -> None:
    script = '_CRSLINT_COMPLETE=fish_source crslint | source; complete --do-complete "$argv[2]"'
    assert offered("fish", script, "crslint explain CRS00") == [f"CRS00{number}" for number in range(1, 10)]


def test_zsh() -> None:
    """Without a terminal the function cannot be called; its candidates can be asked for as it does."""
    script = """
    autoload -Uz compinit && compinit -u -D
    eval "$(_CRSLINT_COMPLETE=zsh_source crslint)" || exit 1
    [[ -n ${_comps[crslint]} ]] || exit 1
    env COMP_WORDS="$1" COMP_CWORD=1 _CRSLINT_COMPLETE=zsh_complete crslint | sed -n 2p
    """
    assert offered("zsh", script, "crslint sch") == ["schemas"]
