"""Where a new file may stand."""

from __future__ import annotations

import posixpath

from crslint.fix.change import CannotFix
from crslint.source.tree import Tree

_KUSTOMIZATIONS = ("kustomization.yaml", "kustomization.yml", "Kustomization")


def require_unlisted(folder: str, tree: Tree) -> None:
    """Raises CannotFix for a folder where a new file would have to be named by a kustomization."""
    names = tree.listing(folder) or {}
    held = next((name for name in _KUSTOMIZATIONS if name in names), None)
    if held:
        raise CannotFix(f"{posixpath.join(folder, held)} would have to name the new file")
