"""A root Application for a cluster that has none, where its sibling's shows all of it but the environment.

The sibling's set asks for a label of which the cluster has another value, and the same two words tell their folders of
Applications apart: payload and set are the sibling's in the cluster's word.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from crslint import address
from crslint.fix.change import CannotFix, Change, NewFile
from crslint.fix.placing import listing_edits
from crslint.fleet.entities.bootstrap import ResourceSet
from crslint.fleet.entities.clusters import Cluster
from crslint.fleet.entities.gitops import Application
from crslint.fleet.entities.objects import Object
from crslint.fleet.entity import Unknown
from crslint.fleet.fleet import Fleet
from crslint.source.tree import Tree

_WORD = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
_FIXED = ("repository", "revision")

Renamed = Callable[[str], str]


def root_application(context: Mapping[str, object], tree: Tree, fleet: Fleet) -> Sequence[Change]:
    """``into`` is the cluster; raises CannotFix where anything but the environment would have to be chosen."""
    cluster = fleet.entity(address.document_of(str(context["into"])), Cluster.ENTITY)
    wanted = cluster.essentials if isinstance(cluster, Cluster) else ()
    sibling_at = next((each["siblingAt"] for each in wanted if each["sibling"] and not each["present"]), None)
    sibling = fleet.entity(str(sibling_at), Cluster.ENTITY)
    root = fleet.entity(str(sibling.gitops_root), Application.ENTITY) if isinstance(sibling, Cluster) else None
    if not isinstance(cluster, Cluster) or not isinstance(root, Application) or root.payload is None:
        raise CannotFix("no one root Application of its sibling is known")
    own_set = _set_of(root.payload, fleet)
    renamed = _renaming(own_set, cluster)
    _require_unread(root, renamed, fleet)
    held = {own_set.at, root.payload}
    changes: list[Change] = []
    for path in sorted({address.path_of(at) for at in held}):
        if any(each.at not in held for file in tree.files if file.path == path for each in file.documents):
            raise CannotFix(f"{path} holds other documents than the sibling's root Application and its set")
        made = posixpath.join(posixpath.dirname(path), renamed(posixpath.basename(path)))
        if made == path:
            raise CannotFix(f"the name of {path} does not say whose root Application it is")
        changes += [NewFile(made, renamed(tree.text(path))), *listing_edits(made, path, tree)]
    return changes


def _set_of(payload: str, fleet: Fleet) -> Object:
    """The one set that brings a payload, and nothing else."""
    lists = {
        item.at: [] if isinstance(item.resources, Unknown) else item.resources
        for item in fleet.entities.get(ResourceSet.ENTITY, ())
        if isinstance(item, ResourceSet)
    }
    found = [at for at, listed in lists.items() if any(entry["payload"] == payload for entry in listed)]
    brought = fleet.entity(payload, Object.ENTITY)
    item = fleet.entity(found[0], Object.ENTITY) if len(found) == 1 and len(lists[found[0]]) == 1 else None
    if not isinstance(item, Object) or not isinstance(brought, Object):
        raise CannotFix("the sibling's root Application is not in a set of its own")
    if brought.kind != "ConfigMap":
        raise CannotFix("the sibling's root Application lies in a Secret, which is not copied")
    return item


def _renaming(own_set: Object, cluster: Cluster) -> Renamed:
    """From the sibling's word for its environment to the cluster's."""
    spec: Any = own_set.data.get("spec")
    selector: Any = spec.get("clusterSelector") if isinstance(spec, dict) else None
    asked = selector.get("matchLabels") if isinstance(selector, dict) and set(selector) == {"matchLabels"} else None
    labels = {} if isinstance(cluster.labels, Unknown) else cluster.labels
    asked = asked if isinstance(asked, dict) else {}
    apart = [key for key, value in asked.items() if labels.get(key) != value]
    words = [(str(asked[key]), str(labels.get(key, ""))) for key in apart]
    if len(words) != 1 or not all(_WORD.fullmatch(word) for word in words[0]):
        raise CannotFix(f"{own_set.id} does not ask for a label of which the Cluster has another value")
    ((old, new),) = words
    whole = re.compile(rf"(?<![A-Za-z0-9]){re.escape(old)}(?![A-Za-z0-9])")
    if isinstance(own_set.namespace, str) and whole.search(own_set.namespace):
        raise CannotFix(f"the namespace of {own_set.id} is the environment's too")
    return lambda text: whole.sub(new, text)


def _require_unread(root: Application, renamed: Renamed, fleet: Fleet) -> None:
    """The folder of the cluster's Applications is there, nothing reads it, and only its name has to be said anew."""
    sources = [] if isinstance(root.sources, Unknown) else root.sources
    source = sources[0] if len(sources) == 1 else {}
    if source.get("state") != "local":
        raise CannotFix("it is not known which folder the sibling's root Application reads")
    for value in (*(source[key] for key in _FIXED), root.project):
        if not isinstance(value, str) or renamed(value) != value:
            raise CannotFix("repository, revision and project of the sibling's root Application are its own")
    folder = renamed(str(source["place"]))
    every = [item for item in fleet.entities.get(Application.ENTITY, ()) if isinstance(item, Application)]
    if not any(item.payload is None and posixpath.dirname(address.path_of(item.at)) == folder for item in every):
        raise CannotFix(f"{folder} has no Applications")
    for item in every:
        if not isinstance(item.sources, Unknown) and any(each["place"] == folder for each in item.sources):
            raise CannotFix(f"{item.id} reads {folder} already")
