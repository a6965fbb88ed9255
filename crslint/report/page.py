"""Rules for people: one rule's page, at a terminal or as Markdown, and the list of all."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from crslint.finding import Fix, Severity
from crslint.policy.rule import Rule, Template
from crslint.report.printable import harmless
from crslint.report.specimen import Specimens
from crslint.row import NamedTuple

_WIDTH = 100
_INDENT = "  "
_FENCES = {"yaml": "yaml", "diff": "diff", "reports": "text"}


class Report(NamedTuple):
    """What a rule says of its example."""

    path: str
    line: int
    column: int
    severity: Severity
    message: str
    fix: Fix | None = None


class Section(NamedTuple):
    title: str
    text: str
    form: Literal["prose", "yaml", "diff", "reports", "items", "links"] = "prose"


def rule_page(rule: Rule, shown: Specimens | None = None, reports: Sequence[Report] = (), columns: int = _WIDTH) -> str:
    """What, why, examples, the fix and its safety, references; ``reports`` is what is said of the bad example. Prose
    is broken to fit the columns."""
    width = min(columns, _WIDTH) - len(_INDENT)
    head = f"{rule.code} {rule.name}\n{rule.title}\n\nseverity: {rule.severity}\nprofile: {rule.profile}"
    parts = [head + (f"\nfor: {rule.entity}" if rule.entity else "")]
    for section in _sections(rule, shown, reports):
        text = section.text
        if section.form in ("reports", "items"):
            text = "\n".join(_filled(line, width) for line in text.split("\n"))
        elif section.form == "prose":
            text = "\n\n".join(_paragraph(each, width) for each in text.split("\n\n"))
        parts.append(f"{section.title}\n{textwrap.indent(text, _INDENT)}")
    return "\n\n".join(parts) + "\n"


def rule_markdown(rule: Rule, shown: Specimens | None = None, reports: Sequence[Report] = ()) -> str:
    """The same as a page of the documentation."""
    entity = f"[{rule.entity}](../facts.md#{rule.entity.lower()})" if rule.entity else "the files themselves"
    row = (rule.name, rule.severity, rule.profile, rule.fix_safety or "none", entity)
    parts = [
        f"# {rule.code}: {rule.title}",
        f"| name | severity | profile | fix | looks at |\n| --- | --- | --- | --- | --- |\n| {' | '.join(row)} |",
    ]
    for section in _sections(rule, shown, reports):
        text = section.text
        if section.form in _FENCES:
            fence = "````" if "```" in text else "```"
            text = f"{fence}{_FENCES[section.form]}\n{text}\n{fence}"
        elif section.form == "items":
            text = "\n".join(f"- {line}" for line in text.split("\n"))
        elif section.form == "links":
            text = "\n".join(f"- <{line}>" for line in text.split("\n"))
        parts.append(f"## {section.title}\n\n{text}")
    return "\n\n".join(parts) + "\n"


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


def _sections(rule: Rule, shown: Specimens | None, reports: Sequence[Report]) -> Iterator[Section]:
    yield Section("Why", rule.why.strip())
    if shown:
        yield Section("Bad", shown.bad.text(), "yaml")
    if shown and shown.change:
        yield Section("What changed", shown.change, "diff")
    yield Section("Reported", "\n".join(map(_line, reports)) or _shown(rule.message), "reports")
    if shown and shown.good:
        title = "Fixed" if shown.fixed else "Not reported"
        if shown.changes:
            how = "where this changes" if shown.change else "with these changes"
            yield Section(f"{title}, {how}", shown.changes, "diff")
        else:
            yield Section(title, shown.good.text(), "yaml")
    if rule.fix:
        fixes = dict.fromkeys(f"{harmless(each.fix.title)} ({each.fix.safety})" for each in reports if each.fix)
        title = f"{_shown(rule.fix.title)} ({rule.fix_safety})"
        yield Section("Suggested", "\n".join(fixes) or title, "items")
    if rule.references:
        yield Section("References", "\n".join(rule.references), "links")


def _paragraph(text: str, width: int) -> str:
    """Lists and indented lines stay as they are."""
    lines = text.split("\n")
    return text if any(line[:1] in " -*|" for line in lines) else _filled(" ".join(lines), width)


def _filled(text: str, width: int) -> str:
    return textwrap.fill(text, width, break_long_words=False, break_on_hyphens=False)


def _line(report: Report) -> str:
    return harmless(f"{report.path}:{report.line}:{report.column}: {report.severity}: {report.message}")


def _shown(template: Template) -> str:
    """A template with its placeholders as written."""
    return "".join(part if isinstance(part, str) else f"{{{part.text.strip()}}}" for part in template.parts).strip()
