"""What a chart makes of its values beside cilium-config, part by part."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from crslint.fleet.charts.chart import Chart, Refusal, last, result, written
from crslint.fleet.charts.scope import Scope
from crslint.fleet.charts.tables import chart_table
from crslint.fleet.entity import UNKNOWN, Unknown


def _env(chart: Chart, scope: Scope, refusals: list[Refusal]) -> dict[str, str | Unknown]:
    """Variables of the agent with a value of their own."""
    if not _has_agent(chart, scope, refusals):
        return {}
    found: dict[str, str | Unknown] = {}
    for name, rows in chart.env.items():
        value = last(rows, scope, refusals)
        if value is not None:
            found[name] = value
    extra = scope.values.get("extraEnv")
    for entry in extra if isinstance(extra, list) else []:
        if isinstance(entry, Mapping) and isinstance(entry.get("name"), str) and "value" in entry:
            found[entry["name"]] = written(entry["value"])
    return found


def _image(chart: Chart, scope: Scope, refusals: list[Refusal]) -> str | None | Unknown:
    """The agent's image as the DaemonSet names it."""
    if not _has_agent(chart, scope, refusals):
        return None
    base = result(chart.one("image"), scope, refusals)
    given = scope.values.get("image")
    if base is UNKNOWN or not isinstance(given, Mapping) or given.get("override"):
        return base if isinstance(base, (str, Unknown)) else UNKNOWN
    text = ".".join(map(str, chart.version))
    tag, digest = given.get("tag", f"v{text}"), given.get("digest", _digest(text))
    if UNKNOWN in (tag, digest, given.get("useDigest", True)) or (digest is None and given.get("useDigest", True)):
        return UNKNOWN
    return f"{base}:{tag}" + (f"@{digest}" if given.get("useDigest", True) else "")


def _replicas(chart: Chart, scope: Scope, refusals: list[Refusal]) -> int | None | Unknown:
    has_operator = result(chart.one("operator"), scope, refusals)
    if has_operator is not UNKNOWN and not has_operator:
        return None
    found = result(chart.one("replicas"), scope, refusals)
    return found if isinstance(found, int) and not isinstance(found, bool) else UNKNOWN


def _volumes(chart: Chart, scope: Scope, refusals: list[Refusal]) -> tuple[tuple[str, bool], ...]:
    if not _has_agent(chart, scope, refusals):
        return ()
    found = ((row, last((row,), scope, refusals)) for row in chart.volumes)
    return tuple((name, row.get("optional", False)) for row, name in found if isinstance(name, str) and name)


def _secrets(chart: Chart, scope: Scope, refusals: list[Refusal]) -> dict[str, tuple[str, ...]]:
    """Secrets that the chart fills with keys and certificates, and their keys."""
    found = ((name, last(rows, scope, refusals)) for name, rows in chart.secrets.items())
    return {name: tuple(keys.split()) for name, keys in found if isinstance(keys, str)}


def _has_agent(chart: Chart, scope: Scope, refusals: list[Refusal]) -> bool:
    agent = result(chart.one("agent"), scope, refusals)
    return agent is UNKNOWN or bool(agent)


def _digest(version: str) -> str | None:
    found = chart_table("images").get(version)
    return f"sha256:{found}" if found else None


# By field of a rendering; each refuses in this order.
PARTS: dict[str, Callable[[Chart, Scope, list[Refusal]], Any]] = {
    "env": _env,
    "image": _image,
    "operator_replicas": _replicas,
    "volumes": _volumes,
    "secrets": _secrets,
}

# The tables' rows that a part is made of, and the values that it reads itself.
READ: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "env": (("agent", "env"), ("extraEnv",)),
    "image": (("agent", "image"), ("image",)),
    "operator_replicas": (("operator", "replicas"), ()),
    "volumes": (("agent", "volumes"), ()),
    "secrets": (("secrets",), ()),
}
