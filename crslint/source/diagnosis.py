"""Why a text cannot be read, and where: libyaml's words put into a person's."""

from __future__ import annotations

import re

import yaml
from yaml._yaml import CParser
from yaml.events import CollectionEndEvent, CollectionStartEvent, SequenceStartEvent

from crslint.source.fault import SyntaxFault, too_deep
from crslint.source.layer import content_start

# libyaml gives up by itself at 1,000 open brackets (from 0.2.6 on), before our own count sees the level of our limit.
_LIBYAML_LIMIT = "exceeded maximum nesting depth"
# Compiled when it is needed: a class of this size takes five milliseconds.
_CONTROL = "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"

# libyaml's problem -> reason; {char} is the character at the place.
_REASONS = {
    "mapping values are not allowed in this context": "a ': ' where no key can be: quote the value, or indent it right",
    "could not find expected ':'": "a key without ':', or a line indented too little",
    "did not find expected key": "neither a key nor the end of the mapping: mend the indentation, or quote the value",
    "did not find expected '-' indicator": "neither '-' nor the end of the list: mend the indentation",
    "did not find expected node content": "a value is expected here",
    "did not find expected ',' or ']'": "',' or ']' is expected here",
    "did not find expected ',' or '}'": "',' or '}}' is expected here",
    "did not find expected <document start>": "'---' is expected here: only one value can stand in a document",
    "block sequence entries are not allowed in this context": "a '- ' where no list can begin",
    "mapping keys are not allowed in this context": "a '? ' where no key can stand",
    "found a tab character where an indentation space is expected": "a tab cannot indent",
    "found a tab character that violates indentation": "a tab cannot indent",
    "found unknown escape character": "unknown escape in a double-quoted value",
    "did not find expected hexdecimal number": "an escape in a double-quoted value needs hexadecimal digits",
    "found invalid Unicode character escape code": "the escape is no character",
    "did not find expected comment or line break": "only a comment may follow here",
    "found an indentation indicator equal to 0": "an indentation indicator is 1 to 9",
    "did not find expected alphabetic or numeric character": "'&' and '*' need a name; quote a value that begins so",
    "found undefined tag handle": "the tag's handle is not declared; quote a value that begins with '!'",
    "found undefined alias": "the alias names no anchor before it; quote a value that begins with '*'",
    "found incompatible YAML document": "a %YAML version that is not 1.1",
    "control characters are not allowed": "the character U+{code:04X} is not allowed in YAML",
}
_QUOTED = "while scanning a quoted scalar"
_FLOW = ("while parsing a flow sequence", "while parsing a flow mapping", "while parsing a flow node")


def fault_of(error: Exception, text: str) -> SyntaxFault:
    """The fault that an exception of the parser of ``text`` stands for."""
    if not isinstance(error, yaml.MarkedYAMLError):
        return _at("control characters are not allowed", _first_control(text), text)
    context = (error.context or "").strip()
    problem = error.problem or context
    mark = error.problem_mark or error.context_mark
    offset = mark.index if mark is not None else 0
    if problem == _LIBYAML_LIMIT:
        return too_deep(offset)
    if not text[offset:].strip() or text.startswith(("---", "..."), offset):
        # The end of the document shows it, the place to mend is where the quote or bracket opens.
        if context == _QUOTED and error.context_mark is not None:
            return SyntaxFault("the quote is not closed", error.context_mark.index, error.context_mark.index + 1)
        bracket = _open_bracket(text) if context in _FLOW else None
        if bracket is not None:
            return SyntaxFault(f"{text[bracket]!r} is not closed", bracket, bracket + 1)
    return _at(problem, offset, text)


def _open_bracket(text: str) -> int | None:
    """The innermost flow collection that is open where the parser stops."""
    parser = CParser(text)
    collections: list[CollectionStartEvent] = []
    try:
        while (event := parser.get_event()) is not None:
            if isinstance(event, CollectionStartEvent):
                collections.append(event)
            elif isinstance(event, CollectionEndEvent):
                collections.pop()
    except yaml.YAMLError:
        pass
    while collections and collections[-1].flow_style:
        collection = collections.pop()
        assert collection.start_mark is not None
        start = content_start(text, collection.start_mark.index)
        # A pair in a list (`[a: b]`) is a mapping without brackets.
        if text[start] == ("[" if isinstance(collection, SequenceStartEvent) else "{"):
            return start
    return None


def _at(problem: str, offset: int, text: str) -> SyntaxFault:
    offset = min(offset, len(text))
    char = text[offset : offset + 1]
    end = offset + 1 if char not in ("", "\n", "\r") else offset
    if problem == "found character that cannot start any token":
        reason = "a tab cannot indent" if char == "\t" else f"a value cannot begin with {char!r}; quote it"
    else:
        reason = _REASONS.get(problem, problem).format(code=ord(char or "\0"))
    return SyntaxFault(reason, offset, end)


def _first_control(text: str) -> int:
    match = re.compile(_CONTROL).search(text)
    return match.start() if match else len(text)
