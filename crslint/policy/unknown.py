"""How a function says that it cannot answer."""

from __future__ import annotations

UNKNOWN_MARK = "unknown value: "


class UnknownValue(Exception):  # noqa: N818  # no error: an answer
    """Raised by a function that cannot decide: the expression becomes unknown. ``what`` is what is not known."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{UNKNOWN_MARK}{what}")
