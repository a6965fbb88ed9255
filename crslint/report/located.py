"""Findings with addresses to findings with places."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import takewhile
from operator import eq

from crslint import address
from crslint.finding import Finding, Spot
from crslint.report.fingerprint import Fingerprints
from crslint.report.result import Located, Place
from crslint.source.document import Document, File, enclosing
from crslint.source.position import Locator
from crslint.source.secrets import MASK, is_secret, secret_words

# So much of the beginning of a Secret's value gives it away.
_TELLING = 12

# The object at a document's address: what people call it (``ConfigMap kube-system/x``) and what is stable of it.
Identify = Callable[[str], tuple[str, str]]


class Placer:
    """``displayed`` turns a path relative to the root into one relative to the working directory."""

    def __init__(
        self, files: Sequence[File], locator: Locator, displayed: Callable[[str], str], identify: Identify
    ) -> None:
        self._files: Mapping[str, File] = {file.path: file for file in files}
        self._locator = locator
        self._displayed = displayed
        self._identify = identify

    def located(self, findings: Iterable[Finding]) -> tuple[Located, ...]:
        """Sorted by path, line, column, code, address."""
        placed = sorted((self._located(finding) for finding in findings), key=lambda item: item.sort_key)
        prints = Fingerprints(self._chain, lambda at: self._identify(at)[1])
        return tuple(item._replace(fingerprint=prints.of(item.finding.code, item.finding.at)) for item in placed)

    def _located(self, finding: Finding) -> Located:
        words = [word for document in self._chain(finding.at) if is_secret(document) for word in secret_words(document)]
        if words:
            finding = replace(finding, message=_without(finding.message, words))
        related = tuple(self._place(item.at, item.span, _without(item.label, words)) for item in finding.related)
        return Located(finding, self._place(finding.at, finding.span, ""), related, "")

    def _place(self, at: str, span: Spot | None, label: str) -> Place:
        location = self._locator.locate(at, span)
        return Place(self._displayed(location.path), location, self._inside(at), label)

    def _inside(self, at: str) -> str | None:
        host = address.host_of(at)
        if host is None:
            return None
        key = address.parse(host).pointer[-1:]
        documents = list(self._chain(at))
        name = self._identify(documents[-1].at)[0] if documents else ""
        return ", ".join(filter(None, (f"payload {''.join(key)}", name)))

    def _chain(self, at: str) -> Iterator[Document]:
        """The documents that an address lies in, from the file inward, as far as they could be read."""
        file = self._files.get(address.path_of(at))
        return enclosing(file.documents, at) if file else iter(())


def _without(text: str, words: Sequence[str]) -> str:
    """A text without the words, also where it is cut in the middle of one."""
    for word in words:
        while (start := text.find(word[:_TELLING])) >= 0:
            end = start + sum(1 for _ in takewhile(bool, map(eq, text[start:], word)))
            text = text[:start] + MASK + text[end:]
    return text
