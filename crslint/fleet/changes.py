"""The entity change: two fleets, an earlier one and the one at hand, and what the way between them means."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from crslint import address
from crslint.fleet import values
from crslint.fleet.entities.bootstrap import Payload, ResourceSet
from crslint.fleet.entities.changes import Change
from crslint.fleet.entities.objects import Object
from crslint.fleet.entity import UNKNOWN, Entity, Unknown
from crslint.fleet.fleet import Fleet
from crslint.fleet.table import read_table
from crslint.row import NamedTuple

Key = tuple[str, str, str, str]
Steps = tuple[str | int, ...]

_SHOWN = 80
_NAMED = 20


class Pair(NamedTuple):
    """The same object before and after."""

    before: Object
    after: Object


def changes(before: Fleet, after: Fleet, since: str, *, whole: bool = True) -> list[Change]:
    """``since`` is what the earlier fleet is called. ``whole`` is false where what is not in the later fleet may be in
    a file that was not or cannot be read: then nothing is said to be gone."""
    return [*_Comparison(before, after, since, whole=whole).found()]


class _Comparison:
    def __init__(self, before: Fleet, after: Fleet, since: str, *, whole: bool) -> None:
        self._before = before
        self._after = after
        self._since = since
        self._files = {address.path_of(item.at) for item in after.entities.get("object", ())}
        self._pairs, gone, self._new = _paired(_written(before), _written(after))
        self._gone = gone if whole else []

    def found(self) -> Iterator[Change]:
        renamed = dict(self._renames())
        for old in self._gone:
            if old.at in renamed:
                yield self._renamed(old, renamed[old.at])
            elif (owner := _entity(self._before, old, ResourceSet)) is not None:
                yield from self._removed(old, owner)
        for pair in self._pairs:
            fields = list(_fields(pair))
            if fields:
                once = _apply_once(_entity(self._after, pair.after, ResourceSet))
                yield self._change("fields", pair.after, self._reached(pair), fields=fields, apply_once=once)
            yield from self._contents(pair)

    def _change(self, what: str, item: Object, clusters: Sequence[str], **facts: Any) -> Change:
        name = item.name if isinstance(item.name, str) else ""
        given = {"id": item.id, "at": item.at, "clusters": sorted(clusters), **facts}
        return Change(what=what, since=self._since, kind=item.kind, name=name, **given)

    def _reached(self, pair: Pair) -> list[str]:
        """By the set or payload, before and after."""
        for kind in (ResourceSet, Payload):
            old, new = _entity(self._before, pair.before, kind), _entity(self._after, pair.after, kind)
            if old is not None and new is not None:
                return [cluster for cluster in old.clusters if cluster in new.clusters]
        return []

    def _renames(self) -> Iterator[tuple[str, Object]]:
        """Sets and their payloads that are gone, with one of another name that says the same."""
        taken: set[str] = set()
        for old in filter(self._counts, self._gone):
            match = next((new for new in self._new if new.at not in taken and _says_the_same(old, new)), None)
            if match is not None:
                taken.add(match.at)
                yield old.at, match

    def _counts(self, old: Object) -> bool:
        """Whether clusters know it by its name."""
        if (owner := _entity(self._before, old, ResourceSet)) is not None:
            return not owner.idle
        payload = _entity(self._before, old, Payload)
        return payload is not None and bool(payload.used_by)

    def _renamed(self, old: Object, new: Object) -> Change:
        once: bool | Unknown = _apply_once(_entity(self._after, new, ResourceSet))
        if (payload := _entity(self._after, new, Payload)) is not None:
            once = payload.apply_once
        earlier = old.name if isinstance(old.name, str) else ""
        return self._change("renamed", new, self._reached(Pair(old, new)), earlier=earlier, apply_once=once)

    def _removed(self, old: Object, owner: ResourceSet) -> Iterator[Change]:
        if owner.idle:
            return
        survivors = list(self._survivors(owner))
        at = survivors[0]["at"] if survivors else old.at
        path = address.path_of(old.at)
        if not survivors and path in self._files:
            at = address.document(path, 0)
        yield self._change("removed", old, owner.clusters, at=at, survivors=survivors, apply_once=_apply_once(owner))

    def _survivors(self, owner: ResourceSet) -> Iterator[dict[str, Any]]:
        """Kubernetes deletes a payload with the last set that has it."""
        if isinstance(owner.resources, Unknown):
            return
        had = {entry["payload"] for entry in owner.resources}
        for old, new in self._pairs:
            payload = _entity(self._after, new, Payload)
            if old.at in had and not (payload and payload.used_by):
                yield {"id": new.id, "at": new.at}

    def _contents(self, pair: Pair) -> Iterator[Change]:
        old, new = _entity(self._before, pair.before, Payload), _entity(self._after, pair.after, Payload)
        if old is None or new is None or old.apply_once is not True or new.apply_once is not True or old.refused:
            return
        reached = self._reached(pair)
        if not reached and self._before.entities.get("cluster"):
            return
        objects = list(self._objects(old, new))
        if objects:
            yield self._change("contents", pair.after, reached, objects=objects[:_NAMED], apply_once=True)

    def _objects(self, old: Payload, new: Payload) -> Iterator[dict[str, Any]]:
        if isinstance(old.objects, Unknown) or isinstance(new.objects, Unknown):
            return
        pairs, gone, come = _paired(_members(self._before, old.objects), _members(self._after, new.objects))
        for before, after in pairs:
            place = next(_differences(before.data, after.data, ()), None)
            if place is not None:
                yield {"id": after.id, "how": "changed", "at": address.at(after.at, place[0])}
        yield from ({"id": item.id, "how": "added", "at": item.at} for item in come)
        yield from ({"id": item.id, "how": "removed", "at": new.at} for item in gone)


def _written(fleet: Fleet) -> Iterator[Object]:
    """The objects of files, which the management cluster knows."""
    for item in fleet.entities.get("object", ()):
        if isinstance(item, Object) and item.payload is None and not item.partial:
            yield item


def _members(fleet: Fleet, listed: Sequence[Mapping[str, Any]]) -> Iterator[Object]:
    for entry in listed:
        item = fleet.entity(entry["at"], "object")
        if isinstance(item, Object):
            yield item


def _paired(before: Iterable[Object], after: Iterable[Object]) -> tuple[list[Pair], list[Object], list[Object]]:
    """Pairs of one identity, those of one file first: one identity may stand in several alternatives. Then what has no
    partner: gone is only what no file has any more."""
    olds, news = _by_key(before), _by_key(after)
    pairs: list[Pair] = []
    for key, items in olds.items():
        partners = list(news.get(key, ()))
        here: dict[str, list[Object]] = {}
        for item in partners:
            here.setdefault(address.path_of(item.at), []).append(item)
        moved = len(items) == len(partners) == 1
        for old in items:
            # In the order of the file, where it has one identity several times.
            same = here.get(address.path_of(old.at)) or (partners if moved else [])
            if same:
                pairs.append(Pair(old, same.pop(0)))
    gone = [items[0] for key, items in olds.items() if key not in news]
    come = [items[0] for key, items in news.items() if key not in olds]
    return pairs, gone, come


def _by_key(objects: Iterable[Object]) -> dict[Key, list[Object]]:
    found: dict[Key, list[Object]] = {}
    for item in objects:
        namespace, name = (each if isinstance(each, str) else "" for each in (item.namespace, item.name))
        if name:
            found.setdefault((item.group, item.kind, namespace, name), []).append(item)
    return found


def _entity(fleet: Fleet, item: Object, kind: type[Any]) -> Any:
    found: Entity | None = fleet.entity(item.at, kind.ENTITY)
    return found


def _apply_once(owner: ResourceSet | None) -> bool | Unknown:
    if owner is None:
        return False
    return UNKNOWN if isinstance(owner.strategy, Unknown) else owner.strategy in (None, "ApplyOnce")


def _says_the_same(old: Object, new: Object) -> bool:
    """All but the metadata, in one namespace."""
    if (old.group, old.kind, old.namespace) != (new.group, new.kind, new.namespace):
        return False
    return {**old.data, "metadata": None, "apiVersion": None} == {**new.data, "metadata": None, "apiVersion": None}


def _fields(pair: Pair) -> Iterator[dict[str, Any]]:
    """The immutable fields that differ."""
    row = _immutable().get((pair.after.group, pair.after.kind))
    if row is None or not (row.get("stable") or pair.before.api_version == pair.after.api_version):
        return
    for field in row["fields"]:
        path = tuple(field["path"])
        default = field.get("default")
        before, after = (_value(item, path, default) for item in pair)
        if isinstance(before, Unknown) or isinstance(after, Unknown) or _is_free(field, before):
            continue
        place = next(_differences(before, after, path), None)
        if place is not None:
            steps, was, is_now = place
            yield {
                "field": ".".join(map(str, steps)),
                "at": address.at(pair.after.at, steps),
                "before": _printed(was),
                "after": _printed(is_now),
            }


def _value(item: Object, path: Sequence[str], default: object) -> object:
    value = values.child(item.data, *path)
    if isinstance(value, str) and values.is_template(value):
        return UNKNOWN
    return default if value is None else value


def _is_free(field: Mapping[str, Any], before: object) -> bool:
    return (bool(field.get("once")) and not before) or ("from" in field and before != field["from"])


def _differences(before: object, after: object, steps: Steps) -> Iterator[tuple[Steps, object, object]]:
    """Where two values differ, in the order of the later one."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in (*after, *(key for key in before if key not in after)):
            yield from _differences(before.get(key), after.get(key), (*steps, key))
    elif isinstance(before, list) and isinstance(after, list):
        for number in range(max(len(before), len(after))):
            old = before[number] if number < len(before) else None
            new = after[number] if number < len(after) else None
            yield from _differences(old, new, (*steps, number))
    elif before != after:
        yield steps, before, after


def _printed(value: object) -> str:
    if value is None:
        return "nothing"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."


@cache
def _immutable() -> dict[tuple[str, str], Mapping[str, Any]]:
    return {(row["group"], row["kind"]): row for row in read_table("immutable")}
