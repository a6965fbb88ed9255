"""What a finding's fix does to the text of files, for reports that tools apply."""

from __future__ import annotations

from collections.abc import Callable

from crslint import address
from crslint.finding import Finding
from crslint.fix.change import CannotFix, GoneFile, NewFile
from crslint.fix.draft import Draft
from crslint.fix.plan import Context, planned
from crslint.fix.sites import Sheets
from crslint.fleet.fleet import Fleet
from crslint.report.result import Creation, Replacement
from crslint.report.sources import Texts
from crslint.source.secrets import is_secret
from crslint.source.tree import Tree

Edits = tuple[Replacement | Creation, ...]

# More of a transform than this is nothing to put into a report.
_LIMIT = 64 * 1024


class EditTexts:
    """Each fix alone, as if no other were made."""

    def __init__(self, tree: Tree, fleet: Fleet, texts: Texts, displayed: Callable[[str], str]) -> None:
        self._context = Context(tree, fleet, Sheets(texts.text))
        self._texts = texts
        self._displayed = displayed

    def of(self, finding: Finding) -> Edits | None:
        """None where there are none, where they cannot be made, lie in a Secret or are too long."""
        if finding.fix is None:
            return None
        try:
            changes = planned(finding, self._context)
            draft = Draft(self._context.sheets)
            draft.add(changes)
        except CannotFix:
            return None
        if draft.gone:
            return None
        places = [change.at for change in changes if not isinstance(change, NewFile | GoneFile)]
        if any(self._is_hidden(at) for at in places):
            return None
        found: list[Replacement | Creation] = [
            Replacement(self._displayed(path), self._texts.lines(path).range(splice.start, splice.end), splice.text)
            for path, splices in sorted(draft.splices().items())
            for splice in sorted(splices)
        ]
        found += [Creation(self._displayed(path), text) for path, text in sorted(draft.created.items())]
        size = sum(len(edit.text) for edit in found)
        return None if size > _LIMIT and not finding.fix.edits else tuple(found)

    def _is_hidden(self, at: str) -> bool:
        """Whether a place lies in the values of a Secret."""
        chain = self._texts.lookup.chain(at)
        inside = address.parse(at).layers
        return any(is_secret(document) for document in chain[: len(inside)]) or self._in_values(at)

    def _in_values(self, at: str) -> bool:
        chain = self._texts.lookup.chain(at)
        if not chain or not is_secret(chain[-1]):
            return False
        return address.parse(at).pointer[:1] in ((), ("data",), ("stringData",))
