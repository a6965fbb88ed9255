"""Which folder of the input is which Git repository.

The configuration says so; what it does not name is found by the paths that Applications expect there: exactly one
folder of the input has them.
"""

from __future__ import annotations

import posixpath
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property, lru_cache

from crslint.fleet.folders import Folders, inside
from crslint.record import record


@record
class Wanted:
    """A path that something expects in a repository; ``by`` is the file that says so."""

    url: str
    path: str
    by: str


@record
class Found:
    """The folder of a repository; ``stated`` where the configuration says it, ``sure`` where its absence of something
    means something: it is stated, or it bears the repository's name."""

    folder: str
    stated: bool
    sure: bool


class Repositories:
    def __init__(self, folders: Folders, stated: Mapping[str, str], wanted: Sequence[Wanted]) -> None:
        self._found: dict[str, Found] = {}
        for url, folder in stated.items():
            place = inside("", folder.strip("/") or ".")
            if place is not None:
                self._found[normalized(url)] = Found(place, True, True)
        paths: dict[str, list[Wanted]] = defaultdict(list)
        for item in wanted:
            paths[normalized(item.url)].append(item)
        self._folders = folders
        guesses = {
            url: guess
            for url, items in paths.items()
            if url not in self._found and (guess := self._guessed(url, items)) is not None
        }
        owners: dict[str, list[str]] = defaultdict(list)
        for url, guess in guesses.items():
            owners[guess.folder].append(url)
        taken = {found.folder for found in self._found.values()}
        for folder, urls in owners.items():
            if len(urls) == 1 and folder not in taken:
                self._found[urls[0]] = guesses[urls[0]]

    def of(self, url: str) -> Found | None:
        """None for a repository that is not at hand."""
        return self._found.get(normalized(url))

    @cached_property
    def _by_tail(self) -> dict[str, list[str]]:
        return _folders_by_tail(self._folders.files)

    def _guessed(self, url: str, wanted: Sequence[Wanted]) -> Found | None:
        name = url.rpartition("/")[2]
        paths = {path: item for item in wanted if (path := _plain(item.path))}
        having: dict[str, int] = defaultdict(int)
        for path in paths:
            for folder in self._by_tail.get(path, ()):
                having[folder] += 1
        if not having:
            return None
        most = max(having.values())
        best = [folder for folder, count in having.items() if count == most]
        named = [folder for folder in best if posixpath.basename(folder) == name]
        if len(named) == 1:
            return Found(named[0], False, True)
        if len(best) != 1 or len(having) != 1:
            return None
        # One short path may be there by accident: then a file of the repository itself must ask for it.
        folder = best[0]
        own = any(not folder or item.by.startswith(f"{folder}/") for item in wanted)
        deep = any("/" in path for path in paths if folder in self._by_tail.get(path, ()))
        return Found(folder, False, False) if own or deep else None


@lru_cache(maxsize=4096)
def normalized(url: str) -> str:
    """Equal for the spellings of one repository: scheme, user, `.git`, trailing slash, case (as Argo CD compares)."""
    text = url.strip()
    scheme, mark, rest = text.partition("://")
    if mark and is_scheme(scheme):
        text = rest.rpartition("@")[2]
    elif match := re.match(r"(?:[^@/\s]+@)?([^:/\s]+):(?!//)(.+)$", text):
        text = f"{match[1]}/{match[2]}"
    return text.rstrip("/").removesuffix(".git").rstrip("/").lower()


def is_over_ssh(url: str) -> bool:
    """Whether it may be read over SSH: most are behind https."""
    return url[:4].lower() == "ssh:" or "@" in url.partition("/")[0]


def is_scheme(text: str) -> bool:
    """Whether a URL can begin with it."""
    bare = text.replace("+", "").replace(".", "").replace("-", "")
    return text[:1].isalpha() and bare.isalnum() and text.isascii()


def _plain(path: str) -> str:
    """Without `./` and trailing slashes; empty for the repository itself and for what leads out of it."""
    return inside("", path.strip("/") or ".") or ""


def _folders_by_tail(files: Iterable[str]) -> dict[str, list[str]]:
    """By path: the folders below which it exists, as a folder or a file; each folder of the input once."""
    paths: set[str] = set()
    for path in files:
        while path and path not in paths:
            paths.add(path)
            path = posixpath.dirname(path)
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted(paths):
        found[path].append("")
        cut = path.find("/")
        while cut >= 0:
            found[path[cut + 1 :]].append(path[:cut])
            cut = path.find("/", cut + 1)
    return found
