"""Another program, kept small: in a folder of its own, without a network, for so long and no longer."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from crslint.row import NamedTuple

SECONDS = 60.0
BYTES = 64 * 2**20

# Where nobody listens: whatever a program asks of a network it asks of this.
_NOWHERE = "http://127.0.0.1:9"
_KEPT = ("SYSTEMROOT", "SYSTEMDRIVE", "WINDIR")
_READ, _TOLD = 1 << 14, 300


class Ran(NamedTuple):
    """``output`` is None where the program failed, ran too long or said too much: ``reason`` says which."""

    output: bytes | None
    reason: str = ""


def run(command: Sequence[str], home: Path, *, seconds: float = SECONDS, most: int = BYTES) -> Ran:
    """Runs a program in the empty folder ``home``, which it may fill."""
    out, err = home / "stdout", home / "stderr"
    with open(out, "wb") as stdout, open(err, "wb") as stderr:
        try:
            process = subprocess.Popen(  # noqa: S603  # found by find_program, without a shell
                command,
                cwd=home,
                env=_environment(home),
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                start_new_session=True,
            )
        except OSError as error:
            return Ran(None, f"cannot be started: {error.strerror}")
        reason = _watched(process, (out, err), time.monotonic() + seconds, most)
    if reason:
        return Ran(None, reason)
    if process.returncode:
        return Ran(None, _told(err, home) or f"ends with exit code {process.returncode}")
    return Ran(out.read_bytes()) if out.stat().st_size <= most else Ran(None, _too_much(most))


def find_program(name: str, root: Path) -> str | None:
    """Its full path; none that lies in the tree under review, and none by a relative entry of PATH."""
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        found = shutil.which(name, path=folder) if os.path.isabs(folder) else None
        if found is not None and not Path(found).resolve().is_relative_to(root.resolve()):
            return found
    return None


def _environment(home: Path) -> Mapping[str, str]:
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    folders = ("HOME", "TMPDIR", "TEMP", "TMP", "USERPROFILE", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME")
    proxies = ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "ALL_PROXY", "all_proxy")
    return {
        **kept,
        **dict.fromkeys(folders, os.fspath(home)),
        **dict.fromkeys(proxies, _NOWHERE),
        "PATH": os.fspath(home / "no-programs"),
        "KUBECONFIG": os.devnull,
        "HELM_PLUGINS": os.fspath(home / "no-plugins"),
        "LANG": "C",
    }


def _watched(process: subprocess.Popen[bytes], files: Sequence[Path], deadline: float, most: int) -> str:
    """Waits; why the program was ended, if it was."""
    pause = 0.002
    while True:
        try:
            process.wait(pause)
            return ""
        except subprocess.TimeoutExpired:
            pause = min(pause * 2, 0.05)
        reason = "runs too long" if time.monotonic() > deadline else ""
        if any(file.stat().st_size > most for file in files):
            reason = _too_much(most)
        if reason:
            _end(process)
            return reason


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ends it with all that it has started."""
    if hasattr(os, "killpg"):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.wait()


def _too_much(most: int) -> str:
    return f"writes more than {most:,} bytes"


def _told(err: Path, home: Path) -> str:
    """What a program said of its failure as one line; its end where it is long, for there stands the cause."""
    with open(err, "rb") as file:
        text = file.read(_READ).decode("utf-8", "replace").replace(f"{os.path.realpath(home)}{os.sep}", "")
    line = " ".join(text.split())
    return line if len(line) <= _TOLD else f"... {line[-_TOLD:]}"
