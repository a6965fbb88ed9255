"""What may be kept between runs: private files in the user's own cache folder, never needed."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def cache_folder() -> Path:
    base = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(base) if os.path.isabs(base) else Path.home() / ".cache") / "crslint"


def read_cached(name: str) -> bytes | None:
    """None where there is none, or where the file is not the user's own."""
    path = cache_folder() / name
    try:
        if hasattr(os, "getuid") and path.stat().st_uid != os.getuid():
            return None
        return path.read_bytes()
    except OSError:
        return None


def write_cached(name: str, content: bytes) -> bool:
    """False where the folder cannot be written. The file is replaced as a whole."""
    folder = cache_folder()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=folder)
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        os.replace(temporary, folder / name)
    except OSError:
        return False
    return True
