"""What commands print and write."""

from __future__ import annotations

import sys
from pathlib import Path

FAILED = 1
UNWRITABLE = 2


def written(text: str, file: Path | None) -> bool:
    """To stdout, or to a file; False, with a note, where that cannot be done."""
    try:
        if file is None:
            sys.stdout.write(text)
            sys.stdout.flush()
        else:
            file.write_text(text, encoding="utf-8", errors="backslashreplace")
    except BrokenPipeError:
        raise
    except OSError as error:
        noted(f"cannot write {file or 'to stdout'}: {error.strerror}")
        return False
    return True


def noted(text: str) -> None:
    """A line on stderr."""
    sys.stderr.write(f"crslint: {text}\n")
    sys.stderr.flush()
