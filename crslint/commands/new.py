"""`crslint new`: a fleet from a few answers."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from crslint.arguments import Helpful, option
from crslint.commands.inputs import InputError, scope_of
from crslint.commands.outputs import UNWRITABLE, noted, written
from crslint.report.formats import rendered
from crslint.report.style import style_for
from crslint.request import processors

if TYPE_CHECKING:
    from crslint.fix.new.manifests import ManifestError

_USAGE = 2


@click.command(cls=Helpful)
@click.argument("folder", metavar="DIR", required=False, type=click.Path(path_type=Path))
@option("--answers", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Answers; nothing is asked.")
@option("--example", is_flag=True, help="Print an answers file to begin with, and end.")
def new(folder: Path | None, answers: Path | None, example: bool) -> int:
    """Write a fleet that conforms into the new folder DIR.

    Asks for what it needs, or takes it from a file (YAML or JSON, described by schemas/answers.json). Writes clusters
    with their machines and addresses; the ordered sets and their payloads, from the Cilium and Argo CD manifests that
    you rendered; the Applications, values, BGP peering and pools that Argo CD reads; a configuration of crslint, a
    pre-commit entry and a README.
    """
    from crslint.fix.templates import template

    if example:
        return 0 if written(template("fleet/answers.yaml"), None) else UNWRITABLE
    if folder is None:
        raise click.UsageError("Missing argument 'DIR'.")
    from crslint.fix.new.writing import TakenError, require_free

    try:
        require_free(folder)
    except (TakenError, OSError) as error:
        raise InputError(str(error)) from None
    if answers is not None:
        data, code = _given(answers)
    elif sys.stdin.isatty():
        data, code = _asked(), 0
    else:
        reason = "nobody to ask: the standard input is no terminal; use --answers FILE (--example prints one)"
        raise click.UsageError(reason)
    return code if data is None else _made(folder, data)


def _given(file: Path) -> tuple[dict[str, Any] | None, int]:
    """The answers of a file, whose paths become relative to the working directory; None where they cannot be."""
    from crslint import address
    from crslint.config.model import CODE
    from crslint.config.reader import read_single
    from crslint.config.shape import Words, dotted
    from crslint.finding import Problem
    from crslint.fix.new.validity import faults

    name = os.path.relpath(file)
    try:
        single = read_single(
            file, name, "answers", Words("the answers file", "key of the answers file", "an answers file")
        )
    except OSError as error:
        raise InputError(f"cannot read {file}: {error.strerror}") from None
    problems = single.problems
    if not problems and single.data is None:
        raise InputError(f"{file} is empty; crslint new --example prints what goes there")
    if not problems and single.data is not None:
        problems = tuple(
            Problem(CODE, address.at(single.base, path), {"reason": f"{dotted(path)}: {reason}"})
            for path, reason in faults(single.data)
        )
    if problems:
        return None, _refused(problems, {name: single.text})
    return _moved(single.data or {}, lambda path: os.path.relpath(file.parent / path)), 0


def _asked() -> dict[str, Any]:
    from crslint.commands.questions import ask

    return ask(_objection)


def _objection(path: str, cluster: dict[str, Any] | None, data: dict[str, Any]) -> str | None:
    """Why a manifest cannot be taken, while its path can still be asked for again."""
    from crslint.fix.new.answers import cluster_of, versions_of
    from crslint.fix.new.fleet import argocd_manifest, cilium_manifest
    from crslint.fix.new.manifests import ManifestError

    try:
        content = Path(path).read_bytes()
        if cluster is None:
            argocd_manifest(path, content)
        else:
            cilium_manifest(path, content, cluster_of(cluster), versions_of(data))
    except OSError as error:
        return f"  cannot read {path}: {error.strerror}"
    except ManifestError as error:
        return _shown(error)
    return None


def _made(folder: Path, data: dict[str, Any]) -> int:
    from crslint.fix.new.answers import answers_of
    from crslint.fix.new.fleet import new_fleet
    from crslint.fix.new.manifests import ManifestError
    from crslint.fix.new.writing import TakenError, write_folder

    answers = answers_of(data)
    paths = [answers.argocd, *(cluster.cilium for _, cluster in answers.clusters)]
    try:
        manifests = {path: Path(path).read_bytes() for path in paths if path}
    except OSError as error:
        raise InputError(f"cannot read {error.filename}: {error.strerror}") from None
    try:
        kept = _moved(data, lambda path: os.path.relpath(path, folder))
        fleet = new_fleet(answers, kept, manifests)
    except ManifestError as error:
        click.echo(_shown(error), err=True)
        noted(f"nothing was written to {folder}")
        return _USAGE
    try:
        write_folder(folder, fleet.files)
    except (TakenError, OSError) as error:
        raise InputError(f"cannot write {folder}: {error}") from None
    for note in fleet.notes:
        click.echo(note, err=True)
    clusters = "1 cluster" if len(answers.clusters) == 1 else f"{len(answers.clusters)} clusters"
    click.echo(f"{folder}: {len(fleet.files)} files, {clusters}; README.md says what to do next")
    return _checked(folder)


def _checked(folder: Path) -> int:
    """What `crslint check` says of the new folder."""
    from crslint import run

    outcome = run.check(scope_of((str(folder),)), run.Options(jobs=processors()))
    shown = rendered(outcome.result, "text", style_for(sys.stdout, "auto", os.environ), verbose=False)
    return outcome.exit_code if written(f"crslint check: {shown.lstrip()}", None) else UNWRITABLE


def _shown(error: ManifestError) -> str:
    """The faults of a manifest with their places, and how to render it again."""
    text, _ = _report(error.problems, {error.name: error.content})
    return f"{text}Render it again:\n\n{error.advice}\n" if error.advice else text


def _refused(problems: Any, texts: Mapping[str, str]) -> int:
    text, code = _report(problems, texts)
    return code if written(text, None) else UNWRITABLE


def _report(problems: Any, texts: Mapping[str, str]) -> tuple[str, int]:
    from crslint import run
    from crslint.config.model import Reading
    from crslint.report.sources import Texts
    from crslint.scope import Scope
    from crslint.source.reader import read_file

    here = Path.cwd()
    # What was read tells which texts are of Secrets, and masked.
    read = Texts(texts.__getitem__, [read_file(name, text.encode()) for name, text in texts.items()])
    outcome = run.misconfigured(Scope(here, here, Reading(), (), None, False), problems, texts=read)
    return rendered(outcome.result, "text", style_for(sys.stdout, "auto", os.environ), verbose=False), outcome.exit_code


def _moved(data: dict[str, Any], path: Any) -> dict[str, Any]:
    """The answers with their paths of files changed."""
    environments = [
        {
            **environment,
            "clusters": [
                {**cluster, "cilium": path(cluster["cilium"])} if cluster.get("cilium") else cluster
                for cluster in environment["clusters"]
            ],
        }
        for environment in data["environments"]
    ]
    argocd = {"argocd": path(data["argocd"])} if data.get("argocd") else {}
    return {**data, **argocd, "environments": environments}
