"""What judging valid objects of built-in kinds by their schemas adds to reading them.

    python benchmarks/validation.py [--documents 20000]

Each run is a process of its own, without a cache of documents; printed are the medians of five and their ratio.
"""

from __future__ import annotations

import argparse
import re
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench import CHECKOUT, megabytes
from corpus import count_documents, write, write_fleet

PAYLOADS = CHECKOUT.parent / "shared" / "data" / "payloads"
RUNS = 5
IN_A_FILE = 50

# CRDs are large, and the newest Kubernetes does not serve this version any more.
_LEFT_OUT = re.compile(r"^(kind: CustomResourceDefinition|apiVersion: batch/v1beta1)$", re.MULTILINE)
_NAME = re.compile(r"^(metadata:\n(?:  .*\n)*?  name: )(.*)$", re.MULTILINE)

STAGES = """
import gc, sys
gc.disable()
from crslint.commands.inputs import scope_of
from crslint.run import Clock, Options, read_fleet
from crslint.validated import validated
clock, scope = Clock(), scope_of((sys.argv[1],))
_, fleet = read_fleet(scope, Options(cached=False), None, clock)
clock.enter("validating")
judgement = validated(fleet, scope.config)
stages = dict(clock.stages)
assert not judgement.problems, judgement.problems[:3]
print(stages["reading"], stages["validating"])
"""


def applications() -> list[str]:
    """Deployment, Service, ServiceAccount and ConfigMap, as `corpus.py` makes them."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        write_fleet(root, 100)
        return [text for path in sorted(root.glob("workloads/*/*.yaml")) for text in path.read_text().split("---\n")]


def payloads() -> list[str]:
    """What the manifests of Argo CD and Cilium have of built-in kinds; nothing where they do not lie at hand."""
    texts = (path.read_text() for path in sorted(PAYLOADS.glob("*.yaml")))
    found = [each for text in texts for each in re.split(r"^---.*\n", text, flags=re.MULTILINE)]
    return [each for each in found if "kind:" in each and not _LEFT_OUT.search(each)]


def write_copies(root: Path, documents: list[str], count: int) -> int:
    """Writes about so many documents, each copy under a name of its own, and returns how many."""
    copies = list(_copies(documents, count))
    for start in range(0, len(copies), IN_A_FILE):
        write(root / f"{start // IN_A_FILE:05}.yaml", "---\n".join(copies[start : start + IN_A_FILE]))
    return sum(count_documents(path.read_text()) for path in root.glob("*.yaml"))


def _copies(documents: list[str], count: int) -> Iterator[str]:
    for number in range(count):
        text = documents[number % len(documents)].rstrip("\n") + "\n"
        yield _NAME.sub(rf"\g<1>copy-{number // len(documents)}-of-\g<2>", text, count=1)


def stages(root: Path) -> tuple[float, float]:
    """Seconds of reading and of validating; objects that are not valid raise RuntimeError."""
    done = subprocess.run([sys.executable, "-c", STAGES, str(root)], cwd=CHECKOUT, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    reading, validating = map(float, done.stdout.split())
    return reading, validating


def row(what: str, documents: list[str], count: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        written = write_copies(root, documents, count)
        runs = [stages(root) for _ in range(RUNS)]
        reading, validating = (statistics.median(each) for each in zip(*runs, strict=True))
        ratio = statistics.median(late / early for early, late in runs)
        size = megabytes(root)
    print(f"{f'{written} {what}':<34} {size:>9} {reading * 1000:>9.0f} {validating * 1000:>9.0f} {ratio:>7.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--documents", type=int, default=20000)
    documents = parser.parse_args().documents

    print(f"{'':<34} {'':>9} {'reading':>9} {'judging':>9} {'ratio':>7}", flush=True)
    row("of applications", applications(), documents)
    if found := payloads():
        row("of real manifests", found, documents)


if __name__ == "__main__":
    main()
