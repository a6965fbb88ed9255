"""The bar on a terminal: only for runs that last, and gone when they end."""

from __future__ import annotations

import io
import time

from crslint.progress import STAGES, Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def run(stream: io.StringIO, seconds: float) -> str:
    with Progress(stream) as progress:
        progress.enter("validating")
        time.sleep(seconds)
    return stream.getvalue()


def test_a_long_run_shows_its_stage_and_leaves_nothing() -> None:
    drawn = run(Terminal(), 1.4)
    reached = 4 * STAGES.index("validating")
    bar = "#" * reached + "." * (4 * len(STAGES) - reached)
    assert drawn.startswith(f"\r\x1b[K[{bar}] validating 1 s")
    assert drawn.endswith("\r\x1b[K")


def test_a_short_run_shows_nothing() -> None:
    assert run(Terminal(), 0.1) == ""


def test_nothing_is_drawn_where_there_is_no_terminal() -> None:
    assert run(io.StringIO(), 1.2) == ""
