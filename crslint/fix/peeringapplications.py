"""An Application for peering that lies ready in Git and that the Argo CD of its cluster does not read."""

from __future__ import annotations

import posixpath
from collections import defaultdict
from collections.abc import Mapping, Sequence

from crslint import address
from crslint.fix.change import CannotFix, NewFile
from crslint.fix.placing import require_unlisted
from crslint.fix.templates import filled
from crslint.fleet.entities.clusters import Cluster
from crslint.fleet.entities.gitops import Application
from crslint.fleet.entities.peering import BgpCapability
from crslint.fleet.fleet import Fleet
from crslint.source.tree import Tree

_NAME = "cilium-bgp"


def peering_application(context: Mapping[str, object], tree: Tree, fleet: Fleet) -> Sequence[NewFile]:
    """``into`` is the cluster. The Application stands beside the most of those that its root leads to, and takes
    repository, revision and project from one of them; raises CannotFix where there is none."""
    at = address.document_of(str(context["into"]))
    capability = next((each for each in fleet.entities.get("bgpCapability", ()) if each.at == at), None)
    if not isinstance(capability, BgpCapability) or capability.prepared is None:
        raise CannotFix("no folder with peering lies ready for it")
    beside = _beside(at, fleet)
    folder = posixpath.dirname(address.path_of(beside[0].at))
    require_unlisted(folder, tree)
    if any(each.name == _NAME for each in beside):
        raise CannotFix(f"{folder} has an Application {_NAME} already")
    for each in beside:
        for source in each.sources if isinstance(each.sources, list) else ():
            place, path, base = source.get("place"), source.get("path"), None
            if source.get("state") == "local" and isinstance(place, str) and isinstance(path, str):
                base = place.removesuffix(path.strip("/")).rstrip("/")
            if base is None or not _is_below(capability.prepared, base) or not isinstance(source.get("revision"), str):
                continue
            text = filled(
                "create/application.yaml",
                {
                    "name": _NAME,
                    "namespace": str(each.namespace),
                    "project": str(each.project),
                    "repository": str(source["repository"]),
                    "revision": str(source["revision"]),
                    "folder": capability.prepared.removeprefix(base).lstrip("/"),
                },
            )
            return (NewFile(posixpath.join(folder, f"{_NAME}.yaml"), text),)
    raise CannotFix(f"no Application in {folder} reads the repository that has {capability.prepared}")


def _beside(at: str, fleet: Fleet) -> list[Application]:
    """The Applications in that folder where the root of a cluster leads to most of them."""
    cluster = next((each for each in fleet.entities.get("cluster", ()) if each.at == at), None)
    root = cluster.gitops_root if isinstance(cluster, Cluster) else None
    every = {each.at: each for each in fleet.entities.get("application", ()) if isinstance(each, Application)}
    if not isinstance(root, str):
        raise CannotFix("it is not known which Applications run on it")
    below: dict[str, list[Application]] = defaultdict(list)
    for item in every.values():
        if item.payload is None and item.at != root and _leads_to(root, item, every):
            below[posixpath.dirname(address.path_of(item.at))].append(item)
    if not below:
        raise CannotFix("its root Application leads to no Application in a file")
    return max(below.values(), key=lambda items: (len(items), items[0].at))


def _leads_to(root: str, item: Application, every: Mapping[str, Application]) -> bool:
    waiting, seen = list(item.parents), set[str]()
    while waiting:
        parent = waiting.pop()
        if parent == root:
            return True
        if parent not in seen and parent in every:
            seen.add(parent)
            waiting += every[parent].parents
    return False


def _is_below(folder: str, base: str) -> bool:
    return not base or folder.startswith(f"{base}/")
