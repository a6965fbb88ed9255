"""`crslint schemas`: list the kinds that have one, and add one."""

from __future__ import annotations

import os
from pathlib import Path

import click

from crslint.arguments import Commands
from crslint.commands.inputs import InputError, scope_of
from crslint.commands.outputs import UNWRITABLE, noted, written


@click.group(cls=Commands, invoke_without_command=True)
@click.pass_context
def schemas(context: click.Context) -> int:
    """List the kinds that have a schema, and from where; add one."""
    from crslint.report.kinds import kind_list
    from crslint.schema.catalogue import known_kinds
    from crslint.schema.fault import SchemaFileError

    if context.invoked_subcommand:
        return 0
    config = scope_of(()).config
    try:
        known = known_kinds(config.schema_files(), config.versions.get("kubernetes"))
    except SchemaFileError as error:
        raise InputError(str(error)) from None
    return 0 if written(kind_list(known), None) else UNWRITABLE


@schemas.command("add")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def add_schema(file: Path) -> int:
    """Write compact schemas of the CRDs in FILE.

    They go into the configuration's first folder of schemas.
    """
    from crslint.schema.catalogue import add
    from crslint.schema.fault import SchemaFileError

    config = scope_of(()).config
    folder = config.schema_files()[0] if config.schemas else Path("schemas")
    try:
        files = add(file, folder)
    except (SchemaFileError, OSError, ValueError) as error:
        raise InputError(str(error)) from None
    if not config.schemas:
        noted("to use them, write `schemas: [schemas/]` into crslint.yaml")
    return 0 if written("".join(f"{os.path.relpath(each)}\n" for each in files), None) else UNWRITABLE
