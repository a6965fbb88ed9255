"""`crslint check`: the gate."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from crslint.arguments import Lists, option, outputs
from crslint.commands.inputs import InputError, judging
from crslint.report.formats import FORMATS
from crslint.request import Gate, Judging


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
def check(given: Judging, **asked: Any) -> int:
    """Judge the files below PATHs.

    The default is the working directory; `-` is stdin. Exit codes: 0 nothing found, 1 findings, 2 wrong usage or
    configuration, 3 no YAML or JSON found, 70 an error in crslint or in a rule.
    """
    from crslint import gate, run

    try:
        return gate.check(Gate(given, **asked))
    except run.UsageError as error:
        raise InputError(str(error)) from None
