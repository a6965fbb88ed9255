"""A new folder is there whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path


class TakenError(Exception):
    """Something is there already."""


def require_free(folder: Path) -> None:
    """Raises TakenError where a new folder would stand on something; an empty folder is free."""
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise TakenError(f"{folder} exists and is no folder")
    if folder.is_dir() and (inside := next(folder.iterdir(), None)):
        raise TakenError(f"{folder} is not empty: it has {inside.name}; nothing is overwritten")


def write_folder(folder: Path, files: Mapping[str, str]) -> None:
    """Writes beside ``folder`` and moves the result there, so that an interruption leaves no half of it.

    Raises TakenError and OSError.
    """
    require_free(folder)
    parent = folder.absolute().parent
    parent.mkdir(parents=True, exist_ok=True)
    staged = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=parent))
    try:
        for name, text in files.items():
            file = staged / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8", newline="\n")
        staged.chmod(0o777 & ~_umask())
        if folder.is_dir():
            folder.rmdir()
        os.rename(staged, folder)
    except BaseException:
        shutil.rmtree(staged, ignore_errors=True)
        raise


def _umask() -> int:
    """Can be read by setting it alone."""
    mask = os.umask(0o022)
    os.umask(mask)
    return mask
