"""`schemas/` against the real CRDs, release by release, and against the API server's own verdicts."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from checking import DATA
from crds import CRDS, crd, crd_files

from crslint.data import data_dir
from crslint.schema.bundle import crd_versions, read_shapes
from crslint.schema.registry import bundled
from crslint.schema.releases import at_release, united
from crslint.schema.shape import decider
from crslint.schema.structural import Fault, Judge

VECTORS = DATA / "schema-vectors.json"

pytestmark = pytest.mark.skipif(not CRDS.is_dir(), reason="the real CRDs are not here")

# Where a file of `schemas/` is meant to differ from the real CRD, and why.
INTENDED = {
    "SecretStore": "a store's spec is one provider's settings each: any spec is taken",
    "ClusterSecretStore": "as SecretStore",
}

TYPES = {
    "type": "FieldValueTypeInvalid",
    "format": "FieldValueTypeInvalid",
    "required": "FieldValueRequired",
    "enum": "FieldValueNotSupported",
    "maxLength": "FieldValueTooLong",
    "maxItems": "FieldValueTooMany",
    "duplicate": "FieldValueDuplicate",
}
# The API server says these twice: as a type error at the path, and without a path.
UNPLACED = {"anyOf", "range", "unknown"}


def release_of(path: Path) -> str:
    return path.relative_to(CRDS).parts[1].removeprefix("v").partition("-")[0]


@cache
def shapes_of(group: str, kind: str) -> dict[str, dict[str, Mapping[str, Any]]]:
    return read_shapes(data_dir("schemas") / group / f"{kind}.json")


def fields_of(schema: Any) -> int:
    if not isinstance(schema, dict):
        return 0
    inner = [*schema.get("properties", {}).values(), schema.get("items"), schema.get("additionalProperties")]
    return len(schema.get("properties", {})) + sum(map(fields_of, inner))


def test_every_release_reads_back_as_its_crd() -> None:
    kinds, compared, fields = set(), 0, 0
    for path in crd_files():
        definition = crd(path)
        group, kind = definition["spec"]["group"], definition["spec"]["names"]["kind"]
        if kind in INTENDED:
            continue
        for version, schema in crd_versions(definition).items():
            assert shapes_of(group, kind)[version][release_of(path)] == schema, (group, kind, version, path)
            compared += 1
            fields += fields_of(schema)
        kinds.add((group, kind))
    assert (len(kinds), compared) >= (47, 230)
    assert fields > 40_000


def dotted(path: tuple[str | int, ...]) -> str:
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def verdict(faults: list[Fault]) -> tuple[set[tuple[str, str]], list[str]]:
    errors = {(dotted(f.path), TYPES.get(f.kind, "FieldValueInvalid")) for f in faults if f.kind not in UNPLACED}
    return errors, sorted(dotted(fault.path) for fault in faults if fault.kind == "unknown")


def schema_at(group: str, version: str, kind: str, release: str) -> tuple[Any, Any]:
    content = bundled(group, kind)
    assert content is not None
    entry = content["versions"][version]
    return at_release(entry["schema"], content.get("$defs", {}), release, entry["releases"])


@pytest.mark.skipif(not VECTORS.is_file(), reason="the verdicts of the API server are not here")
def test_verdicts_of_the_api_server() -> None:
    metadata = json.loads((data_dir("schemas") / "metadata.json").read_text(encoding="utf-8"))
    judges: dict[tuple[str, str], Judge] = {}
    quick = {}
    disagreements = []
    vectors = json.loads(VECTORS.read_text(encoding="utf-8"))
    for vector in vectors:
        data = vector["object"]
        group, version = data["apiVersion"].split("/")
        key = (vector["crd"], version)
        if key not in judges:
            shape = schema_at(group, version, data["kind"], release_of(CRDS / vector["crd"]))
            judges[key] = Judge(*shape, metadata)
            quick[key] = decider(*shape, metadata)
        before = json.dumps(data)
        got = verdict(judges[key].faults(data))
        wanted = {(e["path"], e["type"]) for e in vector["errors"] if e["path"] != "<nil>"}
        if got != (wanted, sorted(vector["pruned"])):
            disagreements.append((vector["crd"], got))
        assert json.dumps(data) == before
        clean = not vector["errors"] and not vector["pruned"]
        assert clean or not quick[key](data), f"the quick decision took what the API server does not: {vector}"
    assert len(vectors) >= 2497
    assert disagreements == []


@pytest.mark.skipif(not VECTORS.is_file(), reason="the verdicts of the API server are not here")
def test_without_a_release_nothing_valid_is_refused() -> None:
    for vector in json.loads(VECTORS.read_text(encoding="utf-8")):
        data = vector["object"]
        if vector["errors"] or vector["pruned"]:
            continue
        group, version = data["apiVersion"].split("/")
        content = bundled(group, data["kind"])
        assert content is not None
        definitions = {name: united(each) for name, each in content.get("$defs", {}).items()}
        assert Judge(united(content["versions"][version]["schema"]), definitions).faults(data) == []


def sample(schema: dict[str, Any], rng: random.Random, depth: int = 0) -> Any:
    """A document that a schema may allow, for mutation."""
    if schema.get("enum"):
        return rng.choice(schema["enum"])
    kind = schema.get("type", "object" if "properties" in schema else "string")
    if kind == "object":
        properties = schema.get("properties", {})
        wanted = [name for name in properties if name in schema.get("required", ()) or rng.random() < 0.5 - depth / 12]
        return {name: sample(properties[name], rng, depth + 1) for name in wanted}
    if kind == "array":
        return [sample(schema.get("items", {}), rng, depth + 1) for _ in range(rng.randint(0, 2))]
    return {"integer": 3, "number": 1.5, "boolean": True}.get(kind, "text")


def mutants(value: dict[str, Any], rng: random.Random) -> Iterator[dict[str, Any]]:
    """The document with one place replaced, removed or misspelt."""
    text = json.dumps(value)
    for _ in range(24):
        copy = json.loads(text)
        places: list[tuple[Any, Any]] = []

        def collect(node: Any, places: list[tuple[Any, Any]] = places) -> None:
            entries = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
            for key, item in entries:
                places.append((node, key))
                collect(item)

        collect(copy.get("spec"))
        if places:
            node, key = rng.choice(places)
            change = rng.randrange(4)
            if change == 0 and isinstance(node, dict):
                node[f"{key}x"] = node.pop(key)
            elif change == 1 and isinstance(node, dict):
                del node[key]
            else:
                node[key] = rng.choice([None, "x", 7, -1, 1.5, True, [], {}, [None], {"a": 1}])
        yield copy


def test_mutated_documents_of_kinds_without_a_verdict() -> None:
    judged = {Path(vector["crd"]).name for vector in json.loads(VECTORS.read_text(encoding="utf-8"))}
    kinds = 0
    for path in crd_files():
        definition = crd(path)
        group, kind = definition["spec"]["group"], definition["spec"]["names"]["kind"]
        if path.name in judged or kind in INTENDED:
            continue
        for version, real in crd_versions(definition).items():
            rng = random.Random(f"{path.name} {version}")
            ours = Judge(*schema_at(group, version, kind, release_of(path)))
            theirs = Judge(real)
            document = {"apiVersion": f"{group}/{version}", "kind": kind, "metadata": {"name": "x"}}
            document |= {"spec": sample(real.get("properties", {}).get("spec", {}), rng)}
            for mutant in mutants(document, rng):
                assert verdict(ours.faults(mutant)) == verdict(theirs.faults(mutant))
            kinds += 1
    assert kinds >= 30


# The CEL validations of the real CRDs (x-kubernetes-validations), by where they stand: the rule that covers them, or
# why none does. `schemas/` does not hold them: they are expressions about several fields, which is what rules are.
VALIDATIONS = {
    "CiliumBGPPeerConfig spec.timers": "BGP011",
    "CiliumBGPAdvertisement spec.advertisements.[]": "BGP012",
    "allowFirstIP": "a change of a live object: needs two revisions",
    "allowLastIP": "a change of a live object: needs two revisions",
    "maskSize": "a change of a live object: needs two revisions",
    "CiliumPodIPPool spec.ipv": "no part of the pattern",
    "Rollout spec.selector": "a change of a live object: needs two revisions",
    "extraArgs": "a name that is written twice: the API server says so at once",
    "kubeletExtraArgs": "a name that is written twice: the API server says so at once",
    "unhealthyMachineConditions.[].type": "condition types that the health check sets itself",
    "diskSetup.partitions.[]": "disks are partitioned by the image on Metal3",
    "diskLayout.[].partitionType": "disks are partitioned by the image on Metal3",
    "MachineDrainRule": "no part of the pattern",
    "PushSecret": "no part of the pattern",
    "SecretStore": "a store's spec is one provider's settings each: any spec is taken",
    "ClusterSecretStore": "a store's spec is one provider's settings each: any spec is taken",
}


def validations(schema: Any, where: str) -> Iterator[str]:
    if isinstance(schema, dict):
        if schema.get("x-kubernetes-validations"):
            yield where
        for name, each in (schema.get("properties") or {}).items():
            yield from validations(each, f"{where}.{name}" if " " in where else f"{where} {name}")
        for keyword in ("items", "additionalProperties"):
            yield from validations(schema.get(keyword), f"{where}.[]")


def test_cel_validations_are_covered_or_listed() -> None:
    found = set()
    for path in crd_files():
        definition = crd(path)
        for version in definition["spec"]["versions"]:
            found |= set(validations(version["schema"]["openAPIV3Schema"], definition["spec"]["names"]["kind"]))
    covered = {where for where in found for name in VALIDATIONS if where.startswith(name) or where.endswith(name)}
    assert found - covered == set()
    stale = [name for name in VALIDATIONS if not any(where.startswith(name) or where.endswith(name) for where in found)]
    assert stale == []
