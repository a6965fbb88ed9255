"""Findings by rule and time by stage."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from crslint.report.result import Result


def statistics(result: Result, stages: Iterable[tuple[str, float]]) -> str:
    """``stages`` are (name, seconds)."""
    counts = Counter((item.finding.code, item.finding.name) for item in result.findings)
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    lines = [f"{count:>7} {code} {name}" for (code, name), count in ordered]
    lines += [f"{seconds * 1000:>7.0f} ms {name}" for name, seconds in stages]
    return "".join(f"{line}\n" for line in lines)
