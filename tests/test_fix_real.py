"""The pattern's bundle with the real payloads, fixed: what kubectl wrote becomes what the API server takes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from checking import check
from test_fix import fix
from test_real_payloads import ARGOCD, CILIUM, FOLDED, MANAGEMENT, NAMESPACE, ONE_LINE, config_map

pytestmark = pytest.mark.skipif(not ARGOCD.exists(), reason="the real payloads are not here")

LIMIT = 1_048_576
CLUSTER_SCOPED = {"Namespace", "CustomResourceDefinition", "ClusterRole", "ClusterRoleBinding"}


@pytest.fixture(scope="module", params=[FOLDED, ONE_LINE], ids=["folded", "one-line"])
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("bundle")
    (found / "management.yaml").write_text(MANAGEMENT)
    for name, value in (("argocd", NAMESPACE + ARGOCD.read_text()), ("cilium", CILIUM.read_text())):
        (found / f"{name}.yaml").write_text(config_map(name, f"{name}.yaml", value, request.param))
    (found / "before").mkdir()
    (found / "before" / "cilium.txt").write_bytes((found / "cilium.yaml").read_bytes())
    done = fix(found, "--unsafe", ".")
    assert "could not be fixed" not in done.out, done.out
    return found


def values(folder: Path, name: str) -> dict[str, str]:
    found: dict[str, str] = yaml.load((folder / f"{name}.yaml").read_text(), Loader=yaml.CSafeLoader)["data"]
    return found


def test_nothing_fixable_is_left(folder: Path) -> None:
    assert [finding["code"] for finding in check(folder).findings if finding["fix"]] == []


def test_every_payload_fits(folder: Path) -> None:
    for name in ("argocd", "cilium"):
        assert sum(len(value.encode()) for value in values(folder, name).values()) <= LIMIT


def test_the_objects_are_the_same_apart_from_their_namespace(folder: Path) -> None:
    documents = yaml.load_all(ARGOCD.read_text(), Loader=yaml.CSafeLoader)
    wanted = [document for document in documents if document]
    (value,) = values(folder, "argocd").values()
    found: list[Any] = json.loads(value)
    assert found[0] == {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "argocd"}}
    assert len(found) == len(wanted) + 1
    for before, after in zip(wanted, found[1:], strict=True):
        if before["kind"] not in CLUSTER_SCOPED:
            assert after["metadata"].pop("namespace") == "argocd"
        assert plain(after) == plain(before)


def plain(data: Any) -> str:
    """Dates are text for Kubernetes."""
    return json.dumps(data, sort_keys=True, default=str)


def test_what_needs_no_fix_is_the_same_to_the_byte(folder: Path) -> None:
    assert (folder / "cilium.yaml").read_bytes() == (folder / "before" / "cilium.txt").read_bytes()


def test_fixing_twice_is_fixing_once(folder: Path) -> None:
    before = {path: path.read_bytes() for path in folder.glob("*.yaml")}
    fix(folder, "--unsafe", ".")
    assert {path: path.read_bytes() for path in folder.glob("*.yaml")} == before
