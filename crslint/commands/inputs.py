"""What commands are given: paths, a configuration, stdin."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from crslint import completion
from crslint.arguments import codes, files, option
from crslint.request import CallError, Judging
from crslint.request import scope_of as requested_scope

if TYPE_CHECKING:
    from crslint.policy.rule import Rule
    from crslint.scope import Asked, Scope

paths_argument = click.argument("paths", nargs=-1, type=click.Path(exists=True, allow_dash=True))
_file = click.Path(exists=True, dir_okay=False, path_type=Path)


def _codes(name: str, help: str) -> Callable[[Callable[..., int]], Callable[..., int]]:  # noqa: A002  # click's word
    return option(name, metavar="CODES", callback=codes, help=help, shell_complete=completion.rules)


# What decides which files are read, which rules judge them and which findings count: in the order of the help.
_JUDGING = (
    paths_argument,
    _codes("--select", help="Only these codes or prefixes; ALL = the profile's rules."),
    _codes("--extend-select", help="These codes or prefixes too."),
    _codes("--ignore", help="All but these codes or prefixes."),
    option("--profile", type=click.Choice(["default", "strict"]), help="Which rules ALL stands for."),
    option("--config", type=_file, help="The configuration."),
    option("--no-config", is_flag=True, help="Look for no configuration."),
    option("--policy", type=_file, help="What the tree's own configuration cannot weaken."),
    option(
        "--only",
        metavar="FILE...",
        multiple=True,
        callback=files,
        help="Read the whole root; report what has to do with these files.",
    ),
    option("--isolated", is_flag=True, help="The given files are the whole world."),
    option(
        "--diff-base", "base", metavar="REV", help="Only what changed since this revision of Git, and what it means."
    ),
    option("--baseline", type=_file, help="Suppress the faults that this file knows."),
    option(
        "--schema-dir",
        "schema_dirs",
        multiple=True,
        type=click.Path(exists=True, path_type=Path),
        help="CRDs and JSON Schemas that come before ours; repeatable.",
    ),
    option(
        "--jobs",
        metavar="N",
        type=click.IntRange(min=1, clamp=False),
        help="Processes that read files.  [default: by size]",
    ),
    option("--no-cache", is_flag=True, help="Keep nothing of the files between runs; today nothing is kept anyway."),
)


def judging(command: Callable[..., int]) -> Callable[..., int]:
    """Gives a command PATHs and every option that decides what is found there, as its first argument."""

    @wraps(command)
    def called(**given: Any) -> int:
        shared = Judging(**{name: given.pop(name) for name in Judging._fields})
        with told():
            return command(shared, **given)

    for each in reversed(_JUDGING):
        each(called)
    return called


class InputError(click.ClickException):
    """Something that was named cannot be used; how the command is called is not to blame."""

    exit_code = 2


@contextmanager
def told() -> Iterator[None]:
    """What cannot be done as it was asked, in click's words."""
    from crslint.scope import ScopeError

    try:
        yield
    except CallError as error:
        raise click.UsageError(str(error)) from None
    except ScopeError as error:
        raise InputError(str(error)) from None


def scope_of(paths: Sequence[str], asked: Asked | None = None) -> Scope:
    with told():
        return requested_scope(paths, asked)


def known_rules() -> Mapping[str, Rule]:
    """Our rules and those of the working directory's configuration."""
    from crslint.configured import configured_rules

    return configured_rules(scope_of(()))[0].rules
