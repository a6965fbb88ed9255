"""What an Application asks Argo CD to ignore, and whether Git sets it all the same (facts/argocd.md 2.2)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from crslint import address
from crslint.fleet import values
from crslint.fleet.entities.objects import Object
from crslint.fleet.entity import UNKNOWN, Unknown
from crslint.fleet.gitops import GitOps
from crslint.fleet.helmvalues import helm_values

_CONFIG = ("", "ConfigMap", "cilium-config")


def ignored(item: Object, gitops: GitOps) -> list[dict[str, Any]] | Unknown:
    """`application.ignored`."""
    entries = values.items(item.data, "spec", "ignoreDifferences")
    if isinstance(entries, Unknown):
        return UNKNOWN
    found = []
    for number, entry in enumerate(entries):
        pointers = values.texts(entry, "jsonPointers")
        group, kind, name = (values.text(entry, field) for field in ("group", "kind", "name"))
        if isinstance(pointers, Unknown) or any(isinstance(part, Unknown) for part in (group, kind, name)):
            continue
        for place, pointer in enumerate(pointers):
            is_set = any(_sets(item, gitops, (group or "", kind, name), pointer))
            found.append(
                {
                    "at": address.at(item.at, ("spec", "ignoreDifferences", number, "jsonPointers", place)),
                    "pointer": pointer,
                    "kind": kind,
                    "name": name,
                    "set": is_set,
                }
            )
    return found


def _sets(item: Object, gitops: GitOps, who: tuple[object, object, object], pointer: str) -> Iterator[bool]:
    """Whether objects at hand, or a chart whose values are known, have the value."""
    group, kind, name = who
    steps = [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]
    if not pointer.startswith("/") or not steps:
        return
    for _, loaded in gitops.brings(item.at):
        for each in loaded.objects:
            if (each.object.group, each.object.kind) == (group, kind) and name in (None, each.object.name):
                yield not each.altered and _has(each.object.data, steps)
    if who == _CONFIG and steps[0] == "data" and len(steps) == 2:
        every = gitops.sources(item.at)
        for source in every:
            if source.state == "chart" and source.chart == "cilium" and isinstance(source.revision, str):
                applied = helm_values(source, every, gitops.folders)
                known = applied.complete and not applied.holes
                yield known and steps[1] in _rendered(source.revision, applied.data)


def _rendered(version: str, given: dict[str, Any]) -> Mapping[str, str]:
    """What a Cilium chart makes of its values; nothing for a version that is not known."""
    from crslint.fleet.charts.rendering import render

    try:
        return render(version, given).config or {}
    except ValueError:
        return {}


def _has(data: Any, steps: list[str]) -> bool:
    for step in steps:
        if isinstance(data, list) and step.isdigit() and int(step) < len(data):
            data = data[int(step)]
        elif isinstance(data, dict) and step in data:
            data = data[step]
        else:
            return False
    return True
