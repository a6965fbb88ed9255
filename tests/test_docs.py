"""What the documentation shows is what happens."""

from __future__ import annotations

import json
import os
import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from checking import CHECKOUT

from crslint.config.reader import read_config, read_policy
from crslint.report.formats import FORMATS
from crslint.source.reader import read_file

SUPPRESSIONS = CHECKOUT / "docs" / "suppressions.md"
PAGES = sorted([CHECKOUT / "README.md", *CHECKOUT.glob("docs/*.md"), *CHECKOUT.glob("*/README.md")])


def run(*arguments: str) -> str:
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT), "NO_COLOR": "1", "COLUMNS": "80"}
    command = [sys.executable, "-m", "crslint", *arguments]
    return subprocess.run(command, cwd=CHECKOUT, env=environment, capture_output=True, text=True).stdout


def test_what_is_generated_is_true() -> None:
    """Pages of rules, facts and functions, and what commands print."""
    generated = runpy.run_path(str(CHECKOUT / "docs" / "generate.py"))["pages"]()
    stale = [page.name for page, text in generated.items() if not page.is_file() or page.read_text() != text]
    assert stale == [], "`make docs` (python docs/generate.py) writes them"
    assert {page for page in generated if page.parent.name == "rules"} == set(
        (CHECKOUT / "docs" / "rules").glob("*.md")
    )
    assert {CHECKOUT / "README.md", CHECKOUT / "docs" / "invariants.md"} <= set(generated)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(CHECKOUT)))
def test_links_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text())
    assert [target for target in targets if "://" not in target and not (page.parent / target).exists()] == []


def test_the_example_configuration_and_policy_are_valid(tmp_path: Path) -> None:
    page = (CHECKOUT / "docs" / "configuration.md").read_text()
    configuration, policy = re.findall(r"```yaml\n((?s:.*?))```", page)
    for name, example in (("config", configuration), ("policy", policy)):
        (tmp_path / f"{name}.yaml").write_text(example)
        schema = json.loads((CHECKOUT / "schemas" / f"{name}.json").read_text())
        assert set(yaml.safe_load(example)) == set(schema["properties"])
    assert read_config(tmp_path / "config.yaml", "config.yaml").problems == ()
    assert read_policy(tmp_path / "policy.yaml", "policy.yaml")[2] == ()


@pytest.mark.parametrize("block", re.findall(r"```yaml\n((?s:.*?))```", SUPPRESSIONS.read_text()))
def test_what_the_page_of_suppressions_shows_asks_for_them(block: str, tmp_path: Path) -> None:
    if block.startswith("# crslint.yaml"):
        (tmp_path / "crslint.yaml").write_text(block)
        (settings,) = read_config(tmp_path / "crslint.yaml", "crslint.yaml").config.paths
        assert settings.suppress
        return
    kind = "kind: ConfigMap\n" if "data:" in block else ""
    asked = read_file("a.yaml", (kind + block).encode()).suppressing
    assert len(asked) == 2
    assert all(each.reason and each.codes for each in asked)


def test_the_page_of_formats_has_all_of_them() -> None:
    table = (CHECKOUT / "docs" / "formats.md").read_text().partition("\n## ")[0]
    assert sorted(re.findall(r"^\| `(\w+)` ", table, re.MULTILINE)) == sorted(FORMATS)


def test_the_index_has_every_page() -> None:
    text = (CHECKOUT / "docs" / "README.md").read_text()
    pages = {page.name for page in (CHECKOUT / "docs").glob("*.md")} - {"README.md"}
    assert set(re.findall(r"\]\(([\w-]+\.md)\)", text)) == pages


def test_the_page_of_formats_has_all_schemas() -> None:
    """All but the one of a part of other schemas."""
    text = (CHECKOUT / "docs" / "formats.md").read_text()
    files = {file.name for file in (CHECKOUT / "schemas").glob("*.json")} - {"metadata.json"}
    assert set(re.findall(r"^\| \[`schemas/([\w.]+)`\]", text, re.MULTILINE)) == files


def test_the_commands_of_the_readme_exist() -> None:
    table = re.findall(r"^\| `crslint (\w+)", (CHECKOUT / "README.md").read_text(), re.MULTILINE)
    known = re.findall(r"^  (\w+) ", run("--help").partition("Commands:")[2], re.MULTILINE)
    assert sorted(table) == sorted(known)
