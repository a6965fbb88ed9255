"""A progress bar on stderr, for runs that take longer than a second at a terminal."""

from __future__ import annotations

import threading
import time
from types import TracebackType
from typing import TextIO

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
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._draw, daemon=True) if stream.isatty() else None

    def __enter__(self) -> Progress:
        if self._thread:
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._done.set()
        if self._thread:
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
