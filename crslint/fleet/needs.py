"""What an object of a payload needs before it can be created: its Namespace, and the definition of its kind."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from crslint import address
from crslint.fleet import values
from crslint.fleet.absences import Absences
from crslint.fleet.payloads import Member, Read
from crslint.fleet.supply import Answer, Key, Supply, Trace
from crslint.fleet.workload import workload
from crslint.record import record, replace


@record
class Need:
    """``kind`` is namespace or crd; ``at`` is the value that states the need; ``state`` is that of an Answer, or
    builtin; ``provider`` is the object that brings it and ``provider_set`` the set that delivers that object.
    ``first_lacking`` is the payload that stands for all that lack the same thing together (``absences``)."""

    kind: str
    name: str
    at: str
    state: str
    provider: str | None = None
    provider_set: str | None = None
    first_lacking: str | None = None

    def facts(self) -> dict[str, object]:
        return {
            "kind": self.kind,
            "name": self.name,
            "at": self.at,
            "state": self.state,
            "provider": self.provider,
            "providerSet": self.provider_set,
            "firstLacking": self.first_lacking,
        }


def find_needs(supply: Supply, reads: Sequence[Read]) -> Mapping[str, tuple[Need, ...]]:
    """By the address of the object, for the payloads in use; nothing for what is refused or not known."""
    judged = [read for read in reads if read.in_use and read.known and read.refused is None]
    found = {member.object.at: tuple(_needs(supply, read, member)) for read in judged for member in read.members}
    return _with_first_lacking(supply, judged, found)


def _with_first_lacking(
    supply: Supply, reads: Sequence[Read], found: dict[str, tuple[Need, ...]]
) -> dict[str, tuple[Need, ...]]:
    lacking: dict[tuple[str, str], dict[str, Read]] = defaultdict(dict)
    for read in reads:
        for member in read.members:
            for need in found[member.object.at]:
                if need.state == "nowhere":
                    lacking[need.kind, need.name][read.source.at] = read
    if not lacking:
        return found
    absences = Absences(supply)
    first = {thing: absences.first(tuple(those.values())) for thing, those in lacking.items()}
    for read in reads:
        for member in read.members:
            needs = found[member.object.at]
            if any(need.state == "nowhere" for need in needs):
                found[member.object.at] = tuple(
                    replace(need, first_lacking=first[need.kind, need.name][read.source.at])
                    if need.state == "nowhere"
                    else need
                    for need in needs
                )
    return found


def _needs(supply: Supply, read: Read, member: Member) -> Iterator[Need]:
    item = member.object
    namespace = item.namespace
    if item.scope == "Namespaced" and isinstance(namespace, str) and namespace and not values.is_template(namespace):
        where = address.at(item.at, ("metadata", "namespace"))
        if namespace in workload().namespaces:
            yield Need("namespace", namespace, where, "builtin")
        else:
            answer = supply.ask(read, member, [("namespace", namespace)], Trace(namespace, namespace))
            yield _need("namespace", namespace, where, answer)
    if item.kind and item.group not in workload().groups and not values.is_template(item.api_version + item.kind):
        keys: list[Key] = [("crd", item.group, item.kind), ("group", item.group)]
        answer = supply.ask(read, member, keys, Trace(item.group))
        if answer.state == "nowhere" and _is_operated(supply, read, member):
            answer = Answer("unknown")
        yield _need("crd", f"{item.kind}.{item.group}", address.at(item.at, ("kind",)), answer)


def _is_operated(supply: Supply, read: Read, member: Member) -> bool:
    """Whether a program that registers the kind at run time comes along."""
    return supply.ask(read, member, [("operator", member.object.group)]).state != "nowhere"


def _need(kind: str, name: str, at: str, answer: Answer) -> Need:
    provider = answer.provider
    if provider is None:
        return Need(kind, name, at, answer.state)
    return Need(kind, name, at, answer.state, provider.at, provider.link.set.at if provider.link else None)
