"""Schemas that the user gives: CRDs, files that `schemas add` wrote, JSON Schemas that name their kind."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from crslint.record import record
from crslint.schema.bundle import crd_versions
from crslint.schema.fault import SchemaFileError
from crslint.schema.releases import united
from crslint.schema.structural import Schema
from crslint.schema.wellformed import require_schema
from crslint.source.parser import parse

_GVK = "x-kubernetes-group-version-kind"


@record
class Given:
    """The schema of one version of one kind, and the file that it comes from."""

    group: str
    version: str
    kind: str
    schema: Schema
    definitions: Mapping[str, Schema]
    path: Path


def given_schemas(paths: Sequence[Path]) -> Iterator[Given]:
    """Of files and folders (every YAML and JSON file below); raises SchemaFileError."""
    for path in paths:
        files = sorted(each for each in path.rglob("*") if each.is_file()) if path.is_dir() else [path]
        for file in files:
            if not path.is_dir() or file.suffix in (".yaml", ".yml", ".json"):
                yield from _read(file, named=not path.is_dir())


def crds_of(path: Path) -> list[Mapping[str, Any]]:
    """The CustomResourceDefinitions of a YAML or JSON file; raises SchemaFileError where it has none."""
    found = [each for each in _documents(path) if each.get("kind") == "CustomResourceDefinition"]
    if not found:
        raise SchemaFileError(f"{path}: no CustomResourceDefinition in it")
    return found


def _read(path: Path, *, named: bool) -> Iterator[Given]:
    """A file of a folder may be something else; one that is named must be a schema."""
    found = False
    for content in _documents(path):
        for each in _given(content, path):
            found = True
            yield each
    if named and not found:
        raise SchemaFileError(f"{path}: neither a CustomResourceDefinition nor a JSON Schema with {_GVK}")


def _given(content: Mapping[str, Any], path: Path) -> Iterator[Given]:
    try:
        if content.get("kind") == "CustomResourceDefinition":
            spec = content["spec"]
            for version, schema in crd_versions(content).items():
                yield Given(spec["group"], version, spec["names"]["kind"], schema, {}, path)
        elif isinstance(content.get("versions"), dict) and "group" in content:
            definitions = {name: united(each) for name, each in content.get("$defs", {}).items()}
            for version, entry in content["versions"].items():
                yield Given(content["group"], version, content["kind"], united(entry["schema"]), definitions, path)
        elif _GVK in content:
            require_schema(content)
            for each in content[_GVK]:
                yield Given(each["group"], each["version"], each["kind"], content, content.get("$defs", {}), path)
    except (KeyError, TypeError, AttributeError) as error:
        raise SchemaFileError(f"{path}: not what a CustomResourceDefinition looks like ({error})") from error


def _documents(path: Path) -> list[Mapping[str, Any]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise SchemaFileError(f"{path}: {error}") from error
    if path.suffix == ".json":
        try:
            content = json.loads(text)
        except ValueError as error:
            raise SchemaFileError(f"{path}: {error}") from error
        return [content] if isinstance(content, dict) else []
    parsed = parse(text, lambda index: f"{path.name}:{index}#")
    broken = next((problem for problem in parsed.problems if problem.code == "YML001"), None)
    if broken is not None:
        raise SchemaFileError(f"{path}: {broken.parameters.get('reason', 'not parseable')}")
    return [data for _, data in parsed.documents if isinstance(data, dict)]
