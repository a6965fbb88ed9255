"""Peering that lies in a bootstrap payload moves to the folder in Git that Argo CD applies."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence

from crslint import address
from crslint.finding import Finding
from crslint.fix.change import CannotFix, Change, NewFile
from crslint.fix.documents import document_text, removed_document
from crslint.fix.sites import Sheets
from crslint.fix.transforms.lookup import payload
from crslint.fleet.entities.gitops import Application
from crslint.fleet.entities.peering import BgpObject
from crslint.fleet.entity import Unknown
from crslint.fleet.fleet import Fleet

_NAMED = re.compile(r"bgp|peering")


def changes(finding: Finding, fleet: Fleet, sheets: Sheets) -> Sequence[Change]:
    found = fleet.entity(finding.at, BgpObject.ENTITY)
    if not isinstance(found, BgpObject) or not isinstance(found.name, str) or found.payload is None:
        raise CannotFix("the object cannot be read")
    if address.parse(found.at).pointer:
        raise CannotFix("it is an element of a JSON list")
    host = payload(found.payload, fleet)
    if host.kind == "Secret":
        raise CannotFix("it lies in a Secret, which nothing leaves for Git")
    clusters = set(host.clusters)
    path = posixpath.join(_folder(clusters, fleet), f"{found.kind.lower()}-{found.name}.yaml")
    return (NewFile(path, document_text(found.at, sheets).strip("\n") + "\n"), removed_document(found.at, sheets))


def _folder(clusters: set[str], fleet: Fleet) -> str:
    """Where peering of the same clusters is in Git already; else the one folder of that name that an Application of
    theirs loads."""
    beside = {
        posixpath.dirname(address.path_of(item.at))
        for item in fleet.entities.get(BgpObject.ENTITY, ())
        if isinstance(item, BgpObject) and item.payload is None and clusters <= set(item.clusters)
    }
    folders = beside or {
        str(source["place"])
        for item in fleet.entities.get(Application.ENTITY, ())
        if isinstance(item, Application) and not isinstance(item.sources, Unknown) and clusters <= set(item.clusters)
        for source in item.sources
        if source["state"] == "local" and source["tool"] == "directory" and _NAMED.search(str(source["place"]))
    }
    if len(folders) != 1:
        raise CannotFix("no one folder in Git is known where peering of its clusters is kept")
    return folders.pop()
