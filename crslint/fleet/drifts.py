"""How Cilium's settings of day 2 differ from those of day 0, setting by setting, with both places."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache
from typing import Any

from crslint.fleet.charts.drift import Comparison, Drift, drift, settings_of
from crslint.fleet.charts.rendering import render
from crslint.fleet.charts.tables import chart_table
from crslint.fleet.chartsettings import HOST, PORT, ChartSettings
from crslint.fleet.cilium import Settings
from crslint.fleet.entity import Unknown
from crslint.fleet.helmvalues import Path
from crslint.fleet.versions import release
from crslint.record import record

REPLICAS = "operator replicas"
_ROLL_OUT = "rollOutCiliumPods"
_POOLS = ("cluster-pool-ipv4-cidr", "cluster-pool-ipv6-cidr")
_ROUTING = ("routing-mode", "tunnel-protocol")


@record
class Side:
    """One day's settings under the names of the newest releases; ``config`` as written or rendered."""

    settings: Settings
    read: Mapping[str, str]
    config: Mapping[str, str]


class Drifts:
    """``replicas`` are those of the operator on day 0 and day 2, None where one is not known. ``kept`` are keys that
    Argo CD leaves alone, None for all of them; it ``replaces`` objects where it was told so, instead of merging."""

    def __init__(
        self,
        day0: Settings,
        day2: Settings,
        replicas: tuple[int, int] | None,
        kept: Collection[str] | None,
        *,
        replaces: bool = False,
    ) -> None:
        self._replaces = replaces
        self._day0, self._day2 = _side(day0), _side(day2)
        self._replicas = replicas
        self._kept = kept
        untyped = (key for day in (day0, day2) for key, value in day.config().items() if not isinstance(value, str))
        self._unknown = {*day0.left_open, *day2.left_open, *untyped, *(kept or ())}
        self._comparison = Comparison(self._day0.read, self._day2.read, self._unknown)
        self.known = day0.known and day2.known and isinstance(day0.version, str) and isinstance(day2.version, str)

    def all(self) -> list[dict[str, Any]]:
        """`handover.drift`."""
        found: list[dict[str, Any]] = []
        if self._kept is not None:
            found += [dict(row) for row in drift(self._day0.read, self._day2.read, self._unknown)]
        for name in (HOST, PORT):
            row = self._row(name)
            if row is not None and row["day0"] != row["day2"]:
                found.append(row)
        if self._replicas is not None and self._replicas[0] != self._replicas[1]:
            found.append({"setting": REPLICAS, "day0": str(self._replicas[0]), "day2": str(self._replicas[1])})
        return found

    def choices(self, contested: Collection[str]) -> Iterator[dict[str, Any]]:
        """`handover.choices`; ``contested`` are addresses that another fault speaks of."""
        for name, kind in chart_table("settings")["guarded"].items():
            row = self._row(name) if kind != "immutable" and self._is_away(name) else None
            if row is None or not self._counts(row, kind):
                continue
            choice = self._choice(row, kind)
            if choice["at"] not in contested and choice["day0At"] not in contested:
                yield choice

    def settled(self, contested: Collection[str]) -> Iterator[dict[str, Any]]:
        """`handover.settled`."""
        for name, kind in chart_table("settings")["guarded"].items():
            row = self._row(name) if kind == "immutable" else None
            if row is None or row["day0"] is None or row["day2"] is None:
                continue
            choice = self._choice(row, kind)
            if name in _POOLS and _extends(row["day0"], row["day2"]):
                choice["agrees"] = True
            if choice["at"] not in contested and choice["day0At"] not in contested:
                yield choice

    def _row(self, name: str) -> dict[str, Any] | None:
        """Both values of a setting; None where one is not known."""
        differing = self._differing(name)
        if differing is not None:
            return dict(differing)
        if name in self._unknown or (self._kept is None and name not in (HOST, PORT)):
            return None
        if name in (HOST, PORT):
            value = self._day0.settings.environment(name)[0]
            after = self._day2.settings.environment(name)[0]
            known = not isinstance(value, Unknown) and not isinstance(after, Unknown)
            return {"setting": name, "day0": value or None, "day2": after or None} if known else None
        before, after = self._comparison.values(name)
        return {"setting": name, "day0": before, "day2": after}

    def _differing(self, name: str) -> Drift | None:
        return self._comparison.drift_of(name) if self._kept is not None else None

    def survivors(self) -> list[dict[str, Any]]:
        """`handover.survivors`, all of them; those that a change tells are not among them."""
        if self._kept is None or self._replaces:
            return []
        guarded = chart_table("settings")["guarded"]
        renamed = chart_table("settings")["renamed"]
        named = (self._day2.read, self._day2.config, self._day2.settings.left_open, self._kept)
        found = []
        for key, value in self._day0.config.items():
            name = renamed.get(key, key)
            if any(key in each or name in each for each in named):
                continue
            if not (name in guarded and self._is_away(name)):
                found.append({"key": key, "value": value, "at": self._day0.settings.at(key)})
        return found

    def latent(self) -> bool:
        """Whether the pods stay as they are: the same release with the same environment, and no roll-out by content."""
        day2 = self._day2.settings
        if not isinstance(day2, ChartSettings) or day2.applied.value(_ROLL_OUT) not in (None, False):
            return False
        if self._day0.settings.version != day2.version or any(map(self._is_other, (HOST, PORT))):
            return False
        return self._kept is not None and self._comparison.has_change()

    def _is_other(self, name: str) -> bool:
        """Whether a variable has a value on both days, and not the same."""
        row = self._row(name)
        return row is not None and bool(row["day0"] and row["day2"]) and row["day0"] != row["day2"]

    def _counts(self, row: Mapping[str, Any], kind: str) -> bool:
        """Whether a difference would be one: that a feature is turned off, an address dropped, tunnelling otherwise
        done where there is tunnelling."""
        name, before, after = row["setting"], row["day0"], row["day2"]
        if kind == "feature":
            return bool(before == "true")
        if kind == "server":
            return after in (None, before)
        if name == "tunnel-protocol":
            return {side.settings.routing_mode() for side in (self._day0, self._day2)} == {"tunnel"}
        return True

    def _drops_host(self) -> bool:
        host = self._row(HOST)
        return host is not None and bool(host["day0"]) and host["day2"] is None

    def _is_away(self, name: str) -> bool:
        """Whether day 0 says something else than its chart does for no values."""
        if name in (HOST, PORT):
            return True
        version, written = self._day0.settings.version, self._day0.read.get(name)
        if written is None or not isinstance(version, str):
            return False
        standard = _standard(version)
        absent = chart_table("settings")["absent"].get(name)
        return standard is not None and written != standard.get(name, absent)

    def _choice(self, row: Mapping[str, Any], kind: str) -> dict[str, Any]:
        name, settings = row["setting"], self._day2.settings
        key, agrees = self._key(name), self._differing(name) is None
        if name in (HOST, PORT):
            agrees = row["day0"] == row["day2"]
        path, stated = None, True
        if isinstance(settings, ChartSettings):
            steps = settings.path(key)
            path, stated = ".".join(steps), settings.is_stated(steps)
        survives = key not in self._day2.config if name not in (HOST, PORT) else True
        place = settings.environment(name)[1] if name in (HOST, PORT) else settings.at(key)
        return {
            **row,
            "kind": kind,
            "agrees": agrees,
            "at": place,
            "with": settings.environment(HOST)[1] if name == PORT and self._drops_host() else place,
            "day0At": self._before(name),
            "path": path,
            "stated": stated,
            "survives": survives and not self._replaces,
            "to": None if agrees else self._wanted(key, row["day0"]),
        }

    def _key(self, name: str) -> str:
        """What day 2 calls a setting."""
        if name in _ROUTING and name not in self._day2.config and "tunnel" in self._day2.config:
            return "tunnel"
        older = [old for old, new in chart_table("settings")["renamed"].items() if new == name]
        return next((old for old in older if old in self._day2.config), name)

    def _before(self, name: str) -> str:
        day0 = self._day0
        if name in (HOST, PORT):
            return day0.settings.environment(name)[1] or day0.settings.found.at
        if name in _ROUTING and name not in day0.config and "tunnel" in day0.config:
            return day0.settings.at("tunnel")
        older = [old for old, new in chart_table("settings")["renamed"].items() if new == name]
        return day0.settings.at(next((old for old in older if old in day0.config), name))

    def _wanted(self, key: str, before: str | None) -> Any:
        """The Helm value that renders what day 0 has; null where it cannot be told."""
        settings = self._day2.settings
        if not isinstance(settings, ChartSettings) or before is None or settings.chart is None:
            return before if before is not None and not isinstance(settings, ChartSettings) else None
        path = settings.path(key)
        if settings.is_parameter(path):
            return before
        data: Mapping[str, Any] = settings.applied.data
        if key == PORT and self._drops_host():
            data = _with(data, settings.path(HOST), (self._row(HOST) or {})["day0"])
        for value in _candidates(key, before, settings.types(path)):
            rendered = render(settings.chart, _with(data, path, value), served=None)
            read = settings_of(rendered.config or {}, settings.chart)
            result = rendered.env.get(key) if key in (HOST, PORT) else read.get(_newest(key), None)
            if result == before:
                return value
        return None


def _candidates(key: str, before: str, types: str) -> Iterator[Any]:
    """What may be written for a setting's text, the most natural first."""
    if key == "tunnel":
        yield from ("disabled",) if before == "native" else (before,)
    if before in ("true", "false") and (not types or "b" in types):
        yield before == "true"
    if before.isdecimal() and (not types or "i" in types):
        yield int(before)
    if "a" in types:
        yield before.split()
    yield before
    if key == "kube-proxy-replacement":
        yield "strict"


def _newest(key: str) -> str:
    return "routing-mode" if key == "tunnel" else str(chart_table("settings")["renamed"].get(key, key))


def _with(data: Mapping[str, Any], path: Path, value: Any) -> dict[str, Any]:
    head, *rest = path
    below = data.get(head)
    return {**data, head: _with(below if isinstance(below, dict) else {}, tuple(rest), value) if rest else value}


def _extends(before: str, after: str) -> bool:
    """Whether a list of pools only got longer."""
    return set(before.replace(",", " ").split()) <= set(after.replace(",", " ").split())


def _side(settings: Settings) -> Side:
    config = {key: value for key, value in settings.config().items() if isinstance(value, str)}
    version = settings.version if isinstance(settings.version, str) else None
    return Side(settings, settings_of(config, version), config)


@lru_cache(maxsize=64)
def _standard(version: str) -> Mapping[str, str] | None:
    """What a chart makes of no values; None for a release without a table."""
    if (release(version) or (0,)) < (1, 12, 0):
        return None
    return settings_of(render(version, {}).config or {}, version)
