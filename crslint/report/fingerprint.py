"""What a finding is known by across changes: the same fault keeps its fingerprint when lines move."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence

from crslint import address
from crslint.source.document import Document, File

# By what an item of a list is known, in this order.
_NAMES = ("name", "key")


class Fingerprints:
    """``identity`` says who a document's object is, in a form that is stable; empty for what is no object."""

    def __init__(self, files: Sequence[File], identity: Callable[[str], str]) -> None:
        self._files: Mapping[str, File] = {file.path: file for file in files}
        self._identity = identity
        self._seen: dict[str, int] = {}

    def of(self, code: str, at: str) -> str:
        """Hexadecimal. Equal faults at equal places (two documents of one identity) are told apart by their order."""
        parts = [code, address.path_of(at), *self._chain(at)]
        key = "\0".join(parts)
        count = self._seen[key] = self._seen.get(key, 0) + 1
        text = key if count == 1 else f"{key}\0{count}"
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]

    def _chain(self, at: str) -> Iterator[str]:
        """Identity and pointer of each document from the file inward."""
        hosts = [at]
        while (host := address.host_of(hosts[-1])) is not None:
            hosts.append(host)
        file = self._files.get(address.path_of(at))
        documents: Sequence[Document] = file.documents if file else ()
        for place in reversed(hosts):
            document = find(documents, place)
            if document is None:
                yield address.pointer(address.parse(place).pointer)
                return
            yield self._identity(document.at)
            steps = address.parse(place).pointer[len(address.parse(document.at).pointer) :]
            yield "/".join(_named(document.data, steps))
            layer = document.layers.get(address.pointer(steps))
            documents = layer.documents if layer else ()


def find(documents: Sequence[Document], at: str) -> Document | None:
    """The document that an address lies in; of a list's items the innermost."""
    around = (document for document in documents if address.within(at, document.at))
    return max(around, key=lambda document: len(document.at), default=None)


def _named(data: object, steps: Sequence[str]) -> Iterator[str]:
    for step in steps:
        if isinstance(data, list) and step.isdigit() and int(step) < len(data):
            data = data[int(step)]
            name = (
                next((data[key] for key in _NAMES if isinstance(data.get(key), str)), None)
                if isinstance(data, dict)
                else None
            )
            yield step if name is None else f"={name}"
        else:
            data = data.get(step) if isinstance(data, dict) else None
            yield step
