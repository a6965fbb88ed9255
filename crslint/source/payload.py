"""One ConfigMap or Secret value, read as the ClusterResourceSet controller reads it.

The controller (cluster-api core/reconcilers/clusterresourceset, util/yaml) looks at the first 32 bytes to tell a JSON
list from YAML, splits YAML with apimachinery's YAMLReader and decodes each chunk with sigs.k8s.io/yaml; this module
follows those three, including what they drop without a word.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator
from typing import NoReturn

from crslint import address
from crslint.finding import Problem
from crslint.record import record, replace
from crslint.source.collector import collector_paused
from crslint.source.document import Document, Json, Layer, Refusal
from crslint.source.goyaml import decode, decode_json
from crslint.source.text import BREAK

_PEEK = 32
_READ_BUFFER = 4096

# Go's unicode.IsSpace; str.strip() alone would also take U+001C to U+001F.
_SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))

_SEPARATOR = re.compile(r"^---(.*)\n?", re.MULTILINE)
# Where the YAML decoder's first document ends inside a chunk: `...`, or `---` after a line break that is not LF.
_DOCUMENT_END = (
    "(?:^|(?<=[\n\r\x85\u2028\u2029]))\\.\\.\\.(?=[ \t\r\n\x85\u2028\u2029]|$)"
    "|(?<=[\r\x85\u2028\u2029])---(?=[ \t\r\n]|$)"
)
_WORD = re.compile(r"[\w.+-]+")
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\w.+-]+', re.DOTALL)
_DIRECTIVE = re.compile(r"^%", re.MULTILINE)


@record
class Chunk:
    """What the YAMLReader hands on as one document: offsets in the value; ``fault`` is a separator line it stops at."""

    start: int
    end: int
    fault: str | None = None


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
    decoded = decode(text, at)
    problems += [_shifted(problem, chunk) for problem in decoded.problems]
    if decoded.fault is not None and decoded.fault.code == "YML001":
        directive = _DIRECTIVE.search(text)
        if directive is not None:
            reason = "a directive needs its document in the same chunk"
            return None, [], _refusal("directive", reason, at, chunk, (directive.start(), len(text.rstrip())))
        span = (decoded.fault.offset, decoded.fault.end)
        return None, problems, _refusal("syntax", decoded.fault.reason, at, chunk, span)
    if decoded.data is None:
        return None, problems, None
    refusal = None
    if not isinstance(decoded.data, dict):
        refusal = Refusal("not-mapping", f"the document is {_named(decoded.data)}, not an object", at)
    elif decoded.objection is not None:
        refusal = _refusal("decode", decoded.objection.reason, at, chunk, decoded.objection.span)
    return Document(at, decoded.data), problems, refusal


def _refusal(kind: str, reason: str, at: str, chunk: Chunk, span: tuple[int, int]) -> Refusal:
    return Refusal(kind, reason, at, _in_value(chunk, span))


def _in_value(chunk: Chunk, span: tuple[int, int]) -> tuple[int, int]:
    return min(chunk.start + span[0], chunk.end), min(chunk.start + span[1], chunk.end)


def _first_document(text: str, offset: int, at: str) -> tuple[str, list[Problem]]:
    match = next(
        (found for found in re.finditer(_DOCUMENT_END, text) if found[0] == "..." or _has_content(text, found)), None
    )
    if match is None:
        return text, []
    marked = match[0] == "..."
    lines = _lines_of_content(BREAK.split(text[match.end() :])[1 if marked else 0 :])
    span = (offset + match.start(), offset + match.end())
    problems = [Problem("PAY018", at, {"marker": match[0], "lines": lines}, span)] if lines else []
    return text[: match.end() if marked else match.start()], problems


def _has_content(text: str, separator: re.Match[str]) -> bool:
    """Whether a document stands before the separator; else it begins the first one."""
    return _lines_of_content(BREAK.split(text[: separator.start()])) > 0


def _lines_of_content(lines: Iterable[str]) -> int:
    return sum(not line.lstrip().startswith("#") for line in lines if line.strip())


def _shifted(problem: Problem, chunk: Chunk) -> Problem:
    related = tuple(replace(place, span=place.span and _in_value(chunk, place.span)) for place in problem.related)
    return replace(problem, span=problem.span and _in_value(chunk, problem.span), related=related)


def _json_list(value: str, host: str, size: int) -> Layer:
    at = address.layer(host, 0)
    ignored = _not_a_list_of_objects(value, at)
    if ignored is not None:
        return Layer((), ignored=ignored, size=size)
    decoded = decode_json(value, at)
    elements = decoded.data if isinstance(decoded.data, list) else []
    documents = (Document(address.at(at, (number,)), item or {}) for number, item in enumerate(elements))
    return Layer(tuple(documents), decoded.problems, size=size)


def _not_a_list_of_objects(value: str, at: str) -> Refusal | None:
    """Why Go's json.Unmarshal does not take the value into a list of maps; None also where it is nested too deep."""
    try:
        elements = json.loads(value, parse_constant=_no_constant, parse_int=_bounded, parse_float=_bounded)
    except json.JSONDecodeError as error:
        end = len(value.rstrip(_SPACE))
        if error.pos >= end:
            return Refusal("json-list", "it ends before the list does", at, (end, end))
        comma = _trailing_comma(value, error.pos)
        if comma is not None:
            return Refusal("json-list", "a comma before the end", at, (comma, comma + 1))
        word = _WORD.match(value, error.pos)
        span = word.span() if word else (error.pos, error.pos + 1)
        return Refusal("json-list", error.msg[:1].lower() + error.msg[1:], at, span)
    except _NotJsonError as error:
        return Refusal("json-list", str(error), at, error.span(value))
    except RecursionError:
        return None
    for number, element in enumerate(elements):
        if element is not None and not isinstance(element, dict):
            reason = f"element {number} is {_named(element)}, not an object"
            return Refusal("json-list", reason, address.at(at, (number,)))
    return None


def _trailing_comma(value: str, offset: int) -> int | None:
    """The comma that nothing follows, where that is the fault: Python points at it from 3.13 on, before at what ends
    the list."""
    comma = offset if value[offset] == "," else len(value[:offset].rstrip(_SPACE)) - 1
    ended = value[comma + 1 :].lstrip(_SPACE)[:1] in ("]", "}")
    return comma if value[comma] == "," and ended else None


class _NotJsonError(Exception):
    """A number or a name that Go's decoder does not take."""

    def __init__(self, token: str, reason: str) -> None:
        super().__init__(f"{token[:40]} {reason}")
        self._token = token

    def span(self, value: str) -> tuple[int, int] | None:
        """Where the token stands first, outside strings."""
        return next((match.span() for match in _TOKEN.finditer(value) if match[0] == self._token), None)


def _bounded(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise _NotJsonError(text, "is no number that fits")
    return number


def _no_constant(text: str) -> NoReturn:
    raise _NotJsonError(text, "is no JSON")


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
