"""Where `rules/` and `schemas/` are."""

from __future__ import annotations

from pathlib import Path


def data_dir(name: str) -> Path:
    """The folder in the wheel, else the one in the checkout; raises FileNotFoundError where there is neither."""
    package = Path(__file__).resolve().parent
    carried = package / "_data" / name
    if carried.is_dir():
        return carried
    project = package.parent / "pyproject.toml"
    checkout = package.parent / name
    if checkout.is_dir() and project.is_file() and 'name = "crslint"' in project.read_text(encoding="utf-8"):
        return checkout
    raise FileNotFoundError(f"crslint is not installed completely: no folder {name}")
