"""JSON of which the entries are decoded when they are asked for: documents reach a few of many."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

# As files of `schemas/` are laid out: a section begins and ends at this depth, its entries at the next.
_SECTION, _ENTRY = '\n  "', '\n    "'
_LAZY = ("versions", "$defs")


class Decoded(Mapping[str, Any]):
    """Of each entry the JSON text."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = texts
        self._known: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._known:
            self._known[name] = json.loads(self._texts[name])
        return self._known[name]

    def __contains__(self, name: object) -> bool:
        return name in self._texts

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)


def decoded_bundle(text: str) -> dict[str, Any]:
    """A file of `schemas/`; what is laid out otherwise is decoded at once."""
    lazy: dict[str, Any] = {}
    for name in _LAZY:
        begin = f'{_SECTION}{name}": {{'
        before, found, behind = text.partition(f"{begin}\n")
        inside, closed, after = behind.partition("\n  }")
        if found and closed:
            lazy[name] = Decoded(dict(map(_entry, f"\n{inside}".split(_ENTRY)[1:])))
            text = f"{before}{begin}}}{after}"
    content: dict[str, Any] = json.loads(text)
    return {**content, **lazy}


def _entry(text: str) -> tuple[str, str]:
    name, _, value = text.partition('": ')
    return name, value.removesuffix(",")
