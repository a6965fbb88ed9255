"""Which kinds have a schema, and from where; adding one."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from crslint.data import data_dir
from crslint.record import record
from crslint.schema import builtin
from crslint.schema.bundle import content_of, crd_versions, path_of, write_content
from crslint.schema.fault import SchemaFileError
from crslint.schema.given import crds_of, given_schemas
from crslint.schema.registry import Registry
from crslint.schema.structural import Schema

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,100}")


@record
class Known:
    """A kind with a schema; ``origin`` is for people: ``crslint (1.10.0 to 1.14.0)``, ``Kubernetes 1.33``, a path."""

    group: str
    kind: str
    versions: tuple[str, ...]
    origin: str


def known_kinds(folders: Sequence[Path], kubernetes: str | None) -> list[Known]:
    """By group and kind; raises SchemaFileError for a given file that is no schema."""
    found = [*_given(folders), *_bundled(), *_builtin(kubernetes)]
    return sorted(found, key=lambda each: (each.group, each.kind, each.origin))


def add(path: Path, folder: Path) -> list[Path]:
    """Writes a compact schema for each CRD of a file; raises SchemaFileError and OSError."""
    written = []
    for crd in crds_of(path):
        identity, versions = _described(crd, path)
        content = content_of(identity, {version: {"0.0.0": schema} for version, schema in versions.items()})
        for entry in content["versions"].values():
            entry["releases"] = []
        written.append(write_content(path_of(folder, identity), content))
    return written


def _described(crd: Mapping[str, Any], path: Path) -> tuple[dict[str, str], dict[str, Schema]]:
    """What a CRD is of, fit for the name of a file, and the schema of each version."""
    try:
        spec, versions = crd["spec"], crd_versions(crd)
        names = {"group": spec["group"], "kind": spec["names"]["kind"], "scope": spec["scope"]}
        fit = all(_NAME.fullmatch(each) for each in (*names.values(), *versions))
    except (KeyError, TypeError, AttributeError) as error:
        raise SchemaFileError(f"{path}: not what a CustomResourceDefinition looks like ({error})") from error
    if not fit:
        raise SchemaFileError(f"{path}: a group, kind or version that is no name")
    return {"project": path.stem, **names}, versions


def _given(folders: Sequence[Path]) -> Iterator[Known]:
    versions: dict[tuple[str, str, str], list[str]] = {}
    for each in given_schemas(folders):
        versions.setdefault((each.group, each.kind, str(each.path)), []).append(each.version)
    for (group, kind, path), found in versions.items():
        yield Known(group, kind, tuple(found), path)


def _bundled() -> Iterator[Known]:
    for path in sorted(data_dir("schemas").glob("*/*.json")):
        content = json.loads(path.read_bytes())
        releases = [release for entry in content["versions"].values() for release in entry["releases"]]
        origin = f"crslint ({_span(releases)})" if releases else "crslint"
        yield Known(content["group"], content["kind"], tuple(content["versions"]), origin)


def _span(releases: Sequence[str]) -> str:
    ordered = sorted(set(releases), key=lambda release: tuple(map(int, release.split("."))))
    return ordered[0] if len(ordered) == 1 else f"{ordered[0]} to {ordered[-1]}"


def _builtin(kubernetes: str | None) -> Iterator[Known]:
    minor = Registry(kubernetes=kubernetes).minor
    versions: dict[tuple[str, str], list[str]] = {}
    for group, version, kind in builtin.kinds(minor):
        versions.setdefault((group, kind), []).append(version)
    for (group, kind), found in versions.items():
        yield Known(group, kind, tuple(sorted(found)), f"Kubernetes {minor}")
