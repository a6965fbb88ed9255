"""The example of the pattern document with the real payloads, after `crslint fix --unsafe`: every variant of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from checking import check
from linting import Ran
from test_fix import fix
from test_fix_laws import tree
from test_fix_real import CLUSTER_SCOPED, LIMIT, plain
from test_pattern_document import PATTERN, PAYLOADS, assembled, variant

pytestmark = pytest.mark.skipif(not PATTERN.exists(), reason="the pattern document is not here")

ARGOCD = "management/argocd.yaml"
# What is edited elsewhere; the files that no fix concerns stay as they are.
EDITED = {
    "cluster-configs/base/cilium-bgp/production/peering-policy.yaml",
    "cluster-configs/environments/production/app-of-apps.yaml",
    "cluster-configs/environments/production/applications/cert-manager.yaml",
    "cluster-configs/environments/production/applications/cilium-bgp.yaml",
    "cluster-configs/environments/production/applications/cilium.yaml",
    "cluster-configs/environments/production/applications/prometheus.yaml",
    ARGOCD,
    "management/cluster.yaml",
    "management/root.yaml",
    "management/sets.yaml",
}
BESIDES = {
    "example": set[str](),
    "advanced": {f"cluster-configs/environments/production/applications/snippet-{number}.yaml" for number in (0, 1)},
    "two-clusters": {"management/second.yaml"},
    "upgrade": set[str](),
}


class Mended:
    def __init__(self, folder: Path, name: str) -> None:
        self.name, self.folder = name, folder
        assembled(folder) if name == "example" else variant(folder, name)
        self.before = tree(folder)
        self.ran: Ran = fix(folder, "--unsafe", "--profile", "strict", ".")
        self.after = tree(folder)


@pytest.fixture(scope="module", params=sorted(BESIDES))
def mended(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Mended:
    return Mended(tmp_path_factory.mktemp("document"), request.param)


def documents(content: bytes) -> Iterator[Any]:
    return yaml.load_all(content, Loader=yaml.CSafeLoader)


def test_nothing_fixable_is_left(mended: Mended) -> None:
    assert "not fixed" not in mended.ran.out + mended.ran.err
    report = check(mended.folder, "--profile", "strict").report
    assert report["summary"]["fixable"] == 0
    assert [finding["code"] for finding in report["findings"] if finding["fix"]] == []


def test_fixing_twice_is_fixing_once(mended: Mended) -> None:
    fix(mended.folder, "--unsafe", "--profile", "strict", ".")
    assert tree(mended.folder) == mended.after


def test_only_what_a_fix_names_is_changed(mended: Mended) -> None:
    changed = {path for path, content in mended.before.items() if mended.after.get(path) != content}
    assert changed == EDITED | BESIDES[mended.name]
    assert set(mended.after) == set(mended.before)


def test_no_comment_is_lost_outside_the_payload_that_is_repacked(mended: Mended) -> None:
    """JSON has no comments; everything else keeps its own."""
    for path in mended.before.keys() - {ARGOCD}:
        kept = mended.after[path].decode()
        for line in mended.before[path].decode().splitlines():
            assert line.partition("# ")[2] in kept


def test_every_config_map_fits(mended: Mended) -> None:
    sizes = [
        sum(len(value.encode()) for value in document["data"].values())
        for path, content in mended.after.items()
        if path.startswith("management/")
        for document in documents(content)
        if document["kind"] == "ConfigMap"
    ]
    assert len(sizes) == 3
    assert max(sizes) <= LIMIT


def test_the_objects_are_the_same_apart_from_their_namespace(mended: Mended) -> None:
    wanted = [each for each in documents((PAYLOADS / "argocd-install-v3.5.1.yaml").read_bytes()) if each]
    (config_map,) = documents(mended.after[ARGOCD])
    (value,) = config_map["data"].values()
    found = json.loads(value)
    assert found[0] == {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "argocd"}}
    assert len(found) == len(wanted) + 1
    for before, after in zip(wanted, found[1:], strict=True):
        if before["kind"] not in CLUSTER_SCOPED:
            assert "namespace" not in before["metadata"]
            assert after["metadata"].pop("namespace") == "argocd"
        assert plain(after) == plain(before)
