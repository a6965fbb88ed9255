"""Which files are read: those below the folders asked for that neither .gitignore nor the excludes leave out."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Container, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from crslint.record import record
from crslint.row import NamedTuple

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

EXTENSIONS = (".yaml", ".yml", ".json")

_IGNORE_FILE = ".gitignore"
_GIT = ".git"


@record
class Found:
    """A file to read: ``path`` is relative to the root (POSIX), ``place`` is where it is.

    ``fault`` says why it cannot be read, ``omitted`` why it is not: a link to nowhere, a link out of the root.
    ``once`` is true for a pipe that was asked for.
    """

    path: str
    place: str
    fault: str | None = None
    omitted: str | None = None
    once: bool = False


class Discovery(NamedTuple):
    """``files`` are sorted by path. ``folders`` are those that were searched and hold no link, with the names of all
    that lies in them and whether each is a folder; a path leads through no link below the root."""

    files: list[Found]
    folders: dict[str, dict[str, bool]]


def find_files(
    root: Path,
    paths: Sequence[Path],
    excludes: Sequence[str] = (),
    skipped: Container[str] = (),
    extensions: tuple[str, ...] = EXTENSIONS,
) -> Discovery:
    """Folders among ``paths`` are searched, files are taken whatever they are called.

    Below a folder a symbolic link is followed where it leads to something below the root that is not found under its
    own name. Nothing out of the root is read, unless ``paths`` names it; a path that is ``skipped`` is not found there.
    """
    search = _Search(os.path.abspath(root), excludes, skipped, extensions)
    for path in paths:
        place = os.path.abspath(path)
        if os.path.isdir(place):
            search.folder(place)
        else:
            search.given(place)
    search.follow_links()
    return Discovery(sorted(search.found.values(), key=lambda found: found.path), search.folders)


@record
class _Patterns:
    """What one ignore file, or the excludes, say about what lies below ``folder``."""

    folder: str
    spec: GitIgnoreSpec

    def ignores(self, place: str, is_folder: bool) -> bool | None:
        """None where no pattern says anything."""
        path = os.path.relpath(place, self.folder).replace(os.sep, "/")
        return self.spec.check_file(f"{path}/" if is_folder else path).include


class _Search:
    def __init__(
        self, root: str, excludes: Sequence[str], skipped: Container[str], extensions: tuple[str, ...]
    ) -> None:
        self.found: dict[str, Found] = {}
        self.folders: dict[str, dict[str, bool]] = {}
        self._extensions = extensions
        self._skipped = skipped
        self._root = root
        self._real_root = os.path.realpath(root)
        self._excludes = (_patterns(root, excludes),) if excludes else ()
        self._links: deque[tuple[str, str, tuple[_Patterns, ...]]] = deque()
        # The real folders that were searched, with the paths that they were searched under.
        self._searched: dict[str, str] = {}
        self._linked: set[str] = set()

    def add(self, place: str, path: str, fault: str | None = None, omitted: str | None = None) -> None:
        if path not in self._skipped:
            self.found.setdefault(path, Found(path, place, fault, omitted))

    def given(self, place: str) -> None:
        path = self._path(place)
        once = os.path.exists(place) and not os.path.isfile(place)
        self.found[path] = Found(path, place, once=once)

    def _path(self, place: str) -> str:
        path = os.path.relpath(place, self._root).replace(os.sep, "/")
        return "" if path == "." else path

    def folder(self, place: str) -> None:
        """A folder that was asked for: what ignores the whole of it does not count."""
        patterns = (*self._excludes, *_ignore_files_above(place, self._root))
        self._search(place, self._path(place), () if _ignored(place, True, patterns) else patterns)

    def _search(self, start: str, path: str, patterns: tuple[_Patterns, ...]) -> None:
        waiting = [(start, path, os.path.realpath(start), patterns)]
        while waiting:
            place, path, real, patterns = waiting.pop()
            if real in self._searched:
                continue
            self._searched[real] = path
            try:
                with os.scandir(place) as listing:
                    entries = sorted(listing, key=lambda entry: entry.name)
            except OSError as error:
                self.add(place, path, fault=f"the folder cannot be read: {error.strerror}")
                continue
            entries = [entry for entry in entries if entry.name != _GIT]
            is_own = real == (os.path.join(self._real_root, path) if path else self._real_root)
            if is_own and not any(entry.is_symlink() for entry in entries):
                self.folders[path] = {entry.name: entry.is_dir() for entry in entries}
            if any(entry.name == _IGNORE_FILE for entry in entries):
                patterns = (*patterns, *_ignore_file(place))
            for entry in entries:
                name = f"{path}/{entry.name}" if path else entry.name
                if entry.is_symlink():
                    self._links.append((entry.path, name, patterns))
                elif entry.is_dir(follow_symlinks=False):
                    if not _ignored(entry.path, True, patterns):
                        waiting.append((entry.path, name, os.path.join(real, entry.name), patterns))
                elif name.endswith(self._extensions) and not _ignored(entry.path, False, patterns):
                    self.add(entry.path, name, omitted=None if entry.is_file() else "no regular file")

    def follow_links(self) -> None:
        """After all folders were searched: only then it is known what is found under its own name."""
        while self._links:
            self._follow(*self._links.popleft())

    def _follow(self, place: str, path: str, patterns: tuple[_Patterns, ...]) -> None:
        is_folder = os.path.isdir(place)
        if not (is_folder or place.endswith(self._extensions)) or _ignored(place, is_folder, patterns):
            return
        real = os.path.realpath(place)
        if not os.path.exists(place):
            self.add(place, path, fault="a symbolic link that leads nowhere")
        elif os.path.commonpath((real, self._real_root)) != self._real_root:
            self.add(place, path, omitted="a symbolic link out of the root")
        elif is_folder:
            self._search(place, path, patterns)
        elif not self._is_found(real):
            self._linked.add(real)
            self.add(place, path, omitted=None if os.path.isfile(real) else "no regular file")

    def _is_found(self, real: str) -> bool:
        folder, name = os.path.split(real)
        path = self._searched.get(folder)
        return real in self._linked or (path is not None and (f"{path}/{name}" if path else name) in self.found)


def _ignored(place: str, is_folder: bool, patterns: tuple[_Patterns, ...]) -> bool:
    """The innermost ignore file that says anything decides."""
    answers = (each.ignores(place, is_folder) for each in reversed(patterns))
    return next((answer for answer in answers if answer is not None), False)


def _ignore_files_above(place: str, root: str) -> list[_Patterns]:
    """Those of the folders above ``place``, the outermost first: up to the top of its Git repository, else the root."""
    above = [str(parent) for parent in Path(place).parents]
    tops = (index for index, parent in enumerate(above) if os.path.exists(os.path.join(parent, _GIT)))
    if os.path.exists(os.path.join(place, _GIT)):
        return []
    top = next(tops, above.index(root) if root in above else -1)
    return [patterns for parent in reversed(above[: top + 1]) for patterns in _ignore_file(parent)]


def _ignore_file(folder: str) -> list[_Patterns]:
    try:
        with open(os.path.join(folder, _IGNORE_FILE), encoding="utf-8", errors="replace") as file:
            return [_patterns(folder, file.read().splitlines())]
    except OSError:
        return []


def _patterns(folder: str, lines: Sequence[str]) -> _Patterns:
    from pathspec import GitIgnoreSpec

    return _Patterns(folder, GitIgnoreSpec.from_lines(lines))
