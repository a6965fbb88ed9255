"""What kustomize and ClusterClass patches may change: a field that one of them sets is not known from its object."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

from crslint import address
from crslint.fleet import values
from crslint.fleet.entities.objects import Object
from crslint.fleet.entity import Unknown
from crslint.fleet.kustomize import is_kustomization
from crslint.fleet.world import World
from crslint.record import record


@record
class _Patch:
    """``kind`` and ``name`` of what it changes, None where it does not say; ``operations`` are JSON pointers' steps."""

    kind: str | None
    name: str | None
    merge: dict[str, Any] | None = None
    operations: tuple[tuple[str, ...], ...] = ()

    def changes(self, steps: Sequence[str]) -> bool:
        if self.merge is not None:
            return _reaches(self.merge, steps)
        return any(_overlap(operation, steps) for operation in self.operations)


class Patches:
    """All patches of the input's kustomizations."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._by_kind: dict[str | None, list[_Patch]] = defaultdict(list)
        patches = [_Patch(item.kind, _plain(item.name), merge=item.data) for item in world.patches]
        paths = world.kustomizations.patches
        if paths:
            for at, document in world.documents.items():
                if isinstance(document.data, list) and address.path_of(at) in paths:
                    patches.append(_Patch(None, None, operations=_operations(document.data)))
        for items in world.kinds.values():
            if is_kustomization(items[0]):
                patches.extend(patch for item in items for patch in _inline(item))
        for patch in patches:
            self._by_kind[patch.kind].append(patch)

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self._by_kind)

    def may_change(self, item: Object, *steps: str) -> bool:
        """Whether a patch may set the value at a path of an object, or something in or around it."""
        return bool(self._by_kind) and any(
            self._may_meet(patch, item) and patch.changes(steps)
            for kind in (item.kind, None)
            for patch in self._by_kind.get(kind, ())
        )

    def _may_meet(self, patch: _Patch, item: Object) -> bool:
        """By name; a patch that names no object at hand is aimed by its kustomization's target."""
        if patch.name is None or patch.name == item.name:
            return True
        return patch.merge is not None and (patch.kind, patch.name) not in self._known

    @cached_property
    def _known(self) -> frozenset[tuple[str, str]]:
        return frozenset((item.kind, item.name) for item in self._world.objects if isinstance(item.name, str))


def class_may_change(cluster_class: Object, template: Object, *steps: str) -> bool:
    """Whether a patch of a ClusterClass may set that path of one of its templates."""
    for _, patch in values.mappings(cluster_class.data, "spec", "patches"):
        if "external" in patch:
            return True
        for _, definition in values.mappings(patch, "definitions"):
            if values.child(definition, "selector", "kind") not in (None, template.kind):
                continue
            operations = values.items(definition, "jsonPatches")
            if isinstance(operations, Unknown) or any(_overlap(found, steps) for found in _operations(operations)):
                return True
    return False


def _inline(item: Object) -> Iterator[_Patch]:
    """The patches that a kustomization holds as text."""
    for field in ("patches", "patchesJson6902"):
        for _, patch in values.mappings(item.data, field):
            yield from _read(
                patch.get("patch"),
                _plain(values.child(patch, "target", "kind")),
                _plain(values.child(patch, "target", "name")),
            )
    merges = values.items(item.data, "patchesStrategicMerge")
    if not isinstance(merges, Unknown):
        for merge in merges:
            if isinstance(merge, str) and "\n" in merge:
                yield from _read(merge, None, None)


def _read(text: object, kind: str | None, name: str | None) -> Iterator[_Patch]:
    from crslint.source.parser import parse

    if not isinstance(text, str):
        return
    for _, data in parse(text, lambda _index: "").documents:
        if isinstance(data, list):
            yield _Patch(kind, name, operations=_operations(data))
        elif isinstance(data, dict):
            own = _plain(values.child(data, "metadata", "name"))
            yield _Patch(kind or _plain(data.get("kind")), own if kind is None else name, merge=data)


def _operations(operations: Sequence[object]) -> tuple[tuple[str, ...], ...]:
    paths = (values.child(operation, "path") for operation in operations)
    return tuple(tuple(_unescape(path)) for path in paths if isinstance(path, str))


def _unescape(pointer: str) -> Iterator[str]:
    for step in pointer.split("/")[1:]:
        yield step.replace("~1", "/").replace("~0", "~")


def _overlap(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether one path is the other or leads to it."""
    return all(left == right for left, right in zip(one, other, strict=False))


def _reaches(data: object, steps: Sequence[str]) -> bool:
    """Whether a merge patch sets the value or something that it lies in."""
    for step in steps:
        if not isinstance(data, dict):
            return True
        if step not in data:
            return False
        data = data[step]
    return True


def _plain(value: object) -> str | None:
    return value if isinstance(value, str) else None
