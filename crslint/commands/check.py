"""`crslint check`: the gate."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crslint.arguments import FORMATS, codes, outputs
from crslint.commands.inputs import InputError, paths_argument, processors, scope_of, stdin_of
from crslint.commands.outputs import UNWRITABLE, rendered, written
from crslint.progress import Progress
from crslint.report.style import PLAIN, When, style_for

if TYPE_CHECKING:
    from crslint.config.model import FailOn, Profile

# Worst first.
_GRAVITY = (70, 2, 1, 3, 0)


@click.command()
@paths_argument
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", help="Format of the report on stdout.")
@click.option(
    "--output",
    "reports",
    metavar="FORMAT=FILE",
    callback=outputs,
    multiple=True,
    help="Write a report to a file too; repeatable.",
)
@click.option(
    "--select", metavar="CODES", callback=codes, help="Only these codes or prefixes; ALL = the profile's rules."
)
@click.option("--extend-select", metavar="CODES", callback=codes, help="These codes or prefixes too.")
@click.option("--ignore", metavar="CODES", callback=codes, help="All but these codes or prefixes.")
@click.option("--profile", type=click.Choice(["default", "strict"]), help="Which rules ALL stands for.")
@click.option(
    "--fail-on",
    type=click.Choice(["error", "warning", "info", "never"]),
    help="The least severity that makes the exit code 1.  [default: error]",
)
@click.option("--config", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="The configuration.")
@click.option("--no-config", is_flag=True, help="Look for no configuration.")
@click.option(
    "--schema-dir",
    "schema_dirs",
    multiple=True,
    type=click.Path(exists=True, path_type=Path),
    help="CRDs and JSON Schemas that come before ours; repeatable.",
)
@click.option(
    "--jobs",
    metavar="N",
    type=click.IntRange(min=1, clamp=False),
    help="Processes that read files.  [default: by size]",
)
@click.option("--no-cache", is_flag=True, help="Keep nothing of the files between runs; today nothing is kept anyway.")
@click.option("--statistics", is_flag=True, help="Findings by rule and time by stage, on stderr.")
@click.option("--verbose", is_flag=True, help="Show infos and what was not checked.")
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", help="Colours on stdout.")
def check(
    paths: tuple[str, ...],
    form: str,
    reports: tuple[tuple[str, Path], ...],
    select: tuple[str, ...] | None,
    extend_select: tuple[str, ...] | None,
    ignore: tuple[str, ...] | None,
    profile: Profile | None,
    fail_on: FailOn | None,
    config: Path | None,
    no_config: bool,
    schema_dirs: tuple[Path, ...],
    jobs: int | None,
    no_cache: bool,
    statistics: bool,
    verbose: bool,
    color: When,
) -> int:
    """Judge the files below PATHs.

    The default is the working directory; `-` is stdin. Exit codes: 0 nothing found, 1 findings, 2 wrong usage or
    configuration, 3 no YAML or JSON found, 70 an error in crslint or in a rule.
    """
    from crslint import run
    from crslint.config.selection import CommandLine

    options = run.Options(
        CommandLine(select, extend_select or (), ignore or (), profile),
        fail_on,
        jobs or processors(),
        not no_cache,
        schema_dirs,
    )
    scope = scope_of(paths, config, no_config)
    with Progress(sys.stderr) as progress:
        clock = run.Clock(progress.enter)
        try:
            outcome = run.check(scope, options, stdin_of(paths), clock)
        except run.UsageError as error:
            raise InputError(str(error)) from None
    exits = [outcome.exit_code]
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
