"""What commands are given: paths, a configuration, stdin."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from crslint.policy.rule import Rule
    from crslint.scope import Scope

paths_argument = click.argument("paths", nargs=-1, type=click.Path(exists=True, allow_dash=True))


class InputError(click.ClickException):
    """Something that was named cannot be used; how the command is called is not to blame."""

    exit_code = 2


def scope_of(paths: Sequence[str], config: Path | None = None, no_config: bool = False) -> Scope:
    from crslint.scope import scope

    if config and no_config:
        raise click.UsageError("--config and --no-config exclude each other")
    try:
        return scope(paths or (".",), Path.cwd(), config, use_config=not no_config)
    except OSError as error:
        raise click.UsageError(f"cannot read {error.filename or 'the working directory'}: {error.strerror}") from None


def stdin_of(paths: Sequence[str]) -> bytes | None:
    return sys.stdin.buffer.read() if "-" in paths else None


def processors() -> int:
    return os.cpu_count() or 1


def known_rules() -> Mapping[str, Rule]:
    """Our rules and those of the working directory's configuration."""
    from crslint import run

    return run.configured_rules(scope_of(()))[0].rules
