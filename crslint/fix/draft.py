"""Fixes collected, layer by layer, until they are one new text for each file."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence

from crslint import address
from crslint.finding import Edit
from crslint.fix.change import CannotFix, Change, GoneFile, NewFile, Overlap, Splice, TextChange, applied
from crslint.fix.edits import landed
from crslint.fix.model import Steps, documents, expected, same
from crslint.fix.occupied import Occupied
from crslint.fix.sites import Sheets, host_steps
from crslint.fix.united import united
from crslint.row import NamedTuple
from crslint.source.rewrite import rewrite, spliced
from crslint.source.sheet import Host, Sheet
from crslint.source.text import BREAK


class _Added(NamedTuple):
    """What one change does to one text."""

    sheet: Sheet
    at: str
    splices: tuple[Splice, ...]
    edit: tuple[int, Steps, Edit] | None = None
    made: tuple[int, Steps] | None = None
    free: tuple[int, int] | None = None


class Draft:
    """``add`` takes a fix whole or not at all; ``texts`` are the new texts of files, compared with what was meant."""

    def __init__(self, sheets: Sheets) -> None:
        self.sheets = sheets
        self.created: dict[str, str] = {}
        self.gone: set[str] = set()
        self._added: dict[Sheet, list[_Added]] = {}
        self._paths: dict[Sheet, str] = {}
        self._hosts: dict[Sheet, tuple[Sheet, int, Steps]] = {}
        self._edits: set[str] = set()
        self._occupied = Occupied()

    def add(self, changes: Sequence[Change]) -> None:
        """Raises CannotFix; Overlap where it is only in the way of what was added before."""
        added: list[_Added] = []
        created: dict[str, str] = {}
        gone: set[str] = set()
        asked = united(
            [change for change in changes if isinstance(change, Edit) and not self._is_made(change)], self.sheets
        )
        for change in (*asked, *(change for change in changes if not isinstance(change, Edit))):
            if isinstance(change, GoneFile):
                gone.add(change.path)
            elif isinstance(change, NewFile):
                if change.path in self.created or change.path in created:
                    raise Overlap(f"{change.path} is written by another fix")
                created[change.path] = change.text
            elif isinstance(change, TextChange):
                sheet, _ = self.sheets.layer(change.at)
                added.append(_Added(sheet, change.at, change.splices, free=(change.first, change.last)))
            else:
                added.append(self._edited(change))
        touched = {address.path_of(item.at) for item in added}
        if gone & ({self._paths[sheet] for sheet in self._added} | touched | self.gone) or touched & self.gone:
            raise Overlap("another fix changes the file that would go")
        own = Occupied()
        for item in added:
            self._refuse_overlap(item, own)
            own.take(item.sheet, item.splices, item.made, moves=item.free is not None)
        for item in added:
            self._occupied.take(item.sheet, item.splices, item.made, moves=item.free is not None)
            self._added.setdefault(item.sheet, []).append(item)
            self._connect(item)
        self.created |= created
        self.gone |= gone
        self._edits |= {repr(change) for change in changes if isinstance(change, Edit)}

    def _is_made(self, edit: Edit) -> bool:
        """Whether another finding asked for just the same."""
        return repr(edit) in self._edits

    def _edited(self, edit: Edit) -> _Added:
        try:
            where = landed(self.sheets, edit)
        except (LookupError, ValueError) as error:
            raise CannotFix(f"its text is not laid out as expected ({type(error).__name__})") from error
        made = (where.number, where.made) if where.made is not None else None
        return _Added(where.sheet, edit.at, where.splices, (where.number, where.steps, edit), made)

    def _refuse_overlap(self, item: _Added, own: Occupied) -> None:
        """``own`` is taken by the same fix, which knows what it moves."""
        if self._occupied.moved(item.sheet, moves=item.free is not None):
            raise Overlap("another fix changes the same documents")
        for taken in (self._occupied, own):
            if taken.same_place(item.sheet, item.splices, item.made):
                raise Overlap("another fix changes the same place")
            if taken.around(item.sheet, item.splices):
                raise Overlap("another fix changes what is around or inside")

    def _connect(self, item: _Added) -> None:
        """Remembers which file and which scalars the text lies in."""
        path = address.parse(item.at).path
        sheet = item.sheet
        self._paths[sheet] = path
        for index, steps in reversed(host_steps(item.at)):
            assert sheet.host is not None  # as many hosts as the address has layers
            self._hosts[sheet] = (sheet.host.sheet, index, steps)
            sheet = sheet.host.sheet
            self._paths[sheet] = path

    def splices(self) -> dict[str, list[Splice]]:
        """What changes in each file's own text."""
        return {self._paths[sheet]: found for sheet, found in self._collected()[0].items() if sheet.host is None}

    def texts(self) -> Mapping[str, str | None]:
        """The new text of each file that changes, None for one that goes; raises CannotFix where a text does not read
        as it was meant to."""
        collected, inner = self._collected()
        texts = {sheet: applied(sheet.text, found) for sheet, found in collected.items()}
        for sheet, text in texts.items():
            self._compare(sheet, text, inner.get(sheet, {}))
        written = {self._paths[sheet]: text for sheet, text in texts.items() if sheet.host is None}
        return {**written, **self.created, **dict.fromkeys(self.gone)}

    def _collected(self) -> tuple[dict[Sheet, list[Splice]], dict[Sheet, dict[tuple[int, Steps], str]]]:
        """The splices of each text, those of its layers among them, and the new texts of those layers' scalars."""
        splices = {sheet: [splice for item in items for splice in item.splices] for sheet, items in self._added.items()}
        inner: dict[Sheet, dict[tuple[int, Steps], str]] = {}
        for sheet in sorted(self._paths, key=_depth, reverse=True):
            found = splices.setdefault(sheet, [])
            if sheet.host is None:
                continue
            outer, index, steps = self._hosts[sheet]
            value, changed = _in_host_text(sheet.host, sheet.text, sorted(found, key=lambda item: item.start))
            splices.setdefault(outer, []).extend(changed)
            inner.setdefault(outer, {})[index, steps] = value
        return splices, inner

    def _compare(self, sheet: Sheet, text: str, hosts: Mapping[tuple[int, Steps], str]) -> None:
        before = documents(sheet)
        after = documents(Sheet(text, sheet.host, single=sheet.single))
        added = self._added.get(sheet, [])
        free = [item.free for item in added if item.free is not None]
        edits: dict[int, list[tuple[Steps, Edit]]] = {}
        for number, steps, edit in (item.edit for item in added if item.edit is not None):
            edits.setdefault(number, []).append((steps, edit))
        inside: dict[int, dict[Steps, str]] = {}
        for (number, steps), value in hosts.items():
            inside.setdefault(number, {})[steps] = value
        first = min((start for start, _ in free), default=len(before))
        behind = max(before, default=-1) - max((end for _, end in free), default=-1)
        shift = max(after, default=-1) - max(before, default=-1)
        if shift and not free:
            raise CannotFix("the text would read as another number of documents")
        for index, data in before.items():
            moved = index if index < first else index + shift
            if free and first <= index <= max(before) - behind:
                continue
            touched = index in edits or index in inside
            try:
                wanted = expected(data, edits.get(index, ()), inside.get(index, {})) if touched else data
            except (AttributeError, LookupError, TypeError, ValueError) as error:
                # One edit made a list of what another takes for a mapping.
                raise CannotFix("two changes of one place do not fit together") from error
            if moved not in after or not same(after[moved], wanted):
                raise CannotFix("the text would not read as it was meant to")


def _depth(sheet: Sheet) -> int:
    depth = 0
    while sheet.host is not None:
        depth, sheet = depth + 1, sheet.host.sheet
    return depth


def _in_host_text(host: Host, text: str, splices: Sequence[Splice]) -> tuple[str, list[Splice]]:
    """The new value of a scalar that holds a layer, and the splices of the text around it."""
    node, outer = host.node, host.sheet.text
    start = host.span[0]
    span = (start, start - node.start_mark.index + node.end_mark.index)
    new = applied(text, list(splices))
    if not host.encoded:
        edits = [(splice.span, splice.text) for splice in splices]
        changed = spliced(outer, span, node.style or "", node.value, edits)
        return new, [Splice(*place, written) for place, written in changed]
    encoded = _encoded(new, node.value)
    place, written = rewrite(outer, span, node.style or "", node.value, encoded)
    return encoded, [Splice(*place, written)]


def _encoded(text: str, before: str) -> str:
    """Base64, in lines where it was in lines."""
    content = base64.b64encode(text.encode("utf-8", "surrogateescape")).decode("ascii")
    line_break = BREAK.search(before.strip())
    if line_break is None:
        return content
    width = line_break.start()
    end = line_break[0] if before.endswith(("\n", "\r")) else ""
    return line_break[0].join(content[at : at + width] for at in range(0, len(content), width)) + end
