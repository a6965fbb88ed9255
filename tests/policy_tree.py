"""A root with rules of its own, as the fixture `tree` makes it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
from linting import SCHEMA

RULE = """\
apiVersion: 1
code: {code}
name: {name}
title: A test
severity: {severity}
why: |
  A test.
for: object
check: |
  {check}
at: |
  at(object.at, ["metadata", "name"])
related:
  - at: |
      at(object.at, ["kind"])
    label: |
      related
message: |
  the name is {{object.name}}
"""
CONFIG = "rules: [policy/]\nselect: [X, YML, CFG]\n"
BAD = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: bad\n"
DUBIOUS = BAD.replace("bad", "dubious")
GOOD = BAD.replace("bad", "good")

Command = Callable[..., tuple[int, str, str]]


def put(root: Path, **files: str) -> None:
    for name, text in files.items():
        (root / f"{name}.yaml").write_text(text, encoding="utf-8")


def findings(output: str) -> list[dict[str, Any]]:
    report = json.loads(output)
    jsonschema.Draft202012Validator(SCHEMA).validate(report)
    found: list[dict[str, Any]] = report["findings"]
    return found
