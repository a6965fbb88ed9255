"""Real repositories: what a dry run mends, each difference of which was read."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
import yaml
from checking import DATA
from linting import Ran
from test_fix import fix

CORPUS = DATA / "corpus"
REVIEWED = yaml.load(Path(__file__).with_name("reviewed-fixes.yaml").read_text(encoding="utf-8"), yaml.CSafeLoader)

pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not here")


@cache
def ran(folder: str) -> Ran:
    return fix(CORPUS / folder, "--unsafe", "--diff", "--no-config", ".")


@pytest.mark.parametrize("folder", sorted(REVIEWED))
def test_what_was_read_is_still_mended(folder: str) -> None:
    told = re.findall(r"^would fix\[(\w+)\] (.*?):(\d+):\d+: ", ran(folder).err, re.MULTILINE)
    found = {(code, file, int(line)) for code, file, line in told}
    wanted = {(entry["code"], entry["file"], line) for entry in REVIEWED[folder] for line in entry["lines"]}
    assert wanted - found == set()


@pytest.mark.parametrize("folder", sorted(REVIEWED))
def test_no_comment_is_lost(folder: str) -> None:
    lines = ran(folder).out.splitlines()
    commented = re.compile(r"-(?!--)(?:.*\s)?#")
    gone = [line.partition("#")[2].strip() for line in lines if commented.match(line)]
    kept = [line for line in lines if line.startswith("+")]
    assert [comment for comment in gone if not any(comment in line for line in kept)] == []
