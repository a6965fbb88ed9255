"""The text of the files that findings lie in, read again when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from crslint.source.document import File
from crslint.source.lookup import Lookup

if TYPE_CHECKING:
    from crslint.source.position import Locator, Span
    from crslint.source.text import Lines


class Texts:
    """``read`` gives the decoded text of a file by its path relative to the root; one that cannot be read is empty."""

    def __init__(self, read: Callable[[str], str], files: Sequence[File] = ()) -> None:
        self._read = read
        self._files: Mapping[str, File] = {file.path: file for file in files}
        self._texts: dict[str, str] = {}
        self._lines: dict[str, Lines] = {}
        self._secrets: dict[str, list[Span]] = {}
        self.lookup = Lookup(files)

    @cached_property
    def locator(self) -> Locator:
        from crslint.source.position import Locator

        return Locator(self.text)

    def text(self, path: str) -> str:
        if path not in self._texts:
            try:
                self._texts[path] = self._read(path)
            except (OSError, UnicodeError):
                self._texts[path] = ""
        return self._texts[path]

    def lines(self, path: str) -> Lines:
        if path not in self._lines:
            from crslint.source.text import Lines

            self._lines[path] = Lines(self.text(path))
        return self._lines[path]

    def secrets(self, path: str) -> Sequence[Span]:
        if path not in self._secrets:
            from crslint.source.secrets import secret_spans

            file = self._files.get(path)
            self._secrets[path] = secret_spans(file, self.text(path), self.locator, self.lookup) if file else []
        return self._secrets[path]
