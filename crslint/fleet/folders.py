"""The folders of the input, and what the files in them hold, as Argo CD and kustomize come upon them by path.

A path is relative to the root, POSIX, and empty for the root itself. Nothing beyond the root exists here.
"""

from __future__ import annotations

import posixpath
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

from crslint.fleet.entities.objects import Object
from crslint.fleet.world import World, make_object
from crslint.source.document import Document, File

Listing = Callable[[str], Mapping[str, bool] | None]


class Folders:
    """``listing`` gives the names in a folder and whether each is a folder; None for what is none."""

    def __init__(
        self, world: World, files: Sequence[File], text_of: Callable[[str], str], listing: Listing | None = None
    ) -> None:
        self._world = world
        self.files = {file.path: file for file in files}
        self._text_of = text_of
        self._listing = listing or _listing_of(self.files)
        self._listed: dict[str, Mapping[str, bool] | None] = {}

    def names(self, folder: str) -> Mapping[str, bool] | None:
        if folder not in self._listed:
            self._listed[folder] = self._listing(folder)
        return self._listed[folder]

    def is_folder(self, path: str) -> bool:
        return self.names(path) is not None

    def is_file(self, path: str) -> bool:
        folder, name = posixpath.split(path)
        return (self.names(folder) or {}).get(name) is False

    def file(self, path: str) -> File | None:
        """None for a file that is not read: of another kind, ignored, excluded."""
        return self.files.get(path)

    def text(self, path: str) -> str:
        try:
            return self._text_of(path)
        except (OSError, KeyError):
            return ""

    def documents(self, path: str) -> Sequence[Document]:
        file = self.files.get(path)
        return file.documents if file else ()

    def objects(self, path: str) -> list[Object]:
        """The objects of a file in order, also those that are patches elsewhere."""
        found = (self._object(document) for document in self.documents(path))
        return [item for item in found if item is not None]

    def _object(self, document: Document) -> Object | None:
        return self._world.object(document.at) or make_object(document.at, document.data, self._world.scopes)


def inside(folder: str, path: str) -> str | None:
    """The path below a folder that a document names; None where it leads out of the root or is absolute."""
    if path.startswith("/"):
        return None
    joined = posixpath.normpath(posixpath.join(folder, path))
    if joined == ".." or joined.startswith("../"):
        return None
    return "" if joined == "." else joined


def _listing_of(files: Mapping[str, File]) -> Listing:
    """What can be told from the files that were read alone."""
    found: dict[str, dict[str, bool]] = defaultdict(dict)
    found[""] = {}
    for path in files:
        folder, name = posixpath.split(path)
        found[folder][name] = False
        while folder:
            folder, name = posixpath.split(folder)
            found[folder][name] = True
    return found.get
