"""Writes `schemas/`: one compact file for each kind from the CRDs of all its releases.

``python -m crslint.schema.bundle FOLDER schemas`` reads ``FOLDER/<project>/<release>/**/*.yaml`` and writes
``schemas/<group>/<Kind>.json``. Releases that a file knows already stay in it: a new release is added alone.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from crslint.schema.convert import compact, factored, merged, number, resolved
from crslint.schema.structural import Schema
from crslint.schema.wellformed import require_schema

WIDTH = 120

# Their specs are one provider's settings each, which another release changes at will: any spec is taken.
_PERMISSIVE = frozenset({"SecretStore", "ClusterSecretStore"})

_OPEN = "x-kubernetes-preserve-unknown-fields"

Shapes = dict[str, dict[str, Schema]]
"""Version to release to schema."""


def crd_versions(crd: Mapping[str, Any]) -> dict[str, Schema]:
    """The structural schema of each served version of a CustomResourceDefinition, without prose.

    A CRD of apiextensions v1beta1 may have one schema for all its versions. Raises KeyError, TypeError or
    AttributeError for what is no CRD.
    """
    spec = crd["spec"]
    shared = spec.get("validation", {}).get("openAPIV3Schema")
    found = {}
    for version in spec.get("versions") or [{"name": spec.get("version")}]:
        if not version.get("served", True):
            continue
        schema = (version.get("schema") or {}).get("openAPIV3Schema") or shared
        require_schema(schema or {})
        found[version["name"]] = compact(schema) if schema else {_OPEN: True}
    return found


def write_kind(folder: Path, identity: Mapping[str, str], shapes: Shapes) -> Path:
    """Merges new releases of a kind into its file; ``identity`` has project, group, kind and scope."""
    path = path_of(folder, identity)
    known = read_shapes(path) if path.is_file() else {}
    for version, by_release in shapes.items():
        known.setdefault(version, {}).update(by_release)
    return write_content(path, content_of(identity, known))


def content_of(identity: Mapping[str, str], shapes: Shapes) -> dict[str, Any]:
    """What a file of `schemas/` holds."""
    releases = {version: sorted(shapes[version], key=number) for version in sorted(shapes)}
    versions = {
        version: merged([(release, shapes[version][release]) for release in ordered])
        for version, ordered in releases.items()
    }
    schemas, definitions = factored(versions)
    content: dict[str, Any] = {**identity, "versions": {}}
    for version, schema in schemas.items():
        content["versions"][version] = {"releases": releases[version], "schema": schema}
    if definitions:
        content["$defs"] = definitions
    return content


def path_of(folder: Path, identity: Mapping[str, str]) -> Path:
    return folder / identity["group"] / f"{identity['kind']}.json"


def write_content(path: Path, content: Mapping[str, Any]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(layout(content) + "\n", encoding="utf-8", newline="\n")
    return path


def read_shapes(path: Path) -> Shapes:
    """What a file of `schemas/` says of each version and release, references resolved."""
    content = json.loads(path.read_text(encoding="utf-8"))
    definitions = content.get("$defs", {})
    shapes: Shapes = {}
    for version, entry in content["versions"].items():
        releases = entry["releases"]
        whole = _inlined(entry["schema"], definitions)
        shapes[version] = {release: resolved(whole, release) for release in releases}
    return shapes


def layout(value: Any, indent: int = 0, prefix: int = 0) -> str:
    """JSON with what fits into a line on one line: a field a line, as a person would write it."""
    flat = json.dumps(value, ensure_ascii=False)
    if indent + prefix + len(flat) < WIDTH or not isinstance(value, (Mapping, list)) or not value:
        return flat
    pad = " " * (indent + 2)
    if isinstance(value, Mapping):
        members = []
        for key, item in value.items():
            name = json.dumps(key, ensure_ascii=False)
            members.append(f"{pad}{name}: {layout(item, indent + 2, len(name) + 3)}")
        return "{\n" + ",\n".join(members) + "\n" + " " * indent + "}"
    items = [f"{pad}{layout(item, indent + 2, 1)}" for item in value]
    return "[\n" + ",\n".join(items) + "\n" + " " * indent + "]"


def _inlined(schema: Any, definitions: Mapping[str, Schema]) -> Any:
    if isinstance(schema, list):
        return [_inlined(each, definitions) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if isinstance(schema.get("$ref"), str):
        target = _inlined(definitions[schema["$ref"].removeprefix("#/$defs/")], definitions)
        return {**target, **{key: value for key, value in schema.items() if key != "$ref"}}
    return {key: _inlined(value, definitions) for key, value in schema.items()}


def _crds(folder: Path) -> Iterator[Mapping[str, Any]]:
    import yaml

    for path in sorted(folder.rglob("*.yaml")):
        for document in yaml.safe_load_all(path.read_text(encoding="utf-8")):
            if isinstance(document, dict) and document.get("kind") == "CustomResourceDefinition":
                yield document


def _release(folder: Path) -> str | None:
    found = re.match(r"v?(\d+\.\d+\.\d+)", folder.name)
    return found[1] if found else None


def main(arguments: Sequence[str]) -> int:
    source, target = map(Path, arguments)
    shapes: dict[tuple[str, str, str, str], Shapes] = {}
    for project in sorted(path for path in source.iterdir() if path.is_dir()):
        for folder in sorted(path for path in project.iterdir() if path.is_dir()):
            release = _release(folder)
            if release is not None:
                for crd in _crds(folder):
                    spec = crd["spec"]
                    key = (project.name, spec["group"], spec["names"]["kind"], spec["scope"])
                    versions = crd_versions(crd)
                    if key[2] in _PERMISSIVE:
                        versions = {version: {"type": "object", _OPEN: True} for version in versions}
                    for version, schema in versions.items():
                        shapes.setdefault(key, {}).setdefault(version, {})[release] = schema
    for (name, group, kind, scope), by_version in shapes.items():
        write_kind(target, {"project": name, "group": group, "kind": kind, "scope": scope}, by_version)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
