"""How long crslint takes, as a ratio to processes that do the unavoidable part only.

    python benchmarks/bench.py [--documents 2000]

Whole processes, wall clock, the median of seven runs; the two sides of a ratio take turns.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from corpus import write_fleet

CHECKOUT = Path(__file__).parents[1]
MANIFEST = CHECKOUT.parent / "shared" / "data" / "payloads" / "argocd-install-v3.5.1.yaml"
RUNS = 7
SMALL = "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\n  namespace: web\nspec:\n  ports:\n    - port: 80\n"

PASS = [sys.executable, "-c", "pass"]
CRSLINT = [sys.executable, "-m", "crslint"]
LOAD = [
    sys.executable,
    "-c",
    """
import pathlib, sys, yaml
for path in sorted(pathlib.Path(sys.argv[1]).rglob("*.yaml")):
    with open(path, "rb") as file:
        for _ in yaml.load_all(file, Loader=yaml.CSafeLoader):
            pass
""",
]


def check(root: Path) -> list[str]:
    return [*CRSLINT, "check", "--jobs", "1", "--no-cache", str(root)]


def medians(*commands: list[str]) -> list[float]:
    """Seconds of each command; an exit code other than 0 and 1 (findings) raises RuntimeError."""
    times: list[list[float]] = [[] for _ in commands]
    for turn in range(RUNS + 1):
        for command, measured in zip(commands, times, strict=True):
            start = time.perf_counter()
            done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True)
            if turn:
                measured.append(time.perf_counter() - start)
            if done.returncode not in (0, 1):
                raise RuntimeError(f"{' '.join(command)}: exit {done.returncode}: {done.stderr[-2000:]}")
    return [statistics.median(measured) for measured in times]


def row(what: str, size: str, base: float, ours: float) -> None:
    print(f"{what:<34} {size:>9} {base * 1000:>9.0f} {ours * 1000:>9.0f} {ours / base:>7.2f}", flush=True)


def megabytes(root: Path) -> str:
    return f"{sum(path.stat().st_size for path in root.rglob('*.yaml')) / 1e6:.1f} MB"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--documents", type=int, action="append", help="200, 2000 and 20000 if not given; repeatable")
    sizes = parser.parse_args().documents or [200, 2000, 20000]

    print(f"{'':<34} {'':>9} {'base ms':>9} {'ours ms':>9} {'ratio':>7}")
    row("--version / python -c pass", "", *medians(PASS, [*CRSLINT, "--version"]))
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "service.yaml").write_text(SMALL)
        row("one small file / python -c pass", "", *medians(PASS, check(root)))
    for documents in sizes:
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            written = write_fleet(root, documents)
            row(f"{written} documents / CSafeLoader", megabytes(root), *medians([*LOAD, folder], check(root)))
    if MANIFEST.exists():
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            (root / MANIFEST.name).write_bytes(MANIFEST.read_bytes())
            row("Argo CD's manifest / CSafeLoader", megabytes(root), *medians([*LOAD, folder], check(root)))


if __name__ == "__main__":
    main()
