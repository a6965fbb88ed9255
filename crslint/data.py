"""Where `rules/` and `schemas/` are."""

from __future__ import annotations

from functools import cache
from pathlib import Path


@cache
def data_dir(name: str) -> Path:
    """The folder in the wheel, else the one in the checkout; raises FileNotFoundError where there is neither."""
    package = Path(__file__).resolve().parent
    carried = package / "_data" / name
    if carried.is_dir():
        return carried
    project = checkout()
    if project is not None and (project / name).is_dir():
        return project / name
    raise FileNotFoundError(f"crslint is not installed completely: no folder {name}")


@cache
def checkout() -> Path | None:
    """The project's folder where this is a checkout, None where the package is installed elsewhere."""
    project = Path(__file__).resolve().parent.parent
    described = project / "pyproject.toml"
    is_ours = described.is_file() and 'name = "crslint"' in described.read_text(encoding="utf-8")
    return project if is_ours else None
