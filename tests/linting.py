"""Runs commands of crslint in this process and reads what they printed."""

from __future__ import annotations

import contextlib
import io
import json
import os
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

import jsonschema

from crslint.cli import run_command
from crslint.data import data_dir

SCHEMA = json.loads((data_dir("schemas") / "report.json").read_text(encoding="utf-8"))


class Ran(NamedTuple):
    code: int
    out: str
    err: str


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


def crslint(*arguments: str) -> Ran:
    """A command in the working directory, with nobody at a terminal."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
    with (
        open(os.devnull, encoding="utf-8") as nothing,
        patch("sys.stdin", nothing),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        code = run_command(arguments)
    return Ran(code, printed(out), printed(err))


def printed(stream: io.TextIOWrapper) -> str:
    stream.flush()
    buffer = stream.buffer
    assert isinstance(buffer, io.BytesIO)
    return buffer.getvalue().decode()


def crslint_in(folder: Path, *arguments: str) -> Ran:
    """A command inside of a folder, so that paths in what it prints are relative to it."""
    with contextlib.chdir(folder):
        return crslint(*arguments)


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
