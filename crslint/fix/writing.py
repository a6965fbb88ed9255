"""Files written whole or not at all."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from crslint.fix.change import CannotFix
from crslint.source.discovery import find_files

# Not an extension of what is read: what a killed run leaves behind is never linted.
_SUFFIX = ".crslint-new"


def refuse_unsafe_path(root: Path, path: str) -> None:
    """Raises CannotFix for a symbolic link, a path through one, and what lies outside the root."""
    top = os.path.realpath(root)
    place = os.path.normpath(os.path.join(top, path))
    if place != top and not place.startswith(top.rstrip(os.sep) + os.sep):
        raise CannotFix("it lies outside the root")
    if os.path.realpath(place) != place:
        raise CannotFix("a symbolic link leads to it")


def write(root: Path, path: str, content: bytes, expected: bytes | None) -> None:
    """``expected`` is what the file holds, None for a new one. Raises CannotFix, also where it holds something else.

    At any moment the file is the old or the new one; its mode stays.
    """
    refuse_unsafe_path(root, path)
    place = Path(os.path.realpath(root), path)
    try:
        if expected is None:
            if place.exists():
                raise CannotFix("it is there already")
            place.parent.mkdir(parents=True, exist_ok=True)
            mode = 0o666 & ~_umask()
        else:
            if place.read_bytes() != expected:
                raise CannotFix("it was changed meanwhile")
            mode = stat.S_IMODE(place.stat().st_mode)
        _replace(place, content, mode)
    except OSError as error:
        raise CannotFix(f"it cannot be written: {error.strerror}") from None


def delete(root: Path, path: str, expected: bytes | None) -> None:
    """Raises CannotFix, also where the file holds something else than expected."""
    refuse_unsafe_path(root, path)
    place = Path(os.path.realpath(root), path)
    try:
        if place.read_bytes() != expected:
            raise CannotFix("it was changed meanwhile")
        place.unlink()
    except OSError as error:
        raise CannotFix(f"it cannot be deleted: {error.strerror}") from None


def copy(root: Path, folders: Sequence[Path], target: Path, contents: Mapping[str, bytes | None]) -> int:
    """Every file below the folders (what .gitignore leaves out apart) into a new or empty folder, with the new
    ``contents``; how many there are. Raises CannotFix."""
    base = Path(os.path.commonpath([os.path.abspath(folder) for folder in folders]))
    place = Path(os.path.abspath(target))
    if any(place.is_relative_to(os.path.abspath(folder)) for folder in folders) or base.is_relative_to(place):
        raise CannotFix("it must lie outside what is read")
    try:
        if place.exists() and any(place.iterdir()):
            raise CannotFix("it is not empty")
        paths = {found.path for found in find_files(root, folders, extensions=("",)).files if not found.omitted}
        for path in sorted({*paths, *contents}):
            if path in contents and contents[path] is None:
                continue
            source = root / path
            copied = place / os.path.relpath(source, base)
            copied.parent.mkdir(parents=True, exist_ok=True)
            copied.write_bytes(contents.get(path) or source.read_bytes())
            if source.exists():
                shutil.copymode(source, copied)
    except OSError as error:
        raise CannotFix(f"{error.filename or 'it'} cannot be written: {error.strerror}") from None
    return len({*paths, *contents})


def _replace(place: Path, content: bytes, mode: int) -> None:
    handle, name = tempfile.mkstemp(prefix=f".{place.name[:100]}.", suffix=_SUFFIX, dir=place.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, mode)
        os.replace(name, place)
    except BaseException:
        os.unlink(name)
        raise
    _sync_folder(place.parent)


def _sync_folder(folder: Path) -> None:
    """So that the new name outlives a power cut; there is no such thing on Windows."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _umask() -> int:
    current = os.umask(0o077)
    os.umask(current)
    return current
