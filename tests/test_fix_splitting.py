"""A payload that is too large even as a compact JSON list becomes several, which the set lists in order."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from checking import check
from payload_trees import config_map, documents, manifest, resource_set
from test_fix import fix

LIMIT = 1_048_576
COUNT = 30


def settings(number: int) -> str:
    """An object of some 60,000 bytes, however it is written."""
    text = "".join(f"{number * 10_000 + line:08d}ß," for line in range(5_400))
    return manifest("ConfigMap", f"settings-{number:02d}", rest=f"data: {{numbers: {json.dumps(text)}}}\n")


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """The Namespace is written last and applied first; the second key comes first in the order of bytes."""
    values = {
        "b.yaml": documents(*(settings(number) for number in range(COUNT // 2, COUNT))),
        "a.yaml": documents(*(settings(number) for number in range(COUNT // 2)), manifest("Namespace", "tools", "")),
    }
    payload = config_map(values).replace(
        "{name: payload, namespace: fleet}",
        '\n  name: payload # all of it\n  namespace: fleet\n  labels: {clusterctl.cluster.x-k8s.io/move: ""}',
    )
    (tmp_path / "payload.yaml").write_text(payload)
    # A name that a part would have otherwise.
    small = [config_map({"a.yaml": manifest("Namespace", name, "")}, name) for name in ("first", "payload-2")]
    (tmp_path / "others.yaml").write_text(documents(*small))
    (tmp_path / "set.yaml").write_text(resource_set("first", "payload", "payload-2"))
    return tmp_path


def payloads(folder: Path) -> dict[str, dict[str, Any]]:
    texts = [(folder / name).read_text() for name in ("payload.yaml", "others.yaml")]
    found = [item for text in texts for item in yaml.load_all(text, Loader=yaml.CSafeLoader)]
    return {item["metadata"]["name"]: item for item in found}


def applied(folder: Path) -> list[Any]:
    """The objects in the order in which the set has them applied; within a value, a Namespace comes first."""
    listed = yaml.safe_load((folder / "set.yaml").read_text())["spec"]["resources"]
    found = payloads(folder)
    objects: list[Any] = []
    for entry in listed:
        for _, value in sorted(found[entry["name"]]["data"].items()):
            read = json.loads(value) if value.startswith("[") else list(yaml.load_all(value, Loader=yaml.CSafeLoader))
            objects += sorted(read, key=lambda item: item["kind"] != "Namespace")
    return objects


def test_the_parts_hold_the_same_in_the_same_order(bundle: Path) -> None:
    before = applied(bundle)
    assert len(before) == COUNT + 3
    (finding,) = check(bundle).of("PAY001")
    assert finding["fix"]["safety"] == "unsafe"

    fix(bundle)
    assert list(payloads(bundle)) == ["payload", "first", "payload-2"]

    ran = fix(bundle, "--unsafe")
    found = payloads(bundle)
    parts = ["payload", "payload-3"]
    assert list(found) == [*parts, "first", "payload-2"], ran.out
    for part in parts:
        ((key, value),) = found[part]["data"].items()
        assert key == "a.yaml"
        assert LIMIT // 2 < len(value.encode()) <= LIMIT
        assert found[part]["metadata"] == {
            "name": part,
            "namespace": "fleet",
            "labels": {"clusterctl.cluster.x-k8s.io/move": ""},
        }
    listed = yaml.safe_load((bundle / "set.yaml").read_text())["spec"]["resources"]
    assert [entry["name"] for entry in listed] == ["first", *parts, "payload-2"]
    assert applied(bundle) == before
    assert "name: payload # all of it" in (bundle / "payload.yaml").read_text()
    assert check(bundle).of("PAY001") == []


def test_a_second_run_changes_nothing(bundle: Path) -> None:
    fix(bundle, "--unsafe")
    files = {path.name: path.read_bytes() for path in bundle.iterdir()}
    assert b"payload-3" in files["set.yaml"]
    fix(bundle, "--unsafe")
    assert {path.name: path.read_bytes() for path in bundle.iterdir()} == files
