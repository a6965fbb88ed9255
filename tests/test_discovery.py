"""Which files are read, and that the order, the folder and the number of processes make no difference."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from crslint import address
from crslint.source.discovery import find_files
from crslint.source.tree import Tree, read_tree


def made(root: Path, *names: str, text: str = "a: 1\n") -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def ignoring(folder: Path, *patterns: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ".gitignore").write_text("\n".join(patterns) + "\n", encoding="utf-8")


def found(root: Path, *paths: Path, excludes: Sequence[str] = ()) -> list[str]:
    return [item.path for item in find_files(root, paths or (root,), excludes).files]


def linked(link: Path, target: Path | str) -> None:
    try:
        link.symlink_to(target)
    except OSError:
        pytest.skip("no symbolic links here")


def told(tree: Tree) -> list[tuple[str, str, str]]:
    return [(file.path, item.code, str(item.parameters["reason"])) for file in tree.files for item in file.problems]


def test_yaml_and_json_are_found_in_the_order_of_their_paths(tmp_path: Path) -> None:
    made(
        tmp_path, "b.yaml", "a/z.yml", "a.json", "B.yaml", "a/b/c.yaml", "x.txt", "y.yaml.bak", "Z.YAML", ".hidden.yaml"
    )
    assert found(tmp_path) == [".hidden.yaml", "B.yaml", "a.json", "a/b/c.yaml", "a/z.yml", "b.yaml"]


def test_hidden_folders_are_read_and_git_is_not(tmp_path: Path) -> None:
    made(tmp_path, ".github/workflows/x.yaml", ".git/config.yaml", "sub/.git/y.yaml", "sub/z.yaml")
    assert found(tmp_path) == [".github/workflows/x.yaml", "sub/z.yaml"]


def test_gitignore(tmp_path: Path) -> None:
    ignoring(tmp_path, "*.gen.yaml", "/build/", "secret.yaml", "!keep.gen.yaml", "# comment", "deep/**/x.yaml")
    ignoring(tmp_path / "sub", "!secret.yaml", "local.yaml")
    names = ["a.gen.yaml", "keep.gen.yaml", "build/x.yaml", "build/deep/y.yaml", "sub/build/z.yaml", "secret.yaml"]
    made(tmp_path, *names, "sub/secret.yaml", "sub/local.yaml", "local.yaml", "deep/a/b/x.yaml", "deep/a/b/y.yaml")
    expected = ["deep/a/b/y.yaml", "keep.gen.yaml", "local.yaml", "sub/build/z.yaml", "sub/secret.yaml"]
    assert found(tmp_path) == expected


def test_what_lies_below_an_ignored_folder_cannot_come_back(tmp_path: Path) -> None:
    ignoring(tmp_path, "out/")
    ignoring(tmp_path / "out", "!x.yaml")
    made(tmp_path, "out/x.yaml", "in/x.yaml")
    assert found(tmp_path) == ["in/x.yaml"]


def test_gitignore_above_the_folder_counts_up_to_the_repository(tmp_path: Path) -> None:
    ignoring(tmp_path, "*.yaml")
    repository = tmp_path / "repository"
    (repository / ".git").mkdir(parents=True)
    ignoring(repository, "x.yaml")
    made(repository / "a" / "b", "x.yaml", "y.yaml")
    assert found(repository / "a", repository / "a" / "b") == ["b/y.yaml"]
    assert found(repository) == ["a/b/y.yaml"]


def test_gitignore_without_a_repository_counts_from_the_root(tmp_path: Path) -> None:
    ignoring(tmp_path, "*.yaml")
    root = tmp_path / "root"
    ignoring(root, "x.yaml")
    made(root / "a", "x.yaml", "y.yaml")
    assert found(root) == ["a/y.yaml"]
    assert found(root, root / "a") == ["a/y.yaml"]


def test_a_folder_that_is_asked_for_is_read_though_it_is_ignored(tmp_path: Path) -> None:
    ignoring(tmp_path, "out/")
    ignoring(tmp_path / "out", "y.yaml")
    made(tmp_path, "out/x.yaml", "out/y.yaml")
    assert found(tmp_path, tmp_path / "out") == ["out/x.yaml"]


def test_excludes(tmp_path: Path) -> None:
    made(tmp_path, "a/testdata/x.yaml", "a/x.yaml", "b/x.yaml", "b/c/y.yaml", "keep/x.yaml")
    assert found(tmp_path, excludes=["**/testdata/**", "/b/c"]) == ["a/x.yaml", "b/x.yaml", "keep/x.yaml"]
    assert found(tmp_path, excludes=["*.yaml", "!keep/x.yaml"]) == ["keep/x.yaml"]


def test_files_that_are_named_are_always_read(tmp_path: Path) -> None:
    ignoring(tmp_path, "*.yaml")
    made(tmp_path, "a.yaml", "b.tpl", "c/d.yaml")
    names = [tmp_path / "a.yaml", tmp_path / "b.tpl", tmp_path / "a.yaml"]
    assert found(tmp_path, *names, excludes=["b.*"]) == ["a.yaml", "b.tpl"]
    assert found(tmp_path, tmp_path, tmp_path / "c" / "d.yaml") == ["c/d.yaml"]
    outside = tmp_path / "c"
    assert found(outside, tmp_path / "b.tpl") == ["../b.tpl"]


def test_links_below_the_root(tmp_path: Path) -> None:
    made(tmp_path, "a/x.yaml", "a/data.txt", ".git/hook.yaml")
    ignoring(tmp_path, "/real/")
    made(tmp_path, "real/y.yaml", "real/sub/z.yaml")
    linked(tmp_path / "a" / "same.yaml", "x.yaml")
    linked(tmp_path / "b", "a")
    linked(tmp_path / "loop", ".")
    linked(tmp_path / "a" / "self.yaml", "self.yaml")
    linked(tmp_path / "text.yaml", "a/data.txt")
    linked(tmp_path / "view", "real")
    linked(tmp_path / "again", "real/sub")
    assert found(tmp_path) == ["a/self.yaml", "a/x.yaml", "again/z.yaml", "text.yaml", "view/y.yaml"]
    faults = [("a/self.yaml", "YML001", "a symbolic link that leads nowhere")]
    assert told(read_tree(tmp_path)) == faults


def test_links_out_of_the_root_are_not_followed(tmp_path: Path) -> None:
    root = tmp_path / "root"
    made(tmp_path, "secret.yaml", "folder/x.yaml", "rootless/x.yaml")
    made(root, "a.yaml")
    linked(root / "b.yaml", tmp_path / "secret.yaml")
    linked(root / "c", tmp_path / "folder")
    linked(root / "d", tmp_path / "rootless")
    linked(root / "gone.yaml", "nowhere")
    linked(root / "gone.txt", "nowhere")
    tree = read_tree(root)
    out = "a symbolic link out of the root"
    assert told(tree) == [
        ("b.yaml", "YML006", out),
        ("c", "YML006", out),
        ("d", "YML006", out),
        ("gone.yaml", "YML001", "a symbolic link that leads nowhere"),
    ]
    assert [(item.path, item.reason) for file in tree.files for item in file.not_checked] == [
        ("b.yaml", "binary"),
        ("c", "binary"),
        ("d", "binary"),
    ]
    assert [file.path for file in tree.files if file.documents] == ["a.yaml"]
    assert tree.text("b.yaml") == ""
    assert read_tree(root, [root / "b.yaml"]).files[0].documents


@pytest.mark.skipif(sys.platform == "win32", reason="no pipes in folders")
def test_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    (tmp_path / "folder.yaml").mkdir()
    made(tmp_path, "folder.yaml/x.yaml")
    assert found(tmp_path) == ["folder.yaml/x.yaml", "pipe.yaml"]
    tree = read_tree(tmp_path)
    assert told(tree) == [("pipe.yaml", "YML006", "no regular file")]
    assert tree.text("pipe.yaml") == ""


@pytest.mark.skipif(sys.platform == "win32", reason="no pipes in folders")
def test_a_pipe_that_is_asked_for_is_read_once(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    with os.fdopen(writing, "wb") as pipe:
        pipe.write(b"a: 1\n---\nb: [\n")
    tree = read_tree(tmp_path, [Path(f"/dev/fd/{reading}")])
    os.close(reading)
    (file,) = tree.files
    assert [document.data for document in file.documents] == [{"a": 1}]
    assert tree.text(file.path) == "a: 1\n---\nb: [\n"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="nothing is unreadable here")
def test_what_cannot_be_read_is_a_finding(tmp_path: Path) -> None:
    made(tmp_path, "a.yaml", "closed/b.yaml", "c.yaml")
    (tmp_path / "a.yaml").chmod(0)
    (tmp_path / "closed").chmod(0)
    try:
        reasons = ["the file cannot be read: Permission denied", "the folder cannot be read: Permission denied"]
        assert [(path, reason) for path, _, reason in told(read_tree(tmp_path))] == list(
            zip(["a.yaml", "closed"], reasons, strict=True)
        )
    finally:
        (tmp_path / "closed").chmod(0o700)


def test_a_file_that_is_gone_is_a_finding(tmp_path: Path) -> None:
    reason = f"the file cannot be read: {os.strerror(2)}"
    assert told(read_tree(tmp_path, [tmp_path / "gone.yaml"])) == [("gone.yaml", "YML001", reason)]


def test_stdin(tmp_path: Path) -> None:
    made(tmp_path, "a.yaml")
    tree = read_tree(tmp_path, stdin="\ufeffa: é\n".encode())
    assert [(file.path, [document.at for document in file.documents]) for file in tree.files] == [("-", ["-:0#"])]
    assert tree.text("-") == "\ufeffa: é\n"
    both = read_tree(tmp_path, [tmp_path], stdin=b"a: [")
    assert [file.path for file in both.files] == ["-", "a.yaml"]
    assert told(both)[0][:2] == ("-", "YML001")


def test_text_is_what_positions_count_in(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes(b"a: \xe9\r\nb: 1\r\n")
    tree = read_tree(tmp_path)
    assert tree.text("a.yaml") == "a: \ufffd\r\nb: 1\r\n"


def test_nothing_found(tmp_path: Path) -> None:
    made(tmp_path, "a.txt")
    assert read_tree(tmp_path).files == ()


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="file names are Unicode there")
def test_odd_names(tmp_path: Path) -> None:
    names = ["a b.yaml", "p%q.yaml", "r:s!t#u.yaml", "n\nl.yaml", os.fsdecode(b"\xff.yaml"), "é.yaml"]
    made(tmp_path, *names)
    tree = read_tree(tmp_path)
    assert sorted(names) == [file.path for file in tree.files]
    for file in tree.files:
        (document,) = file.documents
        assert address.path_of(document.at) == file.path
        assert tree.text(file.path) == "a: 1\n"


def test_processes_give_the_same_files(tmp_path: Path) -> None:
    manifest = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: inner, labels: {a: %s}}\n"
    lines = "".join(f"    {line}\n" for line in (manifest % "on").splitlines())
    made(tmp_path, "payload.yaml", text=f"{manifest % 'yes'}data:\n  m: |\n{lines}")
    text = f"{manifest % 'true_'}data: {{text: {'x' * 2000}}}\n---\n" * 60
    for number in range(48):
        made(tmp_path, f"{number % 7}/{number}.yaml", text=text)
    made(tmp_path, "broken.yaml", text="a: [\n")
    made(tmp_path, "template.yaml", text="a: {{ b }}\n")
    alone, pooled = read_tree(tmp_path), read_tree(tmp_path, jobs=2)
    assert sum(file.size for file in alone.files) > 5 * 2**20
    assert repr(alone) == repr(pooled)


def test_a_listing_shows_nothing_outside_the_root(tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "apps").mkdir(parents=True)
    (root / "apps" / "a.yaml").write_text("")
    (tmp_path / "other").mkdir()
    (root / "apps" / "out").symlink_to(tmp_path / "other")
    tree = Tree(root, ())
    assert tree.listing("") == {"apps": True}
    assert tree.listing("apps") == {"a.yaml": False}
    assert tree.listing("apps/out") is None
    assert tree.listing("../other") is None
    assert tree.listing("nowhere") is None


def test_what_discovery_saw_is_what_the_disk_lists(tmp_path: Path) -> None:
    root = tmp_path / "root"
    made(root, "a.yaml", "apps/b.yaml", "apps/deep/c.txt", ".hidden/d.yaml", "ignored/e.yaml", ".git/config")
    made(root, ".gitignore", text="ignored/\n")
    made(root, "linked/f.yaml")
    linked(root / "linked" / "there", root / "apps")
    (root / "apps" / "empty").mkdir()
    tree = read_tree(root)
    assert set(tree.folders) == {"", "apps", "apps/deep", "apps/empty", ".hidden"}
    for folder in (*tree.folders, "ignored", "linked", "linked/there", "linked/there/deep"):
        assert tree.listing(folder) == Tree(root, ()).listing(folder)
    assert tree.listing("") == {
        ".gitignore": False,
        ".hidden": True,
        "a.yaml": False,
        "apps": True,
        "ignored": True,
        "linked": True,
    }
