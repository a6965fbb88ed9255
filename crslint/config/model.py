"""What a configuration says, as plain data. Everything is optional."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from crslint.finding import Problem, Severity
from crslint.row import NamedTuple

Profile = Literal["default", "strict"]
Off = Literal["off"]
FailOn = Literal["error", "warning", "info", "never"]

ALL = "ALL"
_STRICTNESS: tuple[FailOn, ...] = ("never", "error", "warning", "info")
CODE = "CFG002"


class ExternalObject(NamedTuple):
    """An object that is made elsewhere; ``namespace`` is empty where it may be any."""

    kind: str
    namespace: str
    name: str


class PathSettings(NamedTuple):
    """Settings of the files that match ``pattern``; ``select`` is None where not written. ``suppress`` gives the reason
    for each code or prefix."""

    pattern: str
    versions: Mapping[str, str] = MappingProxyType({})
    select: tuple[str, ...] | None = None
    ignore: tuple[str, ...] = ()
    severity: Mapping[str, Severity | Off] = MappingProxyType({})
    suppress: Mapping[str, str] = MappingProxyType({})


class Policy(NamedTuple):
    """What whoever runs crslint demands, whatever the tree's own configuration says; ``file`` is None without one.

    ``severity`` are the lowest ones, by code or prefix.
    """

    file: Path | None = None
    mandatory: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    severity: Mapping[str, Severity] = MappingProxyType({})
    exclude: tuple[str, ...] = ()
    fail_on: FailOn = "error"

    def asked(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """Where each code or prefix that has to be one stands."""
        yield from ((("mandatory", index), code) for index, code in enumerate(self.mandatory))
        yield from ((("severity", code), code) for code in self.severity)

    def folders(self) -> tuple[Path, ...]:
        """Of its rules, which are written relative to it."""
        return tuple((self.file.parent if self.file else Path()) / each for each in self.rules)


class Config(NamedTuple):
    """``file`` is None where there is no configuration; paths in it are as written, relative to its folder.

    ``clusters`` maps ``namespace/name`` to that cluster's pinned versions.
    """

    file: Path | None = None
    versions: Mapping[str, str] = MappingProxyType({})
    clusters: Mapping[str, Mapping[str, str]] = MappingProxyType({})
    repositories: Mapping[str, str] = MappingProxyType({})
    exclude: tuple[str, ...] = ()
    profile: Profile = "default"
    select: tuple[str, ...] = (ALL,)
    ignore: tuple[str, ...] = ()
    severity: Mapping[str, Severity | Off] = MappingProxyType({})
    paths: tuple[PathSettings, ...] = ()
    components: tuple[str, ...] = ("cni", "csi", "argocd", "root-application")
    advertise: Mapping[str, str] = MappingProxyType({})
    external: tuple[ExternalObject, ...] = ()
    rules: tuple[str, ...] = ()
    schemas: tuple[str, ...] = ()
    mandatory: tuple[str, ...] = ()
    fail_on: FailOn = "error"
    policy: Policy = Policy()

    @property
    def folder(self) -> Path | None:
        return self.file.parent if self.file else None

    def schema_files(self) -> tuple[Path, ...]:
        """The files and folders of ``schemas``, which are written relative to the configuration."""
        return tuple((self.folder or Path()) / each for each in self.schemas)

    def under(self, policy: Policy) -> Config:
        """The same where it is not weaker than a policy: files are excluded by the policy alone."""
        fail_on = max(self.fail_on, policy.fail_on, key=_STRICTNESS.index)
        return self._replace(policy=policy, exclude=policy.exclude, fail_on=fail_on)

    def asked(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """Where each code or prefix that has to be one stands in the configuration: those of ``select`` and
        ``mandatory``."""
        levels: list[tuple[tuple[str | int, ...], tuple[str, ...]]] = [(("select",), self.select)]
        levels.append((("mandatory",), self.mandatory))
        levels += [(("paths", each.pattern, "select"), each.select or ()) for each in self.paths]
        for steps, codes in levels:
            yield from (((*steps, index), code) for index, code in enumerate(codes) if code != ALL)


class Reading(NamedTuple):
    """A configuration as it was read: ``problems`` have the addresses of its file, whose text is ``text``."""

    config: Config = Config()
    text: str = ""
    problems: tuple[Problem, ...] = ()
