"""Fixes of bundles with a value that does not belong there."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml
from checking import CHECKOUT
from linting import crslint_in

from crslint.source.tree import Tree

RULES = CHECKOUT / "rules"


@pytest.mark.parametrize(
    ("example", "file", "document", "key"),
    [
        ("mtl/MTL003-no-provider-id/bad/older-shape", "prod.yaml", 3, "apiVersion"),
        ("crs/CRS011-order-across-sets/bad/crd-and-namespace", "crs.yaml", 1, "apiVersion"),
    ],
)
def test_a_fix_of_an_odd_bundle_is_made_or_refused(
    tmp_path: Path, example: str, file: str, document: int, key: str
) -> None:
    folder = shutil.copytree(RULES / example, tmp_path / "bundle")
    documents = list(yaml.safe_load_all((folder / file).read_text()))
    documents[document][key] = 7
    (folder / file).write_text(yaml.safe_dump_all(documents))
    done = crslint_in(folder, "fix", "--unsafe", ".")
    assert done.code in (0, 1), done.err
    assert all(path.stat().st_size for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("metadata", ["true", "1.5", "[]", "{}", "{name: 1.5}"])
def test_a_payload_without_a_name_gets_no_set(tmp_path: Path, metadata: str) -> None:
    shutil.copytree(RULES / "crs/CRS005-secret-type/bad/opaque", tmp_path, dirs_exist_ok=True)
    for file in ("crs.yaml", "payload.yaml"):
        (document,) = yaml.safe_load_all((tmp_path / file).read_text())
        document["metadata"] = yaml.safe_load(metadata)
        (tmp_path / file).write_text(yaml.safe_dump(document))
    done = crslint_in(tmp_path, "check", "--format", "json", ".")
    assert done.code in (0, 1), done.err


def test_a_file_that_is_made_and_goes_again_was_never_there(tmp_path: Path) -> None:
    tree = Tree(tmp_path, ()).changed({"new.yaml": b"a: 1\n"})
    assert dict(tree.kept) == {"new.yaml": b"a: 1\n"}
    assert list(tree.made) == ["new.yaml"]
    tree = tree.changed({"new.yaml": None})
    assert [*tree.files, *tree.kept, *tree.made, *tree.gone] == []
