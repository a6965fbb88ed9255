"""What Cluster API's v1beta2 writes in another shape than v1beta1, as edits (facts of the migration guide)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from crslint import address
from crslint.finding import Edit
from crslint.fix.change import CannotFix

Steps = tuple[str | int, ...]

_DURATION = re.compile(r"(\d+(?:\.\d+)?)(h|ms|m|s)")
_SECONDS = {"h": 3600, "m": 60, "s": 1, "ms": 0.001}
_TIMEOUTS = {
    "nodeDrainTimeout": "nodeDrainTimeoutSeconds",
    "nodeVolumeDetachTimeout": "nodeVolumeDetachTimeoutSeconds",
    "nodeDeletionTimeout": "nodeDeletionTimeoutSeconds",
}
# What the conversion drops: the Cluster says it.
_DROPPED = ("networking", "kubernetesVersion", "clusterName")


class Reshape:
    """Collects the edits of one object; paths that are not there are passed over."""

    def __init__(self, at: str, data: Mapping[str, Any]) -> None:
        self.edits: list[Edit] = []
        self._at = at
        self._data = data

    def get(self, *path: str | int) -> Any:
        value: Any = self._data
        for step in path:
            if isinstance(step, int):
                value = value[step] if isinstance(value, list) and step < len(value) else None
            else:
                value = value.get(step) if isinstance(value, dict) else None
        return value

    def remove(self, *path: str | int) -> None:
        if self.get(*path) is not None:
            self.edits.append(Edit("remove", address.at(self._at, path)))

    def set(self, path: Steps, value: Any) -> None:
        self.edits.append(Edit("set", address.at(self._at, path), value))

    def move(self, path: Steps, to: Steps, changed: Callable[[Any], Any] = lambda value: value) -> None:
        value = self.get(*path)
        if value is not None:
            self.remove(*path)
            self.set(to, changed(value))

    def reference(self, *path: str) -> None:
        """``apiVersion`` becomes ``apiGroup``; the namespace is always the object's own."""
        value = self.get(*path)
        if isinstance(value, dict) and isinstance(value.get("apiVersion"), str) and "apiGroup" not in value:
            self.move((*path, "apiVersion"), (*path, "apiGroup"), _group)
            for field in ("namespace", "uid", "resourceVersion", "fieldPath"):
                self.remove(*path, field)

    def arguments(self, *path: str) -> None:
        """A mapping becomes a list of name and value."""
        value = self.get(*path)
        if isinstance(value, dict):
            self.set(path, [{"name": name, "value": _text(item)} for name, item in value.items()])

    def timeouts(self, path: Steps, to: Steps) -> None:
        for field, instead in _TIMEOUTS.items():
            self.move((*path, field), (*to, "deletion", instead), seconds)


def reshaped(at: str, data: Mapping[str, Any]) -> list[Edit]:
    """The edits that bring an object from the shape of v1beta1 to that of v1beta2, its apiVersion apart."""
    shape = Reshape(at, data)
    change = _KINDS.get(str(data.get("kind")))
    if change is not None:
        change(shape)
    return _pruned(shape.edits, shape, at)


def _pruned(edits: list[Edit], shape: Reshape, at: str) -> list[Edit]:
    """v1beta2 refuses empty mappings: one that would be left empty goes with what was in it."""
    gone = {address.steps(edit.at[len(at) :]) for edit in edits if edit.kind == "remove"}
    written = [address.steps(edit.at[len(at) :]) for edit in edits if edit.kind != "remove"]
    parents = {steps[:-1] for steps in gone}
    while parents:
        emptied = {
            path
            for path in parents
            if len(path) > 1
            and {(*path, key) for key in shape.get(*path)} <= gone
            and not any(steps[: len(path)] == path for steps in written)
        }
        gone = {steps for steps in gone if steps[:-1] not in emptied} | emptied
        parents = {path[:-1] for path in emptied}
    kept = [edit for edit in edits if edit.kind != "remove" or address.steps(edit.at[len(at) :]) in gone]
    held = {edit.at for edit in kept}
    return kept + [Edit("remove", place) for steps in sorted(gone) if (place := address.at(at, steps)) not in held]


def seconds(value: Any) -> int:
    """A duration of Go; raises CannotFix for another text."""
    parts = _DURATION.findall(value) if isinstance(value, str) else []
    if not parts or "".join(number + unit for number, unit in parts) != value:
        raise CannotFix(f"{value} is no duration")
    return round(sum(float(number) * _SECONDS[unit] for number, unit in parts))


def _group(api_version: str) -> str:
    return api_version.rpartition("/")[0]


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _cluster(shape: Reshape) -> None:
    shape.reference("spec", "infrastructureRef")
    shape.reference("spec", "controlPlaneRef")
    shape.move(("spec", "topology", "class"), ("spec", "topology", "classRef", "name"))
    shape.move(("spec", "topology", "classNamespace"), ("spec", "topology", "classRef", "namespace"))


def _machines(shape: Reshape, *path: str) -> None:
    """The template of machines in a deployment or set."""
    shape.reference(*path, "infrastructureRef")
    shape.reference(*path, "bootstrap", "configRef")
    shape.timeouts(path, path)


def _deployment(shape: Reshape) -> None:
    _machines(shape, "spec", "template", "spec")
    strategy = shape.get("spec", "strategy")
    if isinstance(strategy, dict):
        kept = {key: value for key, value in strategy.items() if key != "remediation"}
        rolling = kept.get("rollingUpdate")
        if isinstance(rolling, dict):
            # Under a key that is there already it keeps its place.
            kept["rollingUpdate"] = {key: value for key, value in rolling.items() if key != "deletePolicy"}
            if rolling.get("deletePolicy") is not None:
                shape.set(("spec", "deletion", "order"), rolling["deletePolicy"])
        if strategy.get("remediation") is not None:
            shape.set(("spec", "remediation"), strategy["remediation"])
        shape.move(("spec", "strategy"), ("spec", "rollout", "strategy"), lambda _: kept)
    shape.move(("spec", "rolloutAfter"), ("spec", "rollout", "after"))
    shape.move(("spec", "minReadySeconds"), ("spec", "template", "spec", "minReadySeconds"))
    shape.remove("spec", "progressDeadlineSeconds")
    shape.remove("spec", "revisionHistoryLimit")


def _set(shape: Reshape) -> None:
    _machines(shape, "spec", "template", "spec")
    shape.move(("spec", "deletePolicy"), ("spec", "deletion", "order"))
    shape.move(("spec", "minReadySeconds"), ("spec", "template", "spec", "minReadySeconds"))


def _control_plane(shape: Reshape, *path: str) -> None:
    """``path`` leads to the spec."""
    machines = (*path, "machineTemplate")
    reference = shape.get(*machines, "infrastructureRef")
    if isinstance(reference, dict):
        group = _group(str(reference.get("apiVersion", "")))
        new = {"apiGroup": group, **{key: reference[key] for key in ("kind", "name") if key in reference}}
        shape.move((*machines, "infrastructureRef"), (*machines, "spec", "infrastructureRef"), lambda _: new)
    shape.timeouts(machines, (*machines, "spec"))
    shape.move((*path, "rolloutStrategy"), (*path, "rollout", "strategy"))
    shape.move((*path, "rolloutBefore"), (*path, "rollout", "before"))
    shape.move((*path, "rolloutAfter"), (*path, "rollout", "after"))
    shape.move((*path, "remediationStrategy"), (*path, "remediation"), _remediation)
    _kubeadm(shape, *path, "kubeadmConfigSpec")


def _remediation(value: Any) -> Any:
    return _renamed(value, {"retryPeriod": "retryPeriodSeconds", "minHealthyPeriod": "minHealthyPeriodSeconds"})


def _renamed(value: Any, durations: Mapping[str, str]) -> dict[str, Any]:
    """A mapping whose durations become seconds under another name, each in its place."""
    if not isinstance(value, dict):
        raise CannotFix(f"{value} is no mapping")
    return {durations.get(key, key): seconds(item) if key in durations else item for key, item in value.items()}


def _kubeadm(shape: Reshape, *path: str) -> None:
    """``path`` leads to a KubeadmConfigSpec."""
    configuration = (*path, "clusterConfiguration")
    for component in ("apiServer", "controllerManager", "scheduler"):
        shape.arguments(*configuration, component, "extraArgs")
    shape.arguments(*configuration, "etcd", "local", "extraArgs")
    for field in _DROPPED:
        shape.remove(*configuration, field)
    timeout = shape.get(*configuration, "apiServer", "timeoutForControlPlane")
    shape.remove(*configuration, "apiServer", "timeoutForControlPlane")
    shape.remove(*path, "useExperimentalRetryJoin")
    for command in ("initConfiguration", "joinConfiguration"):
        shape.arguments(*path, command, "nodeRegistration", "kubeletExtraArgs")
        if timeout is not None:
            shape.set((*path, command, "timeouts", "controlPlaneComponentHealthCheckSeconds"), seconds(timeout))


def _health_check(shape: Reshape) -> None:
    conditions = shape.get("spec", "unhealthyConditions")
    if isinstance(conditions, list):
        new = [_renamed(item, {"timeout": "timeoutSeconds"}) for item in conditions]
        shape.move(("spec", "unhealthyConditions"), ("spec", "checks", "unhealthyNodeConditions"), lambda _: new)
    shape.move(("spec", "nodeStartupTimeout"), ("spec", "checks", "nodeStartupTimeoutSeconds"), seconds)
    trigger = ("spec", "remediation", "triggerIf")
    shape.move(("spec", "maxUnhealthy"), (*trigger, "unhealthyLessThanOrEqualTo"))
    shape.move(("spec", "unhealthyRange"), (*trigger, "unhealthyInRange"))
    shape.move(("spec", "remediationTemplate"), ("spec", "remediation", "templateRef"))


def _metal3_cluster(shape: Reshape) -> None:
    """The negation has gone."""
    if shape.get("spec", "cloudProviderEnabled") is None:
        shape.move(("spec", "noCloudProvider"), ("spec", "cloudProviderEnabled"), _negated)
    else:
        shape.remove("spec", "noCloudProvider")


def _negated(value: Any) -> bool:
    if not isinstance(value, bool):
        raise CannotFix("noCloudProvider is neither true nor false")
    return not value


def _metal3_template(shape: Reshape) -> None:
    image = ("spec", "template", "spec", "image")
    shape.move((*image, "format"), (*image, "diskFormat"))


_KINDS: Mapping[str, Callable[[Reshape], None]] = {
    "Cluster": _cluster,
    "MachineDeployment": _deployment,
    "MachineSet": _set,
    "MachineHealthCheck": _health_check,
    "KubeadmControlPlane": lambda shape: _control_plane(shape, "spec"),
    "KubeadmControlPlaneTemplate": lambda shape: _control_plane(shape, "spec", "template", "spec"),
    "KubeadmConfig": lambda shape: _kubeadm(shape, "spec"),
    "Metal3Cluster": _metal3_cluster,
    "Metal3MachineTemplate": _metal3_template,
    "KubeadmConfigTemplate": lambda shape: _kubeadm(shape, "spec", "template", "spec"),
}
