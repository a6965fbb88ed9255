"""`crslint facts`: what rules can see."""

from __future__ import annotations

import sys

import click

from crslint import completion
from crslint.arguments import Helpful, option
from crslint.commands.inputs import InputError, paths_argument, scope_of
from crslint.commands.outputs import UNWRITABLE, written
from crslint.progress import Progress
from crslint.report.formats import rendered
from crslint.request import processors, stdin_of
from crslint.spelling import nearest


@click.command(cls=Helpful)
@click.argument("entity", shell_complete=completion.entities)
@paths_argument
@option("--format", "form", type=click.Choice(["yaml", "json"]), default="yaml", help="Format of the facts.")
@option("--diff-base", "base", metavar="REV", help="For the entity change: since this revision of Git.")
def facts(entity: str, paths: tuple[str, ...], form: str, base: str | None) -> int:
    """Print what rules can see of ENTITY below PATHs.

    ENTITY is cluster, payload, resourceSet, ...; docs/facts.md lists all of them with their facts.
    """
    from crslint import run
    from crslint.fleet.reference import ENTITIES
    from crslint.report import facts as report

    if entity not in ENTITIES:
        best = nearest(entity, ENTITIES)
        hint = f'did you mean "{best}"?' if best else f"entities are {', '.join(ENTITIES)}"
        raise click.UsageError(f'no entity "{entity}"; {hint}')
    scope = scope_of(paths)
    if scope.reading.problems:
        outcome = run.misconfigured(scope)
        click.echo(rendered(outcome.result, "text"), err=True, nl=False)
        return outcome.exit_code
    with Progress(sys.stderr) as progress:
        options = run.Options(jobs=processors(), base=base)
        try:
            found = run.entities(scope, entity, options, stdin_of(paths), run.Clock(progress.enter))
        except run.UsageError as error:
            raise InputError(str(error)) from None
    return 0 if written(report.render(found.entities, found.chain, form), None) else UNWRITABLE
