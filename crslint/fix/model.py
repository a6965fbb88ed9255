"""What edits mean for data: text after an edit must read as this says, or the edit is not made."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

from crslint.finding import Edit
from crslint.fix.change import CannotFix
from crslint.source.document import Json
from crslint.source.goyaml import decode, decode_json
from crslint.source.parser import parse
from crslint.source.payload import is_json_list
from crslint.source.sheet import Sheet

Steps = tuple[str, ...]


def documents(sheet: Sheet) -> dict[int, Json]:
    """The data of the documents of a text, by index; raises CannotFix where there is a fault in it."""
    if sheet.chunks is not None:
        found = {}
        for index, chunk in enumerate(sheet.chunks):
            decoded = decode(sheet.text[chunk.start : chunk.end] + "\n", "")
            if decoded.fault is None:
                found[index] = decoded.data
        return found
    if sheet.host is not None and is_json_list(sheet.text):
        return {0: decode_json(sheet.text, "").data}
    return dict(parse(sheet.text, lambda _: "").documents)


def expected(data: Json, edits: Sequence[tuple[Steps, Edit]], hosts: Mapping[Steps, str]) -> Json:
    """A document's data after edits at steps; ``hosts`` are the new texts of scalars that hold layers.

    All steps count in the data as it was: changes in place come first, items of lists from the last to the first.
    """
    result = copy.deepcopy(data)
    for steps, text in hosts.items():
        result = _set(result, steps, text)
    for steps, edit in edits:
        if edit.kind == "set":
            result = _set(result, steps, edit.to)
        elif edit.kind == "append":
            _append(result, steps, edit.to)
    moving = [item for item in edits if item[1].kind not in ("set", "append")]
    for steps, edit in reversed(sorted(moving, key=lambda item: _order(item[0]))):  # noqa: C413  # keeps equals apart
        _moved(result, steps, edit)
    return result


def same(one: object, other: object) -> bool:
    """Equal, and of the same types: true is not 1."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(value, other[key]) for key, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return type(one) is type(other) and one == other


def _order(steps: Steps) -> list[tuple[int, int, str]]:
    return [(1, int(step), "") if step.isdigit() else (0, 0, step) for step in steps]


def _set(data: Json, steps: Steps, value: Any) -> Json:
    if not steps:
        copied: Json = copy.deepcopy(value)
        return copied
    step, rest = steps[0], steps[1:]
    if isinstance(data, list):
        index = int(step)
        if index == len(data):
            return [*data, _set(None, rest, value)]
        data[index] = _set(data[index], rest, value)
        return data
    if data is None:
        data = [] if step == "0" else {}
        return _set(data, steps, value)
    if not isinstance(data, dict):
        raise CannotFix("what is there is no mapping")
    data[step] = _set(data.get(step), rest, value)
    return data


def _append(data: Json, steps: Steps, value: Any) -> None:
    *above, last = steps
    parent: Any = data
    for step in above:
        child = parent[int(step)] if isinstance(parent, list) else parent.get(step)
        if child is None:
            child = parent[step] = {}
        parent = child
    if isinstance(parent, list):
        parent[int(last)].append(copy.deepcopy(value))
    elif parent.get(last) is None:
        parent[last] = [copy.deepcopy(value)]
    else:
        parent[last].append(copy.deepcopy(value))


def _moved(data: Json, steps: Steps, edit: Edit) -> None:
    *above, last = steps
    parent: Any = data
    for step in above:
        parent = parent[int(step)] if isinstance(parent, list) else parent[step]
    if isinstance(parent, list):
        index = int(last)
        if edit.kind == "remove":
            del parent[index]
        else:
            parent.insert(index if edit.kind == "insert-before" else index + 1, copy.deepcopy(edit.to))
    elif edit.kind == "remove":
        del parent[last]
    elif edit.kind == "rename":
        parent[str(edit.to)] = parent.pop(last)
    else:
        parent.update(copy.deepcopy(edit.to))
