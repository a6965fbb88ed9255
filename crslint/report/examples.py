"""The outcome of `rules test` for people."""

from __future__ import annotations

from collections.abc import Iterator

from crslint.policy.examples import ExamplesReport
from crslint.report.printable import counted, harmless


def render(report: ExamplesReport) -> str:
    """What failed, rule by rule, and one line that sums up."""
    return "".join(f"{harmless(line)}\n" for line in _lines(report))


def _lines(report: ExamplesReport) -> Iterator[str]:
    for fault in report.faults:
        yield str(fault)
    for rule in report.rules:
        if rule.passed:
            continue
        yield f"{rule.code} ({rule.folder})"
        yield from (f"  {fault}" for fault in rule.faults)
        yield from (f"  no example notices: {survivor}" for survivor in rule.survivors)
    cases = sum(rule.cases for rule in report.rules)
    failed = len(report.faults) + sum(not rule.passed for rule in report.rules)
    verdict = f"{failed} failed" if failed else "all pass"
    yield f"{counted(len(report.rules), 'rule', 'rules')}, {counted(cases, 'example', 'examples')}: {verdict}"
