"""Kinds of arguments that click does not know."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from crslint.report.formats import FORMATS
from crslint.spelling import nearest

_CODES = re.compile(r"[A-Z][A-Z0-9]{0,10}")


def codes(context: click.Context, parameter: click.Parameter, value: str | None) -> tuple[str, ...] | None:
    """Codes or prefixes, separated by commas; None where the option is not given."""
    if value is None:
        return None
    found = tuple(code.strip().upper() for code in value.split(",") if code.strip())
    for code in found:
        if not _CODES.fullmatch(code):
            reason = f'"{code}" is no code or prefix of codes, such as CRS or CRS001'
            raise click.BadParameter(reason, context, parameter)
    return found


def outputs(context: click.Context, parameter: click.Parameter, values: Sequence[str]) -> tuple[tuple[str, Path], ...]:
    """``FORMAT=FILE``, any number of times."""
    found = []
    for value in values:
        form, mark, file = value.partition("=")
        if not mark or not file or form not in FORMATS:
            reason = f'"{value}" is not FORMAT=FILE with FORMAT one of {", ".join(FORMATS)}'
            raise click.BadParameter(reason, context, parameter)
        found.append((form, Path(file)))
    return tuple(found)


def files(_context: click.Context, _parameter: click.Parameter, values: Sequence[str]) -> tuple[str, ...] | None:
    """None where the option is not given; it may be given without any file (`Lists`)."""
    return tuple(value for value in values if value) if values else None


class Option(click.Option):
    """An option whose help is one line: click would import ``inspect``, a third of its own import, to tidy it."""

    def __init__(self, *declarations: Any, help: str | None = None, **attributes: Any) -> None:  # noqa: A002  # click's
        super().__init__(*declarations, **attributes)
        self.help = help


def option(*declarations: str, **attributes: Any) -> Callable[[Any], Any]:
    return click.option(*declarations, cls=Option, **attributes)


class Helpful(click.Command):
    """A command whose ``--help`` is an `Option` as well."""

    _help: Option | None = None

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        names = self.get_help_option_names(ctx)
        if self._help is None and names:
            self._help = Option(
                names,
                is_flag=True,
                is_eager=True,
                expose_value=False,
                callback=_show_help,
                help="Show this message and exit.",
            )
        return self._help


def _show_help(context: click.Context, _parameter: click.Parameter, wanted: bool) -> None:
    if wanted and not context.resilient_parsing:
        click.echo(context.get_help(), color=context.color)
        context.exit()


class Lists(Helpful):
    """A command whose option ``--only`` takes all arguments up to the next option."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(ctx, list(_each_with_its_option(args)))


def _each_with_its_option(args: Sequence[str]) -> Iterator[str]:
    taking = False
    for number, arg in enumerate(args):
        if arg == "--":
            yield from args[number:]
            return
        if arg == "--only":
            taking = True
            # So that it is known to be given, even without any file.
            yield "--only="
        elif taking and (arg == "-" or not arg.startswith("-")):
            yield f"--only={arg}"
        else:
            taking = False
            yield arg


class Commands(Helpful, click.Group):
    """A group that suggests what was probably meant."""

    command_class = Helpful

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and not args[0].startswith("-") and self.get_command(ctx, args[0]) is None:
            names = self.list_commands(ctx)
            best = nearest(args[0], names)
            hint = f'did you mean "{best}"?' if best else f"commands are {', '.join(names)}"
            raise click.UsageError(f'no command "{args[0]}"; {hint}', ctx)
        return super().resolve_command(ctx, args)


class Modules(Commands):
    """A group whose commands are modules of `crslint.commands`, imported when they are needed."""

    def __init__(self, names: Sequence[str], **attributes: Any) -> None:
        super().__init__(**attributes)
        self._names = list(names)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        return self._names

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in self._names:
            return None
        found: click.Command = getattr(import_module(f"crslint.commands.{cmd_name}"), cmd_name)
        return found
