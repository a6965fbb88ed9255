"""The tables of published charts, and which charts a row is for.

The files are JSON after their comment, which is YAML too: they load ten times faster, and a rendering needs 200 KB.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from crslint.fleet.versions import Release, release


def table_path(name: str) -> Path:
    return Path(__file__).parents[1] / "tables" / f"cilium-{name}.yaml"


@cache
def chart_table(name: str) -> Any:
    """The content of a table, whose comment stands before it."""
    text = table_path(name).read_text(encoding="utf-8")
    while text.startswith("#"):
        text = text.partition("\n")[2]
    return json.loads(text)


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
