"""A folder of a Git repository as it was at a revision, read from Git's objects.

Nothing is checked out: no hook, filter, attribute or merge driver of the repository runs, nothing is fetched, and the
repository is not written to. What a tree holds is not trusted either: names that lead out of the folder are left out.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from crslint.row import NamedTuple
from crslint.source.discovery import EXTENSIONS
from crslint.source.reader import SIZE_LIMIT

# Of what is no manifest only the name counts where it is large.
_LARGE = 2**18
_FILE, _PROGRAM, _LINK, _SUBMODULE = b"100644", b"100755", b"120000", b"160000"
_READ = 2**20

# Those would lead to another repository than the one that the folder lies in.
_ELSEWHERE = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_NAMESPACE", "GIT_COMMON_DIR")
# An object that is missing would be fetched by a program that the repository's configuration names.
_OFFLINE = {"GIT_NO_LAZY_FETCH": "1", "GIT_ALLOW_PROTOCOL": "none", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
_SETTINGS = ("core.fsmonitor=false", f"core.hooksPath={os.devnull}", "safe.bareRepository=explicit")


_MISSING = "objects of the revision are missing: the clone is partial; fetch them first"


class RevisionError(Exception):
    """Why there is no such tree."""


class Revision(NamedTuple):
    """``folder`` holds the tree; ``name`` is what it was asked for by, ``commit`` what that came to. ``submodules`` are
    paths of other repositories, which are there as they are now."""

    folder: Path
    name: str
    commit: str
    submodules: tuple[str, ...] = ()


class _Entry(NamedTuple):
    mode: bytes
    oid: str
    size: int
    path: str


@contextmanager
def revision(root: Path, name: str) -> Iterator[Revision]:
    """``root`` as it was where its history left ``name``, or at ``name`` where they share none; in a private temporary
    folder. Raises RevisionError."""
    git = _Git(root)
    commit = git.base(name)
    try:
        with tempfile.TemporaryDirectory(prefix="crslint-", ignore_cleanup_errors=True) as folder:
            top = Path(folder) / "tree"
            # It is the top of a repository: what lies around it is none of its business.
            (top / ".git").mkdir(parents=True)
            entries = list(git.entries(commit))
            git.write(entries, top)
            others = tuple(entry.path for entry in entries if entry.mode == _SUBMODULE)
            for path in others:
                _copied(root / path, top / path)
            yield Revision(top, name, commit, others)
    except OSError as error:
        raise RevisionError(f"the files of {name} cannot be written: {error.strerror}") from None


class _Git:
    def __init__(self, root: Path) -> None:
        program = shutil.which("git")
        if program is None or Path(os.path.abspath(program)).is_relative_to(root):
            raise RevisionError("git is not installed")
        self._root = root
        self._command = [program, *(part for setting in _SETTINGS for part in ("-c", setting)), "--no-pager"]
        self._environment = {name: value for name, value in os.environ.items() if name not in _ELSEWHERE} | _OFFLINE

    def base(self, name: str) -> str:
        """The commit to compare with."""
        self._asked("rev-parse", "--git-dir")
        wanted = self._commit(name)
        if wanted is None:
            shallow = self._run("rev-parse", "--is-shallow-repository").stdout.strip() == b"true"
            advice = "; the clone is shallow: fetch it first (with `fetch-depth: 0` in GitHub Actions)"
            raise RevisionError(f'there is no revision "{name}"' + (advice if shallow else ""))
        if self._commit("HEAD") is None:
            return wanted
        return self._run("merge-base", wanted, "HEAD").stdout.decode("ascii", "replace").strip() or wanted

    def _commit(self, name: str) -> str | None:
        if not name or name.startswith("-") or "\0" in name:
            return None
        done = self._run("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
        found = done.stdout.decode("ascii", "replace").split()
        return found[-1] if done.returncode == 0 and found else None

    def entries(self, commit: str) -> Iterator[_Entry]:
        """Paths relative to the root; the commit's tree has them relative to the top of the repository."""
        inside = self._asked("rev-parse", "--show-prefix").removesuffix(b"\n")
        tree = os.fsdecode(f"{commit}:".encode() + inside)
        if inside and self._run("rev-parse", "--verify", "--quiet", "--end-of-options", tree).returncode:
            return
        for line in self._asked("ls-tree", "-r", "-z", "-l", "--full-tree", tree).split(b"\0"):
            head, _, path = line.partition(b"\t")
            if path and _is_inside(path):
                mode, _, oid, size = head.split()
                yield _Entry(mode, oid.decode("ascii"), int(size) if size.isdigit() else 0, os.fsdecode(path))

    def write(self, entries: Sequence[_Entry], top: Path) -> None:
        """Links last, so that nothing is written through one."""
        whole = [entry for entry in entries if entry.mode in (_FILE, _PROGRAM) and _is_read(entry)]
        for entry, content in self._contents(whole):
            with _opened(top / entry.path) as file:
                file.write(content)
        for entry in entries:
            if entry.mode in (_FILE, _PROGRAM) and not _is_read(entry):
                with _opened(top / entry.path) as file:
                    file.truncate(entry.size)
        for entry, content in self._contents([entry for entry in entries if entry.mode == _LINK]):
            (top / entry.path).parent.mkdir(parents=True, exist_ok=True)
            try:
                os.symlink(os.fsdecode(content), top / entry.path)
            except (OSError, ValueError):
                # A target that no file system takes, or no links to be had: then there is no such file.
                continue

    def _contents(self, entries: Sequence[_Entry]) -> Iterator[tuple[_Entry, bytes]]:
        if not entries:
            return
        with tempfile.TemporaryFile() as asked:
            asked.writelines(f"{entry.oid}\n".encode("ascii") for entry in entries)
            asked.seek(0)
            command = [*self._command, "cat-file", "--batch"]
            with subprocess.Popen(  # noqa: S603  # git itself, with object names alone
                command,
                cwd=self._root,
                env=self._environment,
                stdin=asked,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                bufsize=_READ,
            ) as process:
                assert process.stdout is not None
                for entry in entries:
                    head = process.stdout.readline().split()
                    if len(head) != 3 or not head[2].isdigit():
                        process.kill()
                        raise RevisionError(_MISSING)
                    content = process.stdout.read(int(head[2]))
                    process.stdout.read(1)
                    yield entry, content

    def _asked(self, *arguments: str) -> bytes:
        done = self._run(*arguments)
        if done.returncode:
            raise RevisionError(_reason(done.stderr.decode("utf-8", "replace")))
        return done.stdout

    def _run(self, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        command = [*self._command, *arguments]
        return subprocess.run(  # noqa: S603  # git itself; what it is asked for cannot be an option
            command, cwd=self._root, env=self._environment, stdin=subprocess.DEVNULL, capture_output=True, check=False
        )


def _reason(words: str) -> str:
    lines = words.strip().split("\n")
    fatal = next((line for line in lines if line.startswith("fatal: ")), lines[0]).removeprefix("fatal: ")
    if "lazy fetching disabled" in words or "promisor" in words:
        return _MISSING
    advice = "; `git config --global --add safe.directory` says that you trust it" if "dubious" in fatal else ""
    return f"git says: {fatal}{advice}"


def _is_read(entry: _Entry) -> bool:
    return entry.size <= (SIZE_LIMIT if entry.path.endswith(EXTENSIONS) else _LARGE)


def _is_inside(path: bytes) -> bool:
    """Git makes no other names; a tree that was made by hand may have them."""
    name = os.fsdecode(path)
    if os.name == "nt":
        name = name.replace("\\", "/")
        if ":" in name:
            return False
    return not any(part in ("", ".", "..") or part.lower() == ".git" for part in name.split("/"))


def _opened(path: Path) -> IO[bytes]:
    path.parent.mkdir(parents=True, exist_ok=True)
    return open(path, "xb")


def _copied(source: Path, target: Path) -> None:
    """A submodule as it is now: what it was is not in this repository."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir() and not source.is_symlink():
        shutil.copytree(source, target, symlinks=True, ignore=shutil.ignore_patterns(".git"), dirs_exist_ok=True)
