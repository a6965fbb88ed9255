"""The command line: arguments in, exit code out. Each command is a module of `crslint.commands`."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from crslint.arguments import Modules, option

INTERNAL = 70
# Set by a shell that wants its script for completion, or candidates: `_CRSLINT_COMPLETE=bash_source crslint`.
_COMPLETION = "_CRSLINT_COMPLETE"
# Imported when they are called or listed; the order is that of the help.
_COMMANDS = ("check", "fix", "new", "init", "facts", "explain", "rules", "schemas")


def run_command(arguments: Sequence[str]) -> int:
    """The exit code. Nothing is raised but KeyboardInterrupt and BrokenPipeError."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        if instruction := os.environ.get(_COMPLETION):
            from click.shell_completion import shell_complete

            return shell_complete(crslint, {}, "crslint", _COMPLETION, instruction)
        with crslint.make_context("crslint", list(arguments)) as context:
            return int(crslint.invoke(context) or 0)
    except click.exceptions.Exit as request:
        return request.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort:
        raise KeyboardInterrupt from None
    except BrokenPipeError:
        raise
    except Exception as error:
        _report_bug(error, traced="--verbose" in arguments or bool(os.environ.get("CRSLINT_TRACEBACK")))
        return INTERNAL


def _report_bug(error: Exception, traced: bool) -> None:
    from crslint.version import version

    if traced:
        import traceback

        traceback.print_exception(error)
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    place = f"{Path(frame.tb_frame.f_code.co_filename).name}:{frame.tb_lineno}" if frame else "?"
    click.echo(
        f"crslint: internal error: {type(error).__name__} at {place}: {str(error)[:200]}\n"
        f"This is a bug in crslint {version()}, not in your files; please report it with the line above. "
        "CRSLINT_TRACEBACK=1 in the environment shows where it comes from.",
        err=True,
    )


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
