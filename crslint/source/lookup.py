"""From an address back to the documents that it lies in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from crslint import address
from crslint.source.document import Document, File


class Lookup:
    """Files are indexed when the first of their addresses is asked for."""

    def __init__(self, files: Sequence[File]) -> None:
        self._files = {file.path: file for file in files}
        self._documents: dict[str, Mapping[str, Document]] = {}

    def chain(self, at: str) -> list[Document]:
        """The documents that an address lies in, from the file's inward, as far as they could be read."""
        path = address.path_of(at)
        if path not in self._documents:
            file = self._files.get(path)
            self._documents[path] = {document.at: document for document in _all(file.documents if file else ())}
        hosts = [at]
        while (host := address.host_of(hosts[-1])) is not None:
            hosts.append(host)
        found = []
        for place in reversed(hosts):
            document = self._innermost(path, place)
            if document is None:
                break
            found.append(document)
        return found

    def _innermost(self, path: str, place: str) -> Document | None:
        """A document, or the item of a list that is one."""
        documents = self._documents[path]
        whole, _, pointer = place.partition("#")
        while True:
            document = documents.get(f"{whole}#{pointer}")
            if document is not None or not pointer:
                return document
            pointer = pointer.rpartition("/")[0]


def _all(documents: Iterable[Document]) -> Iterator[Document]:
    for document in documents:
        yield document
        for layer in document.layers.values():
            yield from _all(layer.documents)
