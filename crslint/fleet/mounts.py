"""What pods and bindings name that nobody brings: ConfigMaps, Secrets and service accounts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

from crslint import address
from crslint.fleet import pods, values
from crslint.fleet.entities.objects import Object
from crslint.fleet.makers import made_by, makes
from crslint.fleet.payloads import Member, Read
from crslint.fleet.pods import Place, below
from crslint.fleet.supply import Supply, Trace
from crslint.fleet.workload import workload
from crslint.fleet.world import World
from crslint.record import fields, record, replace

# The field with a reference, the kind that it names, and the field with the name.
_VOLUMES = (("configMap", "ConfigMap", "name"), ("secret", "Secret", "secretName"))
_SOURCES = (("configMap", "ConfigMap", "name"), ("secret", "Secret", "name"))
_ENVIRONMENTS = (("configMapRef", "ConfigMap", "name"), ("secretRef", "Secret", "name"))
_VARIABLES = (("configMapKeyRef", "ConfigMap", "name"), ("secretKeyRef", "Secret", "name"))
_NEAR = 0.88
_NO_DIGITS: Mapping[int, None] = dict.fromkeys(map(ord, "0123456789"))


@record
class Wanted:
    """``at`` is the name as written; ``state`` is present, runtime (a program makes it), absent or unknown; ``near`` is
    the object that may have been meant by an absent one, ``namespace/name``."""

    kind: str
    namespace: str
    name: str
    at: str
    state: str = "unknown"
    near: str | None = None

    def facts(self) -> dict[str, object]:
        return {field.name: getattr(self, field.name) for field in fields(self)}


class Mounts:
    """Answers for one fleet; what may be elsewhere is unknown."""

    def __init__(self, world: World, supply: Supply) -> None:
        self._world = world
        self._supply = supply
        self._companies: dict[str, _Company] = {}

    def references(self, read: Read, member: Member) -> Iterator[Wanted]:
        """ConfigMaps and Secrets that pods cannot start without."""
        for wanted in _mounted(member.object):
            runtime = workload().makes(wanted.kind, wanted.name)
            yield replace(wanted, state="runtime") if runtime else self._judged(read, member, wanted)

    def subjects(self, read: Read, member: Member) -> Iterator[Wanted]:
        """Service accounts that a binding names."""
        for wanted in _bound(member.object):
            known = wanted.namespace == "kube-system" and wanted.name in workload().service_accounts
            runtime = known or wanted.name == "default"
            yield replace(wanted, state="runtime") if runtime else self._judged(read, member, wanted)

    def _judged(self, read: Read, member: Member, wanted: Wanted) -> Wanted:
        key = ("object", wanted.kind, wanted.namespace, wanted.name)
        answer = self._supply.ask(read, member, [key], Trace(wanted.name, wanted.namespace))
        if answer.state != "nowhere":
            return wanted if answer.state == "unknown" else replace(wanted, state="present")
        company = self._companies.get(read.source.at)
        if company is None:
            company = self._companies[read.source.at] = _Company(self._supply, read)
        made = (wanted.kind, wanted.name)
        if made in company.made or wanted.name in company.words:
            return replace(wanted, state="runtime")
        if made in company.unplaced or made in self._made or self._world.named("", wanted.kind, wanted.name):
            return wanted
        return replace(wanted, state="absent", near=_near(wanted, company.names[wanted.kind]))

    @cached_property
    def _made(self) -> frozenset[tuple[str, str]]:
        """Kinds and names of what controllers make of objects outside payloads: these may be meant for the cluster."""
        return frozenset((made.kind, made.name) for item in self._world.of_kinds(makes) for made in made_by(item))


class _Company:
    """What comes to the same clusters as one payload: names by kind, those without a namespace, what controllers make
    of it, and the words of command lines, for a program may make what it is told by name."""

    def __init__(self, supply: Supply, read: Read) -> None:
        self.names: dict[str, list[tuple[str, str]]] = defaultdict(list)
        self.made: set[tuple[str, str]] = set()
        self.unplaced: set[tuple[str, str]] = set()
        self.words: set[str] = set()
        for other in supply.companions(read):
            for member in other.members:
                item = member.object
                if isinstance(item.name, str) and isinstance(item.namespace, str):
                    self.names[item.kind].append((item.namespace, item.name))
                elif isinstance(item.name, str):
                    self.unplaced.add((item.kind, item.name))
                self.made.update((made.kind, made.name) for made in made_by(item))
                pod = pods.pod_spec(item)
                for container in pods.containers(pod) if pod else ():
                    self.words.update(word.rpartition("=")[2].rpartition("/")[2] for word in pods.words(container))


def _mounted(item: Object) -> Iterator[Wanted]:
    pod = pods.pod_spec(item)
    if pod is None or not isinstance(item.namespace, str) or values.is_template(item.namespace):
        return
    seen: set[tuple[str, str]] = set()
    for kind, place, field in _mentions(pod):
        name = values.text(place.data, field)
        if isinstance(name, str) and name and place.data.get("optional") is not True and (kind, name) not in seen:
            seen.add((kind, name))
            yield Wanted(kind, item.namespace, name, address.at(item.at, (*place.steps, field)))


def _mentions(pod: Place) -> Iterator[tuple[str, Place, str]]:
    """Each place that names a ConfigMap or Secret: its kind, the mapping, the field with the name."""
    for volume in below(pod, "volumes"):
        yield from _named(volume, _VOLUMES)
        for source in below(volume, "projected", "sources") if "projected" in volume.data else ():
            yield from _named(source, _SOURCES)
    for container in pods.containers(pod):
        for source in below(container, "envFrom"):
            yield from _named(source, _ENVIRONMENTS)
        for index, entry in values.mappings(container.data, "env"):
            value = entry.get("valueFrom")
            if isinstance(value, dict):
                yield from _named(Place((*container.steps, "env", index, "valueFrom"), value), _VARIABLES)


def _named(place: Place, references: Sequence[tuple[str, str, str]]) -> Iterator[tuple[str, Place, str]]:
    for field, kind, name in references:
        data = place.data.get(field)
        if isinstance(data, dict):
            yield kind, Place((*place.steps, field), data), name


def _bound(item: Object) -> Iterator[Wanted]:
    if item.group != "rbac.authorization.k8s.io" or item.kind not in ("RoleBinding", "ClusterRoleBinding"):
        return
    for index, subject in values.mappings(item.data, "subjects"):
        if subject.get("kind") != "ServiceAccount":
            continue
        # A RoleBinding's subject without a namespace lives in the binding's own.
        namespace, name = subject.get("namespace") or item.namespace, subject.get("name")
        if isinstance(namespace, str) and isinstance(name, str) and not values.is_template(namespace + name):
            yield Wanted("ServiceAccount", namespace, name, address.at(item.at, ("subjects", index, "name")))


def _near(wanted: Wanted, known: Sequence[tuple[str, str]]) -> str | None:
    """The same name in another namespace, else a name that differs by a slip; another number is no slip."""
    for namespace, name in known:
        if name == wanted.name and namespace != wanted.namespace:
            return f"{namespace}/{name}"
    import difflib

    letters = wanted.name.translate(_NO_DIGITS)
    own = {name: f"{namespace}/{name}" for namespace, name in known if namespace == wanted.namespace}
    for name in difflib.get_close_matches(wanted.name, own, 3, _NEAR):
        if name.translate(_NO_DIGITS) != letters:
            return own[name]
    return None
