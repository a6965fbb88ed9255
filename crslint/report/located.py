"""Findings with addresses to findings with places."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from crslint import address
from crslint.finding import Finding, Location, Spot
from crslint.record import replace
from crslint.report.fingerprint import Fingerprints
from crslint.report.result import Located, Place
from crslint.source.lookup import Lookup
from crslint.source.position import Locator
from crslint.source.secrets import is_secret, secret_words, without

# The object at a document's address: what people call it (``ConfigMap kube-system/x``) and what is stable of it.
Identify = Callable[[str], tuple[str, str]]
Target = tuple[str, Spot | None]

_NAMELESS = "?"


class Placer:
    """``displayed`` turns a path relative to the root into one relative to the working directory."""

    def __init__(self, lookup: Lookup, locator: Locator, displayed: Callable[[str], str], identify: Identify) -> None:
        self._lookup = lookup
        self._locator = locator
        self._displayed = displayed
        self._identify = identify
        self._words: dict[str, list[str]] = {}

    def located(self, findings: Sequence[Finding]) -> tuple[Located, ...]:
        """Sorted by path, line, column, code, address."""
        locations = self._locations(findings)
        placed = sorted((self._located(finding, locations) for finding in findings), key=lambda item: item.sort_key)
        prints = Fingerprints(self._lookup.chain, lambda at: self._identify(at)[1])
        return tuple(item._replace(fingerprint=prints.of(item.finding.code, item.finding.at)) for item in placed)

    def _locations(self, findings: Iterable[Finding]) -> Mapping[Target, Location]:
        """File by file: each is composed once."""
        targets: set[Target] = set()
        for finding in findings:
            targets.add((finding.at, finding.span))
            targets.update((related.at, related.span) for related in finding.related)
        ordered = sorted(targets, key=lambda target: address.path_of(target[0]))
        return {target: self._locator.locate(*target) for target in ordered}

    def _located(self, finding: Finding, locations: Mapping[Target, Location]) -> Located:
        words = self._secret_words([finding.at, *(related.at for related in finding.related)])
        if words:
            fix = finding.fix and replace(finding.fix, title=without(finding.fix.title, words))
            finding = replace(finding, message=without(finding.message, words), fix=fix)
        related = tuple(
            self._place(locations[item.at, item.span], without(item.label, words)) for item in finding.related
        )
        return Located(finding, self._place(locations[finding.at, finding.span], ""), related, "")

    def _place(self, location: Location, label: str) -> Place:
        return Place(self._displayed(location.path), location, self._inside(location.address), label)

    def _inside(self, at: str) -> str | None:
        host = address.host_of(at)
        if host is None:
            return None
        *above, key = ("", *address.parse(host).pointer)
        what = f"payload {key}" if above[-1:] in (["data"], ["stringData"]) else key
        names = (self._identify(document.at)[0] for document in reversed(self._lookup.chain(at)))
        name = next((name for name in names if name and _NAMELESS not in name), "")
        return ", ".join(filter(None, (what, name)))

    def _secret_words(self, places: Iterable[str]) -> list[str]:
        """What no text of a finding may repeat that lies in these places."""
        words: list[str] = []
        for document in (document for at in places for document in self._lookup.chain(at)):
            if is_secret(document):
                if document.at not in self._words:
                    self._words[document.at] = list(secret_words(document))
                words += self._words[document.at]
        return words
