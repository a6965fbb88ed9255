"""Writes what the documentation has from elsewhere: pages of rules, facts and functions, and what commands print.

`make docs` runs it; `tests/test_docs.py` holds that nothing is left to write.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from itertools import groupby
from pathlib import Path

from crslint.examples import reports_of
from crslint.fleet.reference import facts_page
from crslint.policy.reference import functions_page
from crslint.policy.rule import Rule
from crslint.policy.rules import load_rules
from crslint.report.page import rule_markdown
from crslint.report.specimen import specimens

PROJECT = Path(__file__).resolve().parents[1]
DOCS = PROJECT / "docs"
_RUN = re.compile(r"(```console\n\$ crslint ([^\n]*)\n)(?s:.*?)```")
_FAMILIES = {
    "YML": "documents as text",
    "SCH": "objects against their schemas",
    "CRS": "ClusterResourceSets",
    "PAY": "payloads, as the controller reads them",
    "CLU": "Cluster, control plane and workers",
    "MTL": "Metal3",
    "NET": "one network, said in several documents",
    "CIL": "Cilium's settings by release",
    "BGP": "peering, address pools, announcements",
    "HND": "the handover from bootstrap to Git",
    "APP": "Argo CD Applications",
    "SET": "ApplicationSets",
    "KUS": "Kustomize",
    "SEC": "secrets",
    "LIV": "what a change does to running clusters",
    "CFG": "crslint itself",
}
_INDEX = """\
# Rules

Generated from the folders in `rules/`. `crslint explain CODE` shows the same, also of rules of your own. Rules of the
profile `strict` are off unless it is chosen; a fix is `safe` where it keeps the meaning for every running cluster.
"""
_HEAD = "| rule | what must hold | severity | fix | profile |\n|---|---|---|---|---|"


def pages() -> Mapping[Path, str]:
    """Every file with its text."""
    rules = sorted(load_rules().rules.values(), key=lambda rule: _order(rule.code))
    found = {DOCS / "facts.md": facts_page(), DOCS / "functions.md": functions_page()}
    found |= {DOCS / "rules" / f"{rule.code}.md": rule_text(rule) for rule in rules}
    found[DOCS / "rules" / "README.md"] = "\n".join(_index(rules))
    for page in (PROJECT / "README.md", *sorted(DOCS.glob("*.md"))):
        text = page.read_text(encoding="utf-8")
        if _RUN.search(text):
            found[page] = _RUN.sub(_rerun, text)
    return found


def rule_text(rule: Rule) -> str:
    shown = specimens(rule)
    return rule_markdown(rule, shown, reports_of(rule, shown.bad.folder) if shown else ())


def _order(code: str) -> tuple[int, str]:
    return list(_FAMILIES).index(code[:3]), code


def _index(rules: list[Rule]) -> Iterator[str]:
    yield _INDEX
    for family, members in groupby(rules, key=lambda rule: rule.code[:3]):
        yield f"## {family}: {_FAMILIES[family]}\n\n{_HEAD}"
        for rule in members:
            link = f"[{rule.code}]({rule.code}.md) {rule.name}"
            yield f"| {link} | {rule.title} | {rule.severity} | {rule.fix_safety or '-'} | {rule.profile} |"
        yield ""


def _rerun(block: re.Match[str]) -> str:
    environment = {**os.environ, "PYTHONPATH": str(PROJECT), "NO_COLOR": "1", "COLUMNS": "80"}
    command = [sys.executable, "-m", "crslint", *block[2].split()]
    done = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True)
    return f"{block[1]}{done.stdout}```"


def write() -> None:
    """Also takes away pages of rules that are gone."""
    found = pages()
    for page in (DOCS / "rules").glob("*.md"):
        if page not in found:
            page.unlink()
    for page, text in found.items():
        page.parent.mkdir(exist_ok=True)
        page.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    write()
