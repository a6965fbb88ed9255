"""What `crslint check` does, whoever has read its arguments."""

from __future__ import annotations

import os
import sys

from crslint import run
from crslint.commands.outputs import UNWRITABLE, noted, written
from crslint.progress import Progress
from crslint.report.formats import WITH_EDITS, rendered
from crslint.report.style import PLAIN, style_for
from crslint.request import CallError, Gate

# Worst first.
_GRAVITY = (70, 2, 1, 3, 0)


def check(gate: Gate) -> int:
    """The exit code. Raises CallError, ScopeError and run.UsageError before anything is printed."""
    given, verbose = gate.given, gate.verbose
    if gate.record and given.base is not None:
        raise CallError("--write-baseline and --diff-base exclude each other")
    wanted = {gate.form, *(name for name, _ in gate.reports)}
    options = given.options(gate.fail_on)._replace(
        record=gate.record, render=gate.render, edits=not wanted.isdisjoint(WITH_EDITS)
    )
    scope = given.scope()
    with Progress(sys.stderr) as progress:
        clock = run.Clock(progress.enter)
        outcome = run.check(scope, options, given.stdin(), clock)
    exits = [outcome.exit_code]
    if outcome.baseline is not None and not written(outcome.baseline, gate.record):
        exits.append(UNWRITABLE)
    style = style_for(sys.stdout, gate.color, os.environ)
    if not written(rendered(outcome.result, gate.form, style, verbose), None):
        exits.append(UNWRITABLE)
    for output, file in gate.reports:
        if not written(rendered(outcome.result, output, PLAIN, verbose), file):
            exits.append(UNWRITABLE)
    for note in outcome.notes:
        noted(note)
    if gate.statistics:
        from crslint.report.statistics import statistics as summed

        sys.stderr.write(summed(outcome.result, clock.stages))
    return min(exits, key=_GRAVITY.index)
