"""How CAPM3 recognises the Node of a machine where no cloud provider does (facts/capi.md 5.2)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from crslint import address
from crslint.fleet import values
from crslint.fleet.entities.objects import Object
from crslint.fleet.entity import Unknown
from crslint.fleet.kubeadm import COMMANDS, Argument, arguments, mentions, spec_steps
from crslint.variable import is_template

_LABEL = "metal3.io/uuid"
_WANTED = f"{_LABEL}={{{{ ds.meta_data.uuid }}}}"

# Words of scripts and files that may say it to kubelet, or to the API server, by other ways.
_OTHER_WAYS = (
    _LABEL,
    "provider-id",
    "providerID",
    "provider_id",
    "KUBELET_EXTRA_ARGS",
    "--node-labels",
    "kubectl label",
)


def identities(item: Object, commands: tuple[str, ...], infrastructure_at: str) -> Iterator[dict[str, Any]]:
    """One for each command; nothing where the specification has none of them, or files that cannot be read."""
    base = spec_steps(item) or ()
    written = [command for command in COMMANDS if values.child(item.data, *base, COMMANDS[command]) is not None]
    files = values.mappings(item.data, *base, "files")
    hidden = any("contentFrom" in file for _, file in files) or values.child(item.data, *base, "ignition") is not None
    if not written or hidden or mentions(item, *_OTHER_WAYS):
        return
    for command in commands:
        steps = (COMMANDS[command], "nodeRegistration", "kubeletExtraArgs")
        found = arguments(item, *steps)
        if isinstance(found, Unknown):
            continue
        labels = next((one for one in found if one.name == "node-labels"), None)
        if labels is not None and (isinstance(labels.value, Unknown) or _may_hold(labels.value)):
            continue
        at = address.at(item.at, (*base, *steps))
        label_at, to = _wanted(item, at, labels, values.child(item.data, *base, *steps))
        yield {
            "command": command,
            "identified": any(one.name == "provider-id" for one in found) or _has_label(labels),
            "at": at,
            "labelAt": label_at,
            "to": to,
            "infrastructureAt": infrastructure_at,
        }


def _has_label(labels: Argument | None) -> bool:
    return labels is not None and isinstance(labels.value, str) and _LABEL in labels.value


def _may_hold(text: str) -> bool:
    """Whether a variable in it may stand for the label."""
    return _LABEL not in text and is_template(text)


def _wanted(item: Object, at: str, labels: Argument | None, written: object) -> tuple[str, Any]:
    """Where the label is missing and what has to stand there, in the shape of the version."""
    if labels is not None and isinstance(labels.value, str):
        return labels.at, ",".join(filter(None, (labels.value, _WANTED)))
    if isinstance(written, list) or (written is None and not item.api_version.endswith("/v1beta1")):
        known = written if isinstance(written, list) else []
        return at, [*known, {"name": "node-labels", "value": _WANTED}]
    return address.at(at, ("node-labels",)), _WANTED
