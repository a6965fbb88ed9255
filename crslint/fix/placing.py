"""Where a new file may stand."""

from __future__ import annotations

import posixpath

from crslint import address
from crslint.finding import Edit
from crslint.fix.change import CannotFix
from crslint.source.tree import Tree

_KUSTOMIZATIONS = ("kustomization.yaml", "kustomization.yml", "Kustomization")


def require_unlisted(folder: str, tree: Tree) -> None:
    """Raises CannotFix for a folder where a new file would have to be named by a kustomization."""
    held = _kustomization(folder, tree)
    if held:
        raise CannotFix(f"{held} would have to name the new file")


def listing_edits(path: str, beside: str, tree: Tree) -> list[Edit]:
    """What makes a kustomization of the folder, where there is one, name a new file as it names the one beside."""
    folder, name = posixpath.split(path)
    held = _kustomization(folder, tree)
    if held is None:
        return []
    documents = [each for file in tree.files if file.path == held for each in file.documents]
    data = documents[0].data if len(documents) == 1 else None
    resources = data.get("resources") if isinstance(data, dict) else None
    for prefix in ("", "./"):
        if isinstance(resources, list) and f"{prefix}{posixpath.basename(beside)}" in resources:
            return [Edit("append", address.at(documents[0].at, ("resources",)), f"{prefix}{name}")]
    raise CannotFix(f"{held} does not name {beside}, and would have to name the new file")


def _kustomization(folder: str, tree: Tree) -> str | None:
    names = tree.listing(folder) or {}
    held = next((name for name in _KUSTOMIZATIONS if name in names), None)
    return held and posixpath.join(folder, held)
