"""What a finding is known by across changes: the same fault keeps its fingerprint when lines move."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from crslint import address
from crslint.source.document import Document

# By what an item of a list is known, in this order.
_NAMES = ("name", "key")


class Fingerprints:
    """``chain`` gives the documents that an address lies in, from the file inward; ``identity`` says who the object of
    a document is, in a form that is stable; empty for what is no object."""

    def __init__(self, chain: Callable[[str], Iterable[Document]], identity: Callable[[str], str]) -> None:
        self._chain = chain
        self._identity = identity
        self._seen: dict[str, int] = {}

    def of(self, code: str, at: str) -> str:
        """Hexadecimal. Equal faults at equal places (two documents of one identity) are told apart by their order."""
        key = "\0".join([code, address.path_of(at), *self._parts(at)])
        count = self._seen[key] = self._seen.get(key, 0) + 1
        return _hashed(key if count == 1 else f"{key}\0{count}")

    def shared(self, code: str, at: str) -> str:
        """The same, where equal faults at equal places are not told apart."""
        return _hashed("\0".join([code, address.path_of(at), *self._parts(at)]))

    def unplaced(self, code: str, at: str) -> str:
        """The same in whatever file the object lies."""
        return _hashed("\0".join([code, *self._parts(at)]))

    def _parts(self, at: str) -> Iterator[str]:
        """Identity and pointer of each document; the bare pointers of what could not be read."""
        target = address.parse(at)
        pointers = [*(host for host, _ in target.layers), target.pointer]
        documents = list(self._chain(at))
        for pointer, document in zip(pointers, documents, strict=False):
            yield self._identity(document.at)
            steps = pointer[len(address.parse(document.at).pointer) :]
            yield "/".join(_named(document.data, steps))
        for pointer in pointers[len(documents) :]:
            yield address.pointer(pointer)


def _hashed(text: str) -> str:
    import hashlib

    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _named(data: object, steps: Sequence[str]) -> Iterator[str]:
    for step in steps:
        if isinstance(data, list) and step.isdigit() and int(step) < len(data):
            data = data[int(step)]
            name = _name(data)
            yield step if name is None else f"={name}"
        else:
            data = data.get(step) if isinstance(data, dict) else None
            yield step


def _name(item: object) -> str | None:
    if not isinstance(item, dict):
        return None
    return next((item[key] for key in _NAMES if isinstance(item.get(key), str)), None)
