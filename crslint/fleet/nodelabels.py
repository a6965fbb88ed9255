"""Labels on their way to Nodes (facts/capi.md 3.5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from crslint.fleet import values
from crslint.fleet.entities.objects import Object
from crslint.fleet.entity import UNKNOWN, Unknown
from crslint.fleet.kubeadm import mentions, node_label_arguments, split_labels
from crslint.fleet.versions import release

ROLE = "node-role.kubernetes.io/control-plane"

_SYNCED_EXACTLY = "node-role.kubernetes.io"
_SYNCED = ("node-restriction.kubernetes.io", "node.cluster.x-k8s.io")
_SYNC_SINCE = (1, 4, 0)

_KUBERNETES = ("kubernetes.io", "k8s.io")
_KUBELET = ("kubelet.kubernetes.io", "node.kubernetes.io")
_KUBELET_KEYS = frozenset(
    {
        "kubernetes.io/hostname",
        "kubernetes.io/arch",
        "kubernetes.io/os",
        "topology.kubernetes.io/zone",
        "topology.kubernetes.io/region",
        "failure-domain.beta.kubernetes.io/zone",
        "failure-domain.beta.kubernetes.io/region",
        "node.kubernetes.io/instance-type",
        "beta.kubernetes.io/instance-type",
        "beta.kubernetes.io/os",
        "beta.kubernetes.io/arch",
    }
)

# What kubeadm puts on control-plane nodes; 1.24 was the first release without the older role.
_MARKS = {ROLE: "", "node.kubernetes.io/exclude-from-external-load-balancers": ""}
_OLD_ROLE = "node-role.kubernetes.io/master"
_WITHOUT_OLD_ROLE = (1, 24, 0)

# Words of scripts that label nodes behind Cluster API's back.
_LABELLING = ("kubectl label", "--node-labels", "KUBELET_EXTRA_ARGS")


def is_synced(key: str) -> bool:
    """Whether Cluster API copies a Machine's label of that key to its Node."""
    prefix, mark, _ = key.partition("/")
    return bool(mark) and (prefix == _SYNCED_EXACTLY or _is_below(prefix, _SYNCED))


def kubelet_refuses(key: str) -> bool:
    """Whether kubelet does not start with that key in ``--node-labels``."""
    prefix, mark, _ = key.partition("/")
    if not mark or not _is_below(prefix, _KUBERNETES):
        return False
    return key not in _KUBELET_KEYS and not _is_below(prefix, _KUBELET)


def machine_labels(
    written: Sequence[Mapping[str, Any] | Unknown], capi: str | None, *, pool: bool = False
) -> dict[str, str] | Unknown:
    """The labels that Cluster API syncs, later maps first; ``pool``: a MachinePool, for which that is not settled."""
    found: dict[str, str] = {}
    for labels in written:
        plain = values.label_map(labels)
        if isinstance(plain, Unknown):
            return UNKNOWN
        found |= {key: value for key, value in plain.items() if is_synced(key)}
    if found and pool:
        return UNKNOWN
    pinned = release(capi)
    return {} if pinned is not None and pinned < _SYNC_SINCE else found


def kubelet_labels(config: Object | Unknown | None, commands: Sequence[str]) -> dict[str, str] | Unknown:
    """The labels that kubelet sets by itself when these commands bring it up; templates in values are as written."""
    if not isinstance(config, Object) or mentions(config, *_LABELLING):
        return UNKNOWN
    found: dict[str, str] = {}
    for command in commands:
        arguments = node_label_arguments(config, command)
        if isinstance(arguments, Unknown):
            return UNKNOWN
        for argument in arguments:
            pairs = UNKNOWN if isinstance(argument.value, Unknown) else split_labels(argument.value)
            if isinstance(pairs, Unknown) or any(values.is_template(key) for key, _ in pairs):
                return UNKNOWN
            found |= dict(pairs)
    return found


def control_plane_marks(version: object) -> dict[str, str]:
    """The labels that kubeadm puts on a control-plane node."""
    known = release(version)
    return _MARKS | ({_OLD_ROLE: ""} if known is not None and known < _WITHOUT_OLD_ROLE else {})


def control_plane_taints(version: object) -> list[dict[str, str]]:
    """The taints that kubeadm puts on a control-plane node for which none are written."""
    known = release(version)
    keys = [ROLE]
    if known is not None and known < (1, 25, 0):
        keys = [_OLD_ROLE] if known < _WITHOUT_OLD_ROLE else [_OLD_ROLE, ROLE]
    return [{"key": key, "effect": "NoSchedule"} for key in keys]


def taint_list(written: list[Any] | Unknown | None) -> list[dict[str, str]] | Unknown:
    """``{key, effect}`` of each; none where absent."""
    if isinstance(written, Unknown):
        return UNKNOWN
    found = [(values.text(taint, "key"), values.text(taint, "effect")) for taint in written or ()]
    if any(not isinstance(part, str) for pair in found for part in pair):
        return UNKNOWN
    return [{"key": str(key), "effect": str(effect)} for key, effect in found]


def joined(*maps: dict[str, str] | Unknown) -> dict[str, str] | Unknown:
    """All of them together; UNKNOWN where one is."""
    found: dict[str, str] = {}
    for labels in maps:
        if isinstance(labels, Unknown):
            return UNKNOWN
        found |= labels
    return found


def _is_below(prefix: str, domains: Sequence[str]) -> bool:
    return any(prefix == domain or prefix.endswith(f".{domain}") for domain in domains)
