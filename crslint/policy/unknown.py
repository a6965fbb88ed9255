"""Not knowing: the answer of an expression, and how a function says that it cannot give one."""

from __future__ import annotations

from crslint.row import NamedTuple

UNKNOWN_MARK = "unknown value: "


class Unknown(NamedTuple):
    """The answer to a question about something that is not known; ``what`` names the fact."""

    what: str


class UnknownValue(Exception):  # noqa: N818  # no error: an answer
    """Raised by a function that cannot decide: the expression becomes unknown. ``what`` is what is not known."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{UNKNOWN_MARK}{what}")
