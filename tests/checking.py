"""Runs `crslint check` on a folder and reads its JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from linting import crslint_in

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
    ran = crslint_in(folder, "check", "--format", "json", *options, ".")
    assert ran.code in (0, 1), (ran.code, ran.err[-2000:])
    return Checked(json.loads(ran.out), ran.code, ran.err)
