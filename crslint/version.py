"""What `--version` says. It must cost next to nothing, so neither pathlib nor git is asked."""

from __future__ import annotations

import os

from crslint import __version__


def version() -> str:
    """The version, in a checkout with the commit: `0.1.0 (0123456789ab)`."""
    found = commit(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    return f"{__version__} ({found[:12]})" if found else __version__


def commit(project: str) -> str:
    """Empty where the folder is not this project's own repository, or where its commit is not in one of the usual
    places."""
    if 'name = "crslint"' not in _text(project, "pyproject.toml"):
        return ""
    folder = os.path.join(project, ".git")
    if link := _text(folder):
        # A worktree: a file that names the folder.
        folder = os.path.join(project, link.removeprefix("gitdir:").strip())
    head = _text(folder, "HEAD").strip()
    if not head.startswith("ref: "):
        return head
    name = head.removeprefix("ref: ")
    shared = os.path.join(folder, _text(folder, "commondir").strip())
    packed = (line.split(" ") for line in _text(shared, "packed-refs").splitlines())
    return _text(shared, name).strip() or next((line[0] for line in packed if line[1:] == [name]), "")


def _text(*path: str) -> str:
    """Empty where there is no such file."""
    try:
        with open(os.path.join(*path), encoding="utf-8", errors="replace") as stream:
            return stream.read()
    except OSError:
        return ""
