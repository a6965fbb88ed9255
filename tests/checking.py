"""Runs the command as people do, in a process of its own, and reads its JSON."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).parents[1]
DATA = CHECKOUT.parent / "shared" / "data"


@dataclass(frozen=True)
class Checked:
    report: dict[str, Any]
    exit_code: int
    stderr: str

    @property
    def findings(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.report["findings"]
        return found

    def of(self, code: str) -> list[dict[str, Any]]:
        return [finding for finding in self.findings if finding["code"] == code]


def check(folder: Path, *options: str) -> Checked:
    """Lints a folder from inside of it, so that paths in the report are relative to it."""
    command = [sys.executable, "-m", "crslint", "check", "--format", "json", *options, "."]
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert "Traceback" not in done.stderr, done.stderr
    assert done.returncode in (0, 1), (done.returncode, done.stderr[-2000:])
    return Checked(json.loads(done.stdout), done.returncode, done.stderr)
