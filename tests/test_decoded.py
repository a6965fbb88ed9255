"""Schemas that are decoded piece by piece are what their files say."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from crslint.data import data_dir
from crslint.schema.decoded import Decoded, decoded_bundle

FILES = sorted(data_dir("schemas").glob("*/*.json"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_a_file_of_ours(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    found = decoded_bundle(text)
    assert isinstance(found["versions"], Decoded)
    plain = {key: dict(value) if isinstance(value, Decoded) else value for key, value in found.items()}
    assert plain == json.loads(text)
    assert list(found["versions"]) == list(json.loads(text)["versions"])


@pytest.mark.parametrize(
    "text",
    ['{"versions": {"v1": {"schema": {}}}}', '{\n  "kind": "A",\n  "versions": {},\n  "$defs": {}\n}', "{\n}"],
)
def test_another_layout_is_decoded_at_once(text: str) -> None:
    assert decoded_bundle(text) == json.loads(text)
