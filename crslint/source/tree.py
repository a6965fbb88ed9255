"""All files of a run, read: in this process, or in several."""

from __future__ import annotations

import errno
import os
from collections.abc import Container, Mapping, Sequence
from pathlib import Path

from crslint.address import STDIN
from crslint.record import record
from crslint.source.collector import collector_paused
from crslint.source.discovery import Found, find_files
from crslint.source.document import File
from crslint.source.reader import SIZE_LIMIT, no_file, oversized, read_file, text_of, unreadable

# Below this many bytes a pool costs more than it saves.
_POOL_FROM = 5 * 2**20
_CHUNKS_PER_JOB = 4

_FLAGS = getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)


@record
class Tree:
    """``files`` are sorted by path; a tree without any is one where nothing was found.

    ``kept`` is the content of what cannot be read again (stdin, a pipe) or is not what the disk holds, and empty for
    what must not be read (a link out of the root, a file over the limit); ``made`` are files that the disk lacks,
    ``gone`` those that it has too much. ``folders`` holds what discovery saw in folders, of those without links.
    """

    root: Path
    files: tuple[File, ...]
    kept: Mapping[str, bytes] = {}
    made: frozenset[str] = frozenset()
    gone: frozenset[str] = frozenset()
    folders: Mapping[str, Mapping[str, bool]] = {}

    def text(self, path: str) -> str:
        """The decoded text of a file, as positions count in it; raises OSError where it cannot be read."""
        content = self.kept.get(path)
        return text_of(bytes_of(os.path.join(self.root, path)) if content is None else content)

    def changed(self, contents: Mapping[str, bytes | None]) -> Tree:
        """The tree with other contents of some files, with new files, and without those whose content is None."""
        files = {file.path: file for file in self.files}
        gone = {path for path, content in contents.items() if content is None}
        written = {path: content for path, content in contents.items() if content is not None}
        new = {path for path in written if path not in files}
        files |= {path: read_file(path, content) for path, content in written.items()}
        ordered = tuple(file for path, file in sorted(files.items()) if path not in gone)
        never = gone & self.made
        kept = {path: content for path, content in self.kept.items() if path not in never}
        kept |= {**written, **dict.fromkeys(gone - never, b"")}
        return Tree(
            self.root, ordered, kept, (self.made | new) - gone, (self.gone - written.keys()) | (gone - self.made)
        )

    def content(self, path: str) -> bytes:
        """The bytes of any file below the root, also one that is no YAML; raises OSError, also for a way out of it."""
        kept = self.kept.get(path)
        if kept is not None:
            return kept
        place = os.path.join(self.root, path)
        if not _is_below(place, self.root):
            raise OSError(errno.EACCES, os.strerror(errno.EACCES), path)
        return bytes_of(place)

    def listing(self, folder: str) -> Mapping[str, bool] | None:
        """The names in a folder below the root, and whether each is a folder itself; None where there is none.

        Links out of the root are not among them, and nothing is listed through one.
        """
        found = self.folders.get(folder) or self._listing(folder)
        prefix = "" if folder in ("", ".") else f"{folder}/"
        made = [path[len(prefix) :] for path in self.made if path.startswith(prefix)]
        names = {path.partition("/")[0]: "/" in path for path in made}
        left = found and {name: value for name, value in found.items() if f"{prefix}{name}" not in self.gone}
        return {**names, **(left or {})} if names else left

    def _listing(self, folder: str) -> dict[str, bool] | None:
        if "\0" in folder:
            return None
        place = os.path.join(self.root, folder)
        if not _is_plain(self.root, folder) and not _is_below(place, self.root):
            return None
        try:
            with os.scandir(place) as entries:
                inside = [entry for entry in entries if not entry.is_symlink() or _is_below(entry.path, self.root)]
                return {entry.name: entry.is_dir() for entry in inside if entry.name != ".git"}
        except OSError:
            return None


def read_tree(
    root: Path,
    paths: Sequence[Path] = (),
    *,
    excludes: Sequence[str] = (),
    skipped: Container[str] = (),
    jobs: int = 1,
    stdin: bytes | None = None,
) -> Tree:
    """Reads ``paths``, else the whole root unless there is ``stdin``. Folders are searched, files always read.

    ``excludes`` are patterns as in .gitignore, relative to the root; the paths ``skipped`` are not
    read where a search finds them. The result is the same for any ``jobs``.
    """
    if not paths and stdin is None:
        paths = (root,)
    once = {} if stdin is None else {STDIN: stdin}
    with collector_paused():
        discovery = find_files(root, paths, excludes, skipped)
        found = discovery.files
        once |= {item.path: _drained(item.place) for item in found if item.once}
        again = [item for item in found if not item.once]
        files = (_read_with_pool(again, jobs) if jobs > 1 else None) or _read_all(again)
        files += [read_file(path, content) for path, content in once.items()]
    unread = {item.path for item in again if item.fault or item.omitted}
    unread |= {file.path for file in files if file.size > SIZE_LIMIT}
    ordered = tuple(sorted(files, key=lambda file: file.path))
    return Tree(root, ordered, once | dict.fromkeys(unread, b""), folders=discovery.folders)


def _is_plain(root: Path, folder: str) -> bool:
    """Whether the way from the root to a folder leads down, and through no link."""
    place = os.fspath(root)
    for name in folder.split("/"):
        place = f"{place}{os.sep}{name}"
        if name == ".." or os.path.islink(place):
            return False
    return True


def _is_below(place: str, root: Path) -> bool:
    real, top = os.path.realpath(place), os.path.realpath(root)
    return real == top or real.startswith(top.rstrip(os.sep) + os.sep)


def _read(found: Found) -> File:
    if found.fault is not None:
        return unreadable(found.path, found.fault)
    if found.omitted is not None:
        return no_file(found.path, found.omitted)
    try:
        size, content = _content(found.place)
    except OSError as error:
        return unreadable(found.path, f"the file cannot be read: {error.strerror}")
    return oversized(found.path, size) if content is None else read_file(found.path, content)


def _content(place: str) -> tuple[int, bytes | None]:
    """The size, and the bytes unless there are too many; in half the time of open(), which counts for small files."""
    handle = os.open(place, os.O_RDONLY | _FLAGS)
    try:
        size = os.fstat(handle).st_size
        content = os.read(handle, size) if size <= SIZE_LIMIT else None
        while content is not None and len(content) < size and (piece := os.read(handle, size - len(content))):
            content += piece
        return size, content
    finally:
        os.close(handle)


def bytes_of(place: str) -> bytes:
    """As Path.read_bytes() in half the system calls, which counts where there are hundreds of small files."""
    _, content = _content(place)
    if content is None:
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), place)
    return content


def _drained(place: str) -> bytes:
    """What comes out of a pipe, which has no size and need not end; nothing where it cannot be opened."""
    try:
        with open(place, "rb") as file:
            return file.read(SIZE_LIMIT + 1)
    except OSError:
        return b""


def _read_all(found: Sequence[Found]) -> list[File]:
    """Also in a process of a pool."""
    with collector_paused():
        return [_read(item) for item in found]


def _read_with_pool(found: Sequence[Found], jobs: int) -> list[File] | None:
    """None where a pool is not worth its start, or not to be had."""
    sizes = [_size(item) for item in found]
    total = sum(sizes)
    if total < _POOL_FROM:
        return None
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool
    from multiprocessing import get_all_start_methods, get_context

    method = "forkserver" if "forkserver" in get_all_start_methods() else "spawn"
    try:
        with ProcessPoolExecutor(jobs, get_context(method)) as pool:
            chunks = pool.map(_read_all, _chunks(found, sizes, total // (jobs * _CHUNKS_PER_JOB)))
            return [file for chunk in chunks for file in chunk]
    except (BrokenProcessPool, OSError):
        # No processes to be had (a sandbox, a full table), or one was killed: this one can do it alone.
        return None


def _chunks(found: Sequence[Found], sizes: Sequence[int], size: int) -> list[list[Found]]:
    chunks: list[list[Found]] = [[]]
    room = size
    for item, item_size in zip(found, sizes, strict=True):
        if room <= 0:
            chunks.append([])
            room = size
        chunks[-1].append(item)
        room -= item_size
    return chunks


def _size(found: Found) -> int:
    try:
        return os.stat(found.place).st_size
    except OSError:
        return 0
