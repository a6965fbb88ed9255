"""What `fix` takes out of comments and annotations that suppress nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from linting import crslint, write
from manifests import payload, resource_set


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("  # crslint: ignore[CRS001] why", ""),
        ("  # note # crslint: ignore[CRS001] why # end", "  # note # end"),
        ("  # crslint: ignore[CRS001, CRS006] why", ""),
        ("\n  # crslint: ignore[CRS001] why\r", ""),
        ("\r\n  # crslint: ignore[CRS001] why\r", "\r"),
        ("\n  # crslint: ignore", ""),
    ],
)
def test_fix_takes_out_the_comment_alone(root: Path, before: str, after: str) -> None:
    write(root, {"set.yaml": resource_set(f"ApplyOnce{before}"), "p.yaml": payload()})
    assert crslint("fix", "--select", "CFG001,CRS001,CRS006")[0] == 0
    assert (root / "set.yaml").read_bytes().decode() == resource_set(f"ApplyOnce{after}")


def test_fix_leaves_the_code_that_is_of_use(root: Path) -> None:
    text = resource_set("Reconcile  # crslint: ignore[CRS006, CRS001 ,CRS012] why")
    write(root, {"set.yaml": text, "p.yaml": payload()})
    assert crslint("fix", "--select", "CFG001,CRS001,CRS006,CRS012")[0] == 0
    assert (root / "set.yaml").read_text() == resource_set("Reconcile  # crslint: ignore[CRS001] why")


def test_fix_takes_out_the_last_line_and_the_annotation(root: Path) -> None:
    set_text = resource_set().replace(
        "  namespace: fleet\n", "  namespace: fleet\n  annotations:\n    crslint.dev/ignore: CRS001\n"
    )
    write(root, {"set.yaml": set_text + "# crslint: ignore[CRS001] why", "p.yaml": payload()})
    assert crslint("fix", "--select", "CFG001,CRS001")[0] == 0
    assert (root / "set.yaml").read_text() == resource_set().rstrip("\n")
