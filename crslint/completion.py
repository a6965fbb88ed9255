"""What a shell offers after TAB where click does not know it by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


def rules(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Codes of rules with their titles."""
    from click.shell_completion import CompletionItem

    from crslint.commands.inputs import known_rules

    found = sorted(known_rules().items())
    return [CompletionItem(code, help=rule.title) for code, rule in found if code.startswith(incomplete.upper())]


def entities(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    from click.shell_completion import CompletionItem

    from crslint.fleet.reference import ENTITIES

    return [CompletionItem(name) for name in ENTITIES if name.startswith(incomplete)]
