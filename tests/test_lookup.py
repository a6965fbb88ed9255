"""From an address back to the documents that it lies in."""

from __future__ import annotations

import pytest

from crslint.source.lookup import Lookup
from crslint.source.reader import read_file

TEXT = """\
apiVersion: v1
kind: List
items:
  - apiVersion: v1
    kind: ConfigMap
    metadata: {name: one}
    data:
      a.yaml: |
        apiVersion: v1
        kind: Namespace
        metadata:
          name: inner
---
apiVersion: v1
kind: Other
"""


@pytest.mark.parametrize(
    ("at", "chain"),
    [
        ("x.yaml:1#/kind", ["x.yaml:1#"]),
        ("x.yaml:1#", ["x.yaml:1#"]),
        ("x.yaml:0#/items/0/metadata/name", ["x.yaml:0#/items/0"]),
        (
            "x.yaml:0!/items/0/data/a.yaml:0#/metadata/name",
            ["x.yaml:0#/items/0", "x.yaml:0!/items/0/data/a.yaml:0#"],
        ),
        ("x.yaml:0!/items/0/data/a.yaml:7#/kind", ["x.yaml:0#/items/0"]),
        ("x.yaml:0#/items/1/kind", []),
        ("x.yaml:9#", []),
        ("y.yaml:0#", []),
    ],
)
def test_the_chain_goes_from_the_file_inward(at: str, chain: list[str]) -> None:
    lookup = Lookup([read_file("x.yaml", TEXT.encode())])
    assert [document.at for document in lookup.chain(at)] == chain
