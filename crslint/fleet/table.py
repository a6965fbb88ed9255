"""The tables of facts by version in `tables/`, and of `schemas/` those on whole kinds: their scopes and releases.

They are read from `tables/index.json`, which loads ten times faster: ``python -m crslint.fleet.table`` writes it anew
from the files, a test compares. Those of charts are not among them: `crslint/fleet/charts/tables.py` reads them.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from crslint.data import data_dir

_TABLES = Path(__file__).with_name("tables")
_OF_SCHEMAS = ("scope.yaml", "served.yaml")
INDEX = _TABLES / "index.json"


def read_table(name: str) -> Any:
    """The one document of ``<name>.yaml``."""
    return _index()[name]


@cache
def _index() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(INDEX.read_text(encoding="utf-8"))
    return found


def index() -> str:
    """The text of the index: a table on a line."""
    from crslint.source.parser import parse

    lines: list[str] = []
    for path in (*sorted(_TABLES.glob("*.yaml")), *(data_dir("schemas") / name for name in _OF_SCHEMAS)):
        if not path.name.startswith("cilium-"):
            ((_, content),) = parse(path.read_text(encoding="utf-8"), lambda _index: "table").documents
            lines.append(f"{json.dumps(path.stem)}: {json.dumps(content, separators=(',', ':'))}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


if __name__ == "__main__":
    INDEX.write_text(index(), encoding="utf-8")
