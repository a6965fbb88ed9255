"""Markdown for the summary of a job or a comment: names from the files cannot become markup."""

from __future__ import annotations

import re
from collections.abc import Iterator

from crslint.report.printable import counted, harmless
from crslint.report.result import Located, Result
from crslint.report.words import details, last_line, shown, where, worst_first

# What GitHub takes of a step's summary.
_LIMIT = 1_048_576
_RESERVE = 1_000
_MARKUP = re.compile(r"[\\`*_{}\[\]<>#!|~&$^]")


def render(result: Result, verbose: bool) -> str:
    """A table, cut where it would not be taken any more; the counts are those of the whole run."""
    last = f"{escaped(last_line(result, verbose))}\n"
    items = worst_first(shown(result, verbose))
    if not items:
        return f"### crslint: nothing found\n\n{last}"
    head = "### crslint\n\n| severity | rule | place | finding |\n| --- | --- | --- | --- |\n"
    rows, size = [], 0
    for item in items:
        row = _row(item)
        size += len(row.encode())
        if size > _LIMIT - _RESERVE - len(last.encode()):
            break
        rows.append(row)
    left = len(items) - len(rows)
    more = f"\n{counted(left, 'finding is', 'findings are')} left out here.\n" if left else ""
    return f"{head}{''.join(rows)}{more}\n{last}"


def escaped(text: str) -> str:
    """Text that reads as it is: no markup, no mention of a user, one line."""
    return _MARKUP.sub(r"\\\g<0>", harmless(text)).replace("@", "@<!-- -->")


def _row(item: Located) -> str:
    finding = item.finding
    cells = (finding.severity, finding.code, escaped(where(item.place)), "<br>".join(_lines(item)))
    return f"| {' | '.join(cells)} |\n"


def _lines(item: Located) -> Iterator[str]:
    yield escaped(item.finding.message)
    yield from map(escaped, details(item))
