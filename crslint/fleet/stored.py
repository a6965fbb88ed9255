"""The values of a ConfigMap or Secret as the API server stores them, each read as the controller reads it."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from functools import cache

from crslint import address
from crslint.fleet import values
from crslint.fleet.entities.objects import Object
from crslint.fleet.entity import UNKNOWN, Unknown
from crslint.fleet.scope import Scopes
from crslint.fleet.world import make_object
from crslint.record import record
from crslint.source.document import Document, Layer
from crslint.source.parser import parse
from crslint.source.payload import read_value


@record
class Value:
    """One value as the API server stores it: ``at`` is its scalar; ``text`` and ``layer`` are None for what is no text
    or a template variable alone."""

    at: str
    text: str | None
    layer: Layer | None


def stored_values(source: Object, document: Document) -> dict[str, Value] | Unknown:
    """By key, in byte order."""
    data = values.mapping(source.data, "data")
    texts = values.mapping(source.data, "stringData") if source.kind == "Secret" else {}
    if isinstance(data, Unknown) or isinstance(texts, Unknown):
        return UNKNOWN
    places = {key: ("data", key) for key in data} | {key: ("stringData", key) for key in texts}
    ordered = sorted(places, key=lambda key: key.encode("utf-8", "surrogatepass"))
    return {key: _value(source, document, places[key]) for key in ordered}


def _value(source: Object, document: Document, place: tuple[str, str]) -> Value:
    at = address.at(source.at, place)
    written = values.child(source.data, *place)
    if not isinstance(written, str) or _is_variable(written):
        return Value(at, None, None)
    if source.kind == "Secret" and place[0] == "data":
        decoded = _decoded(written)
        if decoded is None:
            return Value(at, None, None)
        # What is not UTF-8 is no YAML for the controller either: U+FFFD would be.
        text = decoded.decode("utf-8", "surrogateescape")
    else:
        text = written
    return Value(at, text, document.layers.get(address.pointer(place)) or read_value(text, at))


def lost_objects(value: Value, known_scopes: Scopes, payload: str) -> Iterator[Object]:
    """The first halves of merged documents."""
    for problem in value.layer.problems if value.layer else ():
        merged = problem.code == "YML002" and problem.parameters.get("separator") is True
        start = next((related.span for related in problem.related), None)
        end = problem.span
        if merged and value.text and isinstance(start, tuple) and isinstance(end, tuple):
            half = parse(value.text[start[0] : end[0]], lambda _index: payload)
            made = (make_object(problem.at, data, known_scopes, payload) for _, data in half.documents)
            yield from (item for item in made if item is not None)


def is_yaml_list(text: str) -> bool:
    parsed = parse(text, lambda _index: "")
    items = parsed.documents[0][1] if len(parsed.documents) == 1 and not parsed.problems else None
    return isinstance(items, list) and all(isinstance(item, dict) for item in items)


def _decoded(value: str) -> bytes | None:
    """None for what is no base64: the API server does not store it."""
    try:
        return base64.b64decode(value.replace("\n", "").replace("\r", ""), validate=True)
    except (ValueError, binascii.Error):
        return None


def binary_size(source: Object) -> int:
    binary = values.mapping(source.data, "binaryData")
    texts = [] if isinstance(binary, Unknown) else [value for value in binary.values() if isinstance(value, str)]
    return sum(len(_decoded(text) or b"") for text in texts)


def _is_variable(text: str) -> bool:
    """Whether a value is one template variable: what it will hold is not known."""
    bare = text.strip()
    return bare.startswith(("${", "{{")) and _variable().fullmatch(bare) is not None


@cache
def _variable() -> re.Pattern[str]:
    return re.compile(r"\$\{[^{}]*\}|\{\{[^{}]*\}\}")
