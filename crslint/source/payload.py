"""One ConfigMap or Secret value, read as the ClusterResourceSet controller reads it.

The controller (cluster-api core/reconcilers/clusterresourceset, util/yaml) looks at the first 32 bytes to tell a JSON
list from YAML, splits YAML with apimachinery's YAMLReader and decodes each chunk with sigs.k8s.io/yaml; this module
follows those three, including what they drop without a word.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NoReturn

from crslint import address
from crslint.finding import Problem
from crslint.source.collector import collector_paused
from crslint.source.document import Document, Json, Layer, Refusal
from crslint.source.goyaml import objection, suspect
from crslint.source.parser import compose, parse

_PEEK = 32
_READ_BUFFER = 4096

# Go's unicode.IsSpace; str.strip() alone would also take U+001C to U+001F.
_SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))

_SEPARATOR = re.compile(r"^---(.*)\n?", re.MULTILINE)
# Where the YAML decoder's first document ends inside a chunk: `...`, or `---` after a line break that is not LF.
_DOCUMENT_END = re.compile(
    "(?:^|(?<=[\n\r\x85\u2028\u2029]))\\.\\.\\.(?=[ \t\r\n\x85\u2028\u2029]|$)"
    "|(?<=[\r\x85\u2028\u2029])---(?=[ \t\r\n]|$)"
)
_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_DIRECTIVE = re.compile(r"^%", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Chunk:
    """What the YAMLReader hands on as one document: offsets in the value; ``fault`` is a separator line it stops at."""

    start: int
    end: int
    fault: str | None = None


def looks_like_manifest(value: str) -> bool:
    """Whether a value may hold Kubernetes objects; cheap, may say yes to text that holds none."""
    return "apiVersion" in value and "kind" in value


def is_json_list(value: str) -> bool:
    """Whether the controller takes the value for a JSON list: ``[`` after blanks within the first 32 bytes."""
    peeked = _encoded(value[:_PEEK])[:_PEEK].decode("utf-8", "replace")
    return peeked.lstrip(_SPACE).startswith("[")


def chunks(value: str) -> Iterator[Chunk]:
    """The chunks of a YAML value in order, empty ones included.

    A chunk with a ``fault`` is a separator line that makes the YAMLReader give up; the chunks after it are what a
    reader would find that went on.
    """
    start = 0
    for match in _SEPARATOR.finditer(value):
        trailer = match[1].strip(_SPACE)
        if trailer and trailer[0] != "#":
            if match.start() > start:
                yield Chunk(start, match.start())
            yield Chunk(match.start(), match.end(), trailer)
            start = match.end()
        elif match.start() > start:
            yield Chunk(start, match.start())
            start = match.end()
    end = len(value) - _lost(value)
    if end > start:
        yield Chunk(start, end)


def read_value(value: str, host: str) -> Layer:
    """The documents of one data value; ``host`` is the address of its scalar. Spans are offsets in ``value``."""
    size = len(_encoded(value))
    if size < _PEEK:
        reason = f"the value has {size} bytes, the controller needs {_PEEK}"
        return Layer((), refused=Refusal("short-value", reason, host), size=size)
    with collector_paused():
        return _json_list(value, host, size) if is_json_list(value) else _yaml(value, host, size)


def _yaml(value: str, host: str, size: int) -> Layer:
    documents: list[Document] = []
    problems: list[Problem] = []
    refused: Refusal | None = None
    for index, chunk in enumerate(chunks(value)):
        at = address.layer(host, index)
        if chunk.fault is not None:
            span = (chunk.start, chunk.start + len(value[chunk.start : chunk.end].rstrip(_SPACE)))
            refused = refused or Refusal("separator", f"invalid document separator: {chunk.fault}", at, span)
            continue
        document, found, refusal = _chunk(value, chunk, at)
        refused = refused or refusal
        problems += found
        if document is not None:
            documents.append(document)
    return Layer(tuple(documents), tuple(problems), refused, size=size)


def _chunk(value: str, chunk: Chunk, at: str) -> tuple[Document | None, list[Problem], Refusal | None]:
    text = value[chunk.start : chunk.end]
    problems: list[Problem] = []
    if "..." in text or "\r" in text:
        text, dropped = _first_document(text, chunk.start, at)
        problems += dropped
    if not text.endswith("\n"):
        text += "\n"
    parsed = parse(text, lambda _: at)
    problems += [_shifted(problem, chunk) for problem in parsed.problems]
    for problem in problems:
        if problem.code == "YML001":
            directive = _DIRECTIVE.search(text)
            if directive is not None:
                span = (chunk.start + directive.start(), chunk.start + len(text.rstrip()))
                return None, [], Refusal("directive", "a directive needs its document in the same chunk", at, span)
            return None, problems, Refusal("syntax", str(problem.parameters.get("reason", "")), at, problem.span)
    if not parsed.documents or parsed.documents[0][1] is None:
        return None, problems, None
    data = parsed.documents[0][1]
    refusal = None
    if not isinstance(data, dict):
        refusal = Refusal("not-mapping", f"the document is {_named(data)}, not an object", at)
    elif suspect(text) and (objected := objection(next(compose(text))[1], text)):
        refusal = Refusal(
            "decode", objected.reason, at, (chunk.start + objected.span[0], chunk.start + objected.span[1])
        )
    return Document(at, data), problems, refusal


def _first_document(text: str, offset: int, at: str) -> tuple[str, list[Problem]]:
    match = _DOCUMENT_END.search(text)
    if match is None:
        return text, []
    marked = match[0] == "..."
    dropped = _BREAK.split(text[match.end() :])[1 if marked else 0 :]
    lines = sum(not line.lstrip().startswith("#") for line in dropped if line.strip())
    span = (offset + match.start(), offset + match.end())
    problems = [Problem("PAY018", at, {"marker": match[0], "lines": lines}, span)] if lines else []
    return text[: match.end() if marked else match.start()], problems


def _shifted(problem: Problem, chunk: Chunk) -> Problem:
    def shift(span: tuple[int, int] | None) -> tuple[int, int] | None:
        return span and (min(chunk.start + span[0], chunk.end), min(chunk.start + span[1], chunk.end))

    related = tuple(replace(place, span=shift(place.span)) for place in problem.related)
    return replace(problem, span=shift(problem.span), related=related)


def _json_list(value: str, host: str, size: int) -> Layer:
    at = address.layer(host, 0)
    ignored = _not_a_list_of_objects(value, at)
    if ignored is not None:
        return Layer((), ignored=ignored, size=size)
    parsed = parse(value, lambda _: at)
    elements = parsed.documents[0][1] if parsed.documents else None
    if not isinstance(elements, list):
        return Layer((), parsed.problems, size=size)
    documents = (Document(address.at(at, (number,)), item or {}) for number, item in enumerate(elements))
    return Layer(tuple(documents), parsed.problems, size=size)


def _not_a_list_of_objects(value: str, at: str) -> Refusal | None:
    """Why Go's json.Unmarshal does not take the value into a list of maps; None also where it is nested too deep."""
    try:
        elements = json.loads(value, parse_constant=_no_constant, parse_int=_bounded, parse_float=_bounded)
    except json.JSONDecodeError as error:
        span = (error.pos, min(error.pos + 1, len(value)))
        return Refusal("json-list", error.msg[:1].lower() + error.msg[1:], at, span)
    except ValueError as error:
        return Refusal("json-list", str(error), at)
    except RecursionError:
        return None
    for number, element in enumerate(elements):
        if element is not None and not isinstance(element, dict):
            reason = f"element {number} is {_named(element)}, not an object"
            return Refusal("json-list", reason, address.at(at, (number,)))
    return None


def _bounded(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError(f"{text[:40]} is no number that fits")
    return number


def _no_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is no JSON")


def _lost(value: str) -> int:
    """How many characters of an unterminated last line the YAMLReader loses.

    Its LineReader reports the end of the input together with such a line where the line fills the read buffer (4096
    bytes) a whole number of times, and the YAMLReader then leaves the line out.
    """
    line = value[value.rfind("\n") + 1 :]
    if len(line) * 4 < _READ_BUFFER:
        return 0
    content = _encoded(line)
    position = 0
    while len(content) - position >= _READ_BUFFER:
        position += _READ_BUFFER
        if content[position - 1] == 0x0D:
            position -= 1
    return len(line) if position == len(content) else 0


def _encoded(text: str) -> bytes:
    """The bytes of a value; those of a Secret that are not UTF-8 were decoded with ``surrogateescape``."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")


def _named(data: Json) -> str:
    if isinstance(data, list):
        return "a list"
    if isinstance(data, str):
        return "a string"
    if isinstance(data, bool):
        return "a boolean"
    return "null" if data is None else "a number" if isinstance(data, (int, float)) else "an object"
