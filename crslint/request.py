"""What `check` and `fix` are asked: which files are read, which rules judge them and which findings count."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from crslint.row import NamedTuple

if TYPE_CHECKING:
    from crslint.config.model import FailOn, Profile
    from crslint.report.style import When
    from crslint.run import Options
    from crslint.scope import Asked, Scope


class CallError(Exception):
    """How the command is called is to blame."""


class Judging(NamedTuple):
    """What the options say, as they were given."""

    paths: tuple[str, ...] = ()
    select: tuple[str, ...] | None = None
    extend_select: tuple[str, ...] | None = None
    ignore: tuple[str, ...] | None = None
    profile: Profile | None = None
    config: Path | None = None
    no_config: bool = False
    policy: Path | None = None
    only: tuple[str, ...] | None = None
    isolated: bool = False
    base: str | None = None
    baseline: Path | None = None
    schema_dirs: tuple[Path, ...] = ()
    jobs: int | None = None
    no_cache: bool = False

    def scope(self) -> Scope:
        """Raises CallError, ScopeError."""
        from crslint.scope import Asked

        if self.config and self.no_config:
            raise CallError("--config and --no-config exclude each other")
        if self.only is not None and self.isolated:
            raise CallError("--only and --isolated exclude each other")
        return scope_of(self.paths, Asked(self.config, not self.no_config, self.policy, self.only, self.isolated))

    def options(self, fail_on: FailOn | None = None) -> Options:
        from crslint.config.selection import CommandLine
        from crslint.run import Options

        return Options(
            CommandLine(self.select, self.extend_select or (), self.ignore or (), self.profile),
            fail_on,
            self.jobs or processors(),
            not self.no_cache,
            self.schema_dirs,
            self.baseline,
            base=self.base,
        )

    def stdin(self) -> bytes | None:
        return stdin_of(self.paths)


class Gate(NamedTuple):
    """What `check` is asked besides: ``form`` is the format on stdout, ``reports`` are other formats and their files,
    ``record`` is the file for a new baseline."""

    given: Judging
    form: str = "text"
    reports: tuple[tuple[str, Path], ...] = ()
    fail_on: FailOn | None = None
    record: Path | None = None
    render: bool = False
    statistics: bool = False
    verbose: bool = False
    color: When = "auto"


def scope_of(paths: Sequence[str], asked: Asked | None = None) -> Scope:
    """Raises CallError, ScopeError."""
    from crslint.scope import scope

    try:
        return scope(paths or (".",), Path.cwd(), asked)
    except OSError as error:
        raise CallError(f"cannot read {error.filename or 'the working directory'}: {error.strerror}") from None


def stdin_of(paths: Sequence[str]) -> bytes | None:
    return sys.stdin.buffer.read() if "-" in paths else None


def processors() -> int:
    return os.cpu_count() or 1
