"""All files below the root that crslint reads."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from crslint.source.document import File
from crslint.source.reader import read_file


@dataclass(frozen=True, slots=True)
class Tree:
    root: Path
    files: tuple[File, ...]

    def text(self, path: str) -> str:
        """The decoded text of a file; raises OSError or UnicodeError where it cannot be read."""
        return (self.root / path).read_bytes().decode("utf-8")


def read_tree(
    root: Path,
    paths: Sequence[Path] = (),
    *,
    excludes: Sequence[str] = (),
    jobs: int = 1,
    stdin: bytes | None = None,
) -> Tree:
    files = []
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in names:
            if name.endswith((".yaml", ".yml", ".json")):
                path = Path(folder) / name
                files.append(read_file(path.relative_to(root).as_posix(), path.read_bytes()))
    return Tree(root, tuple(sorted(files, key=lambda file: file.path)))
