"""What ``source`` hands on: plain, picklable data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from crslint.finding import NotChecked, Problem
from crslint.record import record

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


@record
class Document:
    """One document of a file or of a layer.

    ``at`` is the address of the whole document (of the item, for a ``kind: List``); ``data`` is plain dict, list,
    str, int, float, bool, None. ``layers`` maps a pointer (``/data/cilium.yaml``) to what its scalar holds; only
    scalars that may hold manifests are opened.
    """

    at: str
    data: Json
    layers: Mapping[str, Layer] = {}


@record
class Suppressing:
    """Something in a file that asks for findings to be suppressed, as it is written.

    ``at`` is its place. A comment has ``spans``, its own and that of each code, in the innermost text that ``at`` lies
    in, and speaks for one ``line`` of the text that is at ``scope``: a scalar, or the first document of a file. An
    annotation speaks for the document at ``scope``.
    """

    kind: Literal["comment", "annotation"]
    codes: tuple[str, ...]
    reason: str
    at: str
    scope: str
    spans: tuple[tuple[int, int], ...] = ()
    line: int = 0


@record
class Layer:
    """The documents inside one scalar, as the reader of that layer yields them.

    ``refused`` says why the ClusterResourceSet controller takes nothing of the whole ConfigMap or Secret because of
    this value (facts/capi.md 1.5), ``ignored`` why it silently takes nothing of this value (a broken JSON list).
    ``documents`` hold what could be read even then. ``size`` is the value's length in bytes (decoded).
    """

    documents: tuple[Document, ...]
    problems: tuple[Problem, ...] = ()
    refused: Refusal | None = None
    ignored: Refusal | None = None
    size: int = 0
    suppressing: tuple[Suppressing, ...] = ()


@record
class Refusal:
    """``kind`` is a short stable word (short-value, json-list, separator, not-mapping, syntax, ...)."""

    kind: str
    reason: str
    at: str
    span: tuple[int, int] | None = None


@record
class File:
    """One file that was read: ``path`` is relative to the root, POSIX; ``size`` in bytes.

    ``suppressing`` is also what the layers of its documents have; ``marks`` are those of ``places.MARKS`` in its text.
    """

    path: str
    documents: tuple[Document, ...] = ()
    problems: tuple[Problem, ...] = ()
    not_checked: tuple[NotChecked, ...] = ()
    size: int = 0
    suppressing: tuple[Suppressing, ...] = ()
    marks: tuple[str, ...] = ()
