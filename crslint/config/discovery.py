"""Where the configuration is, and which folder is the root."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

NAMES = ("crslint.yaml", ".crslint.yaml")


def find_config(start: Path) -> Path | None:
    """The nearest configuration upward from a path to the top of its repository (of the disk, without one).

    The path may not exist. A symlinked path is followed by name, not resolved.
    """
    for folder in _upward(start):
        found = next((folder / name for name in NAMES if (folder / name).is_file()), None)
        if found or (folder / ".git").exists():
            return found
    return None


def find_root(paths: Sequence[Path], config: Path | None) -> Path:
    """The folder of the configuration, else the top of the repository, else the common parent of the paths.

    All paths are absolute. A root holds every path: a configuration or repository that does not is passed over.
    """
    common = Path(os.path.commonpath([path if path.is_dir() else path.parent for path in paths]))
    if config is not None and common.is_relative_to(config.parent):
        return config.parent
    return next((folder for folder in _upward(common) if (folder / ".git").exists()), common)


def _upward(start: Path) -> Iterator[Path]:
    start = Path(os.path.abspath(start))
    if start.is_dir():
        yield start
    yield from start.parents
