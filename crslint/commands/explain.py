"""`crslint explain`: the page of a rule."""

from __future__ import annotations

import os
import sys

import click

from crslint import completion
from crslint.arguments import Helpful
from crslint.commands.inputs import known_rules
from crslint.commands.outputs import UNWRITABLE, written
from crslint.spelling import nearest


@click.command(cls=Helpful)
@click.argument("code", shell_complete=completion.rules)
def explain(code: str) -> int:
    """Show the page of the rule CODE: what, why, examples, fix."""
    from crslint.examples import reports_of
    from crslint.report.page import rule_page
    from crslint.report.specimen import specimens
    from crslint.report.style import style_for

    rules = known_rules()
    rule = rules.get(code.upper()) or next((rule for rule in rules.values() if rule.name == code.lower()), None)
    if rule is None:
        best = nearest(code.upper(), [*rules, *(rule.name for rule in rules.values())])
        hint = f'; did you mean "{best}"?' if best else "; `crslint rules` lists all"
        raise click.UsageError(f'no rule "{code}"{hint}')
    shown = specimens(rule)
    reports = reports_of(rule, shown.bad.folder) if shown else ()
    columns = style_for(sys.stdout, "auto", os.environ).columns or 100
    return 0 if written(rule_page(rule, shown, reports, columns), None) else UNWRITABLE
