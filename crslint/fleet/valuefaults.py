"""What a chart makes of the values that it is given: what it refuses, passes over, and renders otherwise than meant."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from crslint import address
from crslint.fleet import values
from crslint.fleet.charts.chart import Refusal
from crslint.fleet.charts.tables import covers, value_table
from crslint.fleet.chartsettings import ChartSettings
from crslint.fleet.day2 import Brought
from crslint.fleet.entity import UNKNOWN, Unknown
from crslint.fleet.helmvalues import Path
from crslint.fleet.table import read_table
from crslint.fleet.versions import Release, release

_REMOVED = "was removed in "
_REFUSES = "the chart refuses to render"
_ALWAYS = "chart {} renders nothing with it"
_BEFORE = "chart {} renders nothing with it before the cluster serves these kinds"
_HOST = ("k8sServiceHost",)
_REPLACEMENT = ("kubeProxyReplacement",)
_BGP = ("bgp", "enabled")
_METHOD = ("hubble", "tls", "auto", "method")
_MESH_METHOD = ("clustermesh", "apiserver", "tls", "auto", "method")
_IMAGES = (("operator", "image", "tag"),)


def value_facts(one: Brought, *, monitored: bool) -> dict[str, Any]:
    """The facts of a `ciliumSetting` that are read of Helm values, and not of what they render; ``monitored``: whether
    something brings the kinds of the Prometheus operator."""
    settings = one.settings
    assert isinstance(settings, ChartSettings)
    return _Values(one, settings, monitored=monitored).facts()


class _Values:
    def __init__(self, one: Brought, settings: ChartSettings, *, monitored: bool) -> None:
        self._one = one
        self._monitored = monitored
        self._settings = settings
        self._applied = settings.applied
        self._release: Release | None = release(settings.chart)
        self._refusals = settings.rendering.refusals if settings.rendering else ()

    def facts(self) -> dict[str, Any]:
        settings, known = self._settings, self._settings.rendering is not None
        found: dict[str, Any] = {"chart": settings.chart if settings.chart else UNKNOWN}
        if self._applied.value(*_HOST) == "auto":
            found |= {
                "api_host": UNKNOWN if self._one.way == "helmChartProxy" else "auto",
                "api_host_at": self._at(_HOST),
            }
        if not known:
            return found | {"images": UNKNOWN, "unknown_keys": UNKNOWN}
        superseded = list(self._superseded())
        return found | {
            "superseded": superseded,
            "replacement": self._replacement(),
            "metal_lb": list(self._metal_lb()),
            "unknown_keys": list(self._unknown({row["key"] for row in superseded})),
            "images": list(self._images()),
            "fittings": [*self._refused({row["key"] for row in superseded if row["state"] == "removed"})],
            "regenerated": list(self._regenerated()),
        }

    def _at(self, path: Path) -> str:
        return self._applied.address_of(path)

    def _refusal(self, path: str) -> Refusal | None:
        return next((one for one in self._refusals if one.path == path), None)

    def _superseded(self) -> Iterator[dict[str, Any]]:
        """Values that releases deprecate or stop reading, as the table has them; then others that the chart refuses
        because they are no more."""
        told = set()
        for row in read_table("cilium")["supersededValues"]:
            path, value = tuple(row["path"].split(".")), self._applied.value(*row["path"].split("."))
            if not isinstance(value, (str, bool)) or values.is_template(_text(value)):
                continue
            if _text(value) not in row.get("values", [_text(value)]):
                continue
            refusal = self._refusal(row["path"])
            state = self._state(row, refused=refusal is not None)
            instead = self._instead(row, path, value)
            told.add(row["path"])
            yield {
                "key": row["path"],
                "value": _text(value),
                "at": self._at(path),
                "state": state,
                "removed": row["removed"],
                "instead": instead,
                "effect": _REFUSES if refusal and "effect" in row else row.get("effect"),
                "refused": refusal is not None,
            }
        for refusal in self._refusals:
            if refusal.reason.startswith(_REMOVED) and refusal.path not in told:
                path = tuple(refusal.path.split("."))
                yield {
                    "key": refusal.path,
                    "value": _shown(self._applied.value(*path)),
                    "at": self._at(path),
                    "state": "removed",
                    "removed": refusal.reason.removeprefix(_REMOVED),
                    "instead": None,
                    "effect": _REFUSES,
                    "refused": True,
                }

    def _state(self, row: Mapping[str, Any], *, refused: bool) -> str:
        since = release(row["removed"])
        assert self._release is not None
        assert since is not None
        if self._release >= since or refused:
            return "removed"
        return "deprecated" if "deprecated" in row and covers(row["deprecated"], self._release) else "read"

    def _instead(self, row: Mapping[str, Any], path: Path, value: str | bool) -> dict[str, Any] | None:
        """What to write, and where; null where the new value is there, or cannot stand beside the old one."""
        if "list" in row:
            place: dict[str, Any] | None = {"path": row["list"], "value": [value]}
        else:
            place = row.get("instead", {}).get(_text(value))
        if place is None:
            return None
        target = tuple(place["path"].split("."))
        at = self._beside(path, target)
        if at is None or (target != path and self._settings.is_stated(target)):
            return None
        return {"key": place["path"], "value": place["value"], "text": _shown(place["value"]), "at": at}

    def _beside(self, path: Path, target: Path) -> str | None:
        """Where a value would be written in the layer that has another one; None for a parameter."""
        written = self._at(path)
        end = address.pointer(path)
        return address.at(written.removesuffix(end), target) if written.endswith(end) else None

    def _replacement(self) -> dict[str, Any] | None | Unknown:
        value = self._applied.value(*_REPLACEMENT)
        if self._refusal("kubeProxyReplacement") is None or not isinstance(value, (str, bool)):
            return UNKNOWN if value is UNKNOWN else None
        rows = read_table("cilium")["kubeProxyReplacement"]
        assert self._release is not None
        row = next(row for row in reversed(rows) if self._release >= (release(row["since"]) or self._release))
        everywhere = {word for other in rows for word in other["full"]}
        instead: Any = None
        if _text(value) in everywhere:
            instead = True if "true" in row["full"] else row["full"][0]
        elif _text(value) in ("disabled", "false"):
            instead = False if "false" in row["not"] else "disabled"
        accepted = [word for word in (*row["full"], *row["not"]) if len(word) > 1 and word.islower()]
        at = self._at(_REPLACEMENT)
        return {
            "key": "kubeProxyReplacement",
            "value": _text(value),
            "at": at,
            "accepted": accepted,
            "instead": instead,
        }

    def _metal_lb(self) -> Iterator[dict[str, Any]]:
        rendering = self._settings.rendering
        if rendering is not None and any(name == "bgp-config" for name, _ in rendering.volumes):
            yield {"kind": "DaemonSet", "name": "cilium", "at": self._at(_BGP)}

    def _unknown(self, handled: set[str]) -> Iterator[dict[str, Any]]:
        rendering = self._settings.rendering
        for name, near in rendering.unknown if rendering else ():
            path = tuple(name.split("."))
            value = self._applied.value(*path)
            if any(each == name or each.startswith(f"{name}.") for each in handled) or _is_idle(value):
                continue
            why, other = _elsewhere(name, self._release)
            if near is not None and why == "unknown":
                why = "misspelt"
            at = self._at(path)
            yield {"key": name, "value": _shown(value), "at": at, "why": why, "release": other, "near": near}

    def _images(self) -> Iterator[dict[str, Any]]:
        """The operator's release, that of the chart unless values name another, beside the agent's."""
        settings = self._settings
        if not isinstance(settings.version, str):
            return
        for path in _IMAGES:
            written = self._applied.value(*path)
            given = release(written) if isinstance(written, str) else None
            found = given if isinstance(written, str) else self._release
            if written is UNKNOWN or found is None:
                continue
            at = self._at(path if given else ("image", "tag"))
            same = found == release(settings.version)
            yield {"what": "the operator", "version": ".".join(map(str, found)), "at": at, "same": same, "why": None}

    def _refused(self, removed: set[str]) -> Iterator[dict[str, Any]]:
        """What the chart refuses, without what other rules say: values that are no more, those of
        kubeProxyReplacement, and an API server to be looked up."""
        apart = removed | {"kubeProxyReplacement"}
        if self._applied.value(*_HOST) == "auto":
            apart |= {"k8sServiceHost", "k8sServicePort"}
        for refusal in self._refusals:
            if refusal.path not in apart:
                yield self._fitting(refusal, _ALWAYS, grave=True)
        if self._refusals or self._monitored or not self._applied.complete:
            return
        for refusal in self._settings.refusals_at_first():
            yield self._fitting(refusal, _BEFORE, grave=False)

    def _fitting(self, refusal: Refusal, effect: str, *, grave: bool) -> dict[str, Any]:
        path = tuple(refusal.path.split("."))
        value = _shown(self._applied.value(*path))
        return {
            "what": refusal.path,
            "value": value,
            "at": self._at(path),
            "fault": refusal.reason,
            "effect": effect.format(self._settings.chart),
            "grave": grave,
        }

    def _regenerated(self) -> Iterator[dict[str, Any]]:
        """Secrets whose certificates are other ones at each rendering; ``kept`` where the Application ignores them."""
        rendering, item = self._settings.rendering, self._one.application
        if rendering is None or item is None or rendering.config is None:
            return
        entries = values.mappings(item.data, "spec", "ignoreDifferences")
        names = (values.text(entry, "name") for _, entry in entries if entry.get("kind") == "Secret")
        ignored = {None if isinstance(name, Unknown) else name for name in names}
        given = all(self._settings.is_stated(("tls", "ca", part)) for part in ("cert", "key"))
        of_hubble = any(name.startswith("hubble") for name in rendering.secrets)
        for name in rendering.secrets:
            if name != "cilium-ca" or not given:
                method = _MESH_METHOD if name.startswith("clustermesh") or not of_hubble else _METHOD
                kept = name in ignored or None in ignored
                yield {"secret": name, "at": self._at(method), "kept": kept}


def _elsewhere(path: str, version: Release | None) -> tuple[str, str | None]:
    """`removed` with the last minor release that knows a value, `newer` with the first one, or `unknown`."""
    rows = value_table().rows(path)
    if not rows or version is None:
        return "unknown", None
    spans = [part.partition("-") for row in rows for part in (row[0].split() or [""])]
    ends = [release(last if dash else first) for first, dash, last in spans]
    starts = [release(first) for first, _, _ in spans]
    if None not in ends and (last := max(end for end in ends if end)) < version:
        return "removed", f"{last[0]}.{last[1]}"
    if None not in starts and (first := min(start for start in starts if start)) > version:
        return "newer", f"{first[0]}.{first[1]}"
    return "unknown", None


def _is_idle(value: Any) -> bool:
    """Whether nothing is switched on by it: what is left over does no harm."""
    if isinstance(value, Mapping):
        return all(_is_idle(item) for item in value.values())
    return value in (None, False, "", "false")


def _text(value: str | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else value


def _shown(value: Any) -> str | None:
    """A scalar as text; null for what is none."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, (str, int, float)) else None
