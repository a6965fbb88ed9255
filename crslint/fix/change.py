"""What a fix comes to: plain data, before it is text."""

from __future__ import annotations

from crslint.finding import Edit
from crslint.row import NamedTuple


class CannotFix(Exception):  # noqa: N818  # an outcome, not a fault of the program
    """Why a fix is not applied, in words for the user."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Overlap(CannotFix):
    """Another fix changes the same text: sound in a second pass."""


class Splice(NamedTuple):
    """One replacement in a text."""

    start: int
    end: int
    text: str

    @property
    def span(self) -> tuple[int, int]:
        return self.start, self.end

    def touches(self, start: int, end: int) -> bool:
        """Whether both change the same characters; an insertion at the edge of the other does not."""
        return self.start < end and start < self.end


class TextChange(NamedTuple):
    """Splices in the text that the document at ``at`` lies in: a layer, or the file.

    Documents of that text from ``first`` to ``last`` (by index) may become others, and more or fewer; all others must
    stay as they are. Where ``first`` is behind ``last``, none may change as data.
    """

    at: str
    splices: tuple[Splice, ...]
    first: int
    last: int


class NewFile(NamedTuple):
    """``path`` is relative to the root."""

    path: str
    text: str


class GoneFile(NamedTuple):
    """A file that is deleted; ``path`` is relative to the root."""

    path: str


Change = Edit | TextChange | NewFile | GoneFile


def applied(text: str, splices: list[Splice]) -> str:
    """The text with splices that do not touch each other; those at one place in the order given."""
    parts = []
    position = 0
    for splice in sorted(splices, key=lambda item: item.start):
        parts += [text[position : splice.start], splice.text]
        position = splice.end
    return "".join([*parts, text[position:]])
