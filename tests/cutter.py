"""What a location means, cut out of the text."""

from __future__ import annotations

from crslint.finding import Range
from crslint.source.position import Locator

PATH = "config.yaml"


def locator(text: str) -> Locator:
    return Locator({PATH: text}.__getitem__)


class Cutter:
    """Cuts ranges out of a text by its own idea of lines."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.starts = [0]
        for position, char in enumerate(text):
            if char == "\n" or (char == "\r" and text[position + 1 : position + 2] != "\n"):
                self.starts.append(position + 1)

    def offsets(self, where: Range) -> tuple[int, int]:
        return (
            self.starts[where.line - 1] + where.column - 1,
            self.starts[where.end_line - 1] + where.end_column - 1,
        )

    def cut(self, where: Range) -> str:
        return self.text[slice(*self.offsets(where))]

    def from_line_start(self, where: Range) -> str:
        return self.text[self.starts[where.line - 1] : self.offsets(where)[1]]


def cut(text: str, at: str) -> str:
    return Cutter(text).cut(locator(text).locate(at).range)
