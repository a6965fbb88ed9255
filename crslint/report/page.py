"""Rules for people at a terminal: one rule's page, and the list of all."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from crslint.policy.rule import Rule, Template
from crslint.report.frame import harmless

_WIDTH = 100
_LINES = 60


def rule_page(rule: Rule, reports: Sequence[str] = ()) -> str:
    """What, why, a bad and a good example, the fix and its safety, references; ``reports`` is what is said of the bad
    example."""
    return "\n\n".join(_sections(rule, reports)) + "\n"


def rule_list(rules: Iterable[Rule]) -> str:
    """A table of code, name, severity, fix and profile, by code."""
    head = ("CODE", "NAME", "SEVERITY", "FIX", "PROFILE")
    rows = [
        (rule.code, rule.name, rule.severity, rule.fix_safety or "-", rule.profile)
        for rule in sorted(rules, key=lambda rule: rule.code)
    ]
    return table(head, rows)


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns as wide as their widest cell."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    return "".join(
        "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip() + "\n"
        for row in (head, *rows)
    )


def _sections(rule: Rule, reports: Sequence[str]) -> Iterator[str]:
    yield f"{rule.code} {rule.name}\n{rule.title}"
    yield f"severity: {rule.severity}\nprofile: {rule.profile}" + (f"\nfor: {rule.entity}" if rule.entity else "")
    yield f"Why\n{textwrap.indent(rule.why.strip(), '  ')}"
    for title, kind in (("Bad", "bad"), ("Good", "good")):
        example = _example(Path(rule.folder) / kind)
        if example:
            yield f"{title}\n{textwrap.indent(example, '  ')}"
        if kind == "bad":
            said = [harmless(report) for report in reports] or [_shown(rule.message)]
            yield "Message\n" + "\n".join(
                textwrap.indent(textwrap.fill(each, _WIDTH, break_on_hyphens=False), "  ") for each in said
            )
    if rule.fix:
        yield f"Suggested ({rule.fix_safety})\n  {_shown(rule.fix.title)}"
    if rule.references:
        yield "References\n" + "\n".join(f"  {reference}" for reference in rule.references)


def _shown(template: Template) -> str:
    """A template with its placeholders as written."""
    return "".join(part if isinstance(part, str) else f"{{{part.text.strip()}}}" for part in template.parts).strip()


def _example(folder: Path) -> str | None:
    """The files of the first case, cut where they are long."""
    cases = sorted(path for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []
    if not cases:
        return None
    case = cases[0]
    files = sorted(path for path in case.rglob("*") if path.is_file() and path.name != "expect.yaml")
    return "\n".join(_file(file, case, alone=len(files) == 1) for file in files)


def _file(file: Path, case: Path, alone: bool) -> str:
    lines: Sequence[str] = file.read_text(encoding="utf-8", errors="replace").splitlines()
    shown = [harmless(line.replace("\t", "    "))[: _WIDTH * 2] for line in lines[:_LINES]]
    if len(lines) > _LINES:
        shown.append(f"... {len(lines) - _LINES} more lines")
    return "\n".join(shown if alone else [f"# {file.relative_to(case).as_posix()}", *shown])
