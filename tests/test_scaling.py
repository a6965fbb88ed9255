"""Many clusters that share their bootstrap: linear work, nothing reported, views that stay small.

Work is counted in calls of Python functions, which no busy machine changes.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from types import FrameType

import pytest
from shared_fleet import write_shared_fleet

from crslint.fleet.fleet import Fleet, resolve
from crslint.fleet.settings import FleetSettings
from crslint.source.tree import Tree, read_tree

SIZES = (25, 50, 100)
SETTINGS = FleetSettings(repositories={"https://github.com/example-org/cluster-configs": "cluster-configs"})


def kept(text: str, _name: str) -> str:
    return text


def copied(text: str, name: str) -> str:
    return text.replace(name, "c-same")


def in_one_network(text: str, _name: str) -> str:
    return re.sub(r"\b10\.\d+\.\d+\.(\d+)", r"10.9.9.\1", text)


def tree_of(root: Path, clusters: int, change: Callable[[str, str], str] = kept) -> Tree:
    write_shared_fleet(root, clusters)
    for path in (root / "management" / "clusters").iterdir():
        path.write_text(change(path.read_text(), path.stem))
    return read_tree(root)


def fleet_of(tree: Tree) -> Fleet:
    return resolve(tree.files, SETTINGS, tree.text, tree.listing)


def calls(work: Callable[[], object]) -> int:
    count = 0

    def counted(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal count
        count += event == "call"

    sys.setprofile(counted)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("change", [kept, copied, in_one_network])
def test_each_cluster_costs_the_same(tmp_path: Path, change: Callable[[str, str], str]) -> None:
    trees = [tree_of(tmp_path / str(clusters), clusters, change) for clusters in SIZES]
    fleet_of(trees[0])  # what is done once for all fleets
    counts = [calls(lambda tree=tree: fleet_of(tree)) for tree in trees]  # type: ignore[misc]
    per_cluster = [
        (count - before) / (size - fewer)
        for (before, count), (fewer, size) in zip(pairwise(counts), pairwise(SIZES), strict=True)
    ]
    assert per_cluster[1] < per_cluster[0] * 1.1


def views(fleet: Fleet) -> Iterator[tuple[str, int]]:
    for entities in fleet.entities.values():
        for entity in entities:
            yield f"{entity.ENTITY} {entity.id}", len(json.dumps(entity.facts()))


def test_views_grow_by_names_of_clusters_alone(tmp_path: Path) -> None:
    few, many = (dict(views(fleet_of(tree_of(tmp_path / str(clusters), clusters)))) for clusters in (100, 600))
    assert max(many.values()) < 64 * 1024
    name = len(json.dumps("fleet/c-0000")) + 2
    assert {what: size for what, size in few.items() if many[what] > size + 500 * name} == {}


def test_the_same_bytes_each_time(tmp_path: Path) -> None:
    for name in ("one", "other"):
        assert write_shared_fleet(tmp_path / name, 3) == 64
    files = [
        {path.relative_to(tmp_path / name): path.read_bytes() for path in (tmp_path / name).rglob("*.yaml")}
        for name in ("one", "other")
    ]
    assert files[0] == files[1]
