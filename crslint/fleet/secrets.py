"""The entity secret: what of it everybody can read who can read the repository, and who else has the same key."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from crslint import address
from crslint.fleet import confidential, values
from crslint.fleet.confidential import PLAIN, TEMPLATE
from crslint.fleet.entities.objects import Object
from crslint.fleet.entities.secrets import Secret
from crslint.fleet.entity import Unknown
from crslint.fleet.links import cluster_name
from crslint.fleet.payloads import RESOURCE_SET_TYPE, Read
from crslint.fleet.world import World, make_object
from crslint.record import record, replace

_SHOWN = 100
_NAMED = 10
_ENGINE_TYPE = "argocd.argoproj.io/secret-type"
_FIELDS = ("data", "stringData")


@record
class _Entry:
    """``digest`` tells equal values apart; the value itself is not kept."""

    key: str
    at: str
    state: str
    authority: bool
    digest: bytes

    def facts(self) -> dict[str, Any]:
        return {"key": self.key, "at": self.at, "state": self.state, "authority": self.authority}


def secrets(world: World, reads: Sequence[Read]) -> list[Secret]:
    """Those of files (patches and inputs of generators too), then those of payloads."""
    payloads = {read.source.at: read for read in reads}
    found: list[tuple[Secret, list[_Entry]]] = []
    for item in _of_files(world):
        read = payloads.get(item.at)
        held = frozenset(member.key for member in read.members if _is_manifest(member.object)) if read else frozenset()
        entries = [] if item.data.get("type") == RESOURCE_SET_TYPE else list(_entries(item, skipped=held))
        found.append((_secret(item, entries, None), entries))
    for read in reads:
        for member in read.members:
            item = member.object
            if item.kind == "Secret" and item.group == "":
                entries = list(_entries(item))
                found.append((_secret(item, entries, read), entries))
        found.extend(_with_private_keys(read))
    return _with_shared_authorities(found)


def _is_manifest(item: Object) -> bool:
    return bool(item.kind and item.api_version) and item.name is not None


def _of_files(world: World) -> Iterator[Object]:
    yield from world.of_kind("", "Secret")
    yield from (item for item in world.patches if item.kind == "Secret" and item.group == "")
    inputs = world.kustomizations.inputs
    if inputs:
        for at, document in world.documents.items():
            if address.path_of(at) in inputs:
                item = make_object(at, document.data, world.scopes)
                if item is not None and item.kind == "Secret" and item.group == "":
                    yield item


def _secret(item: Object, entries: Sequence[_Entry], read: Read | None) -> Secret:
    clusters = sorted({cluster_name(one) for link in read.used_by for one in link.known}) if read else []
    open_ones = [entry for entry in entries if entry.state in _GRAVITY]
    grave = sorted(open_ones, key=lambda entry: (not entry.authority, _GRAVITY[entry.state]))
    return Secret(
        id=item.id,
        at=item.at,
        clusters=clusters,
        kind=item.kind,
        name=values.text(item.data, "metadata", "name"),
        namespace=item.namespace,
        type=values.text(item.data, "type"),
        carrier=read.source.kind if read else "file",
        payload=read.source.at if read else None,
        payload_id=read.source.id if read else None,
        entries=[entry.facts() for entry in entries[:_SHOWN]],
        plaintext=[entry.key for entry in grave if entry.state == PLAIN][:_SHOWN],
        templated=[entry.key for entry in grave if entry.state == TEMPLATE][:_SHOWN],
        exposed_at=grave[0].at if grave else item.at,
    )


_GRAVITY = {PLAIN: 0, TEMPLATE: 1}


def _entries(item: Object, skipped: frozenset[str] = frozenset()) -> Iterator[_Entry]:
    """What is not skipped, ``data`` first; a value that is no text says nothing."""
    name = item.name if isinstance(item.name, str) else ""
    of_engine = not isinstance(item.labels, Unknown) and _ENGINE_TYPE in item.labels
    for field in _FIELDS:
        data = values.mapping(item.data, field)
        for key, written in () if isinstance(data, Unknown) else data.items():
            if not isinstance(written, str) or key in skipped:
                continue
            text, state = _read(key, written, encoded=field == "data")
            if of_engine and state == PLAIN and not _is_engine_credential(key, text):
                state = confidential.PUBLIC
            digest = _digest(text)
            at = address.at(item.at, (field, key))
            yield _Entry(key, at, state, confidential.is_authority(key, name), digest)


def _digest(text: str) -> bytes:
    from hashlib import sha256

    return sha256(text.strip().encode("utf-8", "surrogatepass")).digest()


def _read(key: str, written: str, *, encoded: bool) -> tuple[str, str]:
    """The value as a program gets it, and its state; what is no base64 is judged as it is written."""
    state = confidential.state_of(key, written)
    if not encoded or state in (TEMPLATE, confidential.ENCRYPTED, confidential.PLACEHOLDER):
        return written, state
    text = confidential.decoded(written)
    return (written, state) if text is None else (text, confidential.state_of(key, text))


def _is_engine_credential(key: str, text: str) -> bool:
    """Of a repository or cluster that Argo CD knows: address, name and settings are no credentials."""
    if key == "config":
        return confidential.state_of("config.json", text) == PLAIN
    return confidential.is_credential_key(key) or confidential.holds_private_key(text)


def _with_private_keys(read: Read) -> Iterator[tuple[Secret, list[_Entry]]]:
    """Other objects of a payload that hold a private key: looked for only where its text has one."""
    data = values.mapping(read.source.data, "data")
    texts = () if isinstance(data, Unknown) else data.values()
    if not any(isinstance(text, str) and confidential.PRIVATE_KEY in text for text in texts):
        return
    for member in read.members:
        item = member.object
        if item.kind == "Secret" and item.group == "":
            continue
        entries = [
            _Entry(str(steps[-1]), address.at(item.at, steps), PLAIN, False, b"") for steps in _private_keys(item.data)
        ]
        if entries:
            yield _secret(item, entries, read), entries


def _private_keys(data: object) -> Iterator[tuple[str | int, ...]]:
    waiting: list[tuple[tuple[str | int, ...], object]] = [((), data)]
    while waiting:
        steps, value = waiting.pop()
        if isinstance(value, dict):
            waiting.extend(((*steps, key), inner) for key, inner in reversed(value.items()))
        elif isinstance(value, list):
            waiting.extend(((*steps, index), inner) for index, inner in reversed(list(enumerate(value))))
        elif isinstance(value, str) and confidential.holds_private_key(value):
            yield steps


def _with_shared_authorities(found: Sequence[tuple[Secret, list[_Entry]]]) -> list[Secret]:
    """An authority's key that one payload brings to several clusters, or that several payloads have."""
    holders: dict[bytes, list[tuple[Secret, _Entry]]] = defaultdict(list)
    for secret, entries in found:
        for entry in entries:
            if entry.authority and entry.state == PLAIN and secret.clusters:
                holders[entry.digest].append((secret, entry))
    reached = {
        digest: (sorted({name for secret, _ in group for name in secret.clusters}), group)
        for digest, group in holders.items()
    }
    return [_shared(secret, entries, reached) for secret, entries in found]


def _shared(
    secret: Secret,
    entries: Sequence[_Entry],
    reached: Mapping[bytes, tuple[list[str], list[tuple[Secret, _Entry]]]],
) -> Secret:
    for entry in entries:
        if not entry.authority or entry.state not in _GRAVITY:
            continue
        clusters, group = reached.get(entry.digest, (secret.clusters, []))
        if entry.state == TEMPLATE:
            clusters, group = secret.clusters, []
        if secret.clusters and len(clusters) > 1:
            other = next((one for one in (*group[:1], *group[-1:]) if one[0].at != secret.at), None)
            told = {
                "key": entry.key,
                "clusters": clusters[:_NAMED],
                "count": len(clusters),
                "otherAt": other[1].at if other else None,
                "other": other[0].payload_id if other else None,
            }
            return replace(secret, shared_authority=told)
    return secret
