"""`crslint check`: the gate."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crslint.arguments import Lists, option, outputs
from crslint.commands.inputs import InputError, Judging, judging
from crslint.commands.outputs import UNWRITABLE, written
from crslint.progress import Progress
from crslint.report.formats import FORMATS, WITH_EDITS, rendered
from crslint.report.style import PLAIN, When, style_for

if TYPE_CHECKING:
    from crslint.config.model import FailOn

# Worst first.
_GRAVITY = (70, 2, 1, 3, 0)


@click.command(cls=Lists)
@judging
@option("--format", "form", type=click.Choice(FORMATS), default="text", help="Format of the report on stdout.")
@option(
    "--output",
    "reports",
    metavar="FORMAT=FILE",
    callback=outputs,
    multiple=True,
    help="Write a report to a file too; repeatable.",
)
@option(
    "--fail-on",
    type=click.Choice(["error", "warning", "info", "never"]),
    help="The least severity that makes the exit code 1.  [default: error]",
)
@option(
    "--write-baseline",
    "record",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write what is found into this file, for --baseline.",
)
@option(
    "--render", is_flag=True, help="Render what Applications bring with kustomize (or kubectl) and helm, if installed."
)
@option("--statistics", is_flag=True, help="Findings by rule and time by stage, on stderr.")
@option("--verbose", is_flag=True, help="Show infos, what is suppressed and what was not checked.")
@option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", help="Colours on stdout.")
def check(
    given: Judging,
    form: str,
    reports: tuple[tuple[str, Path], ...],
    fail_on: FailOn | None,
    record: Path | None,
    render: bool,
    statistics: bool,
    verbose: bool,
    color: When,
) -> int:
    """Judge the files below PATHs.

    The default is the working directory; `-` is stdin. Exit codes: 0 nothing found, 1 findings, 2 wrong usage or
    configuration, 3 no YAML or JSON found, 70 an error in crslint or in a rule.
    """
    if record and given.base is not None:
        raise click.UsageError("--write-baseline and --diff-base exclude each other")
    from crslint import run

    wanted = {form, *(name for name, _ in reports)}
    options = given.options(fail_on)._replace(record=record, render=render, edits=not wanted.isdisjoint(WITH_EDITS))
    scope = given.scope()
    with Progress(sys.stderr) as progress:
        clock = run.Clock(progress.enter)
        try:
            outcome = run.check(scope, options, given.stdin(), clock)
        except run.UsageError as error:
            raise InputError(str(error)) from None
    exits = [outcome.exit_code]
    if outcome.baseline is not None and not written(outcome.baseline, record):
        exits.append(UNWRITABLE)
    if not written(rendered(outcome.result, form, style_for(sys.stdout, color, os.environ), verbose), None):
        exits.append(UNWRITABLE)
    for output, file in reports:
        if not written(rendered(outcome.result, output, PLAIN, verbose), file):
            exits.append(UNWRITABLE)
    for note in outcome.notes:
        click.echo(f"crslint: {note}", err=True)
    if statistics:
        from crslint.report.statistics import statistics as summed

        click.echo(summed(outcome.result, clock.stages), err=True, nl=False)
    return min(exits, key=_GRAVITY.index)
