"""`crslint init`: a configuration and a pre-commit entry for a repository that is there already."""

from __future__ import annotations

from pathlib import Path

import click

from crslint.arguments import Helpful
from crslint.commands.inputs import InputError, scope_of
from crslint.request import processors


@click.command(cls=Helpful)
def init() -> int:
    """Write a commented crslint.yaml, and a pre-commit entry, at the top of the repository.

    Without a repository that is the working directory. Nothing is overwritten: where there is a configuration already
    this stops, and where there is a .pre-commit-config.yaml the entry for it is printed.
    """
    from crslint import run
    from crslint.fix.new.beginning import configuration_text
    from crslint.fix.new.extras import CONFIGURATION, PRE_COMMIT
    from crslint.fix.templates import template
    from crslint.scope import Asked

    scope = scope_of((), Asked(use_config=False))
    found = scope_of(()).config.file
    if found is not None:
        raise InputError(f"{found.relative_to(scope.root)} is there already; nothing was written")
    everything = scope._replace(read=(), reported=None)
    _, fleet = run.read_fleet(everything, run.Options(jobs=processors()), None, run.Clock())
    _write(scope.root / CONFIGURATION, configuration_text(fleet))
    click.echo(f"wrote {scope.displayed(CONFIGURATION)}: the releases, repositories and rules of your choice")
    hooks, entry = scope.root / PRE_COMMIT, template("pre-commit.yaml")
    if not hooks.exists():
        _write(hooks, entry)
        click.echo(f"wrote {scope.displayed(PRE_COMMIT)}: crslint at each commit, once `pre-commit install` has run")
    elif "crslint" not in hooks.read_text(encoding="utf-8", errors="replace"):
        click.echo(
            f"{scope.displayed(PRE_COMMIT)} is there already; add to its repos:\n\n{entry.partition(chr(10))[2]}"
        )
    click.echo("next: crslint check, then crslint explain CODE for what it finds")
    return 0


def _write(file: Path, text: str) -> None:
    try:
        with file.open("x", encoding="utf-8", newline="\n") as handle:
            handle.write(text)
    except OSError as error:
        raise InputError(f"cannot write {file}: {error.strerror}") from None
