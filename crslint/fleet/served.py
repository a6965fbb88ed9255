"""Which release serves an object's API version: `schemas/served.yaml` and the releases in use."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from crslint.fleet.entities.objects import Object
from crslint.fleet.settings import FleetSettings
from crslint.fleet.table import read_table
from crslint.fleet.versions import Release, image_tag, release
from crslint.record import record, replace

if TYPE_CHECKING:
    from crslint.fleet.payloads import Read

_IMAGES = {"cilium/cilium": "cilium", "argoproj/argocd": "argocd"}


@record
class Served:
    """One row of the table; ``versions`` are API version to its ``since``, ``deprecated`` and ``until``."""

    component: str
    newest: str
    versions: Mapping[str, Mapping[str, str]]


def releases(settings: FleetSettings, reads: Sequence[Read]) -> dict[str, str]:
    """Releases by component: pinned ones, and those that every installation of the input agrees on."""
    found: dict[str, set[str]] = {}
    for read in reads:
        if read.in_use:
            for member in read.members:
                for image in _images(member.object.data):
                    component = _component(image)
                    tag = image_tag(image)
                    if component and tag and release(tag):
                        found.setdefault(component, set()).add(tag.removeprefix("v"))
    agreed = {component: next(iter(tags)) for component, tags in found.items() if len(tags) == 1}
    return {**agreed, **settings.versions}


def newest_version(group: str, kind: str, in_use: str) -> str:
    """The API version to write a kind in for a release of its component: the newest one that is not deprecated there.

    Empty where the release serves none.
    """
    row, used = _table()[group, kind], release(in_use)
    assert used is not None
    covering = [name for name, each in row.versions.items() if _covers(each, used)]
    fresh = [name for name in covering if not _is_past(row.versions[name], used)]
    return (fresh or covering or [""])[-1]


def with_releases(objects: Iterable[Object], in_use: Mapping[str, str]) -> Iterator[Object]:
    """The objects with what the table says of their API version."""
    first: dict[tuple[str, str], str] = {}
    known: dict[tuple[str, str], Mapping[str, Any] | None] = {}
    for item in objects:
        of_kind = item.api_version, item.kind
        if of_kind not in known:
            known[of_kind] = _told(item, in_use)
        told = known[of_kind]
        if told is None:
            yield item
        else:
            file = item.at.partition(":")[0]
            yield replace(item, **told, first_of_version=first.setdefault((file, item.api_version), item.at))


def _told(item: Object, in_use: Mapping[str, str]) -> Mapping[str, Any] | None:
    """What the table says of an API version of a kind; None where it says nothing, or the release is no release."""
    row = _table().get((item.group, item.kind))
    if row is None:
        return None
    version, pinned = item.api_version.rpartition("/")[2], in_use.get(row.component)
    used = release(pinned or row.newest)
    if used is None:
        return None
    spans = row.versions.get(version)
    served = spans is not None and _covers(spans, used)
    better = [name for name, each in row.versions.items() if _covers(each, used) and not _is_past(each, used)]
    return {
        "component": row.component,
        "release": pinned or row.newest,
        "assumed": pinned is None,
        "served": served,
        "deprecated": served and spans is not None and _is_past(spans, used),
        "successor": better[-1] if better and better[-1] != version else None,
    }


def _covers(spans: Mapping[str, str], used: Release) -> bool:
    since, until = release(spans.get("since")), release(spans.get("until"))
    return (since is None or since <= used) and (until is None or used < until)


def _is_past(spans: Mapping[str, str], used: Release) -> bool:
    deprecated = release(spans.get("deprecated"))
    return deprecated is not None and deprecated <= used


def _images(data: Any) -> Iterator[str]:
    spec = data.get("spec") if isinstance(data, dict) else None
    template = spec.get("template") if isinstance(spec, dict) else None
    pod = template.get("spec") if isinstance(template, dict) else None
    containers = pod.get("containers") if isinstance(pod, dict) else None
    for container in containers if isinstance(containers, list) else ():
        image = container.get("image") if isinstance(container, dict) else None
        if isinstance(image, str):
            yield image


def _component(image: str) -> str | None:
    name = image.partition("@")[0].removesuffix(f":{image_tag(image)}")
    return next((component for end, component in _IMAGES.items() if name == end or name.endswith(f"/{end}")), None)


@cache
def _table() -> dict[tuple[str, str], Served]:
    table: dict[tuple[str, str], Served] = {}
    for row in read_table("served"):
        served = Served(row["component"], row["newest"], row["versions"])
        table |= {(group, kind): served for group, kinds in row["kinds"].items() for kind in kinds.split()}
    return table
