"""cilium-config as settings that can be compared, whether a chart writes it on day 2 or a manifest has it on day 0."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, TypedDict

from crslint.fleet.charts.tables import chart_table
from crslint.fleet.table import read_table
from crslint.fleet.values import is_template
from crslint.fleet.versions import Release, release

_ROUTING_MODE_SINCE = (1, 14, 0)
_TUNNEL_IGNORED_SINCE = (1, 15, 0)

# Without 1 and 0, which may be numbers.
_TRUE = frozenset({"t", "T", "true", "TRUE", "True"})
_FALSE = frozenset({"f", "F", "false", "FALSE", "False"})


class Drift(TypedDict):
    """One setting that differs; null where a side says nothing of it and the agent's own value is not known here."""

    setting: str
    day0: str | None
    day2: str | None


def settings_of(config: Mapping[str, Any], version: str | None) -> dict[str, str]:
    """The settings of a cilium-config under the names of the newest releases, as the agent of ``version`` reads them.

    ``tunnel`` becomes ``routing-mode`` and ``tunnel-protocol``; values of kube-proxy-replacement that mean the same
    become ``true`` and ``false``. What is no text is left out. A key that the agent does not know is kept as written.
    """
    renamed = chart_table("settings")["renamed"]
    written = {key: value for key, value in config.items() if isinstance(value, str)}
    if not renamed.keys().isdisjoint(written):
        written = {renamed.get(key, key): value for key, value in written.items()}
    found = release(version)
    tunnel = written.pop("tunnel", None)
    if tunnel is not None and (found is None or found < _TUNNEL_IGNORED_SINCE):
        _read_tunnel(tunnel, written, found)
    if "kube-proxy-replacement" in written:
        written["kube-proxy-replacement"] = _replacement(written["kube-proxy-replacement"], found)
    return written


def drift(day0: Mapping[str, str], day2: Mapping[str, str], unknown: Collection[str] = ()) -> list[Drift]:
    """Each setting that differs between two ``settings_of``, by name."""
    comparison = Comparison(day0, day2, unknown)
    found = (comparison.drift_of(name) for name in sorted(day0.keys() | day2))
    return [row for row in found if row is not None]


class Comparison:
    """Two ``settings_of`` beside each other.

    A setting that one side does not write has the agent's own value there, where that is known. ``unknown`` are keys
    that one side leaves open; what holds a template variable is open too.
    """

    def __init__(self, day0: Mapping[str, str], day2: Mapping[str, str], unknown: Collection[str] = ()) -> None:
        table = chart_table("settings")
        self._day0, self._day2 = day0, day2
        self._absent: Mapping[str, str] = table["absent"]
        self._unknown = {table["renamed"].get(key, key) for key in unknown}
        if "tunnel" in self._unknown:
            self._unknown |= {"routing-mode", "tunnel-protocol"}

    def values(self, name: str) -> tuple[str | None, str | None]:
        absent = self._absent.get(name)
        return self._day0.get(name, absent), self._day2.get(name, absent)

    def drift_of(self, name: str) -> Drift | None:
        """None where both sides mean the same, or one is not known."""
        before, after = self.values(name)
        # Most settings are the same on both sides: those go before anything else is asked.
        if before == after or name in self._unknown or _is_same(before, after):
            return None
        if is_template(before or "") or is_template(after or ""):
            return None
        return {"setting": name, "day0": before, "day2": after}

    def has_change(self) -> bool:
        """Whether a setting differs that has a value on both sides, and no empty one."""
        names = self._day0.keys() | (self._absent.keys() & self._day2.keys())
        both = (name for name in names if all(self.values(name)))
        return any(self.drift_of(name) is not None for name in both)


def _is_same(one: str | None, other: str | None) -> bool:
    """Whether two spellings mean the same."""
    return (one in _TRUE and other in _TRUE) or (one in _FALSE and other in _FALSE)


def _read_tunnel(tunnel: str, settings: dict[str, str], version: Release | None) -> None:
    if version is not None and version < _ROUTING_MODE_SINCE:
        settings.pop("routing-mode", None)
        settings.pop("tunnel-protocol", None)
    if tunnel == "disabled":
        settings.setdefault("routing-mode", "native")
        return
    settings.setdefault("routing-mode", "tunnel")
    settings.setdefault("tunnel-protocol", tunnel)


def _replacement(written: str, version: Release | None) -> str:
    """``true`` for full replacement and ``false`` for none at all; ``partial`` and ``probe`` mean themselves."""
    if version is None or written in ("partial", "probe"):
        return written
    rows = read_table("cilium")["kubeProxyReplacement"]
    row = next((row for row in reversed(rows) if version >= (release(row["since"]) or version)), rows[0])
    if written in row["full"]:
        return "true"
    return "false" if written in row["not"] else written
