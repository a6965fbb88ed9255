"""A ClusterResourceSet of its own for a payload that none names, where its neighbours show how sets are made here."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from crslint import address
from crslint.fix.change import CannotFix, NewFile
from crslint.fix.placing import require_unlisted
from crslint.fix.templates import block, filled, scalar
from crslint.fleet.fleet import Fleet
from crslint.row import NamedTuple
from crslint.source.document import Document
from crslint.source.tree import Tree

_GROUP = "addons.cluster.x-k8s.io/"
_NUMBER = re.compile(r"(\d{1,3})([-_.])")
_LONGEST = 63


class _Set(NamedTuple):
    path: str
    data: Mapping[str, Any]

    @property
    def name(self) -> str:
        return str(self.data["metadata"]["name"])


def resource_set(context: Mapping[str, object], tree: Tree, _fleet: Fleet) -> Sequence[NewFile]:
    """``into`` is the payload. The set selects what every other set of the namespace selects, and stands beside the
    nearest of them; raises CannotFix where these do not agree."""
    at = str(context["into"])
    document = _document(at, tree)
    _require_new(document, tree)
    payload: Any = document.data
    metadata = payload.get("metadata")
    if not isinstance(metadata, dict) or not isinstance(metadata.get("name"), str):
        raise CannotFix("the payload has no name that a set could give")
    namespace = metadata.get("namespace")
    sets = sorted(_sets(tree, namespace), key=lambda each: _distance(each.path, address.path_of(at)))
    if not sets:
        raise CannotFix("no set of its namespace shows which clusters are meant")
    selectors = [each.data["spec"].get("clusterSelector") for each in sets]
    if any(each != selectors[0] for each in selectors) or not isinstance(selectors[0], Mapping):
        raise CannotFix("the sets of its namespace select different clusters: which of them are meant must be chosen")
    folder = posixpath.dirname(sets[0].path)
    require_unlisted(folder, tree)
    name = _name(metadata["name"], sets)
    text = filled(
        "create/set.yaml",
        {
            "api_version": str(sets[0].data["apiVersion"]),
            "name": name,
            "namespace": f"namespace: {scalar(str(namespace))}" if namespace is not None else "",
            "selector": "".join(block(selectors[0])).rstrip("\n"),
            "kind": str(payload["kind"]),
            "payload": metadata["name"],
        },
    )
    return (NewFile(posixpath.join(folder, f"{name}.yaml"), text),)


def _name(payload: str, sets: Sequence[_Set]) -> str:
    """The payload's, after the last number where the sets are numbered."""
    numbers = [match for each in sets if (match := _NUMBER.match(each.name))]
    name = payload
    if len(numbers) == len(sets):
        last = max(numbers, key=lambda match: int(match[1]))
        name = f"{int(last[1]) + 1:0{len(last[1])}}{last[2]}{payload}"
    if len(name) > _LONGEST or any(each.name == name for each in sets):
        raise CannotFix(f"{name} cannot be the name of the set")
    return name


def _document(at: str, tree: Tree) -> Document:
    found = next((each for file in tree.files for each in file.documents if each.at == at), None)
    if found is None or not isinstance(found.data, dict):
        raise CannotFix("it is no document of a file")
    return found


def _require_new(payload: Document, tree: Tree) -> None:
    """Two payloads with one object are two versions of something: which one is meant must be chosen."""
    held = _identities(payload)
    for file in tree.files:
        for other in file.documents:
            if other.at != payload.at and held & _identities(other):
                kind, name = min(held & _identities(other))
                raise CannotFix(f"{kind} {name} is in another payload too, {file.path}: one of them is an old version")


def _identities(payload: Document) -> set[tuple[str, str]]:
    inner = (document.data for layer in payload.layers.values() for document in layer.documents)
    found = set()
    for data in inner:
        metadata = data.get("metadata") if isinstance(data, dict) else None
        if isinstance(data, dict) and isinstance(metadata, dict):
            found.add((str(data.get("kind")), f"{metadata.get('namespace') or ''}/{metadata.get('name')}".lstrip("/")))
    return found


def _sets(tree: Tree, namespace: object) -> Iterator[_Set]:
    for file in tree.files:
        for document in file.documents:
            data = document.data
            if not isinstance(data, dict) or data.get("kind") != "ClusterResourceSet":
                continue
            metadata, spec = data.get("metadata"), data.get("spec")
            ours = str(data.get("apiVersion")).startswith(_GROUP)
            if not (ours and isinstance(metadata, dict) and isinstance(spec, dict)):
                continue
            if isinstance(metadata.get("name"), str) and metadata.get("namespace") == namespace:
                yield _Set(file.path, data)


def _distance(one: str, other: str) -> tuple[int, str]:
    """How many folders lie between two files."""
    ours, theirs = posixpath.dirname(one).split("/"), posixpath.dirname(other).split("/")
    common = len(posixpath.commonprefix([ours, theirs]))
    return len(ours) + len(theirs) - 2 * common, one
