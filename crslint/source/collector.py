"""The cyclic garbage collector: it finds nothing while a text becomes data, and costs up to six times the parsing."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collector_paused() -> Iterator[None]:
    """Off inside the block, however deep blocks are nested; on again after the outermost one if it was on before."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()
