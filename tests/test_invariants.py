"""The six invariants that the product was asked for by name have enough examples, and not only of one small cluster."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from checking import CHECKOUT

INVARIANTS = {
    "sets apply once": ["CRS001"],
    "order of bootstrap": ["CRS010", "CRS011", "PAY009"],
    "kube-proxy or its replacement": ["NET004", "NET005"],
    "one pod network": ["NET001"],
    "BGP capability at bootstrap, peering in Git": ["BGP001", "BGP002", "BGP003"],
    "advertisement and pool meet": ["BGP004", "BGP005", "BGP006"],
}
_IMAGE = re.compile(r"(?:cilium/cilium|argoproj/argocd):v(\d[\w.]*)")


def cases(code: str) -> list[Path]:
    (rule,) = CHECKOUT.glob(f"rules/*/{code}-*")
    return [path for kind in ("bad", "good") for path in sorted((rule / kind).iterdir()) if path.is_dir()]


def documents(case: Path) -> Iterator[dict[str, Any]]:
    for path in sorted(case.rglob("*.yaml")):
        try:
            read = list(yaml.safe_load_all(path.read_text()))
        except yaml.YAMLError:
            continue
        yield from (item for item in read if isinstance(item, dict))


def clusters(case: Path) -> set[str]:
    found = (item for item in documents(case) if item.get("kind") == "Cluster")
    return {f"{item['metadata'].get('namespace')}/{item['metadata']['name']}" for item in found}


def environments(case: Path) -> set[str]:
    """By the label of Clusters, or folders that are named so."""
    labels = (item.get("metadata", {}).get("labels") or {} for item in documents(case) if item.get("kind") == "Cluster")
    folders = (part for path in case.rglob("*") for part in path.relative_to(case).parts)
    named = {word for word in folders if word in ("production", "staging", "development")}
    return named | {str(one["environment"]) for one in labels if "environment" in one}


def releases(case: Path) -> bool:
    """Whether two releases of something meet: of images, or of the API of one kind."""
    text = "\n".join(path.read_text() for path in case.rglob("*.yaml"))
    versions: dict[str, set[str]] = {}
    for item in documents(case):
        group, _, version = str(item.get("apiVersion")).rpartition("/")
        versions.setdefault(f"{item.get('kind')}.{group}", set()).add(version)
    pinned = yaml.safe_load((case / "crslint.yaml").read_text()) if (case / "crslint.yaml").exists() else {}
    several = any(len(found) > 1 for found in versions.values()) or len(set(_IMAGE.findall(text))) > 1
    return several or "versions" in (pinned or {}) or "clusters" in (pinned or {})


@pytest.mark.parametrize("name", INVARIANTS)
def test_each_invariant_has_many_examples(name: str) -> None:
    every = [case for code in INVARIANTS[name] for case in cases(code)]
    bad = [case for case in every if case.parent.name == "bad"]
    contents = {tuple(path.read_bytes() for path in sorted(case.rglob("*.yaml"))) for case in bad}
    assert len(contents) == len(bad) >= 8
    assert [case.name for case in bad if len(clusters(case)) > 1] != []
    assert [case.name for case in every if len(environments(case)) > 1] != []
    assert [case.name for case in every if releases(case)] != []
