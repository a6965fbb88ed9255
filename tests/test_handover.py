"""Day 0 and day 2 in files, through the whole pipeline: what the real Helm engine rendered against its own values."""

from __future__ import annotations

import json
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from checking import DATA, check
from linting import crslint_in
from test_drift import differing_between, renderings

VECTORS = DATA / "cilium-vectors.json"
pytestmark = pytest.mark.skipif(not VECTORS.exists(), reason="the renderings are not here")

REPOSITORY = "https://github.com/example-org/cluster-configs"
CONFIGURATION = f"repositories:\n  {REPOSITORY}: git\n"
# Every so many renderings are written into files; all of them are compared in test_drift.py.
STRIDE = 2
OF_DRIFT = ("HND001", "HND002", "HND003", "HND006", "CIL013")


def application(name: str, source: dict[str, Any], namespace: str) -> dict[str, Any]:
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": name, "namespace": "argocd"},
        "spec": {
            "project": "platform",
            "source": source,
            "destination": {"server": "https://kubernetes.default.svc", "namespace": namespace},
            "syncPolicy": {"automated": {}, "retry": {"limit": -1}},
        },
    }


def cilium(chart: str, values: dict[str, Any]) -> dict[str, Any]:
    helm = {"repoURL": "https://helm.cilium.io", "chart": "cilium", "targetRevision": chart}
    return application("cilium", {**helm, "helm": {"valuesObject": values}}, "kube-system")


def config_map(name: str, *objects: dict[str, Any]) -> dict[str, Any]:
    metadata = {"name": name, "namespace": "fleet"}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"all.json": json.dumps(objects)}}


def bundle(name: str, day0: dict[str, Any], day2: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """A cluster that is bootstrapped with one rendering and gets the values of another from Git."""
    config = {"name": "cilium-config", "namespace": "kube-system"}
    container = {
        "name": "cilium-agent",
        "image": day0["image"],
        "env": [{"name": key, "value": value} for key, value in day0["env"].items()],
    }
    agent = {"selector": {"matchLabels": {"k8s-app": "cilium"}}, "template": {"spec": {"containers": [container]}}}
    operator = {"selector": {"matchLabels": {"name": "cilium-operator"}}, "replicas": day0["operatorReplicas"]}
    installed = (
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": config, "data": day0["whole"]},
        {"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {**config, "name": "cilium"}, "spec": agent},
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {**config, "name": "cilium-operator"},
            "spec": operator,
        },
    )
    root = application("root", {"repoURL": REPOSITORY, "path": name, "targetRevision": "v1.0.0"}, "argocd")
    label = {"bootstrap": name}
    return {
        f"management/{name}.yaml": [
            {
                "apiVersion": "cluster.x-k8s.io/v1beta2",
                "kind": "Cluster",
                "metadata": {"name": name, "namespace": "fleet", "labels": label},
                "spec": {},
            },
            {
                "apiVersion": "addons.cluster.x-k8s.io/v1beta2",
                "kind": "ClusterResourceSet",
                "metadata": {"name": name, "namespace": "fleet"},
                "spec": {
                    "strategy": "ApplyOnce",
                    "clusterSelector": {"matchLabels": label},
                    "resources": [
                        {"kind": "ConfigMap", "name": f"{name}-cilium"},
                        {"kind": "ConfigMap", "name": f"{name}-root"},
                    ],
                },
            },
            config_map(f"{name}-cilium", *installed),
            config_map(f"{name}-root", root),
        ],
        f"git/{name}/cilium.yaml": [cilium(day2["chart"], day2["values"])],
    }


def write(folder: Path, files: dict[str, list[dict[str, Any]]]) -> Path:
    for path, documents in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text("---\n".join(json.dumps(document, indent=1) + "\n" for document in documents))
    (folder / "crslint.yaml").write_text(CONFIGURATION)
    return folder


def handovers(folder: Path) -> dict[str, dict[str, Any]]:
    """By cluster."""
    done = crslint_in(folder, "facts", "handover", "--format", "json", ".")
    assert done.code == 0, done.err[-2000:]
    return {key: one for one in json.loads(done.out) if one["component"] == "Cilium" for key in one["clusters"]}


def test_the_same_values_give_no_finding(tmp_path: Path) -> None:
    chosen = {f"same-{number}": entry for number, entry in enumerate(renderings()[::STRIDE])}
    files = {path: text for name, entry in chosen.items() for path, text in bundle(name, entry, entry).items()}
    found = handovers(write(tmp_path, files))
    assert found.keys() == {f"fleet/{name}" for name in chosen}
    assert {key: one["drift"] for key, one in found.items() if one["drift"]} == {}
    report = check(tmp_path, "--select", ",".join(OF_DRIFT))
    assert [(finding["path"], finding["message"]) for finding in report.findings] == []


def test_other_values_give_exactly_what_differs(tmp_path: Path) -> None:
    pairs = [(one, other) for one, other in pairwise(renderings()) if one["chart"] == other["chart"]][3::STRIDE]
    chosen = {f"pair-{number}": pair for number, pair in enumerate(pairs)}
    files = {path: text for name, pair in chosen.items() for path, text in bundle(name, *pair).items()}
    found = handovers(write(tmp_path, files))
    for name, (before, after) in chosen.items():
        rows = {row["setting"]: (row["day0"], row["day2"]) for row in found[f"fleet/{name}"]["drift"]}
        assert rows == differing_between(before, after), (before["chart"], before["name"], after["name"])


@cache
def refused() -> list[dict[str, Any]]:
    return [entry for entry in json.loads(VECTORS.read_text()) if entry["fails"]]


def test_values_that_a_chart_refuses_are_told_where_they_stand(tmp_path: Path) -> None:
    files = {f"{number}.yaml": [cilium(one["chart"], one["values"])] for number, one in enumerate(refused())}
    report = check(write(tmp_path, files), "--select", "CIL")
    told: dict[str, set[int]] = {}
    for finding in report.findings:
        told.setdefault(finding["path"], set()).add(finding["line"])
    assert told.keys() == files.keys()
    for number, one in enumerate(refused()):
        lines = (tmp_path / f"{number}.yaml").read_text().splitlines()
        start = next(place for place, line in enumerate(lines, 1) if '"valuesObject"' in line)
        inside = range(start, start + json.dumps(one["values"], indent=1).count("\n") + 1)
        assert told[f"{number}.yaml"] & set(inside), (one["chart"], one["name"])
