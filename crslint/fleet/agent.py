"""What the agent of a release makes of its cilium-config: what it ignores, refuses, cannot do (facts/cilium.md 1, 2).

Facts are lists of maps, each with the key of the setting and the address of its value, so that one evaluation of a rule
is one setting. All are unknown where the release is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache, lru_cache
from typing import Any

from crslint.fleet import values
from crslint.fleet.charts.tables import chart_table, covers
from crslint.fleet.cilium import Settings
from crslint.fleet.entity import UNKNOWN, Unknown
from crslint.fleet.pods import repository
from crslint.fleet.spelling import meant
from crslint.fleet.table import read_table
from crslint.fleet.versions import Release, release

Faults = list[dict[str, Any]]

_TRUE = frozenset({"1", "t", "T", "true", "TRUE", "True"})
_FALSE = frozenset({"0", "f", "F", "false", "FALSE", "False"})
_BOOLEANS = _TRUE | _FALSE


class Agent:
    """One installation's settings in the eyes of its agent; only for a known release and known settings."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._release = release(settings.version) if isinstance(settings.version, str) else None
        written = settings.settings()
        self._written: dict[str, str] = {} if isinstance(written, Unknown) else written
        self._is_known = self._release is not None and not isinstance(written, Unknown)

    def _faults(self, found: Callable[[Release], Iterator[dict[str, Any]]]) -> Faults | Unknown:
        return list(found(self._release)) if self._is_known and self._release is not None else UNKNOWN

    def _fault(self, key: str, **more: object) -> dict[str, Any]:
        return {"key": key, "value": self._written.get(key), "at": self._settings.at(key), **more}

    def _text(self, key: str, default: str) -> str | None:
        """A setting's value, None for a template variable."""
        value = self._settings.get(key)
        return None if isinstance(value, Unknown) else default if value is None else value

    def _is_on(self, key: str, *, default: bool = False) -> bool | None:
        value = self._text(key, str(default).lower())
        return None if value is None or value not in _BOOLEANS else value in _TRUE

    def superseded(self) -> Faults | Unknown:
        """Written settings that a release deprecates or stops reading: what becomes of them here, and what to write."""
        return self._faults(self._superseded)

    def _superseded(self, version: Release) -> Iterator[dict[str, Any]]:
        for row in read_table("cilium")["superseded"]:
            value = self._written.get(row["key"])
            if value is None or values.is_template(value):
                continue
            since = release(row["removed"])
            assert since is not None
            place = row.get("instead", {}).get(value)
            if place is None and value not in row.get("values", [value]):
                continue
            if place is not None and place["key"] != row["key"] and place["key"] in self._written:
                place = None
            state = "removed" if version >= since else "read"
            if state == "read" and "deprecated" in row and covers(row["deprecated"], version):
                state = "deprecated"
            instead = place and {**place, "text": place["value"], "at": self._settings.at(place["key"])}
            yield self._fault(
                row["key"],
                state=state,
                removed=row["removed"],
                instead=instead,
                effect=row.get("effect"),
                refused=False,
            )

    def replacement(self) -> dict[str, Any] | None | Unknown:
        """kube-proxy-replacement where the release does not accept it: with the value that means the same."""
        key = "kube-proxy-replacement"
        value = self._text(key, "")
        if not self._is_known or self._release is None or value is None:
            return UNKNOWN
        rows = read_table("cilium")["kubeProxyReplacement"]
        row = next(
            (row for row in reversed(rows) if self._release >= (release(row["since"]) or self._release)), rows[0]
        )
        if not value or value in row["full"] or value in row["not"]:
            return None
        everywhere = {word for other in rows for word in other["full"]}
        instead = row["full"][0] if value in everywhere else row["not"][-1] if value in ("disabled", "false") else None
        if row["full"][0] == "strict" and "true" in row["full"] and instead == "strict":
            instead = "true"
        return self._fault(key, accepted=[*row["full"], *row["not"]], instead=instead)

    def direct_routes(self) -> bool | Unknown:
        return _known(self._is_on("auto-direct-node-routes"))

    def needs_native_cidr(self) -> bool | Unknown:
        """Whether the agent exits without ipv4-native-routing-cidr."""
        mode, ipam = self._settings.routing_mode(), self._settings.ipam()
        family, masquerade = (
            self._is_on("enable-ipv4", default=True),
            self._is_on("enable-ipv4-masquerade", default=True),
        )
        agent = self._is_on("enable-ip-masq-agent")
        if not self._is_known or self._release is None or None in (family, masquerade, agent):
            return UNKNOWN
        if isinstance(mode, Unknown) or isinstance(ipam, Unknown):
            return UNKNOWN
        if mode != "native" or not family or not masquerade or ipam in ("eni", "alibabacloud"):
            return False
        return not (agent and self._release >= (1, 15, 0))

    def unknown_keys(self) -> Faults | Unknown:
        """Keys that this release does not have: of other releases, misspelt, or of nobody that is known here."""
        found = self._settings.found.agent
        if found is None or not self._is_upstream():
            return UNKNOWN
        return self._faults(self._unknown_keys)

    def _is_upstream(self) -> bool:
        image = self._settings.image()
        return isinstance(image, str) and repository(image).endswith("cilium/cilium")

    def _unknown_keys(self, version: Release) -> Iterator[dict[str, Any]]:
        handled = {row["key"] for row in read_table("cilium")["superseded"]}
        for key in self._written:
            if key not in handled and not _is_key(key, version):
                why, other, near = "unknown", None, None
                if key in chart_table("config")["keys"] or key in chart_table("flags"):
                    until, since = _minors(key)
                    if until is not None and (until[0], until[1] + 1) < version[:2]:
                        why, other = "removed", _minor(until)
                    elif since is not None and version[:2] < since:
                        why, other = "newer", _minor(since)
                elif (near := meant(key, _alike(key, _keys(version)))) is not None:
                    why = "misspelt"
                yield self._fault(key, why=why, release=other, near=near)

    def checked(self) -> Faults | Unknown:
        """Settings that the agent checks at its start, with the reason why it exits or null; of those that only have a
        type the faulty ones."""
        return self._faults(self._checked)

    def _checked(self, version: Release) -> Iterator[dict[str, Any]]:
        yield from self._uncastable(version)
        modes = ("native", "tunnel", "hybrid") if version >= (1, 20, 0) else ("native", "tunnel")
        mode = self._text("routing-mode", "tunnel")
        if version >= (1, 14, 0) and mode is not None:
            yield self._judged("routing-mode", mode not in modes, f"is none of {', '.join(modes)}")
        families = self._is_on("enable-ipv4", default=True), self._is_on("enable-ipv6")
        yield self._judged(
            "enable-ipv4", families == (False, False), "is off, and so is enable-ipv6: no address family is left"
        )
        size = self._text("bpf-lb-maglev-table-size", "16381")
        if size is not None and size.isdigit():
            reason = "is no size of a Maglev table, a prime such as 16381"
            yield self._judged("bpf-lb-maglev-table-size", int(size) not in _MAGLEV_SIZES, reason)
        ipam, routing = self._settings.ipam(), self._settings.routing_mode()
        if isinstance(ipam, str) and version < (1, 16, 0):
            pooled = ipam in ("multi-pool", "cluster-pool-v2beta") and routing == "tunnel"
            yield self._judged("ipam", pooled, "does not go with tunnelling")
        if isinstance(ipam, str) and version < (1, 15, 0):
            blocks = ipam in ("kubernetes", "cluster-pool", "cluster-pool-v2beta")
            blind = self._is_on("enable-bgp-control-plane") is True and not blocks
            yield self._judged("ipam", blind, "does not go with the BGP control plane before 1.15")
            both = self._is_on("enable-ipsec") is True and self._settings.kube_proxy_replacement() is True
            yield self._judged("enable-ipsec", both, "is on: IPsec does not go with full kube-proxy replacement")

    def _judged(self, key: str, is_wrong: bool, reason: str) -> dict[str, Any]:
        return self._fault(key, fault=reason if is_wrong else None)

    def _uncastable(self, version: Release) -> Iterator[dict[str, Any]]:
        kinds = _kinds(version)
        for key, value in self._written.items():
            kind = kinds[key]
            if kind == "b":
                fault = None if value in _BOOLEANS else "is no boolean"
            elif kind == "i":
                fault = None if value.isdecimal() or _integer().fullmatch(value) else "is no integer"
            else:
                continue
            if fault and value and not values.is_template(value) and key != "kube-proxy-replacement":
                yield self._fault(key, fault=fault)

    def balancing(self) -> Faults | Unknown:
        """Settings of direct server return, with the reason why the agent exits or null."""
        if isinstance(self._settings.kube_proxy_replacement(), Unknown):
            return UNKNOWN
        return self._faults(self._balancing)

    def _balancing(self, _version: Release) -> Iterator[dict[str, Any]]:
        mode, dispatch = self._text("bpf-lb-mode", "snat"), self._text("bpf-lb-dsr-dispatch", "opt")
        routing, protocol = self._settings.routing_mode(), self._settings.tunnel_protocol()
        if mode is None or dispatch is None or isinstance(routing, Unknown) or isinstance(protocol, Unknown):
            return
        returns = mode in ("dsr", "hybrid") and self._settings.kube_proxy_replacement() is True
        tunnel = protocol if routing == "tunnel" else None
        yield self._judged(
            "bpf-lb-mode", returns and tunnel == "vxlan", "does not go with VXLAN, only with native routing or Geneve"
        )
        reason = None
        if returns and tunnel == "geneve" and dispatch != "geneve":
            reason = "must be geneve where packets are tunnelled by Geneve"
        elif returns and tunnel is None and dispatch == "geneve" and protocol == "vxlan":
            reason = "needs tunnel-protocol geneve"
        elif returns and mode == "hybrid" and dispatch == "ipip" and tunnel is None:
            reason = "does not go with bpf-lb-mode hybrid"
        yield self._fault("bpf-lb-dsr-dispatch", fault=reason)


def _known(value: bool | None) -> bool | Unknown:
    return UNKNOWN if value is None else value


_MAGLEV_SIZES = frozenset({251, 509, 1021, 2039, 4093, 8191, 16381, 32749, 65521, 131071})


@lru_cache(maxsize=4096)
def _is_key(key: str, version: Release) -> bool:
    """Whether the chart of a release renders it, or it is a flag that the release documents."""
    return any(covers(row.get("in", ""), version) for row in chart_table("config")["keys"].get(key, ())) or any(
        covers(minors, version) for minors, _ in chart_table("flags").get(key, ())
    )


@lru_cache(maxsize=64)
def _keys(version: Release) -> frozenset[str]:
    known = chart_table("config")["keys"].keys() | chart_table("flags")
    return frozenset(key for key in known if _is_key(key, version))


def _alike(key: str, known: Iterable[str]) -> Iterator[str]:
    """Keys of as many words, or of the same letters: agents have flags that nobody documents, named after others."""
    letters = key.replace("-", "")
    return (other for other in known if other.count("-") == key.count("-") or other.replace("-", "") == letters)


class _Kinds(dict[str, str | None]):
    """The type of what a flag of a release takes by its name: `b`, `i` and others, which are not checked."""

    def __init__(self, version: Release) -> None:
        super().__init__()
        self._version = version

    def __missing__(self, key: str) -> str | None:
        rows = chart_table("flags").get(key, ())
        return self.setdefault(key, next((kind for minors, kind in rows if covers(minors, self._version)), None))


@lru_cache(maxsize=64)
def _kinds(version: Release) -> _Kinds:
    return _Kinds(version)


@cache
def _integer() -> re.Pattern[str]:
    return re.compile(r"[-+]?\d+(\.0*)?|0[xX][0-9a-fA-F]+|0[oO]?[0-7]+|0[bB][01]+")


def _minors(key: str) -> tuple[tuple[int, int] | None, tuple[int, int] | None]:
    """The last minor release that knows a key of the agent, and the first; None where it is not bounded there, or not
    known: flags of the operator were documented late."""
    flags = chart_table("flags").get(key, [])
    rows = [row.get("in", "") for row in chart_table("config")["keys"].get(key, [])]
    rows += [minors for minors, _ in flags]
    first, last = zip(*(_ends(part) for row in rows for part in (row.split() or [""])), strict=True)
    until = None if None in last else max(end for end in last if end is not None)
    since = None if None in first else min(start for start in first if start is not None)
    return until, None if any(kind == "o" for _, kind in flags) else since


def _ends(bounds: str) -> tuple[tuple[int, int] | None, tuple[int, int] | None]:
    start, dash, end = bounds.partition("-")
    return _pair(start), _pair(end if dash else start)


def _pair(text: str) -> tuple[int, int] | None:
    found = release(text)
    return None if found is None else found[:2]


def _minor(pair: tuple[int, int]) -> str:
    return ".".join(map(str, pair))
