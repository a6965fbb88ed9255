"""Which schema judges a kind.

CRDs of the input itself come first (also those inside payloads), then the user's schemas, then `schemas/`, then those
of Kubernetes. A kind that none of them knows is not checked.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, cached_property, lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

from crslint import address
from crslint.cache import read_cached, write_cached
from crslint.data import data_dir
from crslint.schema import builtin
from crslint.schema.decoded import decoded_bundle
from crslint.schema.releases import Need, Opener, need, opener
from crslint.schema.shape import ANY, Shape, Test, decider, metadata_shape
from crslint.schema.structural import Fault, Judge, Schema, Steps

if TYPE_CHECKING:
    from crslint.schema.given import Given

# What becomes of a field that a schema does not have.
EFFECT = "the API server drops it without a word"

Origin = Literal["input", "user", "crslint", "kubernetes"]

# Projects of `schemas/` by the name that the configuration gives to their release.
RELEASE_NAMES = {
    "cluster-api": "capi",
    "metal3": "capm3",
    "metal3-ipam": "ipam",
    "baremetal-operator": "bmo",
}


class KindSchema:
    """The schema of one kind and version, and who provides it."""

    def __init__(
        self,
        schema: Schema,
        definitions: Mapping[str, Schema],
        origin: Origin,
        metadata: Schema | None,
        effect: str = EFFECT,
        opened: Opener = lambda node: node,
    ) -> None:
        """``opened`` reads the nodes of a schema that several releases were merged into."""
        self._schema = schema
        self._definitions = definitions
        self._metadata = metadata
        self._opened = opened
        self.origin = origin
        self.effect = effect

    @cached_property
    def schema(self) -> Schema:
        from crslint.schema.convert import whole

        found: Schema = whole(self._schema, self._opened)
        return found

    @cached_property
    def definitions(self) -> Mapping[str, Schema]:
        return _Opened(self._definitions, self._opened)

    @cached_property
    def takes(self) -> Test:
        """The quick decision."""
        metadata = _metadata_shape() if self._metadata is not None else ANY
        return decider(self._schema, self._definitions, metadata, self._opened)

    @cached_property
    def _judge(self) -> Judge:
        return Judge(self.schema, self.definitions, self._metadata)

    def faults(self, data: dict[str, Any]) -> list[Fault]:
        return self._judge.faults(data)


class _Opened(Mapping[str, Schema]):
    """Definitions, each read when it is asked for."""

    def __init__(self, definitions: Mapping[str, Schema], opened: Opener) -> None:
        self._definitions = definitions
        self._opened = opened
        self._known: dict[str, Schema] = {}

    def __getitem__(self, name: str) -> Schema:
        if name not in self._known:
            from crslint.schema.convert import whole

            self._known[name] = whole(self._definitions[name], self._opened)
        return self._known[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._definitions)

    def __len__(self) -> int:
        return len(self._definitions)


class Registry:
    """``releases`` are pinned releases by component (``cilium``: ``1.16.0``); ``crds`` are those of the input,
    ``folders`` the user's files and folders of schemas. Making one raises SchemaFileError."""

    def __init__(
        self,
        crds: Iterable[Mapping[str, Any]] = (),
        folders: Sequence[Path] = (),
        kubernetes: str | None = None,
        releases: Mapping[str, str] = MappingProxyType({}),
        cached: bool = True,
    ) -> None:
        self._kubernetes = kubernetes
        self._releases = releases
        self._cached = cached
        self._found: dict[tuple[str, str], KindSchema | None] = {}
        self._declared: dict[tuple[str, str, str], KindSchema] = {}
        for given in _given(folders):
            schema = KindSchema(given.schema, given.definitions, "user", _metadata())
            self._declared[given.group, given.version, given.kind] = schema
        for crd in crds:
            self._declare(crd)

    def find(self, api_version: str, kind: str) -> KindSchema | None:
        """None for a kind that nobody knows."""
        key = (api_version, kind)
        if key not in self._found:
            group, _, version = api_version.rpartition("/")
            self._found[key] = self._look_up(group, version, kind)
        return self._found[key]

    def history(self, api_version: str, kind: str, path: Steps) -> Need | None:
        """Which releases have a field of a kind of `schemas/`; None where none has it."""
        group, _, version = api_version.rpartition("/")
        content = bundled(group, kind)
        if content is None or version not in content["versions"]:
            return None
        return need(content["versions"][version]["schema"], content.get("$defs", {}), path)

    def other_versions(self, api_version: str, kind: str) -> Iterator[tuple[str, KindSchema]]:
        """The kind's other versions in `schemas/`, newest first."""
        group, _, version = api_version.rpartition("/")
        content = bundled(group, kind) if self._declared.get((group, version, kind)) is None else None
        for other in reversed(tuple(content["versions"]) if content else ()):
            schema = self.find(f"{group}/{other}", kind) if other != version else None
            if schema is not None:
                yield other, schema

    @cached_property
    def minor(self) -> str:
        """The Kubernetes version that is judged by: the configured one, else the newest that is known."""
        known = builtin.minors()
        wanted = ".".join((self._kubernetes or "").removeprefix("v").split(".")[:2])
        return wanted if wanted in known else known[-1]

    def _look_up(self, group: str, version: str, kind: str) -> KindSchema | None:
        declared = self._declared.get((group, version, kind))
        if declared is not None:
            return declared
        return self._bundled(group, version, kind) or self._builtin(group, version, kind)

    def _bundled(self, group: str, version: str, kind: str) -> KindSchema | None:
        content = bundled(group, kind)
        if content is None or version not in content["versions"]:
            return None
        entry = content["versions"][version]
        release = self._releases.get(RELEASE_NAMES.get(content["project"], content["project"]))
        return KindSchema(
            entry["schema"],
            content.get("$defs", {}),
            "crslint",
            None if content.get("ownMetadata") else _metadata(),
            content.get("effect", EFFECT),
            opener(release, entry["releases"]),
        )

    def _builtin(self, group: str, version: str, kind: str) -> KindSchema | None:
        if group and "." in group and not group.endswith(".k8s.io"):
            return None
        found = self._cached_closure(group, version, kind)
        return KindSchema(found.schema, found.definitions, "kubernetes", _metadata()) if found else None

    def _cached_closure(self, group: str, version: str, kind: str) -> builtin.Closure | None:
        """A closure as an earlier run made it: reading all definitions takes longer than everything else."""
        name = f"schema-{builtin.stamp()}-{self.minor}-{group or 'core'}-{version}-{kind}.jsonl"
        if len(name) > 2 * _LONGEST or not (group + version + kind).replace(".", "").isalnum():
            return None
        content = read_cached(name) if self._cached else None
        if content is not None:
            return builtin.read_closure(content)
        found = builtin.closure(self.minor, group, version, kind)
        if self._cached:
            write_cached(name, builtin.written_closure(found))
        return found

    def _declare(self, crd: Mapping[str, Any]) -> None:
        """A CRD of wrong shape declares nothing: its own schema says why."""
        from crslint.schema.bundle import crd_versions

        try:
            spec = crd["spec"]
            group, kind = spec["group"], spec["names"]["kind"]
            versions = crd_versions(crd)
        except (KeyError, TypeError, AttributeError):
            return
        for version, schema in versions.items():
            if isinstance(version, str) and isinstance(group, str) and isinstance(kind, str):
                self._declared[group, version, kind] = KindSchema(schema, {}, "input", _metadata())


def _given(folders: Sequence[Path]) -> Iterable[Given]:
    """The module that reads them is for runs that have any."""
    if not folders:
        return ()
    from crslint.schema.given import given_schemas

    return given_schemas(folders)


_LONGEST = 100


@lru_cache(maxsize=64)
def bundled(group: str, kind: str) -> dict[str, Any] | None:
    """The file of `schemas/` for a kind."""
    if (
        len(kind) > _LONGEST
        or len(group) > _LONGEST
        or not f"{group}{kind}".isascii()
        or not kind.isalnum()
        or not group.replace(".", "").replace("-", "").isalnum()
    ):
        return None
    try:
        text = (data_dir("schemas") / group / f"{kind}.json").read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return None
    return decoded_bundle(text)


@cache
def _metadata() -> Schema:
    content = json.loads((data_dir("schemas") / "metadata.json").read_bytes())
    assert isinstance(content, dict)
    return content


@cache
def _metadata_shape() -> Shape:
    return metadata_shape(_metadata())


def filled_by_webhooks(api_version: str, kind: str) -> frozenset[tuple[str | int, ...]]:
    """Paths of required fields that a mutating webhook writes before the schema is applied."""
    return _webhooks().get((api_version.rpartition("/")[0], kind), frozenset())


@cache
def _webhooks() -> dict[tuple[str, str], frozenset[tuple[str | int, ...]]]:
    from crslint.source.parser import parse

    text = (data_dir("schemas") / "webhooks.yaml").read_text(encoding="utf-8")
    ((_, table),) = parse(text, lambda _index: "webhooks.yaml").documents
    assert isinstance(table, dict)
    return {
        (group, kind): frozenset(address.steps(each) for each in str(pointers).split())
        for group, kinds in table.items()
        if isinstance(kinds, dict)
        for kind, pointers in kinds.items()
    }
