"""What Argo CD needs to read a repository over SSH: a key, and the host among those it knows (facts/argocd.md 1.5).

Whether a repository behind https is private nobody can tell. Only that is judged which must be there when Git begins:
the repositories of root Applications in payloads.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from crslint import address
from crslint.fleet import values
from crslint.fleet.destinations import stored_text
from crslint.fleet.entities.gitops import Application
from crslint.fleet.entities.objects import Object
from crslint.fleet.entity import Entity, Unknown
from crslint.fleet.gitops import GitOps
from crslint.fleet.links import Link
from crslint.fleet.payloads import Read
from crslint.fleet.repositories import is_over_ssh, normalized
from crslint.fleet.sealing import is_told
from crslint.fleet.supply import Supply
from crslint.fleet.table import read_table
from crslint.fleet.world import World
from crslint.record import record, replace

_TYPE = "argocd.argoproj.io/secret-type"
_TYPES = ("repository", "repo-creds")
_HOSTS = "argocd-ssh-known-hosts-cm"
_SETTINGS = "argocd-cm"
_LEGACY = ("repositories", "repository.credentials")
# Where the labels of the Secret stand that a controller makes.
_LABELS = {
    "Secret": ("metadata", "labels"),
    "SealedSecret": ("spec", "template", "metadata", "labels"),
    "ExternalSecret": ("spec", "target", "template", "metadata", "labels"),
    "ClusterExternalSecret": ("spec", "externalSecretSpec", "target", "template", "metadata", "labels"),
}


@record
class _Host:
    """``known`` is its spelling in a file of known hosts."""

    name: str
    known: str


@record
class _Key:
    """A Secret with credentials; ``prefix`` is the start of the URLs that it is for, None where that is not known."""

    prefix: str | None
    whole: bool
    trusts: bool

    def opens(self, repository: str) -> bool:
        wanted = normalized(repository)
        if self.prefix is None:
            return True
        return wanted == self.prefix if self.whole else wanted.startswith(self.prefix)


def with_access(
    entities: Iterable[Entity], world: World, links: Sequence[Link], reads: Sequence[Read], gitops: GitOps
) -> list[Entity]:
    """The entities, Applications with `access`."""
    access = _Access(world, links, reads, gitops)
    return [_with_rows(item, access) if isinstance(item, Application) and item.reached else item for item in entities]


def _with_rows(item: Application, access: _Access) -> Entity:
    rows = list(access.of(item))
    return replace(item, access=rows) if rows else item


class _Access:
    def __init__(self, world: World, links: Sequence[Link], reads: Sequence[Read], gitops: GitOps) -> None:
        self._world = world
        self._links = links
        self._reads = reads
        self._gitops = gitops
        self._supply: Supply | None = None
        self._first: dict[tuple[str, str], str] = {}
        self._begun: dict[str, list[Object] | None] = {}

    def of(self, item: Application) -> Iterator[dict[str, Any]]:
        read = self._gitops.payload_of.get(item.at)
        if read is None or item.altered:
            return
        for source in self._gitops.sources(item.at):
            host = _host(source.repository) if isinstance(source.repository, str) and not source.chart else None
            objects = self._objects(read) if host is not None else None
            if host is None or objects is None or not isinstance(source.repository, str):
                continue
            keys = [key for key in map(_key, objects) if key is not None and key.opens(source.repository)]
            trusted = any(key.trusts for key in keys) or _is_known(host, objects)
            for what, there in (("credentials", bool(keys)), ("host", trusted)):
                about = normalized(source.repository) if what == "credentials" else host.known
                yield {
                    "what": what,
                    "repository": source.repository,
                    "host": host.name,
                    "at": address.at(source.at, ("repoURL",)),
                    "there": there,
                    "first": self._first.setdefault((what, about), item.at),
                }

    def _objects(self, read: Read) -> list[Object] | None:
        """What the payloads bring to the clusters of one; None where that is not all, or not Argo CD."""
        at = read.source.at
        if at not in self._begun:
            self._supply = self._supply or Supply(self._world, self._links, self._reads)
            beside = list(self._supply.companions(read))
            brought = any(one.kind == "argocd" and one.primary for other in beside for one in other.delivered)
            known = brought and is_told(self._world, beside) and not self._is_made_elsewhere
            self._begun[at] = [member.object for other in beside for member in other.members] if known else None
        return self._begun[at]

    @property
    def _is_made_elsewhere(self) -> bool:
        return any(item.kind == "Secret" for item in self._world.settings.external)


def _host(url: str) -> _Host | None:
    """None for what is not read over SSH, or has a variable in it."""
    if not is_over_ssh(url):
        return None
    match = _ssh().match(url) or _scp().match(url)
    if match is None or values.is_template(url):
        return None
    name, port = match["host"].lower(), match.groupdict().get("port")
    return _Host(name, f"[{name}]:{port}" if port not in (None, "22") else name)


@cache
def _ssh() -> re.Pattern[str]:
    return re.compile(r"^ssh://(?:[^@/]+@)?(?P<host>\[[^\]]+\]|[^:/]+)(?::(?P<port>\d+))?/", re.IGNORECASE)


@cache
def _scp() -> re.Pattern[str]:
    return re.compile(r"^[^@/\s:]+@(?P<host>[^:/\s]+):")


def _key(item: Object) -> _Key | None:
    steps = _LABELS.get(item.kind)
    labels = values.mapping(item.data, *steps) if steps else {}
    if isinstance(labels, Unknown):
        return _Key(None, False, True)
    kind = labels.get(_TYPE)
    if kind not in _TYPES:
        return _legacy(item)
    url = stored_text(item, "url") if item.kind == "Secret" else None
    if url is None or values.is_template(url):
        return _Key(None, False, True)
    trusts = any(stored_text(item, field) == "true" for field in ("insecure", "insecureIgnoreHostKey"))
    if "://" in url and _host(url) is None:
        return None
    return _Key(normalized(url).rpartition("@")[2].rstrip(":"), kind == "repository", trusts)


def _legacy(item: Object) -> _Key | None:
    """Before 3.0 the settings could hold repositories too: which, is not read."""
    data = values.mapping(item.data, "data") if item.kind == "ConfigMap" and item.name == _SETTINGS else {}
    return _Key(None, False, True) if isinstance(data, Unknown) or any(field in data for field in _LEGACY) else None


def _is_known(host: _Host, objects: Sequence[Object]) -> bool:
    """Those of the ConfigMap alone where a payload brings it; Argo CD's own else."""
    written = [item for item in objects if item.kind == "ConfigMap" and item.name == _HOSTS]
    if not written:
        return host.known in read_table("argocd")["knownHosts"]
    return any(_lists(host, item.data) for item in written)


def _lists(host: _Host, data: Mapping[str, Any]) -> bool:
    text = values.text(data, "data", "ssh_known_hosts")
    if not isinstance(text, str):
        return isinstance(text, Unknown)
    for line in text.splitlines():
        names = line.split(maxsplit=1)[0] if line.strip() else ""
        # A hashed or templated line may be any host.
        if "|" in names or "*" in names or values.is_template(line) or host.known in names.lower().split(","):
            return True
    return False
