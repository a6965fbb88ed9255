"""The hooks, run by the real pre-commit in real repositories: each environment is installed as a user's would be."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml
from checking import CHECKOUT

pytestmark = pytest.mark.slow

NETWORK = ("Failed to establish a new connection", "Temporary failure in name resolution", "No matching distribution")
HOOKS = yaml.safe_load((CHECKOUT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
POOL = "cluster-configs/base/cilium-bgp/production/pool.yaml"
CLUSTER = "management/prod-01/cluster.yaml"


def done(command: list[str], folder: Path, environment: Mapping[str, str]) -> tuple[int, str]:
    run = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    output = run.stdout + run.stderr
    if any(word in output for word in NETWORK):
        pytest.skip("the hook's environment cannot be installed without a package index")
    return run.returncode, output


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Of git and pre-commit, away from the user's own settings; the hooks' environments are kept for this module.

    Python writes bytecode there: otherwise each of many starts of pip would compile it again.
    """
    ours = ("GIT_", "PRE_COMMIT", "PYTHON")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    identity = {
        f"GIT_{role}_{part}": value
        for role in ("AUTHOR", "COMMITTER")
        for part, value in (("NAME", "test"), ("EMAIL", "test@example.com"))
    }
    home = tmp_path_factory.mktemp("home")
    return {
        **kept,
        **identity,
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), kept.get("PATH", "")]),
        "PIP_NO_COMPILE": "1",
        "PRE_COMMIT_HOME": str(home / "pre-commit"),
    }


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory, environment: dict[str, str]) -> Path:
    """This checkout as it is, committed: what pre-commit clones."""
    folder = tmp_path_factory.mktemp("source")
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=CHECKOUT,
        capture_output=True,
        check=True,
    )
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (CHECKOUT / name).is_file() and not name.startswith(("tests/", "docs/", "fixtures/", "benchmarks/")):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(CHECKOUT / name, folder / name)
    committed(folder, environment)
    return folder


def committed(folder: Path, environment: Mapping[str, str]) -> None:
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-q", "--no-verify", "-m", "begin"]):
        subprocess.run(["git", *command], cwd=folder, env=environment, check=True, capture_output=True)


@pytest.fixture
def fleet(tmp_path: Path, environment: dict[str, str]) -> Path:
    """A repository with a fleet that is right."""
    folder = tmp_path / "fleet"
    shutil.copytree(CHECKOUT / "fixtures" / "conforming", folder)
    committed(folder, environment)
    return folder


def hooked(fleet: Path, source: Path, environment: Mapping[str, str], *hooks: str) -> None:
    revision = subprocess.run(["git", "rev-parse", "HEAD"], cwd=source, capture_output=True, text=True, check=True)
    entry = {"repo": str(source), "rev": revision.stdout.strip(), "hooks": [{"id": hook} for hook in hooks]}
    (fleet / ".pre-commit-config.yaml").write_text(yaml.safe_dump({"repos": [entry]}), encoding="utf-8")
    code, output = done(["pre-commit", "install", "--install-hooks"], fleet, environment)
    assert code == 0, output


def commit(fleet: Path, environment: Mapping[str, str]) -> tuple[int, str]:
    subprocess.run(["git", "add", "-A"], cwd=fleet, env=environment, check=True, capture_output=True)
    return done(["git", "commit", "-m", "a change"], fleet, environment)


def changed(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1
    file.write_text(text.replace(old, new), encoding="utf-8")


def test_a_hook_runs_once_over_the_whole_tree() -> None:
    for hook in HOOKS:
        assert (hook["language"], hook["pass_filenames"], hook["require_serial"]) == ("python", False, True)


def test_commits_are_judged_across_documents(fleet: Path, source: Path, environment: dict[str, str]) -> None:
    hooked(fleet, source, environment, "crslint")
    changed(fleet / CLUSTER, "kind: Cluster\n", "kind: Cluster # of the production\n")
    code, output = commit(fleet, environment)
    assert (code, "crslint..." in output, "Passed" in output) == (0, True, True), output
    changed(fleet / CLUSTER, "10.244.0.0/16", "10.250.0.0/16")
    code, output = commit(fleet, environment)
    assert code == 1, output
    assert "error[NET001]" in output
    assert CLUSTER in output
    assert "management/bootstrap/payload-cilium-prod-01.yaml" in output
    status = subprocess.run(["git", "status", "--porcelain"], cwd=fleet, capture_output=True, text=True, check=True)
    assert status.stdout == f"M  {CLUSTER}\n"


def test_commits_without_yaml_are_let_alone(fleet: Path, source: Path, environment: dict[str, str]) -> None:
    hooked(fleet, source, environment, "crslint")
    changed(fleet / CLUSTER, "10.244.0.0/16", "10.250.0.0/16")
    subprocess.run(["git", "add", "-A"], cwd=fleet, check=True)
    subprocess.run(["git", "commit", "-q", "--no-verify", "-m", "a fault"], cwd=fleet, env=environment, check=True)
    (fleet / "notes.txt").write_text("nothing\n", encoding="utf-8")
    code, output = commit(fleet, environment)
    assert (code, "Skipped" in output) == (0, True), output


def test_a_fix_fails_the_commit_until_it_is_added(fleet: Path, source: Path, environment: dict[str, str]) -> None:
    hooked(fleet, source, environment, "crslint-fix")
    pool = fleet / POOL
    right = pool.read_text(encoding="utf-8")
    changed(pool, "metadata:\n", "metadata:\n  namespace: kube-system\n")
    code, output = commit(fleet, environment)
    assert (code, "files were modified by this hook" in output) == (1, True), output
    assert f"fixed[SCH006] {POOL}:4:14" in output
    assert pool.read_text(encoding="utf-8") == right
    (fleet / "notes.yaml").write_text("notes: []\n", encoding="utf-8")
    code, output = commit(fleet, environment)
    assert (code, "Passed" in output) == (0, True), output


def test_the_hook_can_be_tried_before_it_is_installed(fleet: Path, source: Path, environment: dict[str, str]) -> None:
    changed(fleet / CLUSTER, "10.244.0.0/16", "10.250.0.0/16")
    subprocess.run(["git", "add", "-A"], cwd=fleet, env=environment, check=True)
    code, output = done(["pre-commit", "try-repo", str(source), "crslint"], fleet, environment)
    assert (code, "error[NET001]" in output, "Failed" in output) == (1, True, True), output
