"""What is said of a finding that was fixed or was not: its place in the tree it was found in, no value of a Secret."""

from __future__ import annotations

from crslint.finding import Finding, Location
from crslint.record import replace
from crslint.row import NamedTuple
from crslint.source.lookup import Lookup
from crslint.source.position import Locator
from crslint.source.secrets import is_secret, secret_words, without
from crslint.source.tree import Tree


class Told(NamedTuple):
    """``reason`` says why it could not be fixed."""

    finding: Finding
    location: Location
    reason: str = ""


class Teller:
    """For the findings of one tree."""

    def __init__(self, tree: Tree) -> None:
        self._locator = Locator(tree.text)
        self._lookup = Lookup(tree.files)

    def told(self, finding: Finding, reason: str = "") -> Told:
        place = self._locator.locate(finding.at, finding.span)
        words = [word for each in self._lookup.chain(finding.at) if is_secret(each) for word in secret_words(each)]
        if words and finding.fix is not None:
            fix = replace(finding.fix, title=without(finding.fix.title, words))
            finding, reason = replace(finding, fix=fix), without(reason, words)
        return Told(finding, place, reason)
