"""What a text is at fault with."""

from __future__ import annotations

DEPTH_LIMIT = 200


class SyntaxFault(Exception):  # noqa: N818  # a fault of the text, not of the program
    """Something that is not parseable: why, and where in the text."""

    code = "YML001"

    def __init__(self, reason: str, offset: int, end: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.offset = offset
        self.end = offset if end is None else end


class LimitFault(SyntaxFault):
    """Parseable, but more than is read of one text."""

    code = "YML005"


def too_deep(offset: int) -> LimitFault:
    return LimitFault(f"nested deeper than {DEPTH_LIMIT} levels", offset)
