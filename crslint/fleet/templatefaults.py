"""What is wrong with the texts of an ApplicationSet's template: the other syntax, or parameters that nobody gives."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from crslint.fleet import gotemplate, spelling, values
from crslint.fleet.expansions import Expansion, template_texts
from crslint.fleet.templating import Params, Use, is_templated, render, tags
from crslint.record import record, replace
from crslint.spelling import nearest

_MOST = 50
# What is certainly to be filled in: elsewhere (Helm values, annotations) braces may be meant for somebody else.
_FILLED = (
    ("metadata", "name"),
    ("metadata", "labels"),
    ("spec", "project"),
    ("spec", "destination"),
)
_OF_SOURCE = ("repoURL", "path", "targetRevision", "chart", "ref")
_FIELD = re.compile(r"\.[\w.]+")
_INDEXED = re.compile(r'index\s+(\.[\w.]+)\s+(?:"([^"]+)"|(\d+))')
_FLAT = re.compile(r"[A-Za-z_][\w.\-/]*(?:\[\d+\])?")


@record
class Flaw:
    """``fault`` is null, syntax, undefined, partly (some elements lack it) or unsure (no element needs to have it).

    ``mended`` is the text in the right syntax, ``go`` the value of goTemplate that mends all texts at once.
    """

    at: str
    tag: str
    text: str
    name: str = ""
    fault: str | None = None
    reason: str | None = None
    meant: str | None = None
    mended: str | None = None
    go: bool | None = None

    def row(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in ("at", "tag", "name", "fault", "reason", "meant", "mended", "go")}


def template_flaws(expansion: Expansion) -> list[dict[str, Any]]:
    """`applicationSet.placeholders`: each text with braces once, with the first thing that is wrong with it."""
    if not isinstance(expansion.go, bool):
        return []
    found: list[Flaw] = []
    right = False
    for at, steps, text, params in template_texts(expansion):
        if is_templated(text) and params:
            kinds = _kinds(params)
            if expansion.go:
                flaw = _go_flaw(at, text, kinds, strict=expansion.strict)
            else:
                flaw = _flat_flaw(at, text, kinds, filled=is_filled(steps))
            right = right or (flaw.fault is None and _has_right(text, kinds, go=expansion.go))
            found.append(flaw)
    wrong = [flaw for flaw in found if flaw.fault == "syntax"]
    if expansion.go:
        right = right or any(flaw.mended is None for flaw in wrong)
    else:
        right = right or any(isinstance(gotemplate.parse(flaw.text), gotemplate.Fault) for flaw in wrong)
    options = values.items(expansion.set.data, "spec", "goTemplateOptions") != []
    if wrong and not right and all(flaw.fault in (None, "syntax") for flaw in found) and not (expansion.go and options):
        found = [replace(flaw, go=not expansion.go) if flaw.fault == "syntax" else flaw for flaw in found]
    faulty = [flaw for flaw in found if flaw.fault is not None]
    sound = [flaw for flaw in found if flaw.fault is None]
    return [flaw.row() for flaw in (*faulty[:_MOST], *sound[:_MOST])]


def _kinds(params: Sequence[Params]) -> list[Params]:
    """One element of each shape: which parameters there are does not depend on their values."""
    return list({(_shape(item.values), item.open): item for item in params}.values())


def _shape(value: Any) -> object:
    if isinstance(value, dict):
        return tuple(sorted((str(key), _shape(inner)) for key, inner in value.items()))
    return ("",) if value is None else ("list",) if isinstance(value, list) else ("value",)


def _has_right(text: str, kinds: Sequence[Params], *, go: bool) -> bool:
    return any(use.state == "given" for params in kinds for use in render(text, params, go=go).uses)


def _go_flaw(at: str, text: str, kinds: Sequence[Params], *, strict: bool) -> Flaw:
    template = gotemplate.parse(text)
    if isinstance(template, gotemplate.Fault):
        mended = _mended(text, kinds, go=True)
        return Flaw(at, template.text, text, fault="syntax", reason=template.reason, mended=mended)
    return _undefined(
        at, text, kinds, [render(text, params, go=True).uses for params in kinds], strict=strict, go=True
    ) or (Flaw(at, text, text))


def _flat_flaw(at: str, text: str, kinds: Sequence[Params], *, filled: bool) -> Flaw:
    for tag in tags(text):
        if _is_go(tag) and not any(tag in params.values for params in kinds):
            name = _flat_name(tag)
            if filled or any(name in params.values for params in kinds):
                return Flaw(at, "{{" + tag + "}}", text, fault="syntax", mended=_mended(text, kinds, go=False))
    flaw = _undefined(at, text, kinds, [render(text, params, go=False).uses for params in kinds], strict=True, go=False)
    if flaw is None or not (filled or spelling.meant(flaw.name, _names(kinds, go=False))):
        return Flaw(at, text, text)
    return flaw


def is_filled(steps: tuple[str | int, ...]) -> bool:
    """Whether a place in the template is one that no other program fills in."""
    if steps[:1] == ("spec",) and "source" in steps[1:2]:
        return len(steps) == 3 and steps[2] in _OF_SOURCE
    if steps[:2] == ("spec", "sources"):
        return len(steps) == 4 and steps[3] in _OF_SOURCE
    return any(steps[: len(place)] == place for place in _FILLED)


def _undefined(
    at: str, text: str, kinds: Sequence[Params], uses: Sequence[Sequence[Use]], *, strict: bool, go: bool
) -> Flaw | None:
    states: dict[str, set[str]] = {}
    written: dict[str, str] = {}
    for each in uses:
        for use in each:
            states.setdefault(use.name, set()).add(use.state)
            written.setdefault(use.name, use.tag)
    for name, found in states.items():
        fault = _fault(name, found, strict=strict, go=go)
        if fault is not None:
            meant = nearest(name, sorted(_names(kinds, go=go))) if fault == "undefined" else None
            return Flaw(at, written[name], text, name=name, fault=fault, meant=meant)
    return None


def _fault(name: str, states: set[str], *, strict: bool, go: bool) -> str | None:
    if "absent" in states:
        return "undefined" if states == {"absent"} or strict else "partly"
    if go and not strict and "open" in states and name.startswith("metadata."):
        return "unsure"
    return None


def _names(kinds: Iterable[Params], *, go: bool) -> set[str]:
    return {name for params in kinds for name in (_nested(params.values) if go else params.values)}


def _nested(data: Any, name: str = "") -> Iterator[str]:
    for key, value in data.items():
        full = f"{name}.{key}" if name else str(key)
        yield full
        if isinstance(value, dict):
            yield from _nested(value, full)


def _is_go(tag: str) -> bool:
    """Whether no parameter can be meant as it stands."""
    return tag.startswith((".", "index ")) or " | " in tag


def _flat_name(tag: str) -> str | None:
    """`path.basename` of `.path.basename`; None where nothing says the same without goTemplate."""
    if _FIELD.fullmatch(tag):
        inner = tag[1:]
        return {"path.path": "path"}.get(inner, inner.removesuffix(".path") if inner.endswith(".path.path") else inner)
    match = _INDEXED.fullmatch(tag)
    if match is None:
        return None
    base = match[1][1:]
    if match[3] is not None:
        return f"{base.removesuffix('.segments')}[{match[3]}]" if base.endswith(".segments") else None
    return f"{base}.{match[2]}"


def _go_name(tag: str) -> str | None:
    """`.path.basename` of `path.basename`."""
    if not _FLAT.fullmatch(tag):
        return None
    base, bracket, number = tag.partition("[")
    if bracket:
        return f"index .{base}.segments {number[:-1]}"
    if base == "path" or base.endswith(".path"):
        return f".{base}.path"
    for kind in ("metadata.labels.", "metadata.annotations."):
        key = base.removeprefix(kind)
        if key != base and not re.fullmatch(r"\w+", key):
            return f'index .{kind[:-1]} "{key}"'
    return f".{base}" if re.fullmatch(r"[\w.]+", base) else None


def _mended(text: str, kinds: Sequence[Params], *, go: bool) -> str | None:
    """The text with each tag of the other syntax turned; None where one cannot be, or is no parameter then."""
    turned = True

    def turn(match: re.Match[str]) -> str:
        nonlocal turned
        tag = match[2].strip()
        name = _go_name(tag) if go else _flat_name(tag)
        if go and (tag.startswith(".") or not isinstance(gotemplate.parse(match[0]), gotemplate.Fault)):
            return match[0]
        if not go and any(tag in params.values for params in kinds):
            return match[0]
        if name is None:
            turned = False
            return match[0]
        return "{{" + match[1] + name + match[3] + "}}"

    mended = re.sub(r"\{\{(\s*)(.*?)(\s*)\}\}", turn, text, flags=re.DOTALL)
    if not turned or mended == text:
        return None
    states = {use.state for params in kinds for use in render(mended, params, go=go).uses}
    sound = not go or not isinstance(gotemplate.parse(mended), gotemplate.Fault)
    return mended if sound and states <= {"given", "open"} else None
