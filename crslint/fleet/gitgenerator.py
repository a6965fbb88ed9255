"""What the git generator of an ApplicationSet finds in a repository at hand (facts/argocd.md 2.11)."""

from __future__ import annotations

import posixpath
import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from crslint.fleet import values
from crslint.fleet.entity import UNKNOWN
from crslint.fleet.folders import Folders
from crslint.fleet.globs import matches
from crslint.fleet.gofunctions import base_name, sanitized, shown
from crslint.fleet.templating import Params
from crslint.record import record

_MOST = 2000
_WILD = re.compile(r"[*?\[\\]")


@record
class Found:
    """Paths relative to the repository, sorted; not ``complete`` where there may be others."""

    paths: tuple[str, ...]
    complete: bool


class Checkouts:
    """Folders and files of repositories, each pattern matched once."""

    def __init__(self, folders: Folders) -> None:
        self.folders = folders
        self._directories: dict[tuple[str, str], tuple[str, ...] | None] = {}
        self._files: dict[tuple[str, str], Found | None] = {}

    def directories(self, root: str, wanted: list[tuple[str, bool]]) -> Found | None:
        """The folders that patterns match, less those that excluding ones do: `*` stays within one folder. None where
        a pattern cannot be read."""
        found: set[str] = set()
        for pattern, exclude in wanted:
            if not exclude:
                matching = self._matching(root, pattern)
                if matching is None:
                    return None
                found.update(matching)
        for pattern, exclude in wanted:
            if exclude:
                single = _single(pattern)
                verdicts = {path: matches(single, path, "/") for path in found} if single is not None else {"": None}
                if None in verdicts.values():
                    return None
                found = {path for path in found if not verdicts[path]}
        return Found(tuple(sorted(found)[:_MOST]), len(found) <= _MOST)

    def files(self, root: str, wanted: list[tuple[str, bool]]) -> Found | None:
        """The files that patterns match. By default `*` crosses folders, where Argo CD was told to glob anew it does
        not: only what both match is certain."""
        found: set[str] = set()
        complete = True
        for pattern, exclude in wanted:
            matching = self._files_matching(root, pattern)
            if matching is None:
                return None
            complete = complete and matching.complete
            if exclude:
                found.difference_update(matching.paths)
            else:
                found.update(matching.paths)
        return Found(tuple(sorted(found)[:_MOST]), complete and len(found) <= _MOST)

    def _matching(self, root: str, pattern: str) -> tuple[str, ...] | None:
        key = (root, pattern)
        if key not in self._directories:
            single = _single(pattern)
            self._directories[key] = None if single is None else tuple(self._walk(root, single))
        return self._directories[key]

    def _walk(self, root: str, pattern: str) -> Iterator[str]:
        """Folder by folder, only where the pattern leads."""
        places = [""]
        for part in pattern.split("/"):
            if part in ("", ".", ".."):
                return
            places = [posixpath.join(place, name) for place in places for name in self._names(root, place, part)]
        yield from (place for place in places if self._holds_files(posixpath.join(root, place)))

    def _names(self, root: str, place: str, part: str) -> Iterator[str]:
        names = self.folders.names(posixpath.join(root, place)) or {}
        if _WILD.search(part) is None:
            if names.get(part) is True and not part.startswith("."):
                yield part
            return
        for name in sorted(names):
            if names[name] and not name.startswith(".") and matches(part, name, "/"):
                yield name

    def _holds_files(self, place: str) -> bool:
        """Git knows no empty folders."""
        waiting = [place]
        while waiting:
            names = self.folders.names(waiting.pop()) or {}
            if not all(names.values()):
                return True
            waiting += [posixpath.join(place, name) for name in names]
        return False

    def _files_matching(self, root: str, pattern: str) -> Found | None:
        key = (root, pattern)
        if key not in self._files:
            self._files[key] = self._glob(root, pattern)
        return self._files[key]

    def _glob(self, root: str, pattern: str) -> Found | None:
        if "[" in pattern or "\\" in pattern or "{" in pattern:
            return None
        if _WILD.search(pattern) is None:
            place = posixpath.join(root, pattern)
            if self.folders.is_folder(place):
                return None
            return Found((pattern,) if self.folders.is_file(place) else (), True)
        start = f"{root}/" if root else ""
        last = pattern.rpartition("/")[2]
        fixed = start + _WILD.split(pattern, maxsplit=1)[0]
        candidates = self._by_name.get(last, []) if _WILD.search(last) is None else self._sorted
        candidates = candidates[bisect_left(candidates, fixed) : bisect_left(candidates, fixed + "\U0010ffff")]
        below = (path[len(start) :] for path in candidates if path.startswith(start))
        every = [path for path in below if matches(pattern, path)]
        sure = [path for path in every if matches(pattern, path, "/") or matches(pattern.replace("**/", ""), path, "/")]
        return Found(tuple(sorted(sure)), len(sure) == len(every))

    @cached_property
    def _by_name(self) -> Mapping[str, list[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for path in self._sorted:
            found[posixpath.basename(path)].append(path)
        return found

    @cached_property
    def _sorted(self) -> list[str]:
        return sorted(self.folders.files)


def directory_params(generator: Mapping[str, Any], found: Found, at: str, *, go: bool) -> list[Params]:
    prefix = _prefix(generator)
    return [Params(_path_values(path, prefix, go=go), at=at) for path in found.paths]


def directory_sample(generator: Mapping[str, Any], at: str, *, go: bool) -> Params:
    """Folders of which nothing is known but that they have a path."""
    names = {"path": UNKNOWN, "basename": UNKNOWN, "basenameNormalized": UNKNOWN, "segments": UNKNOWN}
    prefix = _prefix(generator)
    if go:
        nested = {"path": names}
        return Params({prefix: nested} if prefix else nested, sample=True, at=at)
    full = f"{prefix}.path" if prefix else "path"
    flat = {full: UNKNOWN, f"{full}.basename": UNKNOWN, f"{full}.basenameNormalized": UNKNOWN}
    return Params(flat, open=(f"{full}[",), sample=True, at=at)


def file_params(
    generator: Mapping[str, Any], path: str, checkouts: Checkouts, root: str, at: str, *, go: bool
) -> list[Params]:
    """One for each mapping in the first document of a file; a sample where it cannot be read."""
    prefix = _prefix(generator)
    known = _path_values(posixpath.dirname(path) or ".", prefix, go=go, file=path)
    file = checkouts.folders.file(posixpath.join(root, path))
    if file is None or file.problems or file.not_checked or not file.documents:
        return [Params(known, open=("",), sample=True, at=at)]
    data = file.documents[0].data
    rows = data if isinstance(data, list) else [{} if data is None else data]
    given = [row if go else dict(flattened(row)) for row in rows if isinstance(row, dict)]
    return [Params({**row, **known}, at=at) for row in given]


def flattened(data: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Scalars by their full names, `a.b` and `a.0`; an empty mapping or list stays as it is."""
    rows: Any = data.items() if isinstance(data, dict) else enumerate(data)
    for key, value in rows:
        full = f"{name}.{key}" if name else str(key)
        if isinstance(value, (dict, list)) and value:
            yield from flattened(value, full)
        else:
            text = "<nil>" if value is None else UNKNOWN if isinstance(value, (dict, list)) else shown(value)
            yield full, text


def _path_values(path: str, prefix: str, *, go: bool, file: str | None = None) -> dict[str, Any]:
    base = base_name(path)
    names: dict[str, Any] = {"basename": base, "basenameNormalized": sanitized(base)}
    if file is not None:
        filename = posixpath.basename(file)
        names |= {"filename": filename, "filenameNormalized": sanitized(filename)}
    segments = path.split("/")
    if go:
        nested = {"path": {"path": path, "segments": segments, **names}}
        return {prefix: nested} if prefix else nested
    full = f"{prefix}.path" if prefix else "path"
    flat = {full: path, **{f"{full}.{name}": value for name, value in names.items()}}
    return flat | {f"{full}[{number}]": segment for number, segment in enumerate(segments) if segment}


def _prefix(generator: Mapping[str, Any]) -> str:
    prefix = generator.get("pathParamPrefix")
    return prefix if isinstance(prefix, str) else ""


def wanted(generator: Mapping[str, Any], field: str) -> list[tuple[str, bool]] | None:
    """Pattern and whether it excludes, in order; None where one is no plain text."""
    found: list[tuple[str, bool]] = []
    entries = values.items(generator, field)
    for entry in entries if isinstance(entries, list) else ():
        path, exclude = values.text(entry, "path"), values.child(entry, "exclude")
        if not isinstance(path, str) or exclude not in (None, True, False):
            return None
        found.append((path, exclude is True))
    return found


def _single(pattern: str) -> str | None:
    """A pattern as path.Match reads it, for which two stars are one; None where the two globs read it differently."""
    return None if any(mark in pattern for mark in "{}!") else re.sub(r"\*+", "*", pattern)
