"""What a configuration says, as plain data. Everything is optional."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Literal, NamedTuple

from crslint.finding import Problem, Severity

Profile = Literal["default", "strict"]
FailOn = Literal["error", "warning", "info", "never"]

ALL = "ALL"
CODE = "CFG002"


class ExternalObject(NamedTuple):
    """An object that is made elsewhere; ``namespace`` is empty where it may be any."""

    kind: str
    namespace: str
    name: str


class PathSettings(NamedTuple):
    """Settings of the files that match ``pattern``; ``select`` is None where not written. ``severity`` has no `off`:
    that is in ``ignore``. ``suppress`` gives the reason for each code or prefix."""

    pattern: str
    versions: Mapping[str, str] = MappingProxyType({})
    select: tuple[str, ...] | None = None
    ignore: tuple[str, ...] = ()
    severity: Mapping[str, Severity] = MappingProxyType({})
    suppress: Mapping[str, str] = MappingProxyType({})


class Config(NamedTuple):
    """``file`` is None where there is no configuration; paths in it are as written, relative to its folder.

    ``clusters`` maps ``namespace/name`` to that cluster's pinned versions. ``severity`` has no `off`: that is in
    ``ignore``.
    """

    file: Path | None = None
    versions: Mapping[str, str] = MappingProxyType({})
    clusters: Mapping[str, Mapping[str, str]] = MappingProxyType({})
    repositories: Mapping[str, str] = MappingProxyType({})
    exclude: tuple[str, ...] = ()
    profile: Profile = "default"
    select: tuple[str, ...] = (ALL,)
    ignore: tuple[str, ...] = ()
    severity: Mapping[str, Severity] = MappingProxyType({})
    paths: tuple[PathSettings, ...] = ()
    components: tuple[str, ...] = ("cni", "csi", "argocd", "root-application")
    advertise: Mapping[str, str] = MappingProxyType({})
    external: tuple[ExternalObject, ...] = ()
    rules: tuple[str, ...] = ()
    schemas: tuple[str, ...] = ()
    mandatory: tuple[str, ...] = ()
    fail_on: FailOn = "error"

    @property
    def folder(self) -> Path | None:
        return self.file.parent if self.file else None

    def schema_files(self) -> tuple[Path, ...]:
        """The files and folders of ``schemas``, which are written relative to the configuration."""
        return tuple((self.folder or Path()) / each for each in self.schemas)

    def selected(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """Where each code or prefix that a ``select`` names stands in the configuration."""
        levels: list[tuple[tuple[str | int, ...], tuple[str, ...]]] = [(("select",), self.select)]
        levels += [(("paths", each.pattern, "select"), each.select or ()) for each in self.paths]
        for steps, codes in levels:
            yield from (((*steps, index), code) for index, code in enumerate(codes) if code != ALL)


class Reading(NamedTuple):
    """A configuration as it was read: ``problems`` have the addresses of its file, whose text is ``text``."""

    config: Config = Config()
    text: str = ""
    problems: tuple[Problem, ...] = ()
