"""Which parts of a text hold the values of Secrets: no output may show them."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise, takewhile
from operator import eq

from crslint import address
from crslint.finding import Problem
from crslint.source import places
from crslint.source.document import Document, File, Json
from crslint.source.lookup import Lookup
from crslint.source.position import Locator, Span
from crslint.source.text import Lines

MASK = "***"

# Also inside a quoted scalar, where quotes and line breaks are escaped.
_UNPARSED = re.compile(rf"""kind(?:\\*["'])?\s*:\s*(?:\\*["'])?(?:{"|".join(places.SECRETS)})\b""")
_SEPARATOR = re.compile(r"^[ \t]*---", re.MULTILINE)
_VALUE = re.compile(r"""^[ \t]*(?:- )?(?:["']?[\w./-]+["']?[ \t]*:(?=\s)[ \t]*)?(.*?)[ \t\r]*$""", re.MULTILINE)
_SHORTEST = 4
# So much of the beginning of a Secret's value gives it away.
_TELLING = 12
# Wherever it stands: an object that is no Secret may hold one all the same.
_PRIVATE_KEY = re.compile(r"(?<=PRIVATE KEY-----).{0,16384}?(?=-----END|\Z)", re.DOTALL)


def secret_spans(file: File, text: str, locator: Locator, lookup: Lookup) -> list[Span]:
    """Spans of a file's text, sorted and apart. Where a part of it could not be read, every value of what may be a
    Secret is one."""
    lines = Lines(text)

    def span(at: str) -> Span:
        where = locator.locate(at).range
        return lines.offset(where.line, where.column), lines.offset(where.end_line, where.end_column)

    secrets = list(secrets_in(file.documents))
    spans = [span(address.at(document.at, steps)) for document in secrets for steps, _ in _values(document)]
    if file.not_checked:
        spans += _guessed(text, 0, len(text))
    if "PRIVATE KEY-----" in text:
        spans += (match.span() for match in _PRIVATE_KEY.finditer(text))
    for problem in _problems(file):
        chain = lookup.chain(problem.at)
        if len(chain) > len(address.parse(problem.at).layers):
            # Of two equal keys the data has one.
            spans += _all_values(text, *span(chain[-1].at)) if is_secret(chain[-1]) else ()
        elif host := address.host_of(problem.at):
            spans += _guessed(text, *span(host))
        else:
            read = span(file.documents[-1].at)[1] if file.documents else 0
            spans += _guessed(text, read, len(text))
    return list(_merged(sorted(span for span in spans if span[0] < span[1])))


def _merged(spans: Iterable[Span]) -> Iterator[Span]:
    """Sorted spans without overlaps."""
    last: Span | None = None
    for span in spans:
        if last is None or span[0] > last[1]:
            if last:
                yield last
            last = span
        else:
            last = (last[0], max(last[1], span[1]))
    if last:
        yield last


def secrets_in(documents: Iterable[Document]) -> Iterator[Document]:
    """The Secrets among documents and in their layers."""
    for document in documents:
        if is_secret(document):
            yield document
        for layer in document.layers.values():
            yield from secrets_in(layer.documents)


def is_secret(document: Document) -> bool:
    return bool(_places(document))


def secret_words(document: Document) -> Iterator[str]:
    """The values of a Secret as texts that a message must not repeat, the longest first: also decoded and as JSON
    writes them. A value that holds manifests is not among them: only the Secrets in them are secret."""
    words = set()
    for steps, value in _values(document):
        for text in _texts(value) if address.pointer(steps) not in document.layers else ():
            for word in (text.strip(), _decoded(text).strip()):
                words |= {word, json.dumps(word, ensure_ascii=False)[1:-1]}
    yield from sorted((word for word in words if len(word) >= _SHORTEST), key=len, reverse=True)


def without(text: str, words: Sequence[str]) -> str:
    """A text without the words, also where it is cut in the middle of one."""
    for word in words:
        while (start := text.find(word[:_TELLING])) >= 0:
            end = start + sum(1 for _ in takewhile(bool, map(eq, text[start:], word)))
            text = text[:start] + MASK + text[end:]
    return text


def masked(document: Document) -> Json:
    """The data of a document without a Secret's values."""
    if not is_secret(document):
        return document.data
    data = document.data
    for steps, _ in _values(document):
        data = _replaced(data, steps)
    return data


def _places(document: Document) -> tuple[tuple[str, ...], ...]:
    kind = document.data.get("kind") if isinstance(document.data, dict) else None
    return places.SECRETS.get(kind, ()) if isinstance(kind, str) else ()


def _values(document: Document) -> Iterator[tuple[tuple[str, ...], Json]]:
    """The entries of a Secret's places; a place that is no mapping is one entry."""
    for place in _places(document):
        value = document.data
        for step in place:
            value = value.get(step) if isinstance(value, dict) else None
        if isinstance(value, dict):
            yield from (((*place, key), item) for key, item in value.items())
        elif value is not None:
            yield place, value


def _replaced(data: Json, steps: tuple[str, ...]) -> Json:
    if not steps or not isinstance(data, dict):
        return MASK
    return {**data, steps[0]: _replaced(data[steps[0]], steps[1:])}


def _texts(value: Json) -> Iterator[str]:
    if isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _texts(item)
    elif isinstance(value, str):
        yield value
    elif value is not None and not isinstance(value, bool):
        yield str(value)


def _decoded(text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).decode("utf-8")
    except ValueError:
        return ""


def _problems(file: File) -> Iterator[Problem]:
    yield from file.problems
    documents = list(file.documents)
    while documents:
        for layer in documents.pop().layers.values():
            yield from layer.problems
            documents += layer.documents


def _guessed(text: str, start: int, end: int) -> Iterator[Span]:
    """The values of those texts between separators that may be a Secret."""
    starts = [start, *(match.start() for match in _SEPARATOR.finditer(text, start, end)), end]
    for begin, stop in pairwise(starts):
        if _UNPARSED.search(text, begin, stop):
            yield from _all_values(text, begin, stop)


def _all_values(text: str, start: int, end: int) -> Iterator[Span]:
    """What stands behind a key, and lines that have none."""
    line = text.rfind("\n", 0, start) + 1
    yield from (match.span(1) for match in _VALUE.finditer(text, line, end) if match[1] not in ("", "---"))
