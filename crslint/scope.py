"""What a run is about: its root, its configuration, what it reads and what it reports."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from pathlib import Path, PurePosixPath

from crslint.address import STDIN
from crslint.config.discovery import find_config, find_root
from crslint.config.model import Config, Reading
from crslint.row import NamedTuple
from crslint.source.discovery import EXTENSIONS


class ScopeError(Exception):
    """What was asked for contradicts itself."""


class Asked(NamedTuple):
    """What options say of a scope, paths relative to the working directory: the configuration, the policy, the files
    that the report is about although all is read (None for everything), whether the given ones are the whole world."""

    config: Path | None = None
    use_config: bool = True
    policy: Path | None = None
    only: tuple[str, ...] | None = None
    isolated: bool = False


class Scope(NamedTuple):
    """``read`` are the absolute paths to read; ``reported`` are the paths relative to the root that the report is
    about (a folder stands for what is below it), None where it is about everything that is read. ``only`` are the
    same, for findings that have anything to do with them. ``isolated``: nothing but what is read exists. ``shift``
    leads from the working directory to the root."""

    root: Path
    working: Path
    reading: Reading
    read: tuple[Path, ...]
    reported: frozenset[str] | None
    stdin: bool
    shift: str = "."
    only: frozenset[str] | None = None
    isolated: bool = False

    @property
    def config(self) -> Config:
        return self.reading.config

    @property
    def whole(self) -> bool:
        """Whether everything below the root is read."""
        return self.root in self.read

    def reports(self, path: str) -> bool:
        """Whether the report is about a file."""
        about = self.reported if self.only is None else self.only
        return about is None or _is_among(path, about)

    def lost(self) -> bool:
        """Whether the report is about a manifest that is no more: what lacks it may lie anywhere."""
        return any(path.endswith(EXTENSIONS) and not os.path.lexists(self.root / path) for path in self.only or ())

    def displayed(self, path: str) -> str:
        """A path relative to the root as one relative to the working directory."""
        if path == STDIN or self.shift == ".":
            return path
        if not self.shift.startswith(".."):
            return f"{self.shift}/{path}"
        return named(self.root / path, self.working)


def scope(paths: Sequence[str], working: Path, asked: Asked | None = None) -> Scope:
    """``paths`` as given on the command line, all of which exist; raises OSError for a configuration that cannot be
    read, ScopeError for what contradicts itself.

    Single files are judged within their root and filter the report; folders are read alone.
    """
    asked = asked or Asked()
    stdin = STDIN in paths
    given = [Path(os.path.abspath(working / path)) for path in paths if path != STDIN]
    start = given[0] if given else working
    file = asked.config and Path(os.path.abspath(working / asked.config))
    if file is None and asked.use_config:
        file = find_config(start)
    root = find_root(given or [working], file)
    reading = Reading()
    if file:
        from crslint.config.reader import read_config

        reading = read_config(file, named(file, root))
    if asked.policy:
        reading = _governed(reading, Path(os.path.abspath(working / asked.policy)), root)
    single = [path for path in given if not path.is_dir()]
    found = Scope(root, working, reading, tuple(given), None, stdin, named(root, working))
    if asked.isolated:
        return found._replace(isolated=True)
    if asked.only is not None:
        only = [*(Path(os.path.abspath(working / name)) for name in asked.only), *single]
        return found._replace(read=(root, *single), only=frozenset(named(path, root) for path in only))
    if single:
        reported = frozenset([named(path, root) for path in given] + [STDIN] * stdin)
        return found._replace(read=(root, *single), reported=reported)
    return found


def _governed(reading: Reading, file: Path, root: Path) -> Reading:
    from crslint.config.reader import read_policy

    if Path(os.path.realpath(file)).is_relative_to(os.path.realpath(root)):
        raise ScopeError(f"the policy {file} lies in the tree that it judges: whoever changes that changes both")
    policy, text, problems = read_policy(file, named(file, root))
    if problems:
        return Reading(reading.config, text, problems)
    return reading._replace(config=reading.config.under(policy))


def _is_among(path: str, names: Collection[str]) -> bool:
    return path in names or any(str(folder) in names for folder in PurePosixPath(path).parents)


def named(path: Path, root: Path) -> str:
    """A path as addresses write it: relative to the root, POSIX."""
    try:
        return Path(os.path.relpath(path, root)).as_posix()
    except ValueError:
        return path.as_posix()
