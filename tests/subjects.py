"""Objects for the schema stage that no fleet made."""

from __future__ import annotations

from typing import Any, NamedTuple


class Given(NamedTuple):
    at: str
    data: dict[str, Any]
    partial: bool = False

    @property
    def api_version(self) -> str:
        return str(self.data.get("apiVersion", ""))

    @property
    def kind(self) -> str:
        return str(self.data.get("kind", ""))
