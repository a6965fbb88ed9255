"""The entities that findings are about."""

from __future__ import annotations

from crslint import address
from crslint.finding import Finding
from crslint.fix.change import CannotFix
from crslint.fleet.entities.bootstrap import Payload, PayloadObject, ResourceSet
from crslint.fleet.fleet import Fleet


def payload_object(finding: Finding, fleet: Fleet) -> PayloadObject:
    """The object of a payload that the finding lies in."""
    document, _, pointer = finding.at.partition("#")
    while True:
        found = fleet.entity(f"{document}#{pointer}", PayloadObject.ENTITY)
        if isinstance(found, PayloadObject):
            return found
        if not pointer:
            raise CannotFix("it lies in no object of a payload")
        pointer = pointer.rpartition("/")[0]


def payload(at: str, fleet: Fleet) -> Payload:
    """The payload whose values hold an address, or that is at it."""
    here: str | None = at
    while here is not None:
        document, _, pointer = here.partition("#")
        while True:
            found = fleet.entity(f"{document}#{pointer}", Payload.ENTITY)
            if isinstance(found, Payload):
                return found
            if not pointer:
                break
            pointer = pointer.rpartition("/")[0]
        here = address.host_of(here)
    raise CannotFix("it lies in no payload")


def resource_set(at: str, fleet: Fleet) -> ResourceSet:
    found = fleet.entity(address.document_of(at), ResourceSet.ENTITY)
    if not isinstance(found, ResourceSet):
        found = next((item for item in sets(fleet) if address.within(at, item.at)), None)
    if found is None:
        raise CannotFix("it lies in no ClusterResourceSet")
    return found


def sets(fleet: Fleet) -> list[ResourceSet]:
    return [item for item in fleet.entities.get(ResourceSet.ENTITY, ()) if isinstance(item, ResourceSet)]


def objects_of(payload_at: str, fleet: Fleet) -> list[PayloadObject]:
    """The objects of a payload, in the order of its text."""
    found = fleet.entities.get(PayloadObject.ENTITY, ())
    return [item for item in found if isinstance(item, PayloadObject) and item.payload == payload_at]
