"""The command line: arguments in, exit code out."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

INTERNAL = 70
# Set by a shell that wants its script for completion, or candidates: `_CRSLINT_COMPLETE=bash_source crslint`.
_COMPLETION = "_CRSLINT_COMPLETE"


def run_command(arguments: Sequence[str]) -> int:
    """The exit code. Nothing is raised but KeyboardInterrupt and BrokenPipeError."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        instruction = os.environ.get(_COMPLETION)
        code = None if instruction else _plain(arguments)
        if code is None:
            from crslint.group import run_group

            code = run_group(arguments, _COMPLETION, instruction)
    except BrokenPipeError:
        raise
    except Exception as error:
        _report_bug(error, traced="--verbose" in arguments or bool(os.environ.get("CRSLINT_TRACEBACK")))
        return INTERNAL
    return code


def _plain(arguments: Sequence[str]) -> int | None:
    """None where click has to read the arguments, or to say what is wrong with them."""
    if arguments[:1] != ["check"]:
        return None
    from crslint.plain import plain_gate

    gate = plain_gate(arguments)
    if gate is None:
        return None
    from crslint.gate import check
    from crslint.request import CallError
    from crslint.run import UsageError
    from crslint.scope import ScopeError

    try:
        return check(gate)
    except (CallError, ScopeError, UsageError):
        return None


def _report_bug(error: Exception, traced: bool) -> None:
    from crslint.commands.outputs import noted
    from crslint.version import version

    if traced:
        import traceback

        traceback.print_exception(error)
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    place = f"{Path(frame.tb_frame.f_code.co_filename).name}:{frame.tb_lineno}" if frame else "?"
    noted(
        f"internal error: {type(error).__name__} at {place}: {str(error)[:200]}\n"
        f"This is a bug in crslint {version()}, not in your files; please report it with the line above. "
        "CRSLINT_TRACEBACK=1 in the environment shows where it comes from."
    )
