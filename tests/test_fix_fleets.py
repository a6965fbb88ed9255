"""Whole bundles, broken in generated ways and mended: what holds of every fix holds of what is mended together.

The conforming fleet takes the single breaks of `breaks.yaml` in pairs; fleets that `crslint new` writes from generated
answers take those of them that apply, or lose a line, get it twice, or get another value.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import yaml
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from test_fix_laws import check_laws, mended, tree, written
from test_new_laws import any_answers
from test_one_fault import CONFORMING, FAULTS, Fault

from crslint.fix.new.answers import answers_of
from crslint.fix.new.fleet import new_fleet
from crslint.fix.new.writing import write_folder

MARK = re.compile(rb" # kept \d+$", re.MULTILINE)
ENTRY = re.compile(r"^ *(?:- )?[\w./-]+: \S.*\n", re.MULTILINE)
VALUES = ["true", '"true"', "0", "-1", "null", "{}", "[]", "x", "10.0.0.0/8", "v1.0.0", "kube-system", "${NAME}"]


def markable(text: str) -> Iterator[int]:
    """Lines that may end with a comment: not within a scalar, and not those that speak to crslint."""
    lines = text.splitlines()
    within = {0: False}
    try:
        for token in yaml.scan(text, Loader=yaml.CSafeLoader):
            if isinstance(token, yaml.ScalarToken) and token.start_mark.line != token.end_mark.line:
                within |= dict.fromkeys(range(token.start_mark.line, token.end_mark.line + 1), True)
    except yaml.YAMLError:
        return
    for number, line in enumerate(lines):
        if line.strip() and "crslint" not in line and not line.startswith("%") and not within.get(number):
            yield number


def check_unedited_lines(case: Path, folder: Path) -> None:
    """With a comment at the end of each line that no fix changes, the same is written, and each comment is there."""
    target = folder / "after"
    before, after = tree(case), tree(target)
    marked = folder / "marked"
    shutil.copytree(case, marked)
    for path, content in before.items():
        if not path.endswith(".yaml"):
            continue
        held, left = (Counter(content.splitlines()) for content in (content, after.get(path, b"")))
        lines = content.splitlines(keepends=True)
        for number in markable(content.decode()):
            line = lines[number]
            if line.endswith(b"\n") and left[line[:-1]] >= held[line[:-1]]:
                lines[number] = b"%s # kept %d\n" % (line[:-1], number)
        (marked / path).write_bytes(b"".join(lines))
    found = mended(marked)
    # A comment in the middle of what would be replaced is a reason not to.
    assume(not any("comment" in told.reason for told in found.mended.failed))
    written(found, marked, folder / "marked-after")
    done = tree(folder / "marked-after")
    assert {path: MARK.sub(b"", content) for path, content in done.items()} == after
    for path, content in tree(marked).items():
        lost = set(MARK.findall(content)) - set(MARK.findall(done.get(path, b"")))
        assert not lost, f"{path}: {lost}"


def broken(folder: Path, faults: list[Fault]) -> None:
    for fault in faults:
        file = folder / fault.file
        file.write_text(file.read_text().replace(fault.old, fault.new, 1))


# The same examples in each run, as many as a test suite has time for.
RUN = settings(
    max_examples=20,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],
)


@RUN
@given(st.lists(st.sampled_from(FAULTS), min_size=2, max_size=2, unique_by=lambda fault: fault.id))
def test_laws_on_the_conforming_fleet_with_two_faults(faults: list[Fault]) -> None:
    with tempfile.TemporaryDirectory() as place:
        case = Path(place) / "fleet"
        shutil.copytree(CONFORMING, case)
        broken(case, faults)
        check_laws(case, Path(place))
        check_unedited_lines(case, Path(place))


@dataclass(frozen=True)
class Broken:
    """``edits`` tell the file, and a part of it as it was and as it is."""

    edits: list[tuple[str, str, str]]
    files: dict[str, str] = field(repr=False)


def applicable(files: dict[str, str], manifests: list[str]) -> Iterator[tuple[str, str, str]]:
    """The breaks of the conforming fleet that say something of this one."""
    for fault in FAULTS:
        yield from ((path, fault.old, fault.new) for path in manifests if fault.old in files[path])


@st.composite
def broken_fleets(draw: st.DrawFn) -> Broken:
    answers = draw(any_answers())
    files = {**new_fleet(answers_of(answers), answers, {}).files}
    manifests = sorted(path for path in files if path.endswith(".yaml") and "/" in path)
    edits = []
    for _ in range(draw(st.integers(1, 2))):
        if draw(st.booleans()):
            path, old, new = draw(st.sampled_from(list(applicable(files, manifests))))
        else:
            path = draw(st.sampled_from(manifests))
            old = draw(st.sampled_from(ENTRY.findall(files[path]) or [files[path]]))
            key = old[: old.index(":")]
            new = draw(st.sampled_from(["", old * 2, *(f"{key}: {value}\n" for value in VALUES)]))
        files[path] = files[path].replace(old, new, 1)
        edits.append((path, old, new))
    return Broken(edits, files)


@RUN
@given(broken_fleets())
def test_laws_on_new_fleets_with_faults(fleet: Broken) -> None:
    with tempfile.TemporaryDirectory() as place:
        case = Path(place) / "fleet"
        write_folder(case, fleet.files)
        check_laws(case, Path(place))
        check_unedited_lines(case, Path(place))


def test_two_fixes_that_undo_each_other_are_not_made(tmp_path: Path) -> None:
    """What Git says of the native range contradicts the Cluster, and mended it would contradict the bootstrap."""
    shutil.copytree(CONFORMING, tmp_path / "fleet")
    names = ("direct-routes-in-tunnel", "pods-of-the-cluster-differ")
    broken(tmp_path / "fleet", [fault for fault in FAULTS if fault.id in names])
    found = mended(tmp_path / "fleet")
    assert dict(found.contents) == {}
    assert [told.finding.code for told in found.mended.fixed] == []
    assert ("NET001", "it would bring HND001 in cluster-configs/base/cilium/production.yaml") in {
        (told.finding.code, told.reason) for told in found.mended.failed
    }
