"""What a run is about: its root, its configuration, what it reads and what it reports."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from crslint.address import STDIN
from crslint.config.discovery import find_config, find_root
from crslint.config.model import Config, Reading


class Scope(NamedTuple):
    """``read`` are the absolute paths to read; ``reported`` are the paths relative to the root that the report is
    about (a folder stands for what is below it), None where it is about everything that is read. ``shift`` leads from
    the working directory to the root."""

    root: Path
    working: Path
    reading: Reading
    read: tuple[Path, ...]
    reported: frozenset[str] | None
    stdin: bool
    shift: str = "."

    @property
    def config(self) -> Config:
        return self.reading.config

    @property
    def whole(self) -> bool:
        """Whether everything below the root is read."""
        return self.root in self.read

    def reports(self, path: str) -> bool:
        if self.reported is None:
            return True
        return path in self.reported or any(str(folder) in self.reported for folder in PurePosixPath(path).parents)

    def displayed(self, path: str) -> str:
        """A path relative to the root as one relative to the working directory."""
        if path == STDIN or self.shift == ".":
            return path
        if not self.shift.startswith(".."):
            return f"{self.shift}/{path}"
        return named(self.root / path, self.working)


def scope(paths: Sequence[str], working: Path, config_file: Path | None = None, use_config: bool = True) -> Scope:
    """``paths`` as given on the command line, all of which exist; raises OSError for a configuration that cannot be
    read.

    Single files are judged within their root and filter the report; folders are read alone.
    """
    stdin = STDIN in paths
    given = [working / path for path in paths if path != STDIN]
    given = [Path(os.path.abspath(path)) for path in given]
    start = given[0] if given else working
    file = config_file and Path(os.path.abspath(working / config_file))
    if file is None and use_config:
        file = find_config(start)
    root = find_root(given or [working], file)
    reading = Reading()
    if file:
        from crslint.config.reader import read_config

        reading = read_config(file, named(file, root))
    single = any(not path.is_dir() for path in given)
    reported = frozenset([named(path, root) for path in given] + [STDIN] * stdin) if single else None
    read = (root, *(path for path in given if not path.is_dir())) if single else tuple(given)
    return Scope(root, working, reading, read, reported, stdin, named(root, working))


def named(path: Path, root: Path) -> str:
    """A path as addresses write it: relative to the root, POSIX."""
    try:
        return Path(os.path.relpath(path, root)).as_posix()
    except ValueError:
        return path.as_posix()
