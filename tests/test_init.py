"""`crslint init`: a configuration that changes nothing of what is found, and a pre-commit entry."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
import yaml
from checking import CHECKOUT, check
from linting import Ran, crslint_in

from crslint.config.reader import read_config

FIXTURES = CHECKOUT / "fixtures"


def run_init(folder: Path) -> Ran:
    return crslint_in(folder, "init")


@pytest.mark.parametrize("name", ["pattern", "conforming"])
def test_the_configuration_says_what_is_found_and_changes_nothing(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    shutil.copytree(FIXTURES / name, folder, ignore=shutil.ignore_patterns("crslint.yaml"))
    before = check(folder).findings
    done = run_init(folder)
    assert (done.code, done.err) == (0, "")
    assert done.out == (
        "wrote crslint.yaml: the releases, repositories and rules of your choice\n"
        "wrote .pre-commit-config.yaml: crslint at each commit, once `pre-commit install` has run\n"
        "next: crslint check, then crslint explain CODE for what it finds\n"
    )
    assert check(folder).findings == before
    kubernetes = {"pattern": "1.29", "conforming": "1.34"}[name]
    assert yaml.safe_load((folder / "crslint.yaml").read_text()) == {"versions": {"kubernetes": kubernetes}}
    assert ": cluster-configs # found by its paths" in (folder / "crslint.yaml").read_text()


def test_what_is_commented_out_can_be_uncommented(tmp_path: Path) -> None:
    run_init(tmp_path)
    written = (tmp_path / "crslint.yaml").read_text().replace("  {}\n", "")
    text = re.sub(r"(?m)^( *)# ([a-z][A-Za-z0-9-]*: |[a-z]+:$|  )", r"\1\2", written)
    (tmp_path / "crslint.yaml").write_text(text)
    assert [each.parameters for each in read_config(tmp_path / "crslint.yaml", "crslint.yaml").problems] == []
    assert len(yaml.safe_load(text)) == 12


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    inside = tmp_path / "inside"
    inside.mkdir()
    hooks = tmp_path / ".pre-commit-config.yaml"
    hooks.write_text("repos: []\n")
    done = run_init(inside)
    assert done.code == 0
    assert "../.pre-commit-config.yaml is there already; add to its repos:" in done.out
    assert "      - id: crslint\n" in done.out
    assert hooks.read_text() == "repos: []\n"
    text = (tmp_path / "crslint.yaml").read_text()
    again = run_init(inside)
    assert (again.code, again.out) == (2, "")
    assert again.err == "Error: crslint.yaml is there already; nothing was written\n"
    assert (tmp_path / "crslint.yaml").read_text() == text
