"""What go-yaml v2, as sigs.k8s.io/yaml uses it, refuses in a document that libyaml takes."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

import yaml
from yaml.nodes import CollectionNode, MappingNode, ScalarNode

from crslint.record import record
from crslint.source import jsontext, scalars

_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_SLASH = re.compile(r"(?<!\\)(?:\\\\)*\\/")


@record
class Objection:
    """Why a document is refused, and the offsets of what is to blame."""

    reason: str
    span: tuple[int, int]


def objection(root: yaml.Node | None, text: str) -> Objection | None:
    """The first thing in a document, composed from ``text``, that the decoder refuses."""
    if root is not None and isinstance(root.start_mark, jsontext.Mark):
        match = _SURROGATE.search(text)
        span = match.span() if match else (root.start_mark.index, root.end_mark.index)
        return Objection("JSON that is no YAML, most often for an escaped surrogate", span)
    for node, is_key, in_flow in _nodes(root):
        reason = _reason(node, text, is_key, in_flow)
        if reason is not None:
            return Objection(reason, (node.start_mark.index, node.end_mark.index))
    return None


def _nodes(root: yaml.Node | None) -> Iterator[tuple[yaml.Node, bool, bool]]:
    """Every node once per role, with whether it is a key and whether it stands in a flow collection."""
    waiting = [(root, False, False)] if root is not None else []
    seen: set[tuple[int, bool]] = set()
    while waiting:
        node, is_key, in_flow = waiting.pop()
        if (id(node), is_key) in seen:
            continue
        seen.add((id(node), is_key))
        yield node, is_key, in_flow
        if isinstance(node, MappingNode):
            for key, value in reversed(node.value):
                waiting += ((value, False, bool(node.flow_style)), (key, True, bool(node.flow_style)))
        elif isinstance(node, CollectionNode):
            waiting += [(item, False, bool(node.flow_style)) for item in reversed(node.value)]


def _reason(node: yaml.Node, text: str, is_key: bool, in_flow: bool) -> str | None:
    if isinstance(node, MappingNode):
        for key, value in node.value:
            if _is_merge(key) and not _mergeable(value):
                return "a merge key needs a mapping or a list of mappings"
    if not isinstance(node, ScalarNode):
        return "a mapping or list cannot be a key" if is_key else None
    written = text[node.start_mark.index : node.end_mark.index]
    if (
        in_flow
        and written.startswith("!")
        and not node.value
        and text[node.end_mark.index : node.end_mark.index + 1] == ","
    ):
        return "a tag that a comma follows"
    if node.style == '"':
        return "unknown escape \\/ in a double-quoted string" if _SLASH.search(written) else None
    if in_flow and not node.style and "?" in written:
        return "? inside a plain scalar of a flow collection"
    return _reason_of_value(node, is_key)


def _reason_of_value(node: ScalarNode, is_key: bool) -> str | None:
    tag: object = node.tag
    try:
        if isinstance(tag, str):
            value = scalars.tagged(tag, node.value)
        else:
            value = scalars.plain(node.value) if not node.style else node.value
        if is_key:
            scalars.key(value)
    except ValueError as error:
        return str(error)
    if isinstance(value, float) and not math.isfinite(value) and not is_key:
        return f"{node.value} has no place in JSON"
    return None


def _is_merge(key: yaml.Node) -> bool:
    return isinstance(key, ScalarNode) and key.value == "<<" and not key.style


def _mergeable(value: yaml.Node) -> bool:
    if isinstance(value, MappingNode):
        return True
    return isinstance(value, CollectionNode) and all(isinstance(item, MappingNode) for item in value.value)
