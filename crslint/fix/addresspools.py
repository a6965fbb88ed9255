"""A pool of addresses for announced Services: the one that is disabled, or a new one of what they ask for."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence

from crslint import address
from crslint.finding import Edit
from crslint.fix.change import CannotFix, Change, NewFile
from crslint.fix.placing import listing_edits
from crslint.fix.templates import block, filled, scalar
from crslint.fleet.announcements import values_at
from crslint.fleet.entities.objects import Object
from crslint.fleet.entities.peering import Announcement, BgpObject
from crslint.fleet.fleet import Fleet
from crslint.fleet.served import newest_version
from crslint.fleet.versions import release
from crslint.source.tree import Tree

_FILE = "pool.yaml"
_GROUP, _KIND = "cilium.io", "CiliumLoadBalancerIPPool"
_BLOCKS_SINCE = (1, 15, 0)


def address_pool(context: Mapping[str, object], tree: Tree, fleet: Fleet) -> Sequence[Change]:
    """``into`` is the place of the fault: ``disabled`` of a pool, which goes; or an announcement whose Services ask for
    their addresses. The new pool stands beside it, selects what it selects and has these addresses alone."""
    at = str(context["into"])
    found = next((each for each in fleet.entities.get(Announcement.ENTITY, ()) if each.at == at), None)
    if not isinstance(found, Announcement):
        return (Edit("remove", at),)
    owner = fleet.entity(found.owner, BgpObject.ENTITY)
    asked = next((each["asked"] for each in found.supplies if each["fault"] == "noPool"), ())
    if not isinstance(owner, BgpObject) or not isinstance(owner.name, str) or not asked:
        raise CannotFix("its Services do not say which addresses are theirs")
    if owner.payload is not None:
        raise CannotFix("it lies in a payload: pools are kept in Git")
    written = fleet.entity(found.owner, Object.ENTITY)
    selector = values_at(written, found.selector_at) if isinstance(written, Object) else None
    if not isinstance(written, Object) or not isinstance(selector, Mapping):
        raise CannotFix("its selector cannot be read")
    version, field = _shape(owner, written.api_version)
    text = filled(
        "create/pool.yaml",
        {
            "api_version": f"{_GROUP}/{version}",
            "name": owner.name,
            "field": field,
            "blocks": "\n".join(f"- cidr: {scalar(_host(each))}" for each in asked),
            "selector": "".join(block({"serviceSelector": selector})).rstrip("\n") if selector else "",
        },
    )
    beside = address.path_of(found.at)
    path = posixpath.join(posixpath.dirname(beside), _FILE)
    return (NewFile(path, text), *listing_edits(path, beside, tree))


def _shape(owner: BgpObject, api_version: str) -> tuple[str, str]:
    """The version of the API and the field of the ranges, by the release; without one as Advertisements of that version
    have them beside them."""
    if owner.assumed and owner.api == "v1":
        raise CannotFix("which release of Cilium runs there is not known")
    if owner.assumed:
        return api_version.rpartition("/")[2], "blocks"
    used = release(owner.release)
    version = newest_version(_GROUP, _KIND, owner.release) if used else ""
    if used is None or not version:
        raise CannotFix(f"Cilium {owner.release} has no {_KIND}")
    return version, "blocks" if used >= _BLOCKS_SINCE else "cidrs"


def _host(text: str) -> str:
    return f"{text}/128" if ":" in text else f"{text}/32"
