"""The tables of published charts, and which charts a row is for.

The files are JSON after their comment, which is YAML too: they load ten times faster, and a rendering needs 200 KB.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from crslint.fleet.versions import Release, release


def table_path(name: str) -> Path:
    return Path(__file__).parents[1] / "tables" / f"cilium-{name}.yaml"


@cache
def chart_table(name: str) -> Any:
    """The content of a table, whose comment stands before it."""
    return json.loads(_text(name))


class ValueTable(Mapping[str, Mapping[str, Any]]):
    """``tables/cilium-values.yaml``, the largest: a chart needs a few of its entries, each of which is read when it is
    asked for."""

    def __init__(self) -> None:
        entries = _text("values").split('\n"')[1:]
        self._texts = {entry.partition('"')[0]: entry for entry in entries}
        self._read: dict[str, Mapping[str, Any]] = {}

    def __getitem__(self, name: str) -> Mapping[str, Any]:
        if name not in self._read:
            start = len(f'{name}":')
            self._read[name] = json.JSONDecoder().raw_decode(self._texts[name], start)[0]
        return self._read[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)

    def rows(self, path: str) -> Sequence[Any]:
        """Of a whole path; none for one that no chart knows."""
        name = path.partition(".")[0]
        found: Sequence[Any] = self[name].get(path[len(name) :], ()) if name in self._texts else ()
        return found


@cache
def value_table() -> ValueTable:
    return ValueTable()


def expression_tree(source: str) -> Any:
    """The tree of an expression, parsed where `tables/cilium-trees.yaml` does not have it."""
    found = _trees().get(f"{json.dumps(source)}:")
    if found is None:
        from crslint.fleet.charts.syntax import tree

        return tree(source)
    return json.loads(found.rstrip(","))


@cache
def _trees() -> dict[str, str]:
    """Each key of the table, and its tree below, are a line of their own."""
    lines = _text("trees").split("\n")[1:-2]
    return dict(zip(lines[::2], lines[1::2], strict=True))


def _text(name: str) -> str:
    text = table_path(name).read_text(encoding="utf-8")
    while text.startswith("#"):
        text = text.partition("\n")[2]
    return text


@cache
def covers(charts: str, version: Release) -> bool:
    """Whether a row's ``in`` has a release: ``-1.15 1.16.2-1.17 1.19`` are three ranges, bounds included.

    A bound without a patch level is the whole minor release.
    """
    return not charts or any(_is_between(bounds, version) for bounds in charts.split())


def _is_between(bounds: str, version: Release) -> bool:
    first, dash, last = bounds.partition("-")
    if not dash:
        last = first
    return (not first or version >= _bound(first)) and (not last or version[: last.count(".") + 1] <= _parts(last))


def _bound(text: str) -> Release:
    found = release(text)
    assert found is not None
    return found


def _parts(text: str) -> tuple[int, ...]:
    return tuple(map(int, text.split(".")))
