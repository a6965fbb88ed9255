"""A manifest that the user rendered, read and made to conform; what cannot be is a fault with a place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from crslint import address
from crslint.config.model import CODE
from crslint.finding import Problem
from crslint.fix.new.payloads import LARGEST, Object, is_oversized
from crslint.fleet.confidential import PLAIN, PRIVATE_KEY, decoded, state_of
from crslint.fleet.scope import Scopes, scopes
from crslint.row import NamedTuple
from crslint.source.document import File
from crslint.source.payload import chunks
from crslint.source.reader import read_file

_TOP_KEY = re.compile(r"^(apiVersion|kind|metadata):", re.MULTILINE)
# What begins the first chunk of a file, and one after another separator.
_SEPARATORS = re.compile(r"\A(?:---[^\n]*\n)+")
_LITERAL = re.compile("[\n\t\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]*")
_FIRST = {"Namespace": 0, "CustomResourceDefinition": 1}


class Item(NamedTuple):
    """An object of a manifest: ``at`` is its address in the file, ``text`` what is written of it, None where that is no
    document of its own or is not kept."""

    data: Object
    at: str
    text: str | None


class Manifest(NamedTuple):
    """``content`` is the file's text with the separators that it lacked; ``notes`` say what was changed."""

    name: str
    content: str
    items: tuple[Item, ...]
    notes: tuple[str, ...] = ()

    @property
    def objects(self) -> list[Object]:
        return [item.data for item in self.items]


class ManifestError(Exception):
    """Why a manifest cannot be a payload, as problems at their places; ``content`` is the text that they count in."""

    def __init__(self, name: str, content: str, problems: Sequence[Problem], advice: str = "") -> None:
        super().__init__(problems[0].parameters.get("reason"))
        self.name = name
        self.content = content
        self.problems = tuple(problems)
        self.advice = advice


def read_manifest(name: str, content: bytes, namespace: str, *, keyless: bool = False) -> Manifest:
    """``namespace`` is given to the namespaced objects that have none.

    The order is kept but for Namespaces and CRDs, which come first. Secrets with private keys are left out of what can
    do without (``keyless``). Raises ManifestError.
    """
    try:
        text = content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        raise ManifestError(name, "", [_problem(address.document(name, 0), "not UTF-8")]) from None
    separated, added = _separated(text)
    file = read_file(name, separated.encode())
    if faults := [*_broken(file), *_no_objects(file)]:
        raise ManifestError(name, separated, faults)
    items = _items(file, separated)
    kept = [item for item in items if not (keyless and _holds_private_key(item.data))]
    if open_secrets := list(_open_secrets(kept)):
        raise ManifestError(name, separated, open_secrets)
    if oversized := [item for item in kept if is_oversized(item.data)]:
        reasons = (
            f"{_called(item.data)} alone is more than the {LARGEST:,} bytes of a ConfigMap" for item in oversized
        )
        faults = [_problem(item.at, reason) for item, reason in zip(oversized, reasons, strict=True)]
        raise ManifestError(name, separated, faults)
    known = {**scopes(), **_own_scopes(kept)}
    given = [_in_namespace(item, known, namespace) for item in kept]
    notes = []
    if added:
        notes.append(f"put {_counted(added, 'missing ---', 'missing ---')} between objects")
    named = sum(before is not after for before, after in zip(kept, given, strict=True))
    if named:
        notes.append(f"gave {_counted(named, 'object')} the namespace {namespace}")
    lost = (_called(item.data) for item in items if item not in kept)
    notes += [f"left out {name}: it holds a private key, and a ConfigMap in Git can be read" for name in lost]
    ordered = sorted(given, key=lambda item: _FIRST.get(str(item.data["kind"]), 2))
    return Manifest(name, separated, tuple(ordered), tuple(notes))


def as_yaml(manifest: Manifest) -> str | None:
    """The objects as they were written, with their comments; None where something of them was changed or cannot
    stand in a literal block."""
    texts = [item.text for item in manifest.items]
    if any(each is None for each in texts):
        return None
    written = "---\n".join(f"{each.rstrip()}\n" for each in texts if each is not None)
    again = read_file(manifest.name, written.encode())
    same = [document.data for document in again.documents if document.data is not None] == manifest.objects
    return written if same and not written[:1].isspace() and _LITERAL.fullmatch(written) else None


def _separated(text: str) -> tuple[str, int]:
    """The text with a ``---`` before each object that follows another without one, and how many were put in."""
    pieces: list[str] = []
    added = 0
    end = 0
    for chunk in chunks(text):
        seen: set[str] = set()
        for match in _TOP_KEY.finditer(text, chunk.start, chunk.end):
            if match[1] in seen and match[1] != "metadata":
                pieces += [text[end : match.start()], "---\n"]
                end = match.start()
                added += 1
                seen = set()
            seen.add(match[1])
    return "".join([*pieces, text[end:]]), added


def _broken(file: File) -> Iterator[Problem]:
    for problem in file.problems:
        if problem.code in ("YML001", "YML004", "YML005", "YML006"):
            yield Problem(CODE, problem.at, {"reason": str(problem.parameters.get("reason"))}, problem.span)
        elif problem.code == "YML002":
            reason = f'"{problem.parameters.get("key")}" is written twice'
            yield Problem(CODE, problem.at, {"reason": reason}, problem.span)


def _no_objects(file: File) -> Iterator[Problem]:
    found = False
    for document in file.documents:
        data = document.data
        if data is None:
            continue
        found = True
        metadata = data.get("metadata") if isinstance(data, dict) else None
        named = isinstance(metadata, dict) and isinstance(metadata.get("name"), str)
        whole = isinstance(data, dict) and all(isinstance(data.get(key), str) for key in ("apiVersion", "kind"))
        if not (whole and named):
            yield _problem(document.at, "no object: it has no apiVersion, kind and name; is it output of a tool?")
    if not found and not file.problems:
        yield _problem(address.document(file.path, 0), "no objects in it")


def _items(file: File, text: str) -> list[Item]:
    documents = [document for document in file.documents if isinstance(document.data, dict)]
    written = [_SEPARATORS.sub("", text[chunk.start : chunk.end]) for chunk in chunks(text)]
    written = [each for each in written if any(_is_content(line) for line in each.split("\n"))]
    texts: Sequence[str | None] = written if len(written) == len(documents) else [None] * len(documents)
    return [
        Item(document.data, document.at, each)
        for document, each in zip(documents, texts, strict=True)
        if isinstance(document.data, dict)
    ]


def _is_content(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#") and line.rstrip() != "---"


def _own_scopes(items: Sequence[Item]) -> Scopes:
    found: dict[tuple[str, str], str] = {}
    for item in items:
        spec = item.data.get("spec")
        if item.data["kind"] == "CustomResourceDefinition" and isinstance(spec, dict):
            names = spec.get("names")
            if isinstance(names, dict):
                found[str(spec.get("group")), str(names.get("kind"))] = str(spec.get("scope"))
    return found


def _in_namespace(item: Item, known: Scopes, namespace: str) -> Item:
    group = str(item.data["apiVersion"]).rpartition("/")[0]
    metadata: dict[str, Any] = item.data["metadata"]
    if known.get((group, str(item.data["kind"]))) != "Namespaced" or metadata.get("namespace"):
        return item
    data = {**item.data, "metadata": {"name": metadata["name"], "namespace": namespace, **metadata}}
    data["metadata"]["namespace"] = namespace
    return Item(data, item.at, None)


def _secret_values(data: Object) -> Iterator[tuple[str, str, str]]:
    """Field, key and value of what a Secret holds."""
    if data["kind"] != "Secret" or data["apiVersion"] != "v1":
        return
    for field in ("data", "stringData"):
        entries = data.get(field)
        for key, value in entries.items() if isinstance(entries, dict) else ():
            if isinstance(value, str):
                yield field, key, (decoded(value) or "") if field == "data" else value


def _holds_private_key(data: Object) -> bool:
    return any(PRIVATE_KEY in value for _, _, value in _secret_values(data))


def _open_secrets(items: Sequence[Item]) -> Iterator[Problem]:
    for item in items:
        for field, key, value in _secret_values(item.data):
            if state_of(key, value) == PLAIN:
                reason = (
                    f"{_called(item.data)} has a credential, {key}: a payload is a ConfigMap in Git, for all to read. "
                    "Take it out; a Secret of type addons.cluster.x-k8s.io/resource-set can bring it"
                )
                yield _problem(address.at(item.at, (field,)), reason)
                break


def _called(data: Object) -> str:
    metadata: dict[str, Any] = data["metadata"]
    place = f"{metadata['namespace']}/" if metadata.get("namespace") else ""
    return f"{data['kind']} {place}{metadata['name']}"


def _problem(at: str, reason: str) -> Problem:
    return Problem(CODE, at, {"reason": reason})


def _counted(number: int, singular: str, plural: str | None = None) -> str:
    return f"{number} {singular if number == 1 else plural or singular + 's'}"
