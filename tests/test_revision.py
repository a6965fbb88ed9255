"""`--diff-base`: what a change brought, in real repositories, also in ones that nobody should trust."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
import yaml
from linting import crslint, lint, write
from manifests import payload, resource_set

from crslint.source.revision import RevisionError, revision

RULES = Path(__file__).parents[1] / "rules"


def git(folder: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "protocol.file.allow=always")
    done = subprocess.run(["git", *identity, *arguments], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def commit(folder: Path) -> None:
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--allow-empty", "--message", "change")


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """With one set that has a fault of its own, and a payload; the working directory."""
    folder = tmp_path / "repository"
    folder.mkdir()
    git(folder, "init", "--quiet", "--initial-branch", "main")
    write(folder, {"sets/a.yaml": resource_set("Reconcile"), "sets/cilium.yaml": payload()})
    commit(folder)
    monkeypatch.chdir(folder)
    return folder


def test_a_change_is_blamed_for_what_it_brings_alone(repository: Path) -> None:
    assert [code for code, *_ in lint().shown] == ["CRS001"]
    assert lint("--diff-base", "HEAD").report["findings"] == []
    write(repository, {"sets/a.yaml": "# moved\n" + resource_set("Reconcile")})
    write(repository, {"sets/b.yaml": resource_set("Reconcile", "02-cilium")})
    assert lint("--diff-base", "HEAD").shown == [("CRS001", "sets/b.yaml", 7, 13)]


def test_a_fault_in_a_file_that_was_not_touched_is_brought_by_the_change(repository: Path) -> None:
    (repository / "sets" / "cilium.yaml").unlink()
    assert lint("--diff-base", "HEAD", "--select", "CRS003").shown == [("CRS003", "sets/a.yaml", 9, 15)]


def test_the_base_is_where_the_branch_began(repository: Path) -> None:
    git(repository, "checkout", "--quiet", "-b", "feature")
    write(repository, {"sets/b.yaml": resource_set("Reconcile", "02-cilium")})
    commit(repository)
    git(repository, "checkout", "--quiet", "main")
    write(repository, {"sets/a.yaml": resource_set("ApplyOnce")})
    commit(repository)
    git(repository, "checkout", "--quiet", "feature")
    assert lint("--diff-base", "main").shown == [("CRS001", "sets/b.yaml", 7, 13)]


def test_a_file_that_was_moved_brings_nothing(repository: Path) -> None:
    git(repository, "mv", "sets", "management")
    assert lint("--diff-base", "HEAD").report["findings"] == []


def test_an_uncovered_fault_is_new(repository: Path) -> None:
    text = resource_set("Reconcile  # crslint: ignore[CRS001] why")
    write(repository, {"sets/a.yaml": text})
    commit(repository)
    assert lint("--diff-base", "HEAD~1", "--select", "CRS001").shown == []
    assert lint("--diff-base", "HEAD").report["findings"] == []
    write(repository, {"sets/a.yaml": text.partition("  #")[0] + "\n" + text.partition("why\n")[2]})
    assert lint("--diff-base", "HEAD", "--select", "CRS001").shown == [("CRS001", "sets/a.yaml", 7, 13)]


@pytest.mark.parametrize("code", ["CRS003", "PAY003", "YML001", "KUS001"])
def test_nothing_changed_brings_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    """Whatever is wrong with a tree."""
    folder = next(RULES.glob(f"*/{code}-*"))
    for bad in sorted(path for path in (folder / "bad").iterdir() if path.is_dir())[:3]:
        copy = tmp_path / bad.name
        copy.mkdir()
        git(copy, "init", "--quiet")
        for file in bad.rglob("*"):
            if file.is_file():
                target = copy / file.relative_to(bad)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(file.read_bytes())
        commit(copy)
        monkeypatch.chdir(copy)
        assert lint().report["findings"] != []
        assert lint("--diff-base", "HEAD").report["findings"] == []


@pytest.mark.parametrize("fixture", ["pattern", "conforming"])
def test_lines_that_move_and_another_spelling_are_no_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fixture: str
) -> None:
    copy = tmp_path / fixture
    shutil.copytree(RULES.parent / "fixtures" / fixture, copy)
    git(copy, "init", "--quiet")
    commit(copy)
    monkeypatch.chdir(copy)
    for file in copy.rglob("*.yaml"):
        file.write_text(f"# moved\n\n{file.read_text(encoding='utf-8')}", encoding="utf-8")
    assert lint("--diff-base", "HEAD").report["findings"] == []
    for file in copy.rglob("*.yaml"):
        documents = list(yaml.safe_load_all(file.read_text(encoding="utf-8")))
        file.write_text(yaml.safe_dump_all(documents), encoding="utf-8")
    assert lint("--diff-base", "HEAD", "--select", "LIV").report["findings"] == []


def test_what_is_gone_is_shown_as_it_was(repository: Path) -> None:
    (repository / "sets" / "a.yaml").unlink()
    (repository / "sets" / "cilium.yaml").unlink()
    linted = lint("--diff-base", "HEAD", "--verbose")
    (found,) = linted.report["findings"]
    assert (found["code"], found["severity"], found["path"], found["line"]) == ("LIV001", "info", "sets/a.yaml", 1)
    assert "1  | apiVersion: addons.cluster.x-k8s.io/v1beta2" in crslint("check", "--diff-base", "HEAD", "--verbose")[1]


@pytest.mark.parametrize("text", ["a: [\n", "name: {{ .Values.name }}-x\n", "\0"])
def test_nothing_is_said_to_be_gone_that_may_be_in_what_cannot_be_read(repository: Path, text: str) -> None:
    write(repository, {"sets/a.yaml": text})
    assert lint("--diff-base", "HEAD", "--select", "LIV").shown == []
    write(repository, {"sets/a.yaml": "a: 1\n"})
    assert [code for code, *_ in lint("--diff-base", "HEAD", "--select", "LIV").shown] == ["LIV001"]


def test_nothing_is_said_to_be_gone_from_a_part_of_the_root(repository: Path) -> None:
    write(repository, {"other/b.yaml": "a: 1\n"})
    git(repository, "mv", "sets/a.yaml", "other/a.yaml")
    assert lint("sets", "--diff-base", "HEAD", "--select", "LIV").shown == []


def test_alternatives_in_one_file_are_compared_in_their_order(repository: Path) -> None:
    both = "---\n".join(resource_set(each) for each in ("Reconcile", "ApplyOnce"))
    write(repository, {"sets/a.yaml": both})
    commit(repository)
    write(repository, {"sets/a.yaml": f"# moved\n{both}"})
    assert lint("--diff-base", "HEAD").report["findings"] == []


def test_a_baseline_is_not_written_of_a_part(repository: Path) -> None:
    code, out, err = crslint("check", "--diff-base", "HEAD", "--write-baseline", "known.json")
    assert (code, out) == (2, "")
    assert "--write-baseline and --diff-base exclude each other" in err


def test_fix_mends_what_the_change_brought_alone(repository: Path) -> None:
    write(repository, {"sets/b.yaml": resource_set("Reconcile", "02-cilium")})
    assert crslint("fix", "--unsafe", "--select", "CRS001", "--diff-base", "HEAD")[0] == 0
    assert "strategy: Reconcile" in (repository / "sets" / "a.yaml").read_text(encoding="utf-8")
    assert "strategy: ApplyOnce" in (repository / "sets" / "b.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["new", "odd 'name\n", "-x", os.fsdecode(b"\xff")])
def test_a_root_below_the_top_of_the_repository(repository: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Its configuration makes it one; at first it is not there at all."""
    root = repository / name
    text = resource_set("Reconcile", "02-cilium")
    write(root, {"crslint.yaml": "select: [CRS001]\n", "b.yaml": text})
    monkeypatch.chdir(root)
    assert lint("--diff-base", "HEAD").shown == [("CRS001", "b.yaml", 7, 13)]
    commit(repository)
    assert lint("--diff-base", "HEAD").report["findings"] == []
    write(root, {"c.yaml": text.replace("02", "03")})
    assert lint("--diff-base", "HEAD").shown == [("CRS001", "c.yaml", 7, 13)]


def test_the_page_of_a_rule_about_changes_shows_the_change() -> None:
    page = crslint("explain", "LIV002")[1]
    changed = page.partition("What changed\n")[2].partition("\n\n")[0]
    assert '  -      bootstrap: "true"\n  +      bootstrap: "yes"\n' in changed


def test_facts_show_changes(repository: Path) -> None:
    write(repository, {"sets/a.yaml": resource_set("ApplyOnce")})
    code, out, _ = crslint("facts", "change", "--diff-base", "HEAD", "--format", "json")
    (change,) = json.loads(out)
    assert (code, change["what"], change["since"], change["applyOnce"]) == (0, "fields", "HEAD", True)
    assert [(each["field"], each["before"], each["after"]) for each in change["fields"]] == [
        ("spec.strategy", '"Reconcile"', '"ApplyOnce"')
    ]
    assert json.loads(crslint("facts", "change", "--format", "json")[1]) == []
    assert crslint("facts", "change", "--diff-base", "nope")[0] == 2


def test_a_folder_of_the_root_is_compared_with_itself(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(repository, {"other/b.yaml": resource_set("Reconcile", "02-cilium")})
    monkeypatch.chdir(repository / "other")
    assert [code for code, *_ in lint("--diff-base", "HEAD", "--select", "CRS001,LIV").shown] == ["CRS001"]


@pytest.mark.parametrize("name", ["nope", "-x", "--output=x", "", "HEAD:sets", "a b", "$(touch x)", "HEAD~7"])
def test_no_such_revision(repository: Path, name: str) -> None:
    assert crslint("check", "--diff-base", name) == (2, "", f'Error: --diff-base: there is no revision "{name}"\n')


def test_without_a_repository_or_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, repository: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    code, out, err = crslint("check", "--diff-base", "HEAD")
    assert (code, out) == (2, "")
    assert err.startswith("Error: --diff-base: git says: not a git repository")
    monkeypatch.setenv("PATH", "")
    assert crslint("check", "--diff-base", "HEAD") == (2, "", "Error: --diff-base: git is not installed\n")


def test_a_shallow_clone_says_what_to_do(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commit(repository)
    git(tmp_path, "clone", "--quiet", "--depth", "1", repository.as_uri(), "shallow")
    monkeypatch.chdir(tmp_path / "shallow")
    assert "the clone is shallow: fetch it first" in crslint("check", "--diff-base", "HEAD~1")[2]
    assert lint("--diff-base", "origin/main").report["findings"] == []


def test_a_partial_clone_fetches_nothing(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even by the program that its configuration names."""
    git(repository, "config", "uploadpack.allowFilter", "true")
    write(repository, {"sets/a.yaml": resource_set("ApplyOnce")})
    commit(repository)
    git(tmp_path, "clone", "--quiet", "--filter=blob:none", repository.as_uri(), "partial")
    partial = tmp_path / "partial"
    git(partial, "config", "remote.origin.url", f"ext::sh -c 'touch {tmp_path}/ran'")
    git(partial, "config", "protocol.ext.allow", "always")
    monkeypatch.chdir(partial)
    code, _, err = crslint("check", "--diff-base", "HEAD~1")
    assert (code, "the clone is partial" in err) == (2, True)
    assert not (tmp_path / "ran").exists()


def test_nothing_of_the_repository_runs(repository: Path, tmp_path: Path) -> None:
    program = tmp_path / "ran.sh"
    program.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\ncat\n", encoding="utf-8")
    program.chmod(0o755)
    write(repository, {".gitattributes": "* filter=f diff=d export-ignore export-subst\n"})
    commit(repository)
    for name in (
        "core.fsmonitor",
        "filter.f.smudge",
        "filter.f.clean",
        "diff.d.textconv",
        "core.pager",
        "core.sshCommand",
    ):
        git(repository, "config", name, str(program))
    for hook in ("post-checkout", "post-index-change", "reference-transaction"):
        (repository / ".git" / "hooks" / hook).write_bytes(program.read_bytes())
        (repository / ".git" / "hooks" / hook).chmod(0o755)
    (tmp_path / "ran").unlink(missing_ok=True)
    assert lint("--diff-base", "HEAD").report["findings"] == []
    assert not (tmp_path / "ran").exists()


def test_the_environment_of_a_hook_leads_nowhere_else(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "none"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "none"))
    assert lint("--diff-base", "HEAD").report["findings"] == []


def test_submodules_are_compared_as_they_are(repository: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    git(other, "init", "--quiet")
    write(other, {"b.yaml": resource_set("Reconcile", "02-cilium")})
    commit(other)
    git(repository, "submodule", "add", "--quiet", str(other), "vendored")
    commit(repository)
    linted = lint("--diff-base", "HEAD")
    assert linted.report["findings"] == []
    assert linted.stderr == "crslint: the submodule vendored is compared as it is now\n"


def test_odd_names_and_links(repository: Path) -> None:
    name = os.fsdecode(b"odd\n\xff name.yaml")
    (repository / name).write_text("a: [\n", encoding="utf-8")
    (repository / "away.yaml").symlink_to("/etc/hostname")
    (repository / "up").symlink_to("..")
    (repository / "here.yaml").symlink_to("sets/a.yaml")
    commit(repository)
    assert lint("--diff-base", "HEAD").report["findings"] == []
    with revision(repository, "HEAD") as found:
        assert sorted(os.listdir(found.folder)) == sorted([".git", name, "away.yaml", "up", "here.yaml", "sets"])
        assert os.readlink(found.folder / "away.yaml") == "/etc/hostname"
        folder = found.folder
    assert not folder.exists()


def test_a_tree_made_by_hand_cannot_leave_the_folder(repository: Path, tmp_path: Path) -> None:
    """A link and a folder of one name, and names that Git itself refuses to check out."""
    blob = git(repository, "hash-object", "-w", "sets/a.yaml")
    link = subprocess.run(
        ["git", "hash-object", "-w", "--stdin"], cwd=repository, input=str(tmp_path), capture_output=True, text=True
    ).stdout.strip()

    def tree(*entries: tuple[str, str, str]) -> str:
        body = b"".join(f"{mode} {name}\0".encode() + bytes.fromhex(oid) for mode, name, oid in entries)
        made = ["git", "hash-object", "-w", "-t", "tree", "--literally", "--stdin"]
        done = subprocess.run(made, cwd=repository, input=body, capture_output=True, check=True)
        return done.stdout.decode().strip()

    inner = tree(("100644", "escaped.yaml", blob))
    up = tree(("40000", "..", inner))
    outer = tree(("120000", "a", link), ("40000", "a", inner), ("40000", "b", up), ("40000", ".git", inner))
    made = git(repository, "commit-tree", outer, "-p", "HEAD", "-m", "x")
    git(repository, "reset", "--quiet", "--soft", made)
    with revision(repository, made) as found:
        names = sorted(path.relative_to(found.folder).as_posix() for path in found.folder.rglob("*"))
    assert names == [".git", "a", "a/escaped.yaml"]
    assert not (tmp_path / "escaped.yaml").exists()


def test_nothing_is_left_behind_by_a_revision_that_cannot_be_read(
    repository: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    oid = git(repository, "rev-parse", "HEAD:sets/a.yaml")
    (repository / ".git" / "objects" / oid[:2] / oid[2:]).unlink()
    with pytest.raises(RevisionError, match="objects of the revision are missing"), revision(repository, "HEAD"):
        pass
    assert not list(tmp_path.glob("crslint-*"))
