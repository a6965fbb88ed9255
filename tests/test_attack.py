"""Real documents with one value at a time replaced by what does not belong there: never more than findings.

The suite takes a small sample. `python tests/test_attack.py COUNT FOLDER...` takes one of COUNT in each of those trees.
"""

from __future__ import annotations

import json
import random
import shutil
import sys
import tempfile
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from crslint.report.json import render
from crslint.report.text import TextReport
from crslint.run import Options, check
from crslint.scope import Asked, scope
from crslint.source.parser import parse
from crslint.source.places import looks_like_manifest
from crslint.source.text import Lines

CHECKOUT = Path(__file__).parents[1]
TREES = [
    CHECKOUT / "fixtures" / "conforming",
    CHECKOUT / "fixtures" / "pattern",
    CHECKOUT / "rules" / "crs" / "CRS011-order-across-sets" / "bad" / "other-selector",
]
SAMPLE = 60


class Written(str):
    """Text that goes into the file as it is."""

    __slots__ = ()


@dataclass(frozen=True)
class Inner:
    """The documents inside a scalar."""

    documents: list[Any]


# Where a value is replaced by one of these, the entry is dropped, or comes twice.
DELETED = Written("deleted")
DOUBLED = Written("doubled")

VALUES: list[Any] = [
    None,
    7,
    -1,
    1.5,
    10**400,
    2**63,
    True,
    "",
    "x" * 5000,
    "a b",
    "NaN",
    "::",
    "1.2.3.4.5/99",
    "10.0.0.0/8",
    "99999999999999999999",
    "v99999999999999999999.1.1",
    "*",
    "/",
    "%",
    "\n",
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: b}\n",
    "[",
    [],
    {},
    [None],
    [[]],
    [[["a"]]],
    [{}],
    [7, "a", None, True],
    {"": ""},
    {"a": None},
    {"name": ["a"], "kind": {}, "namespace": 7},
    {"a/b~c%d:e!f#g": "h"},
    {"matchLabels": "a", "cidrBlocks": [{}]},
    "\x01\x1b[31m\u202e",
    "\u05d0\U0001f600\u0301",
    "\0",
    Written("${VAR}"),
    Written('"${VAR}"'),
    Written("{{ .Values.x }}"),
    Written("'{{ x }}'"),
    Written("{% if x %}"),
    Written('"\\ud800"'),
    Written('"\\u0000\\x07"'),
    Written("!!binary AAAA"),
    Written("!!python/object:os.system {}"),
    Written("&a [*a]"),
    Written("*nowhere"),
    Written("0x_"),
    Written("1_000"),
    Written("1:30"),
    Written("012"),
    Written("2001-01-01"),
    Written(".inf"),
    Written("yes"),
    Written("? a"),
    Written("|2-\n    a\n  b"),
    DELETED,
    DOUBLED,
]


def opened(data: Any) -> Any:
    """With the payloads in it as documents."""
    if isinstance(data, dict):
        return {key: opened(value) for key, value in data.items()}
    if isinstance(data, list):
        return [opened(value) for value in data]
    if isinstance(data, str) and looks_like_manifest(data) and "\n" in data:
        parsed = parse(data, lambda _: "")
        if not parsed.problems:
            return Inner([opened(document) for _, document in parsed.documents])
    return data


def places(data: Any, steps: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    yield steps
    children = data.documents if isinstance(data, Inner) else data
    if isinstance(children, dict):
        for key, value in children.items():
            yield from places(value, (*steps, key))
    elif isinstance(children, list):
        for index, value in enumerate(children):
            yield from places(value, (*steps, index))


def replaced(data: Any, steps: tuple[str | int, ...], value: Any) -> Any:
    if not steps:
        return value
    if isinstance(data, Inner):
        return Inner(replaced(data.documents, steps, value))
    step, rest = steps[0], steps[1:]
    pairs = list(data.items() if isinstance(data, dict) else enumerate(data))
    changed: list[tuple[Any, Any]] = []
    for key, old in pairs:
        if key != step:
            changed.append((key, old))
        elif rest:
            changed.append((key, replaced(old, rest, value)))
        elif value is DOUBLED:
            changed += [(key, old), (Written(key) if isinstance(key, str) else key, old)]
        elif value is not DELETED:
            changed.append((key, value))
    if isinstance(data, list):
        return [item for _, item in changed]
    return Doubled(changed) if len(changed) > len(pairs) else dict(changed)


class Doubled(list[tuple[Any, Any]]):
    """A mapping with a key that comes twice."""


def block(data: Any, indent: int = 0) -> str:
    """YAML that a person could have written; begins on the line of its key."""
    pad = "\n" + "  " * indent
    if isinstance(data, Inner):
        return " |" + "".join(
            pad + line for line in "---\n".join(block(each) + "\n" for each in data.documents).splitlines()
        )
    if isinstance(data, (dict, Doubled)) and data:
        entries = data.items() if isinstance(data, dict) else data
        return "".join(f"{pad}{json.dumps(key)}:{block(value, indent + 1)}" for key, value in entries)
    if isinstance(data, list) and data:
        return "".join(f"{pad}-{block(value, indent + 1)}" for value in data)
    if isinstance(data, Written):
        return f" {data}"
    if isinstance(data, float) or (isinstance(data, int) and not isinstance(data, bool)):
        return f" {data}"
    return " " + json.dumps(data)


def flow(data: Any) -> str:
    """JSON, as far as the values allow."""
    if isinstance(data, Inner):
        return json.dumps("---\n".join(block(each) + "\n" for each in data.documents))
    if isinstance(data, (dict, Doubled)):
        entries = data.items() if isinstance(data, dict) else data
        return "{" + ", ".join(f"{json.dumps(key)}: {flow(value)}" for key, value in entries) + "}"
    if isinstance(data, list):
        return "[" + ", ".join(map(flow, data)) + "]"
    return str(data) if isinstance(data, Written) else json.dumps(data)


@dataclass(frozen=True)
class Attack:
    file: str
    steps: tuple[str | int, ...]
    value: Any
    as_json: bool

    def text(self, documents: list[Any]) -> str:
        changed = replaced(documents, self.steps, self.value)
        changed = changed if isinstance(changed, list) else [changed]
        return "\n---\n".join(map(flow if self.as_json else block, changed)) + "\n"

    def __str__(self) -> str:
        value = repr(self.value)[:60] if not isinstance(self.value, int) or abs(self.value) < 2**64 else "huge"
        return f"{self.file} {'/'.join(map(str, self.steps))} := {value}{' (json)' if self.as_json else ''}"


@cache
def contents(file: Path) -> list[Any]:
    """The documents of a file, as far as it can be read."""
    parsed = parse(file.read_text(encoding="utf-8", errors="replace"), lambda _: "")
    return [opened(document) for _, document in parsed.documents]


class Attacks(Sequence[Attack]):
    """Every value at every place of a tree, as YAML and as JSON: so many that each is made where it is taken."""

    def __init__(self, tree: Path) -> None:
        files = sorted(file for file in tree.rglob("*.yaml") if file.is_file())
        self.places = [(file.relative_to(tree).as_posix(), steps) for file in files for steps in places(contents(file))]

    def __len__(self) -> int:
        return len(self.places) * len(VALUES) * 2

    def __getitem__(self, index: int) -> Attack:  # type: ignore[override]
        index, as_json = divmod(index, 2)
        place, value = divmod(index, len(VALUES))
        return Attack(*self.places[place], VALUES[value], bool(as_json))


@cache
def validator() -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(json.loads((CHECKOUT / "schemas" / "report.json").read_text()))


def faults(folder: Path) -> Iterator[str]:
    """What is wrong with a report about a folder."""
    outcome = check(scope([str(folder)], folder, Asked(use_config=False)), Options())
    if outcome.exit_code not in (0, 1, 3):
        told = [item.finding.message for item in outcome.result.findings if item.finding.code == "CFG003"]
        yield f"exit code {outcome.exit_code}: {told} {outcome.notes}"
    report = json.loads(render(outcome.result))
    yield from (error.message for error in validator().iter_errors(report))
    TextReport(outcome.result, verbose=True).render().encode("ascii", "backslashreplace")
    for finding in report["findings"]:
        for place in (finding, *finding["related"]):
            yield from outside(folder, place, finding["code"])


def outside(folder: Path, place: dict[str, Any], code: str) -> Iterator[str]:
    text = (folder / place["path"]).read_bytes().decode("utf-8", "replace")
    starts = [*Lines(text).starts, len(text) + 1]
    begin, end = (place["line"], place["column"]), (place["endLine"], place["endColumn"])
    for line, column in (begin, end):
        if line >= len(starts) or column > starts[line] - starts[line - 1]:
            yield f"{code} is at {line}:{column} of {place['path']}, which has {len(starts) - 1} lines"
    if end < begin:
        yield f"{code} ends at {end} before it begins at {begin}"
    if code != "YML005" and place.get("message", "x") == "":
        yield f"{code} says nothing"


def attacked(tree: Path, attack: Attack, folder: Path) -> list[str]:
    """``folder`` holds the tree; it does so again afterwards."""
    file = folder / attack.file
    original = file.read_bytes()
    try:
        file.write_bytes(attack.text(contents(tree / attack.file)).encode("utf-8", "surrogatepass"))
        return list(faults(folder))
    except Exception as error:
        frames = traceback.extract_tb(error.__traceback__)[-2:]
        place = " > ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames)
        return [f"{type(error).__name__} at {place}: {str(error)[:200]}"]
    finally:
        file.write_bytes(original)


@pytest.mark.parametrize("tree", TREES, ids=lambda tree: tree.name)
def test_one_value_that_does_not_belong_there_gives_findings_at_most(tree: Path, tmp_path: Path) -> None:
    folder = tmp_path / "tree"
    shutil.copytree(tree, folder)
    for attack in random.Random(3).sample(Attacks(tree), SAMPLE):
        assert attacked(tree, attack, folder) == [], attack


def main() -> None:
    """Prints each attack that finds something."""
    count, *trees = sys.argv[1:]
    for name in trees:
        tree = Path(name)
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch) / "tree"
            shutil.copytree(tree, folder)
            possible = Attacks(tree)
            print(f"{tree}: {count} of {len(possible):,}", flush=True)
            for attack in random.sample(possible, min(int(count), len(possible))):
                for fault in attacked(tree, attack, folder):
                    print(f"{attack}\n    {fault}", flush=True)


if __name__ == "__main__":
    main()
