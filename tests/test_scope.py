"""What a run is about, seen from any working directory."""

from __future__ import annotations

from pathlib import Path

import pytest

from crslint.scope import Asked, scope


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    for folder in (".git", "a/b", "c"):
        (tmp_path / "r" / folder).mkdir(parents=True)
    for file in ("a/x.yaml", "a/b/y.yaml", "c/z.yaml"):
        (tmp_path / "r" / file).touch()
    return tmp_path / "r"


@pytest.mark.parametrize(
    ("working", "shown"),
    [(".", "a/b/y.yaml"), ("a", "b/y.yaml"), ("c", "../a/b/y.yaml"), ("..", "r/a/b/y.yaml"), ("../..", None)],
)
def test_paths_are_shown_from_the_working_directory(repository: Path, working: str, shown: str | None) -> None:
    where = (repository / working).resolve()
    found = scope([str(repository)], where)
    assert found.displayed("a/b/y.yaml") == (shown or f"{repository.parent.name}/r/a/b/y.yaml")
    assert found.displayed("-") == "-"


def test_folders_are_read_alone(repository: Path) -> None:
    found = scope(["a"], repository)
    assert (found.root, found.read, found.reported) == (repository, (repository / "a",), None)
    assert found.reports("anything.yaml")


def test_files_filter_the_whole_root(repository: Path) -> None:
    found = scope(["a/x.yaml", "c"], repository)
    assert found.read == (repository, repository / "a" / "x.yaml")
    shown = [path for path in ("a/x.yaml", "a/b/y.yaml", "c/z.yaml", "c", "ca.yaml") if found.reports(path)]
    assert shown == ["a/x.yaml", "c/z.yaml", "c"]


def test_the_root_among_files_reports_everything(repository: Path) -> None:
    assert scope([".", "a/x.yaml"], repository).reports("c/z.yaml")


def test_stdin_alone_reads_nothing_else(repository: Path) -> None:
    found = scope(["-"], repository)
    assert (found.read, found.reported, found.stdin) == ((), None, True)


def test_stdin_beside_a_file_is_reported(repository: Path) -> None:
    found = scope(["-", "a/x.yaml"], repository)
    assert found.reports("-")
    assert not found.reports("c/z.yaml")


def test_a_configuration_elsewhere_is_not_the_root(repository: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "team" / "crslint.yaml"
    elsewhere.parent.mkdir()
    elsewhere.write_text("failOn: info\nwrong: 1\n", encoding="utf-8")
    found = scope(["."], repository, Asked(config=elsewhere))
    assert found.root == repository
    assert [problem.at for problem in found.reading.problems] == ["../team/crslint.yaml:0#/wrong"]


def test_no_configuration_is_looked_for_where_none_is_wanted(repository: Path) -> None:
    (repository / "crslint.yaml").write_text("failOn: info\n", encoding="utf-8")
    assert scope(["a"], repository).config.fail_on == "info"
    assert scope(["a"], repository, Asked(use_config=False)).config.fail_on == "error"
