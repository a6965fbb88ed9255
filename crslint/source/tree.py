"""All files of a run, read: in this process, or in several."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from crslint.address import STDIN
from crslint.record import record
from crslint.source.collector import collector_paused
from crslint.source.discovery import Found, find_files
from crslint.source.document import File
from crslint.source.reader import SIZE_LIMIT, no_file, oversized, read_file, text_of, unreadable

# Below this many bytes a pool costs more than it saves.
_POOL_FROM = 3 * 2**20
_CHUNKS_PER_JOB = 4
_PIECE = 2**20

_FLAGS = getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)


@record
class Tree:
    """``files`` are sorted by path; a tree without any is one where nothing was found."""

    root: Path
    files: tuple[File, ...]
    stdin: bytes | None = None

    def text(self, path: str) -> str:
        """The decoded text of a file, as positions count in it; raises OSError where it cannot be read."""
        if path == STDIN and self.stdin is not None:
            return text_of(self.stdin)
        return text_of((self.root / path).read_bytes())


def read_tree(
    root: Path,
    paths: Sequence[Path] = (),
    *,
    excludes: Sequence[str] = (),
    jobs: int = 1,
    stdin: bytes | None = None,
) -> Tree:
    """Reads ``paths``, else the whole root unless there is ``stdin``. Folders are searched, files always read.

    ``excludes`` are patterns as in .gitignore, relative to the root. The result is the same for any ``jobs``.
    """
    if not paths and stdin is None:
        paths = (root,)
    with collector_paused():
        found = find_files(root, paths, excludes)
        files = _read_with_pool(found, jobs) if jobs > 1 else None
        if files is None:
            files = [_read(item) for item in found]
        if stdin is not None:
            files.append(read_file(STDIN, stdin))
    return Tree(root, tuple(sorted(files, key=lambda file: file.path)), stdin)


def _read(found: Found) -> File:
    if found.fault is not None:
        return unreadable(found.path, found.fault)
    if found.omitted is not None:
        return no_file(found.path, found.omitted)
    try:
        # Half the time of open(): there are many small files.
        handle = os.open(found.place, os.O_RDONLY | _FLAGS)
        try:
            size = os.fstat(handle).st_size
            content = _content(handle, size) if size <= SIZE_LIMIT else None
        finally:
            os.close(handle)
    except OSError as error:
        return unreadable(found.path, f"the file cannot be read: {error.strerror}")
    if content is None or len(content) > SIZE_LIMIT:
        return oversized(found.path, max(size, len(content or b"")))
    return read_file(found.path, content)


def _content(handle: int, size: int) -> bytes:
    """All that can be read, or more than the limit: a pipe that was named has no size, and need not end."""
    content = os.read(handle, size + 1)
    if len(content) == size and size:
        return content
    pieces, length = [content], len(content)
    while length <= SIZE_LIMIT and (piece := os.read(handle, _PIECE)):
        pieces.append(piece)
        length += len(piece)
    return b"".join(pieces)


def _read_all(found: Sequence[Found]) -> list[File]:
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
