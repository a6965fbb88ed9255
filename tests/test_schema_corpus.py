"""Real documents: what the schema stage says of them, the real CRD says too."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from checking import DATA
from crds import crd, crd_files
from subjects import Given

from crslint.schema.registry import Registry, filled_by_webhooks
from crslint.schema.structural import Judge, Steps
from crslint.schema.validation import validate
from crslint.source.reader import read_file

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the real documents are not here")


def subjects(folder: Path) -> Iterator[Given]:
    for path in sorted(folder.rglob("*")):
        if path.suffix in (".yaml", ".yml"):
            for document in read_file(path.relative_to(folder).as_posix(), path.read_bytes()).documents:
                data = document.data
                if (
                    isinstance(data, dict)
                    and isinstance(data.get("apiVersion"), str)
                    and isinstance(data.get("kind"), str)
                ):
                    yield Given(document.at, data)


@pytest.mark.parametrize("minor", ["1.30", "1.33", "1.37"])
def test_nothing_is_wrong_in_the_real_payloads(minor: str) -> None:
    """The manifests of Argo CD and Cilium, which every cluster takes."""
    found = list(subjects(DATA / "payloads"))
    crds = [subject.data for subject in found if subject.data["kind"] == "CustomResourceDefinition"]
    judgement = validate(found, Registry(crds, kubernetes=minor, cached=False))
    assert len(found) > 200
    faults = [problem for problem in judgement.problems if problem.code != "SCH003"]
    assert [(problem.code, problem.at, dict(problem.parameters)) for problem in faults] == []


@cache
def real_schemas() -> dict[tuple[str, str], list[dict[str, Any]]]:
    """(apiVersion, kind) to its schema in each release."""
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for spec in (crd(path)["spec"] for path in crd_files()):
        for version in spec["versions"]:
            key = (f"{spec['group']}/{version['name']}", spec["names"]["kind"])
            found.setdefault(key, []).append(version["schema"]["openAPIV3Schema"])
    return found


def confirmed(data: dict[str, Any], steps: Steps) -> bool:
    """Whether every release's real CRD finds a fault at the place; built-in kinds are judged by their own schema."""
    schemas = real_schemas().get((data["apiVersion"], data["kind"]))
    if schemas is None:
        return "." not in data["apiVersion"].partition("/")[0] or data["apiVersion"].endswith(".k8s.io/v1")
    return all(steps in {fault.path for fault in Judge(schema).faults(data)} for schema in schemas)


def test_faults_of_the_corpus_are_confirmed_by_the_real_crds() -> None:
    found = list(subjects(DATA / "corpus"))
    by_address = {subject.at: subject.data for subject in found}
    crds = [subject.data for subject in found if subject.data["kind"] == "CustomResourceDefinition"]
    judgement = validate(found, Registry(crds, cached=False))
    faults = [problem for problem in judgement.problems if problem.code in ("SCH001", "SCH002")]
    unconfirmed = []
    for problem in faults:
        document, _, pointer = problem.at.partition("#")
        base = next(at for at in (f"{document}#{pointer[:end]}" for end in range(len(pointer) + 1)) if at in by_address)
        data = by_address[base]
        steps = tuple(int(step) if step.isdigit() else step for step in problem.at[len(base) :].split("/")[1:])
        assert steps not in filled_by_webhooks(data["apiVersion"], data["kind"])
        if problem.parameters["owner"] != "the CRD of the input" and not confirmed(data, steps):
            unconfirmed.append((problem.at, dict(problem.parameters)))
    assert len(faults) > 50
    assert unconfirmed == []
