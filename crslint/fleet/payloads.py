"""Payloads as the ClusterResourceSet controller reads them (facts/capi.md 1.2, 1.5)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from crslint import address
from crslint.finding import Problem
from crslint.fleet import values
from crslint.fleet.delivery import Delivery, deliveries
from crslint.fleet.entities.bootstrap import Payload
from crslint.fleet.entities.objects import Object
from crslint.fleet.entity import UNKNOWN, Unknown
from crslint.fleet.links import Link
from crslint.fleet.scope import Scopes
from crslint.fleet.stored import binary_size, is_yaml_list, lost_objects, stored_values
from crslint.fleet.world import World, make_object
from crslint.record import record, replace
from crslint.source.document import Document, Refusal

KINDS = ("ConfigMap", "Secret")
RESOURCE_SET_TYPE = "addons.cluster.x-k8s.io/resource-set"
CRD_GROUP = "apiextensions.k8s.io"
_PROVIDER_LABEL = "provider.cluster.x-k8s.io/"
_SAYS_NOTHING = ("short-value", "json-list")
_DROPPING = ("YML001", "PAY018")
_NAMED = ("present", "otherNamespace", "unknown")

# util/resource/resource.go; "Endpoint" is no kind (the real one is Endpoints), so it moves nothing that exists.
_PRIORITY = {
    kind: place - 100
    for place, kind in enumerate(
        (
            "Namespace",
            "CustomResourceDefinition",
            "StorageClass",
            "PersistentVolume",
            "PersistentVolumeClaim",
            "Secret",
            "ConfigMap",
            "ServiceAccount",
            "LimitRange",
            "Pod",
            "ReplicaSet",
            "Endpoint",
        )
    )
}


@record
class Member:
    """An object of a payload; ``object`` has apiVersion and kind as far as written (empty strings where not).

    ``position`` is its place in the order of application, ``written`` the one in the text of its value.
    """

    object: Object
    key: str
    position: int
    written: int = 0


@record
class Fault:
    """Why the controller does not take a value: ``refused`` refuses the whole payload, else only the value is lost.

    ``mendable`` is whether the value is a list of objects all the same, only not as JSON.
    """

    key: str | None
    refusal: Refusal
    refused: bool
    mendable: bool = False


@record
class Read:
    """One payload as it is read: ``members`` in order of application (also of a refused one, as far as readable).

    ``known`` is false where its content cannot be told: ``data`` or a value of it is a template or no text. ``used_by``
    are the sets that name it in their own namespace; the ``problems`` also have the parameter applyOnce, true where an
    edit reaches no running cluster; ``strays`` are the documents in it that are no mappings, ``lost`` the objects that
    a missing `---` merged into the next one, ``values`` key, size in bytes and address of each value, ``delivered``
    what the payload brings (nothing where it is refused).
    """

    source: Object
    in_use: bool
    used_by: tuple[Link, ...]
    keys: tuple[str, ...]
    members: tuple[Member, ...]
    refused: Refusal | None
    problems: tuple[Problem, ...]
    known: bool = True
    faults: tuple[Fault, ...] = ()
    strays: tuple[Document, ...] = ()
    lost: tuple[Object, ...] = ()
    values: tuple[tuple[str, int, str], ...] = ()
    size: int = 0
    delivered: tuple[Delivery, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether all of it could be read: nothing unknown, refused or dropped."""
        return self.known and not self.faults and not any(item.code in _DROPPING for item in self.problems)


def read_payloads(world: World, links: Sequence[Link]) -> tuple[Read, ...]:
    """Every ConfigMap and Secret that a set names or that looks like a payload, in the order of the input.

    Without any set in the input each ConfigMap and Secret is read, and in use if it looks like a payload.
    """
    named: set[str] = set()
    users: dict[str, list[Link]] = defaultdict(list)
    for link in links:
        for resource in () if isinstance(link.resources, Unknown) else link.resources:
            if resource.payload is None or resource.state not in _NAMED:
                continue
            named.add(resource.payload.at)
            using = users[resource.payload.at]
            if resource.state == "present" and not (using and using[-1] is link):
                using.append(link)
    candidates = [item for kind in KINDS for item in world.of_kind("", kind)]
    documents = {item.at: world.document(item.at) for item in candidates}
    known_scopes = _scopes(world, documents.values())
    reads: dict[str, Read] = {}
    for item in candidates:
        if item.at in named or not links or _may_be_payload(documents[item.at], item):
            read = _read(item, documents[item.at], known_scopes, tuple(users[item.at]))
            looks = _looks_like_payload(read)
            if item.at in named or not links or looks:
                in_use = item.at in named or (not links and looks)
                delivered = () if read.refused else deliveries(read.members)
                reads[item.at] = replace(read, in_use=in_use, delivered=delivered)
    return tuple(reads[item.at] for item in world.objects if item.at in reads)


def contract(payload: Payload) -> dict[str, object]:
    """What `crslint facts payload` prints of it: the empty string and the empty list for what it lacks."""
    return {
        "at": payload.at,
        "kind": payload.kind,
        "namespace": _spelled(payload.namespace),
        "name": _spelled(payload.name),
        "keys": [] if isinstance(payload.keys, Unknown) else payload.keys,
        "refused": payload.refused["reason"] if payload.refused else None,
        "objects": [] if isinstance(payload.objects, Unknown) else payload.objects,
    }


def described(item: Object) -> dict[str, str]:
    """An object as facts list it: empty strings for what it lacks or what is no string."""
    return {
        "apiVersion": item.api_version,
        "kind": item.kind,
        "namespace": _spelled(item.namespace),
        "name": _spelled(item.name),
        "at": item.at,
    }


def _spelled(value: str | Unknown | None) -> str:
    return value if isinstance(value, str) else ""


def _read(source: Object, document: Document, known_scopes: Scopes, used_by: tuple[Link, ...]) -> Read:
    stored = stored_values(source, document)
    if isinstance(stored, Unknown):
        return Read(source, False, used_by, (), (), None, (), known=False)
    if not stored:
        field = "binaryData" if source.data.get("binaryData") else "data"
        refusal = Refusal("no-data", "it has no data, and nothing else is read", address.at(source.at, (field,)))
        return Read(source, False, used_by, (), (), refusal, (), faults=(Fault(None, refusal, True),))
    members: list[Member] = []
    faults: list[Fault] = []
    layers = {key: (value.at, value.layer) for key, value in stored.items() if value.layer is not None}
    apply_once = applies_once(used_by) is True
    for key, (_, layer) in layers.items():
        if layer.refused:
            faults.append(Fault(key, layer.refused, True))
        if layer.ignored:
            faults.append(Fault(key, layer.ignored, False, is_yaml_list(stored[key].text or "")))
        mappings = (item for item in layer.documents if isinstance(item.data, dict))
        objects = list(enumerate(_object(item, known_scopes, source.at) for item in mappings))
        objects.sort(key=lambda row: _PRIORITY.get(row[1].kind, 0))
        members += [Member(item, key, len(members) + place, written) for place, (written, item) in enumerate(objects)]
    known = len(layers) == len(stored)
    strays = (item for _, layer in layers.values() for item in layer.documents if not isinstance(item.data, dict))
    return Read(
        source=source,
        in_use=False,
        used_by=used_by,
        keys=tuple(stored),
        members=tuple(members),
        refused=next((fault.refusal for fault in faults if fault.refused), None) if known else None,
        problems=tuple(
            replace(problem, parameters={**problem.parameters, "applyOnce": apply_once})
            for _, layer in layers.values()
            for problem in layer.problems
        ),
        known=known,
        faults=tuple(faults),
        strays=tuple(strays),
        lost=tuple(item for value in stored.values() for item in lost_objects(value, known_scopes, source.at)),
        values=tuple((key, layer.size, at) for key, (at, layer) in layers.items()),
        size=sum(layer.size for _, layer in layers.values()) + binary_size(source),
    )


def applies_once(used_by: Sequence[Link]) -> bool | Unknown:
    """Whether every set applies once; unknown where no set is there to say. Not written means ApplyOnce."""
    strategies = [link.strategy for link in used_by]
    if not strategies or any(isinstance(strategy, Unknown) for strategy in strategies):
        return UNKNOWN
    return all(strategy in (None, "ApplyOnce") for strategy in strategies)


def _object(document: Document, known_scopes: Scopes, payload: str) -> Object:
    made = make_object(document.at, document.data, known_scopes, payload)
    if made is not None:
        return made
    assert isinstance(document.data, dict)
    kind, version = (values.spelled(document.data, field) for field in ("kind", "apiVersion"))
    namespace, name = (values.spelled(document.data, "metadata", field) for field in ("namespace", "name"))
    return Object(
        at=document.at,
        api_version=_spelled(version),
        group=values.group_of(_spelled(version)),
        kind=_spelled(kind),
        namespace=namespace,
        name=name,
        data=document.data,
        scope=UNKNOWN,
        payload=payload,
    )


def _scopes(world: World, documents: Iterable[Document]) -> Scopes:
    """The known scopes, and those that the CustomResourceDefinitions of the input declare."""
    declared = [item.data for item in world.of_kind(CRD_GROUP, "CustomResourceDefinition")]
    for document in documents:
        for layer in document.layers.values():
            declared += [
                item.data
                for item in layer.documents
                if isinstance(item.data, dict) and item.data.get("kind") == "CustomResourceDefinition"
            ]
    own = {
        (group, kind): scope
        for data in declared
        if isinstance(group := values.text(data, "spec", "group"), str)
        and isinstance(kind := values.text(data, "spec", "names", "kind"), str)
        and (scope := values.text(data, "spec", "scope")) in ("Namespaced", "Cluster")
        and isinstance(scope, str)
    }
    return {**world.scopes, **own}


def _may_be_payload(document: Document, item: Object) -> bool:
    return bool(document.layers) or item.data.get("type") == RESOURCE_SET_TYPE


def _looks_like_payload(read: Read) -> bool:
    """Whether objects are all that it holds: a program's configuration may have kinds too, but no names.

    Values that are too short and broken JSON lists say nothing; a provider's components are for clusterctl.
    """
    labels = read.source.labels
    if not isinstance(labels, Unknown) and any(label.startswith(_PROVIDER_LABEL) for label in labels):
        return False
    if read.source.data.get("type") == RESOURCE_SET_TYPE:
        return True
    held = {member.key for member in read.members if _is_whole(member.object)}
    silent = {fault.key for fault in read.faults if fault.refusal.kind in _SAYS_NOTHING}
    return bool(held) and all(key in held or key in silent for key in read.keys)


def _is_whole(item: Object) -> bool:
    metadata = item.data.get("metadata")
    return bool(item.kind and item.api_version) and isinstance(metadata, dict) and "name" in metadata
