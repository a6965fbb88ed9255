"""The command line as click knows it: all commands, each a module of `crslint.commands`."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from crslint.deferral import Deferred

# Click asks it for pages of help alone, and it takes a third of click's import.
sys.modules.setdefault("inspect", Deferred("inspect"))

import click  # noqa: E402

from crslint.arguments import Modules, option  # noqa: E402

# Imported when they are called or listed; the order is that of the help.
_COMMANDS = ("check", "fix", "new", "init", "facts", "explain", "rules", "schemas")


def run_group(arguments: Sequence[str], completion: str, instruction: str | None) -> int:
    """The exit code. ``instruction`` is what a shell wants of the completion, in the variable of that name."""
    try:
        if instruction:
            from click.shell_completion import shell_complete

            return shell_complete(crslint, {}, "crslint", completion, instruction)
        with crslint.make_context("crslint", list(arguments)) as context:
            return int(crslint.invoke(context) or 0)
    except click.exceptions.Exit as request:
        return request.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort:
        raise KeyboardInterrupt from None


def _version(context: click.Context, _parameter: click.Parameter, wanted: bool) -> None:
    if wanted:
        from crslint.version import version

        click.echo(f"crslint {version()}")
        context.exit()


@click.group(
    cls=Modules,
    names=_COMMANDS,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show the version and exit."
)
@click.pass_context
def crslint(context: click.Context) -> None:
    """Checks clusters declared in YAML: Cluster API + Metal3, ClusterResourceSets, Argo CD and Cilium."""
    if context.invoked_subcommand is None:
        click.echo(context.get_help())
