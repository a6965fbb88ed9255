"""What a run of `fix` did, for people."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from crslint.fix.told import Told
from crslint.report.printable import counted, harmless


def summary(
    fixed: Sequence[Told],
    held_back: Sequence[Told],
    failed: Sequence[Told],
    left: int,
    files: int,
    displayed: Callable[[str], str],
    *,
    pending: bool,
) -> str:
    """One line for each finding, and one that sums up; ``pending`` where nothing is written."""
    lines = [
        *_lines("would fix" if pending else "fixed", fixed, displayed),
        *_lines("held back", held_back, displayed),
        *_lines("not fixed", failed, displayed),
        _last_line(len(fixed), len(held_back), len(failed), left, files, pending=pending),
    ]
    return "\n".join(lines) + "\n"


def _lines(word: str, told: Sequence[Told], displayed: Callable[[str], str]) -> Iterator[str]:
    ordered = sorted(told, key=lambda item: (item.location.path, item.location.range.line, item.finding.code))
    for item in ordered:
        where = item.location.range
        place = f"{harmless(displayed(item.location.path))}:{where.line}:{where.column}"
        title = item.finding.fix.title if item.finding.fix else ""
        reason = f"; {item.reason}" if item.reason else ""
        yield f"{word}[{item.finding.code}] {place}: {harmless(title)}{harmless(reason)}"


def _last_line(fixed: int, held_back: int, failed: int, left: int, files: int, *, pending: bool) -> str:
    done = counted(fixed, "finding", "findings")
    where = f" in {counted(files, 'file', 'files')}" if fixed else ""
    parts = [f"{done} would be fixed{where}" if pending else f"{done} fixed{where}"]
    if held_back:
        parts.append(f"{held_back:,} held back (unsafe: --unsafe applies them)")
    if failed:
        parts.append(f"{failed:,} could not be fixed")
    if left:
        parts.append(f"{left:,} without a fix")
    return ", ".join(parts)
