"""`crslint rules`: list them, test them, begin a new one."""

from __future__ import annotations

import os
from pathlib import Path

import click

from crslint.arguments import Commands
from crslint.commands.inputs import InputError, known_rules, scope_of
from crslint.commands.outputs import FAILED, UNWRITABLE, noted, written

# Where a user's first rule goes.
_FOLDER = "policy"


@click.group(cls=Commands, invoke_without_command=True)
@click.pass_context
def rules(context: click.Context) -> int:
    """List all rules; test rules; begin a new one."""
    from crslint.report.page import rule_list

    if context.invoked_subcommand:
        return 0
    return 0 if written(rule_list(known_rules().values()), None) else UNWRITABLE


@rules.command("test")
@click.argument(
    "folder", metavar="[DIR]", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path)
)
def test_rules(folder: Path | None) -> int:
    """Run the examples of rules; break each rule on purpose.

    The rules are those in DIR, crslint's own by default. A rule that is broken on purpose must fail an example.
    """
    from crslint import examples
    from crslint.data import data_dir
    from crslint.report.examples import render

    report = examples.test_rules(folder or data_dir("rules"))
    if not written(render(report), None):
        return UNWRITABLE
    return 0 if report.passed else FAILED


@rules.command("new")
@click.argument("name", metavar="CODE-NAME")
def new_rule(name: str) -> int:
    """Make the folder of a new rule, with examples that pass as they are."""
    from crslint.policy.scaffold import ScaffoldError, new_rule

    parent = _rule_parent(name)
    try:
        files = new_rule(parent or Path(_FOLDER), name)
    except (ScaffoldError, OSError) as error:
        raise InputError(str(error)) from None
    if parent is None:
        noted(f"to use it, write `rules: [{_FOLDER}/]` into crslint.yaml")
    shown = [os.path.relpath(file) for file in files]
    return 0 if written("".join(f"{file}\n" for file in shown), None) else UNWRITABLE


def _rule_parent(name: str) -> Path | None:
    """The family's folder in a checkout of crslint; for rules of a user the first folder of the configuration, None
    where there is none."""
    from crslint.data import checkout

    if not name.startswith("X"):
        project = checkout()
        if project is None:
            raise click.UsageError(f'"{name}" is a name for crslint\'s own rules; codes of yours begin with X')
        return project / "rules" / name[:3].lower()
    config = scope_of(()).config
    return config.folder / config.rules[0] if config.folder and config.rules else None
