"""Runs `crslint check` in this process and reads what it printed."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path
from typing import Any, NamedTuple

import jsonschema

from crslint.cli import run_command
from crslint.data import data_dir

SCHEMA = json.loads((data_dir("schemas") / "report.json").read_text(encoding="utf-8"))


class Linted(NamedTuple):
    exit_code: int
    report: dict[str, Any]
    stderr: str

    @property
    def shown(self) -> list[tuple[str, str, int, int]]:
        """Code, path, line and column of what is not suppressed."""
        return [place(item) for item in self.report["findings"] if item["suppressed"] is None]

    @property
    def suppressed(self) -> list[tuple[str, int, str, str]]:
        """Code, line, kind and reason."""
        found = [item for item in self.report["findings"] if item["suppressed"]]
        return [
            (item["code"], item["line"], item["suppressed"]["kind"], item["suppressed"]["reason"]) for item in found
        ]

    def messages(self, code: str) -> list[str]:
        return [item["message"] for item in self.report["findings"] if item["code"] == code]


def place(finding: dict[str, Any]) -> tuple[str, str, int, int]:
    return finding["code"], finding["path"], finding["line"], finding["column"]


def crslint(*arguments: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of a command in the working directory."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run_command(arguments)
    return code, out.getvalue(), err.getvalue()


def lint(*arguments: str) -> Linted:
    code, out, err = crslint("check", "--format", "json", *arguments)
    assert out, err
    report = json.loads(out)
    jsonschema.Draft202012Validator(SCHEMA).validate(report)
    return Linted(code, report, err)


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode("utf-8"))
