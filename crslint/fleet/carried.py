"""What an Application's objects are: the CNI, Argo CD, large CustomResourceDefinitions, custom resources."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache, cached_property
from typing import Any

from crslint import address
from crslint.fleet import values
from crslint.fleet.delivery import may_bring
from crslint.fleet.entities.objects import Object
from crslint.fleet.entity import Unknown
from crslint.fleet.gitops import GitOps
from crslint.fleet.helmvalues import helm_values
from crslint.fleet.loading import is_crd
from crslint.fleet.payloads import CRD_GROUP
from crslint.fleet.shipping import asks_server_side
from crslint.fleet.sizes import applied_size
from crslint.fleet.sources import Source
from crslint.fleet.supply import crd_key
from crslint.fleet.syncing import Options, has_option, is_early
from crslint.fleet.table import read_table
from crslint.fleet.versions import release
from crslint.fleet.workload import workload

_PARTS = ("cni", "argocd")
# Sizes below are of no interest: the API server allows 262,144.
_LARGE = 200_000
_MOST = 100
_SKIP = "SkipDryRunOnMissingResource=true"
_OPTIONS = "argocd.argoproj.io/sync-options"


class Carried:
    def __init__(self, gitops: GitOps) -> None:
        self._gitops = gitops

    def parts(self, sources: Iterable[Source]) -> list[str]:
        """`application.carries`."""
        charts = read_table("argocd")["charts"]
        found: set[str] = set()
        for source in sources:
            if source.state == "chart" and isinstance(source.chart, str):
                found.add(charts.get(source.chart.rpartition("/")[2], ""))
            loaded = self._gitops.loaded(source)
            if loaded is not None:
                if any(may_bring(each.object) for each in loaded.objects):
                    found.update([one.kind for one in self._gitops.delivered(loaded) if one.primary])
                for use in loaded.charts:
                    name = values.text(use.data, "name")
                    if isinstance(name, str):
                        found.add(charts.get(name, ""))
        return [part for part in _PARTS if part in found]

    def large_crds(self, item: Object, server_side: bool | Unknown) -> list[dict[str, Any]]:
        """`application.largeCrds`."""
        found = []
        for source, loaded in self._gitops.brings(item.at):
            for crd in (each.object for each in loaded.objects if is_crd(each.object)):
                size = applied_size(crd) if source.place is not None else 0
                if isinstance(size, int) and size > _LARGE:
                    by_itself = asks_server_side(crd) or not isinstance(server_side, bool)
                    found.append(_crd(crd.name, crd.at, size, server_side=by_itself or server_side is True))
        for source in self._gitops.sources(item.at):
            name = self._large_crd_of(source)
            if name is not None:
                at = address.at(source.at, ("chart",))
                found.append(_crd(name, at, None, server_side=server_side is not False))
        return found

    def _large_crd_of(self, source: Source) -> str | None:
        """The CRD of a known chart that no client-side apply can carry."""
        table = read_table("argocd")["largeCrds"]
        row = table.get(source.chart) if source.state == "chart" and isinstance(source.chart, str) else None
        version, since = release(source.revision), release(row["since"]) if row else None
        if row is None or version is None or since is None or version < since:
            return None
        if values.child(source.data, "helm", "skipCrds") not in (None, False):
            return None
        applied = helm_values(source, (source,), self._gitops.folders)
        if any(applied.value(*path) not in (None, True) for path in row["disabledBy"]):
            return None
        return str(row["crd"])

    def custom_kinds(
        self, item: Object, options: Options, version: str | None, *, bootstrapped: bool
    ) -> list[dict[str, Any]]:
        """`application.customKinds`; ``version`` is that of Argo CD, None where it is not known."""
        found: dict[tuple[str, str], dict[str, Any]] = {}
        objects = [each.object for _, loaded in self._gitops.brings(item.at) for each in loaded.objects]
        own = {key for each in objects if each.group == CRD_GROUP and (key := crd_key(each))}
        every, early = has_option(options, _SKIP), is_early(_SKIP, version)
        present = workload().groups
        for each in objects:
            if each.group in present or not each.kind or is_crd(each):
                continue
            row = found.get((each.group, each.kind))
            if row is None:
                crd = self._crd_state(each, own, bootstrapped=bootstrapped)
                head = {"group": each.group, "kind": each.kind, "at": each.at}
                row = {**head, "count": 0, "crd": crd, "skips": True, "early": early, "plain": []}
                found[each.group, each.kind] = row
            row["count"] += 1
            written = values.text(each.data, "metadata", "annotations", _OPTIONS)
            row["skips"] = row["skips"] and (every or _asks_to_skip(written))
            if written is None and len(row["plain"]) < _MOST:
                row["plain"].append(each.at)
        return list(found.values())

    def _crd_state(self, item: Object, own: set[tuple[str, ...]], *, bootstrapped: bool) -> str:
        if ("crd", item.group, item.kind) in own:
            return "own"
        if not bootstrapped:
            return "unknown"
        if (item.group, item.kind) in self._brought:
            return "before"
        return "runtime" if item.group in _runtime_groups() else "unknown"

    @cached_property
    def _brought(self) -> set[tuple[str, str]]:
        """Kinds whose CRDs are in a payload or among the objects of any file."""
        members = (member.object for read in self._gitops.reads for member in read.members)
        every = (*members, *self._gitops.world.of_kind(CRD_GROUP, "CustomResourceDefinition"))
        return {(key[1], key[2]) for item in every if (key := crd_key(item))}


def _crd(name: object, at: str, size: int | None, *, server_side: bool) -> dict[str, Any]:
    return {
        "name": name if isinstance(name, str) else "",
        "at": at,
        "size": size,
        "serverSide": server_side,
        "local": size is not None,
    }


def _asks_to_skip(options: str | Unknown | None) -> bool:
    if isinstance(options, Unknown):
        return True
    return options is not None and _SKIP in [option.strip() for option in options.split(",")]


@cache
def _runtime_groups() -> frozenset[str]:
    return frozenset(group for groups in workload().operators.values() for group in groups)
