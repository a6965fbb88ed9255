"""Whether time and memory grow with the number of clusters, and no faster.

    python benchmarks/scaling.py [--clusters 1000 --clusters 5000]

Whole processes of `crslint check --no-cache` over fleets that share their bootstrap; of several runs the fastest.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from bench import CHECKOUT, CRSLINT
from shared_fleet import write_shared_fleet

RUNS = 3


class Cost(NamedTuple):
    wall: float
    processor: float
    mebibytes: float


def cost(root: Path) -> Cost:
    """Of one run, with the processes that it starts; findings or another exit code than 0 raise RuntimeError."""
    start = time.perf_counter()
    process = subprocess.Popen(
        [*CRSLINT, "check", "--no-cache", str(root)], cwd=CHECKOUT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    assert process.stdout is not None
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError(f"exit {process.returncode}: {output.decode()[-2000:]}")
    kibibytes = usage.ru_maxrss / 1024 if sys.platform == "darwin" else usage.ru_maxrss
    return Cost(time.perf_counter() - start, usage.ru_utime + usage.ru_stime, kibibytes / 1024)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--clusters", type=int, action="append", help="1000 and 5000 if not given; repeatable")
    sizes = parser.parse_args().clusters or [1000, 5000]

    print(f"{'clusters':>9} {'documents':>10} {'wall s':>8} {'CPU s':>8} {'peak MiB':>9} {'CPU ms/cluster':>15}")
    each: list[float] = []
    for clusters in sizes:
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            documents = write_shared_fleet(root, clusters)
            best = min((cost(root) for _ in range(RUNS)), key=lambda one: one.processor)
        each.append(best.processor * 1000 / clusters)
        columns = f"{best.wall:>8.2f} {best.processor:>8.2f} {best.mebibytes:>9.0f} {each[-1]:>15.2f}"
        print(f"{clusters:>9} {documents:>10} {columns}", flush=True)
    print(f"the dearest size costs {max(each) / min(each):.2f} times the cheapest, for each cluster")


if __name__ == "__main__":
    main()
