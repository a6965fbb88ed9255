"""The command line: arguments in, exit code out."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crslint import __version__
from crslint.arguments import FORMATS, Commands, codes, outputs
from crslint.progress import Progress
from crslint.report.style import PLAIN, Style, When, style_for
from crslint.spelling import nearest

if TYPE_CHECKING:
    from crslint.config.model import FailOn, Profile
    from crslint.policy.rule import Rule
    from crslint.report.result import Result
    from crslint.scope import Scope

FAILED = 1
UNWRITABLE = 2
INTERNAL = 70
# Worst first.
_GRAVITY = (70, 2, 1, 3, 0)


class InputError(click.ClickException):
    """Something that was named cannot be used; how the command is called is not to blame."""

    exit_code = 2


def run_command(arguments: Sequence[str]) -> int:
    """The exit code. Nothing is raised but KeyboardInterrupt and BrokenPipeError."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
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
    if traced:
        import traceback

        traceback.print_exception(error)
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    place = f"{Path(frame.tb_frame.f_code.co_filename).name}:{frame.tb_lineno}" if frame else "?"
    click.echo(
        f"crslint: internal error: {type(error).__name__} at {place}: {str(error)[:200]}\n"
        f"This is a bug in crslint {__version__}, not in your files; please report it with the line above. "
        "CRSLINT_TRACEBACK=1 in the environment shows where it comes from.",
        err=True,
    )


@click.group(
    cls=Commands,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, message="%(prog)s %(version)s")
@click.pass_context
def crslint(context: click.Context) -> None:
    """Checks clusters declared in YAML: Cluster API + Metal3, ClusterResourceSets, Argo CD and Cilium."""
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


_paths = click.argument("paths", nargs=-1, type=click.Path(exists=True, allow_dash=True))


@crslint.command()
@_paths
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
        jobs or _processors(),
        not no_cache,
        schema_dirs,
    )
    scope = _scope(paths, config, no_config)
    with Progress(sys.stderr) as progress:
        clock = run.Clock(progress.enter)
        try:
            outcome = run.check(scope, options, _stdin(paths), clock)
        except run.UsageError as error:
            raise InputError(str(error)) from None
    exits = [outcome.exit_code]
    if not _written(_rendered(outcome.result, form, style_for(sys.stdout, color, os.environ), verbose), None):
        exits.append(UNWRITABLE)
    for output, file in reports:
        if not _written(_rendered(outcome.result, output, PLAIN, verbose), file):
            exits.append(UNWRITABLE)
    for note in outcome.notes:
        click.echo(f"crslint: {note}", err=True)
    if statistics:
        from crslint.report.statistics import statistics as summed

        click.echo(summed(outcome.result, clock.stages), err=True, nl=False)
    return min(exits, key=_GRAVITY.index)


@crslint.command()
@click.argument("entity")
@_paths
@click.option("--format", "form", type=click.Choice(["yaml", "json"]), default="yaml", help="Format of the facts.")
def facts(entity: str, paths: tuple[str, ...], form: str) -> int:
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
    scope = _scope(paths)
    if scope.reading.problems:
        outcome = run.misconfigured(scope)
        click.echo(_rendered(outcome.result, "text", PLAIN, verbose=False), err=True, nl=False)
        return outcome.exit_code
    with Progress(sys.stderr) as progress:
        found = run.entities(scope, entity, run.Options(jobs=_processors()), _stdin(paths), run.Clock(progress.enter))
    return 0 if _written(report.render(found.entities, found.chain, form), None) else UNWRITABLE


@crslint.command()
@click.argument("code")
def explain(code: str) -> int:
    """Show the page of the rule CODE: what, why, examples, fix."""
    from crslint.examples import reports_of
    from crslint.report.page import rule_page

    rules = _rules()
    rule = rules.get(code.upper()) or next((rule for rule in rules.values() if rule.name == code.lower()), None)
    if rule is None:
        best = nearest(code.upper(), [*rules, *(rule.name for rule in rules.values())])
        hint = f'; did you mean "{best}"?' if best else "; `crslint rules` lists all"
        raise click.UsageError(f'no rule "{code}"{hint}')
    return 0 if _written(rule_page(rule, reports_of(rule)), None) else UNWRITABLE


@crslint.group(cls=Commands, invoke_without_command=True)
@click.pass_context
def rules(context: click.Context) -> int:
    """List all rules; test rules; begin a new one."""
    from crslint.report.page import rule_list

    if context.invoked_subcommand:
        return 0
    return 0 if _written(rule_list(_rules().values()), None) else UNWRITABLE


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
    if not _written(render(report), None):
        return UNWRITABLE
    return 0 if report.passed else FAILED


@rules.command("new")
@click.argument("name", metavar="CODE-NAME")
def new_rule(name: str) -> int:
    """Make the folder of a new rule, with examples that pass as they are."""
    from crslint.policy.scaffold import ScaffoldError, new_rule

    parent = _rule_parent(name)
    try:
        files = new_rule(parent, name)
    except (ScaffoldError, OSError) as error:
        raise InputError(str(error)) from None
    shown = [os.path.relpath(file) for file in files]
    return 0 if _written("".join(f"{file}\n" for file in shown), None) else UNWRITABLE


@crslint.group(cls=Commands, invoke_without_command=True)
@click.pass_context
def schemas(context: click.Context) -> int:
    """List the kinds that have a schema, and from where; add one."""
    from crslint.report.kinds import kind_list
    from crslint.schema.catalogue import known_kinds
    from crslint.schema.given import SchemaFileError

    if context.invoked_subcommand:
        return 0
    config = _scope(()).config
    try:
        known = known_kinds(config.schema_files(), config.versions.get("kubernetes"))
    except SchemaFileError as error:
        raise InputError(str(error)) from None
    return 0 if _written(kind_list(known), None) else UNWRITABLE


@schemas.command("add")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def add_schema(file: Path) -> int:
    """Write compact schemas of the CRDs in FILE.

    They go into the configuration's first folder of schemas.
    """
    from crslint.schema.catalogue import add
    from crslint.schema.given import SchemaFileError

    config = _scope(()).config
    folder = config.schema_files()[0] if config.schemas else Path("schemas")
    try:
        files = add(file, folder)
    except (SchemaFileError, OSError, ValueError) as error:
        raise InputError(str(error)) from None
    if not config.schemas:
        click.echo("crslint: to use them, write `schemas: [schemas/]` into crslint.yaml", err=True)
    return 0 if _written("".join(f"{os.path.relpath(each)}\n" for each in files), None) else UNWRITABLE


def _rule_parent(name: str) -> Path:
    """The family's folder in a checkout of crslint; for rules of a user the first folder of the configuration."""
    from crslint.data import checkout

    if not name.startswith("X"):
        project = checkout()
        if project is None:
            raise click.UsageError(f'"{name}" is a name for crslint\'s own rules; codes of yours begin with X')
        return project / "rules" / name[:3].lower()
    config = _scope(()).config
    if config.folder and config.rules:
        return config.folder / config.rules[0]
    click.echo("crslint: to use it, write `rules: [policy/]` into crslint.yaml", err=True)
    return Path("policy")


def _rules() -> Mapping[str, Rule]:
    """Our rules and those of the working directory's configuration."""
    from crslint import run

    return run.configured_rules(_scope(()))[0].rules


def _rendered(result: Result, form: str, style: Style, verbose: bool) -> str:
    if form == "json":
        from crslint.report import json

        return json.render(result)
    from crslint.report.text import TextReport

    return TextReport(result, style, verbose).render()


def _written(text: str, file: Path | None) -> bool:
    """To stdout, or to a file; False, with a note, where that cannot be done."""
    try:
        if file is None:
            sys.stdout.write(text)
            sys.stdout.flush()
        else:
            file.write_text(text, encoding="utf-8", errors="backslashreplace")
    except BrokenPipeError:
        raise
    except OSError as error:
        click.echo(f"crslint: cannot write {file or 'to stdout'}: {error.strerror}", err=True)
        return False
    return True


def _scope(paths: Sequence[str], config: Path | None = None, no_config: bool = False) -> Scope:
    from crslint.scope import scope

    if config and no_config:
        raise click.UsageError("--config and --no-config exclude each other")
    try:
        return scope(paths or (".",), Path.cwd(), config, use_config=not no_config)
    except OSError as error:
        raise click.UsageError(f"cannot read {error.filename or 'the working directory'}: {error.strerror}") from None


def _stdin(paths: Sequence[str]) -> bytes | None:
    return sys.stdin.buffer.read() if "-" in paths else None


def _processors() -> int:
    return os.cpu_count() or 1
