"""The phases of kubeadm (facts/capi.md 4)."""

from __future__ import annotations

from collections.abc import Iterable

from crslint.fleet.table import read_table
from crslint.fleet.versions import release
from crslint.spelling import nearest

PROXY_PHASES = ("addon/kube-proxy", "addon")
_FIRST_WITH_SKIP = (1, 22)


def phase_exists(command: str, phase: str, versions: Iterable[str | None]) -> bool | None:
    """Whether ``kubeadm init`` or ``join`` has the phase in all these versions (None among them: not known which).

    None where that depends on a version that is not known, and for versions in which skipPhases has no effect.
    """
    span = read_table("kubeadm")[command].get(phase)
    if span is None:
        known = [found[:2] for found in map(release, versions) if found]
        return None if known and all(found < _FIRST_WITH_SKIP for found in known) else False
    if not span:
        return True
    answers = {_within(span, version) for version in versions}
    if False in answers:
        return False
    return None if None in answers or not answers else True


def known_phase(phase: str) -> bool:
    """Whether any command of kubeadm has it, in any version."""
    return any(phase in phases for phases in read_table("kubeadm").values())


def nearest_phase(command: str, name: str) -> str | None:
    return nearest(name, read_table("kubeadm")[command])


def _within(span: dict[str, str], version: str | None) -> bool | None:
    found = release(version)
    if found is None:
        return None
    since, until = release(span.get("since")), release(span.get("until"))
    return (since is None or found[:2] >= since[:2]) and (until is None or found[:2] <= until[:2])
