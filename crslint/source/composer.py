"""Text to nodes with positions: PyYAML's C composer, kept from crashing and from refusing legal YAML."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from yaml import YAMLError
from yaml._yaml import CParser
from yaml.composer import ComposerError
from yaml.events import AliasEvent, MappingEndEvent, ScalarEvent, SequenceEndEvent, SequenceStartEvent, StreamEndEvent
from yaml.nodes import CollectionNode, MappingNode, Node, ScalarNode, SequenceNode

from crslint.source.diagnosis import fault_of
from crslint.source.fault import DEPTH_LIMIT, too_deep

# Where a document of a stream may begin with a byte order mark of its own (files that were joined).
_BYTE_ORDER_MARK = r"(?:\A|(?<=^---\n)|(?<=^---\r\n))\ufeff"
# The C composer calls itself for each level and dies where 20,000 are open. A level needs a bracket, or a column more
# for every two block collections (a sequence may stand at the column of its key).
_SAFE_BRACKETS = 1000
_SAFE_LINE = 500
_INDENTATION = r"(?<![ \t?:-])[ \t?:-]{500}"


class _Composer(CParser):
    """``resolve`` marks scalars without a tag: True for a plain one, False for a quoted one; collections get None."""

    def resolve(self, _kind: object, value: str | None, implicit: tuple[bool, bool]) -> bool | None:
        return implicit[0] if value is not None else None

    def descend_resolver(self, _parent: Any, _index: object) -> None:
        pass

    def ascend_resolver(self) -> None:
        pass


class _DeepComposer(_Composer):
    """Counts the open nodes, which costs a third of the speed; which level is one too many, the walk tells."""

    depth = 0

    def descend_resolver(self, _parent: Any, _index: object) -> None:
        self.depth += 1
        if self.depth > DEPTH_LIMIT + 1 and _parent is not None:
            raise too_deep(_parent.start_mark.index)

    def ascend_resolver(self) -> None:
        self.depth -= 1


def compose(text: str) -> Iterator[tuple[int, Node | None]]:
    """The documents as (index, root node); ``.index`` of a mark is an offset in ``text``.

    Tags are as ``_Composer.resolve`` says, explicit ones are strings. An alias is the node of its anchor. Raises
    SyntaxFault at the first thing that cannot be parsed, LimitFault where collections are nested too deep.
    """
    index = -1
    readable = _without_marks(text)
    try:
        for index, node in _composed(readable):
            yield index, node
        return
    except ComposerError as error:
        if error.context is None:
            raise fault_of(error, readable) from None
    except (YAMLError, UnicodeEncodeError) as error:
        from crslint.source import jsontext

        fault = fault_of(error, readable)
        documents = list(jsontext.compose(text, DEPTH_LIMIT)) if index < 0 else []
        if not documents:
            raise fault from None
        yield from enumerate(documents)
        return
    yield from _with_redefined_anchors(readable, index + 1)


def _without_marks(text: str) -> str:
    """The text with a line break for each byte order mark: the parser would not count it, or refuse it."""
    return re.sub(_BYTE_ORDER_MARK, "\n", text, flags=re.MULTILINE) if "\ufeff" in text else text


def _composed(text: str) -> Iterator[tuple[int, Node | None]]:
    composer = (_DeepComposer if _may_be_deep(text) else _Composer)(text)
    index = 0
    while composer.check_node():
        yield index, composer.get_node()
        index += 1


def _may_be_deep(text: str) -> bool:
    if len(text) < _SAFE_BRACKETS:
        return False
    if text.count("[") + text.count("{") > _SAFE_BRACKETS:
        return True
    start, size = 0, len(text)
    while size - start > _SAFE_LINE:
        end = text.rfind("\n", start, start + _SAFE_LINE)
        if end < 0:
            end = text.find("\n", start)
            end = size if end < 0 else end
            if re.compile(_INDENTATION).search(text, start, end):
                return True
        start = end + 1
    return False


def _with_redefined_anchors(readable: str, start: int) -> Iterator[tuple[int, Node | None]]:
    """From document ``start`` on: an anchor may be defined again, which the C composer refuses."""
    composer = _EventComposer(readable)
    try:
        for index, node in enumerate(composer.documents()):
            if index >= start:
                yield index, node
    except (YAMLError, UnicodeEncodeError) as error:
        raise fault_of(error, readable) from None


class _EventComposer:
    """What the C composer does, save that an anchor may be defined again."""

    def __init__(self, text: str) -> None:
        self._parser = CParser(text)
        self._anchors: dict[str, Any] = {}

    def documents(self) -> Iterator[Node]:
        self._parser.get_event()
        while not self._parser.check_event(StreamEndEvent):
            self._parser.get_event()
            yield self._node(0)
            self._parser.get_event()
            self._anchors = {}

    def _node(self, depth: int) -> Any:
        event: Any = self._parser.get_event()
        if depth > DEPTH_LIMIT:
            raise too_deep(event.start_mark.index)
        start: Any = event.start_mark
        if isinstance(event, AliasEvent):
            if event.anchor not in self._anchors:
                raise ComposerError(None, None, "found undefined alias", start)
            return self._anchors[event.anchor]
        end: Any = event.end_mark
        tag: Any = None if event.tag == "!" else event.tag
        node: Any
        if isinstance(event, ScalarEvent):
            tag = event.implicit[0] if tag is None else tag
            node = ScalarNode(tag, event.value, start, end, event.style)
        elif isinstance(event, SequenceStartEvent):
            node = SequenceNode(tag, [], start, None, event.flow_style)
        else:
            node = MappingNode(tag, [], start, None, event.flow_style)
        if event.anchor is not None:
            self._anchors[event.anchor] = node
        if isinstance(node, CollectionNode):
            self._fill(node, depth + 1)
        return node

    def _fill(self, node: Any, depth: int) -> None:
        pairs = isinstance(node, MappingNode)
        while not self._parser.check_event(SequenceEndEvent, MappingEndEvent):
            item = self._node(depth)
            node.value.append((item, self._node(depth)) if pairs else item)
        end: Any = self._parser.get_event()
        node.end_mark = end.end_mark
