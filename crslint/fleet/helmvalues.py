"""The values that Argo CD gives to a chart, each with the place that states it (facts/argocd.md 2.1).

From low to high: value files in order, then `valuesObject` or else `values`, then parameters. The chart's own defaults
are not among them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from crslint import address
from crslint.fleet import values
from crslint.fleet.entity import UNKNOWN, Unknown
from crslint.fleet.folders import Folders, inside
from crslint.fleet.rendering import ChartUse
from crslint.fleet.repositories import is_scheme
from crslint.fleet.sources import Source
from crslint.record import record, replace
from crslint.source.single import read_single

Path = tuple[str, ...]


@record
class ValueFile:
    """An entry of `valueFiles`: ``state`` is present, missing, ignored (missing, and that is allowed), undefined (its
    `$ref` is that of no source) or unknown; ``path`` is the file where it is at hand."""

    name: str
    at: str
    state: str
    path: str | None = None
    holds_tree: bool = True


@record
class _Layer:
    """One layer: ``data`` is None where it cannot be told."""

    at: str
    data: dict[str, Any] | None


@record
class AppliedValues:
    """``data`` are the values that are certain, plain and nested; where it is not ``complete`` there may be others, and
    a path in ``holes`` has one that cannot be told. ``base`` is where a value that is absent would be written."""

    data: dict[str, Any]
    complete: bool
    base: str
    holes: frozenset[Path] = frozenset()
    places: Mapping[Path, str] = {}

    def address_of(self, path: Sequence[str]) -> str:
        """Where the value at a path is stated; for one that is absent where it would be."""
        steps = tuple(path)
        for length in range(len(steps), 0, -1):
            place = self.places.get(steps[:length])
            if place is not None:
                return address.at(place, steps[length:])
        return address.at(self.base, steps)

    def value(self, *path: str) -> Any:
        """UNKNOWN where it cannot be told, None where it is known not to be given."""
        if self.holes and any(hole == path[: len(hole)] or path == hole[: len(path)] for hole in self.holes):
            return UNKNOWN
        found: Any = self.data
        for step in path:
            if not isinstance(found, dict):
                return UNKNOWN
            if step not in found:
                return None if self.complete else UNKNOWN
            found = found[step]
        return found


def value_files(source: Source, every: Sequence[Source], folders: Folders) -> list[ValueFile]:
    """``every`` are all sources of the Application: value files may lie in another one's repository."""
    names = values.items(source.data, "helm", "valueFiles")
    if not isinstance(names, Unknown) and not names:
        return []
    ignored = values.child(source.data, "helm", "ignoreMissingValueFiles") is True
    found = []
    for number, name in enumerate(() if isinstance(names, Unknown) else names):
        at = address.at(source.at, ("helm", "valueFiles", number))
        if isinstance(name, str):
            found.append(_value_file(name, at, source, every, folders, ignored=ignored))
        else:
            found.append(ValueFile("", at, "unknown"))
    return found


def helm_values(source: Source, every: Sequence[Source], folders: Folders) -> AppliedValues:
    helm = source.data.get("helm")
    layers: list[_Layer] = []
    for file in value_files(source, every, folders):
        if file.state == "present" and file.path is not None:
            layers.append(_of_file(file.path, folders))
        elif file.state != "ignored":
            layers.append(_Layer(file.at, None))
    if helm is not None and not isinstance(helm, dict):
        layers.append(_Layer(address.at(source.at, ("helm",)), None))
    layers += _inline(address.at(source.at, ("helm",)), helm if isinstance(helm, dict) else {})
    merged = _merged(layers, address.at(source.at, ("helm", "valuesObject")))
    return _with_parameters(merged, source)


def chart_values(use: ChartUse, folders: Folders) -> AppliedValues:
    """The values of an entry of `helmCharts`: its files, and `valuesInline` over them (unless told otherwise)."""
    layers: list[_Layer] = []
    names = [use.data.get("valuesFile"), *(use.data.get("additionalValuesFiles") or ())]
    for name in names:
        if isinstance(name, str):
            path = inside(use.folder, name)
            layers.append(_of_file(path, folders) if path is not None else _Layer(use.at, None))
    inline = use.data.get("valuesInline")
    if inline is not None:
        layer = _Layer(address.at(use.at, ("valuesInline",)), inline if isinstance(inline, dict) else None)
        match use.data.get("valuesMerge", "override"):
            case "override":
                layers.append(layer)
            case "merge":
                layers.insert(0, layer)
            case _:
                layers = [layer]
    return _merged(layers, address.at(use.at, ("valuesInline",)))


def template_values(written: object, at: str) -> AppliedValues:
    """The `valuesTemplate` of a HelmChartProxy: what it does not say may be said elsewhere."""
    layers = list(_text_layer(written, at))
    return replace(_merged(layers, at), complete=False)


def _value_file(
    name: str, at: str, source: Source, every: Sequence[Source], folders: Folders, *, ignored: bool
) -> ValueFile:
    scheme, mark, _ = name.partition("://")
    elsewhere = "$ARGOCD" in name or (mark and is_scheme(scheme))
    if values.is_template(name) or elsewhere or any(char in name for char in "*?["):
        return ValueFile(name, at, "unknown")
    holder = source
    if name.startswith("$"):
        reference, _, rest = name[1:].partition("/")
        holders = [other for other in every if other.ref == reference]
        if not holders or not source.multiple:
            doubtful = any(isinstance(other.ref, Unknown) for other in every)
            return ValueFile(name, at, "unknown" if doubtful else "undefined")
        holder = holders[0]
        folder, name_there = (holder.found.folder if holder.found else None), rest
    else:
        folder, name_there = source.place if source.state == "local" else None, name
        if folder is not None and name.startswith("/") and source.found is not None:
            folder, name_there = source.found.folder, name.lstrip("/")
    if folder is None or isinstance(holder.repository, Unknown):
        return ValueFile(name, at, "unknown")
    path = inside(folder, name_there)
    root = holder.found.folder if holder.found else ""
    if path is None or not (not root or path.startswith(f"{root}/")):
        return ValueFile(name, at, "missing", holds_tree=holder.holds_tree)
    if folders.is_file(path):
        return ValueFile(name, at, "present", path, holder.holds_tree)
    sure = holder.found is not None and (holder.found.sure or folders.is_folder(path.rpartition("/")[0]))
    state = "ignored" if ignored else "missing" if sure else "unknown"
    return ValueFile(name, at, state, path, holder.holds_tree)


def _of_file(path: str, folders: Folders) -> _Layer:
    file = folders.file(path)
    start = address.document(path, 0)
    if file is None or file.not_checked or any(problem.code == "YML001" for problem in file.problems):
        return _Layer(start, None)
    document = next((item for item in file.documents if item.data is not None), None)
    if document is None:
        return _Layer(start, {})
    return _Layer(document.at, document.data if isinstance(document.data, dict) else None)


def _inline(at: str, helm: dict[str, Any]) -> Iterator[_Layer]:
    """`valuesObject` replaces `values`, it is not merged with it."""
    stated = helm.get("valuesObject")
    if stated is not None:
        yield _Layer(address.at(at, ("valuesObject",)), stated if isinstance(stated, dict) else None)
        return
    yield from _text_layer(helm.get("values"), address.at(at, ("values",)))


def _text_layer(text: object, host: str) -> Iterator[_Layer]:
    if isinstance(text, str) and text.strip():
        layer = read_single(text, host)
        if any(problem.code != "YML002" for problem in layer.problems):
            yield _Layer(host, None)
        elif layer.documents:
            data = layer.documents[0].data
            yield _Layer(layer.documents[0].at, data if isinstance(data, dict) else None)
    elif text is not None and not isinstance(text, str):
        yield _Layer(host, None)


def _merged(layers: Sequence[_Layer], base: str) -> AppliedValues:
    """What lies below a layer that cannot be read may be overridden by it: only what lies above it is certain."""
    data: dict[str, Any] = {}
    places: dict[Path, str] = {}
    complete = True
    for layer in layers:
        if layer.data is None:
            data, places, complete = {}, {}, False
        else:
            base = layer.at
            data = _over(data, layer.data, layer.at, (), places)
    return AppliedValues(data, complete, base, places=places)


def _over(low: dict[str, Any], high: dict[str, Any], at: str, path: Path, places: dict[Path, str]) -> dict[str, Any]:
    merged = dict(low)
    for key, value in high.items():
        here = (*path, str(key))
        place = address.at(at, (str(key),))
        before = low.get(key)
        if isinstance(value, dict) and isinstance(before, dict):
            merged[key] = _over(before, value, place, here, places)
        else:
            for known in [known for known in places if known[: len(here)] == here] if key in low else ():
                del places[known]
            merged[key] = value
            _note(value, place, here, places)
    return merged


def _note(value: Any, place: str, path: Path, places: dict[Path, str]) -> None:
    places[path] = place
    if isinstance(value, dict):
        for key, inner in value.items():
            _note(inner, address.at(place, (str(key),)), (*path, str(key)), places)


def _with_parameters(merged: AppliedValues, source: Source) -> AppliedValues:
    data, places, holes = merged.data, dict(merged.places), set(merged.holes)
    complete = merged.complete
    for field_name in ("parameters", "fileParameters"):
        listed = values.items(source.data, "helm", field_name)
        for number, entry in enumerate(() if isinstance(listed, Unknown) else listed):
            at = address.at(source.at, ("helm", field_name, number))
            name = values.text(entry, "name")
            steps = _steps(name) if isinstance(name, str) else None
            if steps is None:
                if isinstance(name, str) and (head := _step().match(name)):
                    holes.add((_plain(head[1]),))
                else:
                    complete = False
                continue
            value = values.text(entry, "value")
            written = value if isinstance(value, str) else "" if value is None else None
            if field_name == "fileParameters" or written is None or "$ARGOCD" in written:
                holes.add(steps)
                continue
            typed = written if values.child(entry, "forceString") is True else _typed(written)
            data = _with(data, steps, typed)
            for known in [known for known in places if known[: len(steps)] == steps]:
                del places[known]
            places[steps] = address.at(at, ("value",))
            holes = {hole for hole in holes if hole[: len(steps)] != steps}
    return AppliedValues(data, complete, merged.base, frozenset(holes), places)


def _steps(name: str) -> Path | None:
    """The path of a parameter's name; None where it names an item of a list."""
    found: list[str] = []
    position = 0
    while position < len(name):
        match = _step().match(name, position)
        if match is None or match[2]:
            return None
        found.append(_plain(match[1]))
        position = match.end()
    return tuple(found) or None


@cache
def _step() -> re.Pattern[str]:
    """One step of a parameter's name, and places in lists behind it."""
    return re.compile(r"((?:\\.|[^.\[\\])+)((?:\[\d+\])*)(?:\.|$)")


def _plain(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)


def _typed(text: str) -> Any:
    """As `helm --set` reads it."""
    if text in ("true", "false"):
        return text == "true"
    if text == "null":
        return None
    return int(text) if _integer().fullmatch(text) else text


@cache
def _integer() -> re.Pattern[str]:
    return re.compile(r"-?(?:0|[1-9]\d{0,17})")


def _with(data: dict[str, Any], steps: Path, value: Any) -> dict[str, Any]:
    head, *rest = steps
    below = data.get(head)
    return data | {head: _with(below if isinstance(below, dict) else {}, tuple(rest), value) if rest else value}
