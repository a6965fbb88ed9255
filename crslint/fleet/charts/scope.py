"""What the names of an expression stand for in one rendering."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from crslint.fleet.charts.errors import OpenValueError
from crslint.fleet.entity import UNKNOWN
from crslint.fleet.versions import Release

if TYPE_CHECKING:
    from crslint.fleet.charts.expression import Expression


class Scope:
    """Values after the chart's defaults, the chart's derived values, and what is known of the cluster.

    ``kubernetes`` and ``served`` (API versions, as ``helm template --api-versions``) are None where they are not known.
    """

    __slots__ = ("_derived", "_results", "kubernetes", "served", "values")

    def __init__(
        self,
        values: Mapping[str, Any],
        derived: Mapping[str, Expression],
        kubernetes: Release | None,
        served: Collection[str] | None,
    ) -> None:
        self.values = values
        self.kubernetes = kubernetes
        self.served = served
        self._derived = derived
        self._results: dict[str, Any] = {}

    def value(self, name: str) -> Any:
        """A top-level Helm value, None where absent."""
        found = self.values.get(name)
        if found is UNKNOWN:
            raise OpenValueError
        return found

    def derived(self, name: str) -> Any:
        """A value that the chart computes from others, once."""
        if name not in self._results:
            self._results[name] = self._derived[name].evaluate(self)
        return self._results[name]

    def path_behind(self, name: str) -> str:
        """The Helm value that a derived one is made of first of all."""
        return self._derived[name].path(self)
