"""What files may declare that could not be read as objects: templates, broken and encrypted files."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Iterator
from functools import cache

from crslint.record import record
from crslint.source.document import File


@record
class Declared:
    """An object that a file seems to declare; ``name`` is its spelling, variables included."""

    path: str
    kind: str
    name: str


class Hidden:
    """The unread files, looked into only when something is missed."""

    def __init__(self, files: Iterable[File], text_of: Callable[[str], str]) -> None:
        unread = [file for file in files if file.not_checked or any(item.code == "YML001" for item in file.problems)]
        self._paths = [file.path for file in unread]
        self._opaque = any(item.reason in ("binary", "encrypted") for file in unread for item in file.not_checked)
        self._text_of = text_of
        self._declared: list[Declared] | None = None
        self._bundles: set[str] = set()

    def may_declare(self, name: str, kind: str = "", *, in_bundle: bool = False) -> bool:
        """Whether one of them may declare an object of that name (of any kind where none is given).

        A file of which nothing can be read may declare everything. For the sake of a place that lies ``in_bundle``, a
        file that is a whole fleet by itself is another alternative, and declares nothing.
        """
        if self._opaque:
            return True
        return any((not kind or item.kind in (kind, "")) and _may_be(item.name, name) for item in self._seen(in_bundle))

    def may_declare_some(self, kinds: Container[str], *, in_bundle: bool = False) -> bool:
        """Whether one of them may declare an object of one of these kinds, whatever its name."""
        return self._opaque or any(item.kind in kinds for item in self._seen(in_bundle))

    def _seen(self, in_bundle: bool) -> Iterator[Declared]:
        return (item for item in self._all() if not (in_bundle and item.path in self._bundles))

    def _all(self) -> list[Declared]:
        if self._declared is None:
            self._declared = [item for path in self._paths for item in _declared(path, self._text(path))]
            kinds: dict[str, set[str]] = {}
            for item in self._declared:
                kinds.setdefault(item.path, set()).add(item.kind)
            self._bundles = {path for path, found in kinds.items() if found >= {"Cluster", "ClusterResourceSet"}}
        return self._declared

    def _text(self, path: str) -> str:
        """Empty for a file that is gone by now."""
        try:
            return self._text_of(path)
        except OSError:
            return ""


def _declared(path: str, text: str) -> Iterator[Declared]:
    """Kind and name of each document, by its lines: what stands at the margin, and the name below metadata."""
    for chunk in _expression(r"^---.*$").split(text):
        kind = _expression(r"^kind:[ \t]*[\"']?(\w*)").search(chunk)
        metadata = _expression(r"^metadata:[^\n]*\n((?:(?:[ \t]+|\{\{|#)[^\n]*(?:\n|\Z)|\n)*)").search(chunk)
        name = _expression(r"^[ \t]+name:[ \t]*(\S.*)$").search(metadata[1]) if metadata else None
        if kind and name:
            yield Declared(path, kind[1], name[1].partition(" #")[0].strip().strip("\"'"))


def _may_be(spelling: str, name: str) -> bool:
    """Whether a name with variables may become another one."""
    first, *rest = _expression(r"\$\{[^}]*\}|\{\{.*?\}\}|\{%.*?%\}").split(spelling)
    if not rest:
        return spelling == name
    return len(name) >= len(first) + len(rest[-1]) and name.startswith(first) and name.endswith(rest[-1])


@cache
def _expression(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.MULTILINE)
