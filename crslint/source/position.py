"""Addresses to places: the exact range of a value in its file, through any depth of layers.

Parsing keeps plain data only; a file is composed again, once, when the first of its addresses is asked for.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

from crslint import address
from crslint.finding import Location, Range, Spot
from crslint.source.collector import collector_paused
from crslint.source.sheet import Place, Sheet, Span

__all__ = ["Locator", "Span"]

_KEPT_FILES = 4


class Locator:
    """Finds the places of addresses; ``text_of`` gives the decoded text of a file by its path.

    The most recently used files stay composed. Nothing is raised for an address: what cannot be found is shown at its
    nearest existing parent, a file that cannot be read at its start.
    """

    def __init__(self, text_of: Callable[[str], str]) -> None:
        self._text_of = text_of
        self._files: OrderedDict[str, Sheet] = OrderedDict()

    def locate(self, at: str, span: Spot | None = None) -> Location:
        """The place of an address, or of ``span`` in the innermost text that the address lies in."""
        try:
            target = address.parse(at)
        except ValueError:
            return Location(at, Range(1, 1, 1, 1), at, absent=True)
        with collector_paused():
            place = self._place(target)
        if span == "key":
            place = place if place.key is None else Place(place.sheet, place.key, None)
        elif span is not None:
            place = Place(place.sheet, span, None)
        outer, exact = place.sheet.outward(place.span)
        return Location(
            path=target.path,
            range=self._file(target.path).lines.range(*outer),
            address=at,
            layer="!".join(address.pointer(host) for host, _ in target.layers) or None,
            inner=place.sheet.lines.range(*place.span) if target.layers else None,
            exact=exact,
            absent=place.absent,
        )

    def key_range(self, at: str) -> Range | None:
        """Where the key of a mapping's entry stands in the outer file; None for what has no key, or is not there."""
        try:
            target = address.parse(at)
        except ValueError:
            return None
        with collector_paused():
            place = self._place(target)
        if place.absent or place.key is None:
            return None
        outer, exact = place.sheet.outward(place.key)
        return self._file(target.path).lines.range(*outer) if exact else None

    def text(self, path: str) -> str:
        """The decoded text of a file, empty where it cannot be read."""
        return self._file(path).text

    def _file(self, path: str) -> Sheet:
        sheet = self._files.get(path)
        if sheet is None:
            try:
                text = self._text_of(path)
            except (OSError, UnicodeError, KeyError):
                text = ""
            sheet = self._files[path] = Sheet(text)
            if len(self._files) > _KEPT_FILES:
                self._files.popitem(last=False)
        else:
            self._files.move_to_end(path)
        return sheet

    def _place(self, target: address.Address) -> Place:
        sheet = self._file(target.path)
        index = target.index
        for host, inner_index in target.layers:
            layer = sheet.layer(index, host)
            if layer is None:
                place = sheet.place(index, host)
                return Place(sheet, place.span, place.key, absent=True)
            sheet, index = layer, inner_index
        return sheet.place(index, target.pointer)
