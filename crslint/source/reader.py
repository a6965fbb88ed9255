"""The bytes of one file to a File: decoded, parsed, lists expanded, layers opened."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from crslint import address
from crslint.finding import NotChecked, Problem, Reason
from crslint.record import replace
from crslint.source import places
from crslint.source.document import Document, File, Json, Layer, Suppressing
from crslint.source.parser import SyntaxFault, parse
from crslint.source.single import read_single
from crslint.source.strings import not_strings

if TYPE_CHECKING:
    from crslint.source.position import Locator
    from crslint.source.text import Lines

SIZE_LIMIT = 64 * 2**20

# What asks for a suppression begins with it: a comment, or an annotation.
MARK = "crslint"

_GIT_CRYPT = b"\0GITCRYPT\0"
_BROKEN, _TEMPLATE, _LIMIT, _BINARY = "YML001", "YML004", "YML005", "YML006"


def read_file(path: str, content: bytes) -> File:
    """``path`` is relative to the root. Raises nothing: what cannot be read is a problem of the File."""
    size = len(content)
    if size > SIZE_LIMIT:
        return oversized(path, size)
    if (opaque := _opaque(content)) is not None:
        what, offset, reason = opaque
        return _not_checked(path, _problem(path, _BINARY, what, (offset, offset)), reason, size)
    text = content.decode("utf-8")
    marks = tuple([mark for mark in places.MARKS if mark in text])
    parsed = parse(text, lambda index: address.document(path, index))
    marker = _marker(text, parsed.fault) if parsed.fault is not None else None
    if marker is not None:
        return replace(_not_checked(path, _problem(path, _TEMPLATE, *marker), "template", size), marks=marks)
    written = _Written(text)
    problems = list(parsed.problems)
    documents = []
    for index, data in parsed.documents:
        for at, item in _items(address.document(path, index), data):
            problems += not_strings(at, item, written, payload=False)
            documents.append(Document(at, item, _layers(at, item, written)))
    suppressing = _suppressing(text, first := address.document(path, 0), first, documents)
    suppressing += [each for item in documents for layer in item.layers.values() for each in layer.suppressing]
    over = (NotChecked(path, problem.at, "limit") for problem in problems if problem.code == _LIMIT)
    return File(path, tuple(documents), tuple(problems), tuple(over), size, tuple(suppressing), marks)


def _suppressing(text: str, where: str, at: str, documents: Sequence[Document]) -> list[Suppressing]:
    if MARK not in text:
        return []
    from crslint.source.suppressions import annotations_of, comments_of

    return [*comments_of(text, where, at), *annotations_of(documents)]


def _marker(text: str, fault: SyntaxFault) -> tuple[str, tuple[int, int]] | None:
    from crslint.source.templates import template_marker

    return template_marker(text, fault)


def text_of(content: bytes) -> str:
    """The text that the positions of a file count in, whatever its bytes are."""
    return content.decode("utf-8", "replace")


def oversized(path: str, size: int) -> File:
    reason = f"{size} bytes are over the limit of {SIZE_LIMIT} for a file"
    return _not_checked(path, _problem(path, _LIMIT, reason), "limit", size)


def unreadable(path: str, reason: str) -> File:
    return File(path, (), (_problem(path, _BROKEN, reason),))


def no_file(path: str, reason: str) -> File:
    return _not_checked(path, _problem(path, _BINARY, reason), "binary", 0)


def _problem(path: str, code: str, reason: str, span: tuple[int, int] = (0, 0)) -> Problem:
    return Problem(code, address.document(path, 0), {"reason": reason}, span)


def _not_checked(path: str, problem: Problem, reason: Reason, size: int) -> File:
    return File(path, (), (problem,), (NotChecked(path, None, reason),), size)


def _opaque(content: bytes) -> tuple[str, int, Reason] | None:
    """Why the bytes are no text, and at which character that shows."""
    if content.startswith(_GIT_CRYPT):
        return "encrypted by git-crypt", 0, "encrypted"
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "not text in UTF-8 but in UTF-16", 0, "binary"
    end = content.find(b"\0")
    if end >= 0:
        return "not text (a NUL byte)", len(text_of(content[:end])), "binary"
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        return (
            f"not text (byte 0x{content[error.start]:02X} is not UTF-8)",
            len(text_of(content[: error.start])),
            "binary",
        )
    return None


def _items(at: str, data: Json) -> Iterator[tuple[str, Json]]:
    """A document, or the items of a list of objects, also of a list in a list."""
    key = places.LISTS.get((str(data.get("apiVersion")), str(data.get("kind")))) if isinstance(data, dict) else None
    items = data.get(key) if isinstance(data, dict) and key is not None else None
    if key is None or not isinstance(items, list):
        yield at, data
        return
    for number, item in enumerate(items):
        yield from _items(address.at(at, (key, number)), item)


def _layers(at: str, data: Json, written: _Written) -> dict[str, Layer]:
    layers: dict[str, Layer] = {}
    if not isinstance(data, dict):
        return layers
    for place, encoding in places.LAYERS.get(str(data.get("kind")), ()):
        values = data.get(place)
        for key, value in values.items() if isinstance(values, dict) else ():
            text = _decoded(value) if encoding == "base64" else value
            if isinstance(text, str) and places.looks_like_manifest(text):
                pointer = address.pointer((place, key))
                layers[pointer] = _layer(text, at + pointer, written)
    for path in places.SINGLES.get(str(data.get("kind")), ()):
        for steps, value in _scalars(data, path, ()):
            pointer = address.pointer(steps)
            layers[pointer] = _marked(read_single(value, at + pointer), value, at + pointer)
    return layers


def _scalars(
    data: Json, path: Sequence[str], steps: tuple[str | int, ...]
) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """The texts at a path; `*` is every item of a list."""
    if not path:
        if isinstance(data, str):
            yield steps, data
    elif path[0] == "*":
        for number, item in enumerate(data if isinstance(data, list) else ()):
            yield from _scalars(item, path[1:], (*steps, number))
    elif isinstance(data, dict):
        yield from _scalars(data.get(path[0]), path[1:], (*steps, path[0]))


def _layer(text: str, host: str, written: _Written) -> Layer:
    from crslint.source import payload

    layer = payload.read_value(text, host)
    found = [
        problem
        for document in layer.documents
        for problem in not_strings(document.at, document.data, written, payload=True)
    ]
    return _marked(replace(layer, problems=(*layer.problems, *found)) if found else layer, text, host)


def _marked(layer: Layer, text: str, host: str) -> Layer:
    found = _suppressing(text, host, address.layer(host, 0), layer.documents)
    return replace(layer, suppressing=tuple(found)) if found else layer


def _decoded(value: Json) -> str | None:
    if not isinstance(value, str):
        return None
    from base64 import b64decode

    try:
        return b64decode(value).decode("utf-8")
    except ValueError:
        return None


class _Written:
    """What stands at an address of one file; its text is composed again when the first is asked for."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._found: tuple[Locator, Lines] | None = None

    def __call__(self, at: str, value: Json) -> str:
        """``value`` is what was read there, for a place that cannot be shown (in base64)."""
        if self._found is None:
            from crslint.source.position import Locator
            from crslint.source.text import Lines

            text = self._text  # not through self: such a circle would keep the composed file for the whole run
            self._found = Locator(lambda _: text), Lines(text)
        locator, lines = self._found
        place = locator.locate(at)
        if not place.exact:
            return json.dumps(value)
        where = place.range
        return self._text[lines.offset(where.line, where.column) : lines.offset(where.end_line, where.end_column)]
