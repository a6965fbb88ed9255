"""The payloads of one set move to the end of another's list, where the order is certain; the set itself goes."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence

from crslint import address
from crslint.finding import Edit, Finding
from crslint.fix.change import CannotFix, Change, GoneFile, Splice, TextChange
from crslint.fix.documents import document_comments, removed_document
from crslint.fix.edits import value_at
from crslint.fix.insertion import inserted_item
from crslint.fix.layout import as_lines, entries, margin
from crslint.fix.sites import Sheets, Site
from crslint.fix.transforms.lookup import resource_set
from crslint.fleet.entities.gitops import Kustomization
from crslint.fleet.fleet import Fleet
from crslint.source.text import BREAKS

_LIST = ("spec", "resources")


def changes(finding: Finding, fleet: Fleet, sheets: Sheets) -> Sequence[Change]:
    gone = resource_set(finding.at, fleet)
    hope = next((row for row in gone.hopes if row["at"] == finding.at and not row["own"]), None)
    if hope is None:
        raise CannotFix("the other set is not known")
    kept = resource_set(hope["set"], fleet)
    moved = value_at(sheets.site(address.at(gone.at, _LIST)))
    target = sheets.site(address.at(kept.at, _LIST))
    present = value_at(target)
    if not isinstance(moved, list) or not isinstance(present, list) or not present:
        raise CannotFix("the lists cannot be read")
    new = [item for item in moved if item not in present]
    said = document_comments(gone.at, sheets)
    removal = removed_document(gone.at, sheets)
    found: list[Change] = [_appended(address.at(kept.at, _LIST), target, new, said, sheets), removal]
    if isinstance(removal, GoneFile):
        found += _forgotten(removal.path, fleet)
    return found


def _appended(at: str, site: Site, items: Sequence[object], said: Sequence[str], sheets: Sheets) -> TextChange:
    """New items at the end, below the comments of what they come from."""
    style = sheets.style(site)
    count = len(entries(site))
    splices = [splice for item in items for splice in inserted_item(site, count, item, style)]
    if said and splices:
        below = margin(site.sheet.text, entries(site)[0].start)
        lines = as_lines(said, below)
        first = splices[0]
        if first.text[:1] not in BREAKS or first.start != first.end:
            raise CannotFix("its comments cannot stand in the other list")
        text = "".join(f"{style.line_break}{line}" for line in lines)
        splices[0] = Splice(first.start, first.end, text + first.text)
    return TextChange(at, tuple(splices), site.number, site.number)


def _forgotten(path: str, fleet: Fleet) -> list[Edit]:
    """The entries of kustomizations that name a file."""
    rows = [
        (posixpath.dirname(address.path_of(item.at)), row)
        for item in fleet.entities.get(Kustomization.ENTITY, ())
        for row in (item.entries if isinstance(item, Kustomization) else ())
    ]
    named = ((row["at"], posixpath.normpath(posixpath.join(folder, row["path"]))) for folder, row in rows)
    return [Edit("remove", at) for at, place in named if place == path]
