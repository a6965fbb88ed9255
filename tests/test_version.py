"""The version, with the commit where this is a checkout; compared with what git says."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from crslint.version import commit

ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if not name.startswith("GIT_")},
    **{f"GIT_{role}_{part}": "test" for role in ("AUTHOR", "COMMITTER") for part in ("NAME", "EMAIL")},
    "GIT_CONFIG_GLOBAL": os.devnull,
}


def git(folder: Path, *arguments: str) -> str:
    command = ["git", *arguments]
    return subprocess.run(
        command, cwd=folder, env=ENVIRONMENT, capture_output=True, text=True, check=True
    ).stdout.strip()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "pyproject.toml").write_text('[project]\nname = "crslint"\n', encoding="utf-8")
    git(folder, "init", "-q")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "begin")
    return folder


def test_a_branch(project: Path) -> None:
    assert commit(str(project)) == git(project, "rev-parse", "HEAD")


def test_a_packed_branch(project: Path) -> None:
    git(project, "branch", "other")
    git(project, "commit", "-q", "--allow-empty", "-m", "more")
    git(project, "pack-refs", "--all")
    assert commit(str(project)) == git(project, "rev-parse", "HEAD")


def test_a_commit_without_a_branch(project: Path) -> None:
    git(project, "checkout", "-q", "--detach")
    assert commit(str(project)) == git(project, "rev-parse", "HEAD")


def test_a_worktree(project: Path, tmp_path: Path) -> None:
    git(project, "worktree", "add", "-q", "-b", "work/one", str(tmp_path / "tree"))
    git(tmp_path / "tree", "commit", "-q", "--allow-empty", "-m", "more")
    assert commit(str(tmp_path / "tree")) == git(tmp_path / "tree", "rev-parse", "HEAD")
    assert commit(str(tmp_path / "tree")) != commit(str(project))


def test_a_repository_without_a_commit(project: Path) -> None:
    git(project, "checkout", "-q", "--orphan", "empty")
    assert commit(str(project)) == ""


def test_no_repository_of_ours(project: Path, tmp_path: Path) -> None:
    assert commit(str(tmp_path)) == ""
    (project / "pyproject.toml").write_text('[project]\nname = "another"\n', encoding="utf-8")
    assert commit(str(project)) == ""
