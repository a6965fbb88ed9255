"""The real CRDs: many megabytes, each read once for all tests, which leave them as they are."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml
from checking import DATA

CRDS = DATA / "crds"


def crd_files(folder: Path = CRDS) -> list[Path]:
    return sorted(folder.rglob("*.yaml"))


@cache
def crd(path: Path) -> dict[str, Any]:
    content = yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)
    assert isinstance(content, dict)
    return content
