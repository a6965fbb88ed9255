"""What the path of a file says of its environment, and which parts of paths tell alternatives apart."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise

from crslint import address
from crslint.fleet.entities.objects import Object
from crslint.fleet.world import World, identity

ENVIRONMENTS = {
    "dev": "development",
    "devel": "development",
    "development": "development",
    "integration": "integration",
    "int": "integration",
    "preprod": "preproduction",
    "preproduction": "preproduction",
    "prd": "production",
    "prod": "production",
    "production": "production",
    "qa": "qa",
    "sandbox": "sandbox",
    "staging": "staging",
    "stage": "staging",
    "stg": "staging",
    "test": "testing",
    "testing": "testing",
    "uat": "uat",
}

Marks = frozenset[str]


class Marked:
    """What tells a path's environment: words for one, and folders (or files) that are alternatives of each other."""

    def __init__(self, world: World, items: Sequence[Object], roots: Sequence[Object]) -> None:
        copies: dict[object, set[str]] = defaultdict(set)
        for item in items:
            if isinstance(item.name, str):
                copies[identity(item)].add(address.path_of(item.at))
        self._names: set[str] = set()
        self._files: set[str] = set()
        for paths in copies.values():
            for one, other in _neighbours(paths):
                self._tell_apart(one, other)
        for one, other in _neighbours({address.path_of(item.at) for item in roots}):
            if not world.overlays.shared("/".join(one), "/".join(other)):
                self._tell_apart(one, other, files=False)
        stems: dict[str, set[str]] = defaultdict(set)
        for path in {address.path_of(item.at) for item in items}:
            folder, _, name = path.rpartition("/")
            stems[folder].update(environments_in(name))
        self._telling = {folder for folder, words in stems.items() if len(words) > 1}
        self._known: dict[str, Marks] = {}

    def of(self, path: str) -> Marks:
        folder, _, name = path.rpartition("/")
        if folder not in self._known:
            segments = folder.split("/") if folder else []
            words = {word for segment in segments for word in environments_in(segment)}
            self._known[folder] = frozenset(words | {segment for segment in segments if segment in self._names})
        marks = self._known[folder]
        if path in self._files:
            marks |= {path}
        return marks | frozenset(environments_in(name)) if folder in self._telling else marks

    def _tell_apart(self, one: list[str], other: list[str], *, files: bool = True) -> None:
        """Two paths hold alternatives: the first segments that differ do."""
        depth = next((n for n, (mine, theirs) in enumerate(zip(one, other, strict=False)) if mine != theirs), None)
        leaves = [path for path in (one, other) if depth is None or len(path) == depth + 1]
        if leaves and not files:
            return
        for path in (one, other):
            if depth is None or len(path) == depth + 1:
                self._files.add("/".join(path))
            elif not environments_in(path[depth]):
                self._names.add(path[depth])


def _neighbours(paths: Iterable[str]) -> Iterator[tuple[list[str], list[str]]]:
    """The segments of each path and of the next one: whatever differs at a fork differs between two of these."""
    return pairwise(sorted(path.split("/") for path in paths))


def environments(path: str) -> frozenset[str]:
    """The environments that a path names."""
    return frozenset(word for segment in path.split("/") for word in environments_in(segment))


@lru_cache(maxsize=4096)
def environments_in(text: str) -> tuple[str, ...]:
    """Those that one segment of a path names."""
    return tuple([ENVIRONMENTS[word] for word in re.split(r"[^a-z]+", text.lower()) if word in ENVIRONMENTS])


def parts(marks: Marks) -> list[Marks]:
    """What is left of marks when some are missing: objects with these belong to those with all of them."""
    if len(marks) > 5:
        return [frozenset(), *(marks - {mark} for mark in marks)]
    found = [frozenset[str]()]
    for mark in marks:
        found += [part | {mark} for part in found]
    return [part for part in found if part != marks]
