"""cilium-config as settings that can be compared, whether a chart writes it on day 2 or a manifest has it on day 0."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from operator import itemgetter
from typing import Any, TypedDict

from crslint.fleet.charts.tables import chart_table
from crslint.fleet.table import read_table
from crslint.fleet.values import is_template
from crslint.fleet.versions import Release, release

_ROUTING_MODE_SINCE = (1, 14, 0)
_TUNNEL_IGNORED_SINCE = (1, 15, 0)

_TRUE = frozenset({"1", "t", "T", "true", "TRUE", "True"})
_FALSE = frozenset({"0", "f", "F", "false", "FALSE", "False"})
# 1 and 0 may be numbers.
_SPELLINGS = (_TRUE - {"1"}, _FALSE - {"0"})


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
    written = {renamed.get(key, key): value for key, value in config.items() if isinstance(value, str)}
    found = release(version)
    tunnel = written.pop("tunnel", None)
    if tunnel is not None and (found is None or found < _TUNNEL_IGNORED_SINCE):
        _read_tunnel(tunnel, written, found)
    if "kube-proxy-replacement" in written:
        written["kube-proxy-replacement"] = _replacement(written["kube-proxy-replacement"], found)
    return written


def drift(day0: Mapping[str, str], day2: Mapping[str, str], unknown: Collection[str] = ()) -> list[Drift]:
    """Each setting that differs between two ``settings_of``, by name.

    A setting that one side does not write has the agent's own value there, where that is known. ``unknown`` are keys
    that one side leaves open; what holds a template variable is open too.
    """
    table = chart_table("settings")
    absent: dict[str, str] = table["absent"]
    unknown = {table["renamed"].get(key, key) for key in unknown}
    if "tunnel" in unknown:
        unknown |= {"routing-mode", "tunnel-protocol"}
    sides = ((name, day0.get(name, absent.get(name)), day2.get(name, absent.get(name))) for name in day0.keys() | day2)
    # Most settings are the same on both sides: those go before anything else is asked.
    return [
        {"setting": name, "day0": before, "day2": after}
        for name, before, after in sorted((side for side in sides if side[1] != side[2]), key=itemgetter(0))
        if name not in unknown
        and not _is_same(before, after)
        and not is_template(before or "")
        and not is_template(after or "")
    ]


def _is_same(one: str | None, other: str | None) -> bool:
    """Whether two spellings mean the same."""
    return any(one in spellings and other in spellings for spellings in _SPELLINGS)


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
