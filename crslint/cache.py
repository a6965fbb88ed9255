"""What may be kept between runs: private files in the user's own cache folder, never needed."""

from __future__ import annotations

import os
from pathlib import Path


def cache_folder() -> Path:
    """Raises RuntimeError where the user has no home."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(base) if os.path.isabs(base) else Path.home() / ".cache") / "crslint"


def read_cached(name: str) -> bytes | None:
    """None where there is none, or where the file is not the user's alone to write."""
    try:
        with (cache_folder() / name).open("rb") as stream:
            return stream.read() if _is_private(os.fstat(stream.fileno())) else None
    except (OSError, RuntimeError):
        return None


def write_cached(name: str, content: bytes) -> bool:
    """False where the folder cannot be written. The file is replaced as a whole."""
    import tempfile

    try:
        folder = cache_folder()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=folder)
    except (OSError, RuntimeError):
        return False
    try:
        with open(handle, "wb") as stream:
            stream.write(content)
        os.replace(temporary, folder / name)
    except OSError:
        Path(temporary).unlink(missing_ok=True)
        return False
    return True


def _is_private(status: os.stat_result) -> bool:
    return not hasattr(os, "getuid") or (status.st_uid == os.getuid() and not status.st_mode & 0o022)
