"""Edits at addresses to splices of the text that the address lies in."""

from __future__ import annotations

from typing import Any

from yaml.nodes import CollectionNode, MappingNode, ScalarNode, SequenceNode

from crslint import address
from crslint.finding import Edit
from crslint.fix.change import CannotFix, Splice
from crslint.fix.insertion import inserted_entry, inserted_item
from crslint.fix.layout import entries
from crslint.fix.model import same
from crslint.fix.removal import removed
from crslint.fix.replacement import is_null, replaced
from crslint.fix.sites import Sheets, Site, editable
from crslint.fix.style import Style, key_text
from crslint.row import NamedTuple
from crslint.source import walk
from crslint.source.document import Json
from crslint.source.rewrite import rewrite
from crslint.source.sheet import Sheet


class Landed(NamedTuple):
    """``made`` are the steps to what did not exist before, a key among them; None where everything did."""

    sheet: Sheet
    number: int
    steps: tuple[str, ...]
    splices: tuple[Splice, ...]
    made: tuple[str, ...] | None = None


def landed(sheets: Sheets, edit: Edit) -> Landed:
    """Raises CannotFix where the edit cannot be made."""
    site = sheets.site(edit.at)
    editable(site)
    style = sheets.style(site)
    made = site.steps[: len(site.children) + 1] if site.missing else None
    if edit.kind == "rename":
        made = (*site.steps[:-1], str(edit.to))
    match edit.kind:
        case "set":
            splices = _set(site, edit.to, style)
        case "append":
            splices = _append(site, edit.to, style)
        case "remove":
            splices = _remove(site, style)
        case "rename":
            splices = _rename(site, str(edit.to), style)
        case _:
            splices = _insert(site, edit, style)
    return Landed(site.sheet, site.number, site.steps, tuple(splices), made)


def value_at(site: Site) -> Json:
    return walk.data(site.node, 0, lambda _: "", [], aliases=True)


def _set(site: Site, value: Any, style: Style) -> list[Splice]:
    if site.missing:
        return _create(site, value, style)
    child = site.children[-1] if site.children else None
    if child is not None and child.merged:
        return _entry(site.up(), site.steps[-1], value, style)
    node = site.node
    if child is None or child.alias is None:
        if same(value_at(site), value):
            return []
        if isinstance(node, MappingNode) and node.value and isinstance(value, dict) and value:
            return _changed_mapping(site, value, style)
        if isinstance(node, SequenceNode) and node.value and isinstance(value, list) and value:
            return _changed_list(site, value, style)
    return replaced(site, value, style)


def _changed_mapping(site: Site, value: dict[str, Any], style: Style) -> list[Splice]:
    """Only what differs is changed."""
    present = site.entries()
    found = entries(site)
    gone = [number for number, entry in enumerate(found) if _step(site, entry.child) not in value]
    if any(child.merged and step not in value for step, child in present.items()):
        raise CannotFix(f"{site.name} has a merge key that brings what is to be removed")
    if len(gone) == len(found):
        return replaced(site, value, style)
    splices = [splice for number in gone for splice in removed(site, number, number, style.line_break)]
    for key, item in value.items():
        below = _below(site, key)
        splices += _entry(site, key, item, style) if below is None else _set(below, item, style)
    return splices


def _changed_list(site: Site, value: list[Any], style: Style) -> list[Splice]:
    present = value_at(site)
    assert isinstance(present, list)
    shorter = min(len(present), len(value))
    first = next((number for number in range(shorter) if not same(present[number], value[number])), shorter)
    rest = shorter - first
    tail = next((n for n in range(rest) if not same(present[-n - 1], value[-n - 1])), rest)
    old, new = len(present) - tail - first, len(value) - tail - first
    splices: list[Splice] = []
    for number in range(min(old, new)):
        below = _below(site, str(first + number))
        assert below is not None  # items that are there
        splices += _set(below, value[first + number], style)
    if old > new:
        splices += removed(site, first + new, first + old - 1, style.line_break)
    for number in range(old, new):
        splices += inserted_item(site, first + old, value[first + number], style)
    return splices


def _create(site: Site, value: Any, style: Style) -> list[Splice]:
    """What is missing on the way comes too."""
    first, *rest = site.missing
    for step in reversed(rest):
        if step.isdigit() and step != "0":
            raise CannotFix(f"there is no list that {step} could be counted in")
        value = [value] if step == "0" else {step: value}
    parent = site._replace(steps=site.steps[: len(site.children)])
    node = parent.node
    if isinstance(node, SequenceNode):
        if first != str(len(node.value)):
            raise CannotFix(f"{parent.name} has no item {first}")
        return _item(parent, len(node.value), value, style)
    if isinstance(node, MappingNode):
        return _entry(parent, first, value, style)
    if is_null(parent) and parent.children:
        return replaced(parent, [value] if first == "0" else {first: value}, style)
    raise CannotFix(f"{parent.name} is no mapping")


def _entry(site: Site, key: str, value: Any, style: Style) -> list[Splice]:
    node = site.node
    assert isinstance(node, CollectionNode)  # a mapping, which is what takes entries
    return inserted_entry(site, key, value, style) if node.value else replaced(site, {key: value}, style)


def _item(site: Site, index: int, value: Any, style: Style) -> list[Splice]:
    node = site.node
    assert isinstance(node, CollectionNode)  # a list, which is what takes items
    return inserted_item(site, index, value, style) if node.value else replaced(site, [value], style)


def _append(site: Site, value: Any, style: Style) -> list[Splice]:
    if site.missing:
        return _create(site, [value], style)
    child = site.children[-1] if site.children else None
    if child is not None and (child.alias or child.merged):
        raise CannotFix(f"{site.name} is written elsewhere, and used there too")
    if is_null(site) and site.children:
        return replaced(site, [value], style)
    if not isinstance(site.node, SequenceNode):
        raise CannotFix(f"{site.name} is no list")
    return _item(site, len(site.node.value), value, style)


def _insert(site: Site, edit: Edit, style: Style) -> list[Splice]:
    _required(site)
    above = site.up()
    if isinstance(above.node, SequenceNode):
        index = int(site.steps[-1]) + (edit.kind == "insert-after")
        return _item(above, index, edit.to, style)
    raise CannotFix(f"{site.name} is no item of a list")


def _remove(site: Site, style: Style) -> list[Splice]:
    _required(site)
    child = site.children[-1]
    if child.merged:
        raise CannotFix(f"{site.name} comes from a merge key")
    above = site.up()
    number = next(number for number, entry in enumerate(entries(above)) if entry.child == child)
    return removed(above, number, number, style.line_break)


def _rename(site: Site, key: str, style: Style) -> list[Splice]:
    _required(site)
    child = site.children[-1]
    above = site.up()
    if child.merged or child.key is None or not isinstance(above.node, MappingNode):
        raise CannotFix(f"{site.name} has no key here")
    if key in above.entries():
        raise CannotFix(f"there is a {key} beside it already")
    text = site.sheet.text
    node = next(node for node, _ in above.node.value if site.shift + node.start_mark.index == child.key[0])
    if isinstance(node, ScalarNode) and node.style:
        span, written = rewrite(text, child.key, node.style, node.value, key)
        return [Splice(*span, written)]
    return [Splice(*child.key, key_text(key, style.quote))]


def _required(site: Site) -> None:
    if site.missing or not site.children:
        raise CannotFix(f"{address.pointer(site.steps) or 'the document'} is not there")


def _below(site: Site, step: str) -> Site | None:
    child = site.entries().get(step)
    return None if child is None else site._replace(children=(*site.children, child), steps=(*site.steps, step))


def _step(site: Site, child: object) -> str:
    return next(step for step, other in site.entries().items() if other == child)
