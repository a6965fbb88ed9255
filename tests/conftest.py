"""How all tests run, and fixtures of more than one module."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest
from hypothesis import settings
from policy_tree import CONFIG, RULE, Command

from crslint.cli import run_command

# A test that waits for the processor is not wrong.
settings.register_profile("crslint", deadline=None)
settings.load_profile("crslint")
# As few collections as in the command, which makes none: among what all tests hold, each would cost a lot.
gc.set_threshold(100_000, 50, 100)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory, empty."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where crslint keeps what it reads of rules and schemas, once for all tests of the command line."""
    return tmp_path_factory.mktemp("kept")


@pytest.fixture
def cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where crslint keeps what it keeps; nothing yet."""
    folder = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder))
    return folder


@pytest.fixture
def tree(tmp_path: Path, kept: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A root with two rules of its own: XBAD001 (error) and XDUB001 (warning); the working directory."""
    rules = [("XBAD001", "bad-name", "error", "bad"), ("XDUB001", "dubious-name", "warning", "dubious")]
    for code, name, severity, fault in rules:
        folder = tmp_path / "policy" / f"{code}-{name}"
        folder.mkdir(parents=True)
        check = f'object.name != "{fault}"'
        text = RULE.format(code=code, name=name, severity=severity, check=check)
        (folder / "rule.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "crslint.yaml").write_text(CONFIG + 'exclude: ["policy/"]\n', encoding="utf-8")
    monkeypatch.setenv("XDG_CACHE_HOME", str(kept))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def crslint(capsys: pytest.CaptureFixture[str]) -> Command:
    def run(*arguments: str) -> tuple[int, str, str]:
        code = run_command(arguments)
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return run
