"""What a configuration says, as plain data. Everything is optional."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from crslint.finding import Severity

Profile = Literal["default", "strict"]
FailOn = Literal["error", "warning", "info", "never"]

ALL = "ALL"


@dataclass(frozen=True, slots=True)
class ExternalObject:
    """An object that is made elsewhere; ``namespace`` is empty where it may be any."""

    kind: str
    namespace: str
    name: str


@dataclass(frozen=True, slots=True)
class PathSettings:
    """Settings of the files that match ``pattern``; ``select`` is None where not written. ``severity`` has no `off`:
    that is in ``ignore``."""

    pattern: str
    versions: Mapping[str, str] = field(default_factory=dict)
    select: tuple[str, ...] | None = None
    ignore: tuple[str, ...] = ()
    severity: Mapping[str, Severity] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Config:
    """``file`` is None where there is no configuration; paths in it are as written, relative to its folder.

    ``clusters`` maps ``namespace/name`` to that cluster's pinned versions. ``severity`` has no `off`: that is in
    ``ignore``.
    """

    file: Path | None = None
    versions: Mapping[str, str] = field(default_factory=dict)
    clusters: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    repositories: Mapping[str, str] = field(default_factory=dict)
    exclude: tuple[str, ...] = ()
    profile: Profile = "default"
    select: tuple[str, ...] = (ALL,)
    ignore: tuple[str, ...] = ()
    severity: Mapping[str, Severity] = field(default_factory=dict)
    paths: tuple[PathSettings, ...] = ()
    components: tuple[str, ...] = ("cni", "csi", "argocd", "root-application")
    advertise: Mapping[str, str] = field(default_factory=dict)
    external: tuple[ExternalObject, ...] = ()
    rules: tuple[str, ...] = ()
    schemas: tuple[str, ...] = ()
    mandatory: tuple[str, ...] = ()
    fail_on: FailOn = "error"

    @property
    def folder(self) -> Path | None:
        return self.file.parent if self.file else None
