"""A progress bar on stderr, for runs that take longer than a second at a terminal."""

from __future__ import annotations

import time
from types import TracebackType
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from threading import Thread

STAGES = ("loading rules", "reading", "resolving", "validating", "judging", "locating")
_PATIENCE = 1.0
_INTERVAL = 0.1
_CLEAR = "\r\x1b[K"


class Progress:
    """Draws nothing where the stream is no terminal."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._stage = STAGES[0]
        self._begin = time.perf_counter()
        self._thread: Thread | None = None

    def __enter__(self) -> Progress:
        if self._stream.isatty():
            from threading import Event, Thread

            self._done = Event()
            self._thread = Thread(target=self._draw, daemon=True)
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._thread:
            self._done.set()
            self._thread.join()

    def enter(self, stage: str) -> None:
        self._stage = stage

    def _draw(self) -> None:
        if self._done.wait(_PATIENCE):
            return
        while not self._done.wait(_INTERVAL):
            reached = STAGES.index(self._stage)
            bar = "#" * 4 * reached + "." * 4 * (len(STAGES) - reached)
            seconds = time.perf_counter() - self._begin
            self._stream.write(f"{_CLEAR}[{bar}] {self._stage} {seconds:.0f} s")
            self._stream.flush()
        self._stream.write(_CLEAR)
        self._stream.flush()
