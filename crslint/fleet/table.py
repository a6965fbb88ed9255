"""The tables of facts by version in `tables/`."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any


@cache
def read_table(name: str) -> Any:
    """The one document of ``tables/<name>.yaml``."""
    from crslint.source.parser import parse

    path = Path(__file__).with_name("tables") / f"{name}.yaml"
    ((_, content),) = parse(path.read_text(encoding="utf-8"), lambda _index: path.name).documents
    return content
