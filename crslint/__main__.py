"""The process: `crslint` and `python -m crslint`. Nothing heavy is imported before it is known to be needed."""

from __future__ import annotations

import os
import sys

UNWRITABLE = 2
INTERRUPTED = 130
CLOSED_PIPE = 141


def main() -> None:
    """Runs the command line and ends the process with its exit code."""
    try:
        code = _run(sys.argv[1:])
        sys.stdout.flush()
        sys.stderr.flush()
    except BrokenPipeError:
        code = CLOSED_PIPE
    except KeyboardInterrupt:
        code = INTERRUPTED
    except OSError:
        # Already said: stdout cannot be written.
        code = UNWRITABLE
    # Taking a large fleet apart object by object costs more than printing what was found in it.
    os._exit(code)


def _run(arguments: list[str]) -> int:
    if arguments == ["--version"]:
        from crslint.version import version

        sys.stdout.write(f"crslint {version()}\n")
        return 0
    import gc

    # Trees of plain data have no cycles, and the collector would walk them again and again.
    gc.disable()
    from crslint.deferral import Deferred

    # pathlib imports urllib.parse, and that imports what it asks of IPv6 addresses in URLs alone.
    sys.modules.setdefault("ipaddress", Deferred("ipaddress"))
    from crslint.cli import run_command

    return run_command(arguments)


if __name__ == "__main__":
    main()
