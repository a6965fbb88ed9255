"""SealedSecrets and ExternalSecrets: whether what must open or fetch them is there (facts/argocd.md 4)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from crslint import address
from crslint.fleet import values
from crslint.fleet.entities.objects import Object
from crslint.fleet.entities.secrets import ExternalSecret, SealedSecret
from crslint.fleet.entity import UNKNOWN, Unknown
from crslint.fleet.links import Link, cluster_name
from crslint.fleet.payloads import Read
from crslint.fleet.pods import containers, pod_spec, repository
from crslint.fleet.spelling import meant
from crslint.fleet.supply import Supply
from crslint.fleet.world import World

SEALED_GROUP = "bitnami.com"
EXTERNAL_GROUP = "external-secrets.io"

_SCOPES = ("cluster-wide", "namespace-wide")
_SCOPE_PREFIX = "sealedsecrets.bitnami.com/"
_KEY_LABEL = "sealedsecrets.bitnami.com/sealed-secrets-key"
_CONTROLLER = "sealed-secrets"
_CHART = ("addons.cluster.x-k8s.io", "HelmChartProxy")
_STORES = ("SecretStore", "ClusterSecretStore")
_COMPARED = 200


def sealed_secrets(world: World, links: Sequence[Link], reads: Sequence[Read]) -> list[SealedSecret]:
    """Those of files, then those of payloads."""
    found = [_sealed(item, (), []) for item in world.of_kind(SEALED_GROUP, "SealedSecret")]
    keepers: _Keepers | None = None
    for read in reads:
        for member in read.members:
            if member.object.kind == "SealedSecret" and member.object.group == SEALED_GROUP:
                keepers = keepers or _Keepers(world, links, reads)
                clusters = sorted({cluster_name(one) for link in read.used_by for one in link.known})
                found.append(_sealed(member.object, clusters, list(keepers.obstacles(read, member.object))))
    return found


def _sealed(item: Object, clusters: Sequence[str], others: list[dict[str, Any]]) -> SealedSecret:
    scope = _scope(item)
    return SealedSecret(
        id=item.id,
        at=item.at,
        clusters=list(clusters),
        name=values.text(item.data, "metadata", "name"),
        namespace=item.namespace,
        sealed_scope=scope,
        payload=item.payload,
        obstacles=[*_own_obstacles(item, scope), *others],
    )


def _scope(item: Object) -> str | Unknown:
    """By the annotations of the template: those of the SealedSecret itself say nothing to the controller."""
    written = values.mapping(item.data, "spec", "template", "metadata", "annotations")
    if isinstance(written, Unknown):
        return UNKNOWN
    return next((scope for scope in _SCOPES if written.get(_SCOPE_PREFIX + scope) == "true"), "strict")


def _own_obstacles(item: Object, scope: str | Unknown) -> Iterator[dict[str, Any]]:
    if isinstance(scope, Unknown):
        return
    own = values.mapping(item.data, "metadata", "annotations")
    for wide in _SCOPES:
        if not isinstance(own, Unknown) and own.get(_SCOPE_PREFIX + wide) == "true":
            fault = None
            if scope == "strict" or (scope == "namespace-wide" and wide == "cluster-wide"):
                fault = (
                    f"says {wide}, but spec.template.metadata.annotations do not: the controller reads it as {scope}"
                )
            yield _obstacle("scope", fault, address.at(item.at, ("metadata", "annotations", _SCOPE_PREFIX + wide)))
    for field, scopes in (("name", ("strict",)), ("namespace", ("strict", "namespace-wide"))):
        mine = values.text(item.data, "metadata", field)
        sealed = values.text(item.data, "spec", "template", "metadata", field)
        if isinstance(mine, str) and isinstance(sealed, str) and scope in scopes:
            fault = f"is {mine}, but it was sealed as {sealed} ({scope})" if mine != sealed else None
            place = address.at(item.at, ("spec", "template", "metadata", field))
            yield _obstacle(field, fault, address.at(item.at, ("metadata", field)), other_at=place)


class _Keepers:
    """Controllers and keys that reach the clusters of a payload."""

    def __init__(self, world: World, links: Sequence[Link], reads: Sequence[Read]) -> None:
        self._world = world
        self._supply = Supply(world, links, reads)
        self._elsewhere = next((item for item in world.objects if _may_install(item)), None)

    def obstacles(self, read: Read, item: Object) -> Iterator[dict[str, Any]]:
        """Nothing where something that cannot be read reaches the same clusters, or nobody says which those are."""
        beside = list(self._supply.companions(read))
        if not is_told(self._world, beside):
            return
        objects = [member.object for other in beside for member in other.members]
        controller = any(map(_is_controller, objects))
        elsewhere, other_at = self._elsewhere is not None, self._elsewhere.at if self._elsewhere else None
        fault = None if controller else "no payload of its clusters brings the controller that opens it"
        yield _obstacle("controller", fault, item.at, elsewhere=elsewhere, other_at=other_at)
        if controller:
            known_key = any(map(_is_key, objects))
            shut = None if known_key else "no payload of its clusters brings the key that opens it: each makes its own"
            yield _obstacle("key", shut, item.at)


def is_told(world: World, beside: Sequence[Read]) -> bool:
    """Whether payloads that reach one cluster are all that it gets, and can be read."""
    links = [link for read in beside for link in read.used_by]
    told = all(read.whole for read in beside) and all(map(_is_complete, links))
    return bool(links) and told and not world.of_kind(*_CHART)


def _is_complete(link: Link) -> bool:
    return not isinstance(link.resources, Unknown) and all(one.state == "present" for one in link.resources)


def _is_controller(item: Object) -> bool:
    pod = pod_spec(item)
    images = (repository(container.data.get("image")) for container in containers(pod)) if pod else ()
    return any(_CONTROLLER in image for image in images)


def _is_key(item: Object) -> bool:
    if item.kind != "Secret" or isinstance(item.labels, Unknown):
        return False
    return _KEY_LABEL in item.labels


def _may_install(item: Object) -> bool:
    """Whether an object of Git brings the controller: a workload, or an Application of its chart."""
    if _is_controller(item):
        return True
    if item.group != "argoproj.io" and item.kind not in ("HelmRelease", "HelmChart", "Kustomization"):
        return False
    return _CONTROLLER in str(item.data)


def _obstacle(
    what: str, fault: str | None, at: str, *, elsewhere: bool = False, other_at: str | None = None
) -> dict[str, Any]:
    return {"what": what, "fault": fault, "at": at, "elsewhere": elsewhere, "otherAt": other_at}


def external_secrets(world: World, reads: Sequence[Read]) -> list[ExternalSecret]:
    """Those of files, then those of payloads."""
    found = [(item, ()) for kind in _KINDS for item in world.of_kind(EXTERNAL_GROUP, kind)]
    wanted: list[tuple[Object, Sequence[str]]] = list(found)
    stores: dict[str, dict[str, None]] = {kind: {} for kind in _STORES}
    for item in world.of_kinds(lambda group, _kind: group == EXTERNAL_GROUP):
        _note(stores, item)
    for item in world.patches:
        _note(stores, item)
    for read in reads:
        inside = [member.object for member in read.members if member.object.group == EXTERNAL_GROUP]
        for item in inside:
            _note(stores, item)
        if any(item.kind in _KINDS for item in inside):
            clusters = sorted({cluster_name(one) for link in read.used_by for one in link.known})
            wanted += [(item, clusters) for item in inside if item.kind in _KINDS]
    return [
        ExternalSecret(
            id=item.id,
            at=item.at,
            clusters=list(clusters),
            kind=item.kind,
            name=values.text(item.data, "metadata", "name"),
            namespace=item.namespace,
            stores=[_store(world, stores, item, steps, ref) for steps, ref in _store_references(item)],
        )
        for item, clusters in wanted
    ]


_KINDS = ("ExternalSecret", "ClusterExternalSecret")


def _note(stores: Mapping[str, dict[str, None]], item: Object) -> None:
    if item.group == EXTERNAL_GROUP and item.kind in stores and isinstance(item.name, str):
        stores[item.kind][item.name] = None


def _store_references(item: Object) -> Iterator[tuple[tuple[str | int, ...], dict[str, Any]]]:
    base = ("spec", "externalSecretSpec") if item.kind == "ClusterExternalSecret" else ("spec",)
    own = values.child(item.data, *base, "secretStoreRef")
    if isinstance(own, dict):
        yield (*base, "secretStoreRef"), own
    for field in ("data", "dataFrom"):
        for index, entry in values.mappings(item.data, *base, field):
            ref = values.child(entry, "sourceRef", "storeRef")
            if isinstance(ref, dict):
                yield (*base, field, index, "sourceRef", "storeRef"), ref


def _store(
    world: World,
    stores: Mapping[str, dict[str, None]],
    item: Object,
    steps: tuple[str | int, ...],
    ref: Mapping[str, Any],
) -> dict[str, Any]:
    kind, name = ref.get("kind", "SecretStore"), values.text(ref, "name")
    told = {"kind": kind, "name": name, "at": address.at(item.at, (*steps, "name")), "state": "unknown", "near": None}
    if not isinstance(name, str) or kind not in stores:
        return {**told, "name": None, "kind": None}
    known = stores[kind]
    if name in known:
        return {**told, "state": "present"}
    declared = any(one.kind == kind and one.name == name for one in world.settings.external)
    lengthened = any(name.endswith(one) or name.startswith(one) or values.is_template(one) for one in known)
    if declared or lengthened or world.may_hide(name, kind):
        return told
    return {**told, "state": "missing", "near": meant(name, list(known)[:_COMPARED])}
