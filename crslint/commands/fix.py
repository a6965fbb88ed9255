"""`crslint fix`: mends what is found."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crslint.arguments import Lists, option
from crslint.commands.inputs import InputError, judging
from crslint.commands.outputs import FAILED, UNWRITABLE, noted, written
from crslint.progress import Progress
from crslint.request import Judging

if TYPE_CHECKING:
    from crslint.config.model import FailOn
    from crslint.fixing import Fixed
    from crslint.scope import Scope


@click.command(cls=Lists)
@judging
@option("--unsafe", is_flag=True, help="Also fixes that change what runs; read them first.")
@option("--diff", "as_diff", is_flag=True, help="Write nothing; show a unified diff.")
@option(
    "--output-dir",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write the whole conforming bundle into a new folder; leave the input alone.",
)
@option(
    "--fail-on",
    type=click.Choice(["error", "warning", "info", "never"]),
    help="The least severity of what is left that makes the exit code 1.  [default: error]",
)
def fix(given: Judging, unsafe: bool, as_diff: bool, output_dir: Path | None, fail_on: FailOn | None) -> int:
    """Mend what can be mended in the files below PATHs.

    Only safe fixes are made unless --unsafe is given. Exit codes: 0 nothing is left, 1 findings are left (with --diff:
    something would change), 2 wrong usage or configuration, or a file that cannot be written, 3 no YAML or JSON found,
    70 an error in crslint or in a rule.
    """
    from crslint import fixing, run

    if "-" in given.paths:
        raise click.UsageError("stdin cannot be fixed: name files or folders")
    if as_diff and output_dir:
        raise click.UsageError("--diff and --output-dir exclude each other")
    options, scope = given.options(fail_on), given.scope()
    with Progress(sys.stderr) as progress:
        try:
            found = fixing.fix(scope, options, unsafe=unsafe, clock=run.Clock(progress.enter))
        except run.UsageError as error:
            raise InputError(str(error)) from None
    if isinstance(found, run.Outcome):
        from crslint.report.formats import rendered

        written(rendered(found.result, "text"), None)
        return found.exit_code
    for note in found.notes:
        noted(note)
    if as_diff:
        return _shown(scope, found)
    if output_dir is not None:
        return _copied(scope, found, output_dir)
    return _applied(scope, found)


def _shown(scope: Scope, found: Fixed) -> int:
    from crslint.fix.diff import unified_diff
    from crslint.report.printable import counted
    from crslint.report.sources import Texts

    texts = Texts(found.before.text, found.before.files)
    parts, withheld = [], 0
    for path, content in found.contents.items():
        new = path in found.mended.after.tree.made
        before = None if new else found.before.text(path)
        after = None if content is None else content.decode("utf-8")
        shown = scope.displayed(path)
        # What lies above the working directory is named as the root sees it: patch takes no path with "..".
        name = path if shown.startswith("..") else shown
        text, left_out = unified_diff(name, before, after, () if new else texts.secrets(path))
        parts.append(text)
        withheld += left_out
    if not written("".join(parts), None):
        return UNWRITABLE
    click.echo(_summary(scope, found, pending=True), err=True, nl=False)
    if withheld:
        click.echo(
            f"crslint: {counted(withheld, 'change in a Secret is', 'changes in Secrets are')} not shown", err=True
        )
    return FAILED if found.contents else 0 if found.exit_code == FAILED else found.exit_code


def _applied(scope: Scope, found: Fixed) -> int:
    from crslint.fix.change import CannotFix
    from crslint.fix.writing import delete, refuse_unsafe_path, write

    originals: dict[str, bytes | None] = {}
    refused = False
    for path, content in found.contents.items():
        try:
            refuse_unsafe_path(scope.root, path)
            originals[path] = _original(scope, found, path)
            if content is None:
                delete(scope.root, path, originals[path])
            else:
                write(scope.root, path, content, originals[path])
        except CannotFix as error:
            noted(f"{scope.displayed(path)} is not written: {error.reason}")
            refused = True
    if not written(_summary(scope, found, pending=False), None):
        return UNWRITABLE
    return UNWRITABLE if refused else found.exit_code


def _original(scope: Scope, found: Fixed, path: str) -> bytes | None:
    """What the file holds, None for a new one; raises CannotFix where it is not what was read."""
    from crslint.fix.change import CannotFix
    from crslint.source.reader import text_of

    if path in found.mended.after.tree.made:
        return None
    try:
        content = (scope.root / path).read_bytes()
    except OSError as error:
        raise CannotFix(f"it cannot be read: {error.strerror}") from None
    if text_of(content) != found.mended.originals[path]:
        raise CannotFix("it was changed meanwhile")
    return content


def _copied(scope: Scope, found: Fixed, folder: Path) -> int:
    from crslint.fix.change import CannotFix
    from crslint.fix.writing import copy

    folders = [scope.root] if scope.reported is not None else [path for path in scope.read if path.is_dir()]
    try:
        copy(scope.root, folders, folder, found.contents)
    except CannotFix as error:
        raise InputError(f"{folder}: {error.reason}") from None
    return found.exit_code if written(_summary(scope, found, pending=False), None) else UNWRITABLE


def _summary(scope: Scope, found: Fixed, *, pending: bool) -> str:
    from crslint.report.fixes import summary

    done = found.mended
    return summary(
        done.fixed, found.held_back, done.failed, found.left, len(found.contents), scope.displayed, pending=pending
    )
