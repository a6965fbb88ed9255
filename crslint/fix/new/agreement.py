"""A rendered Cilium against the answers: what contradicts them, and what else it was rendered with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any

from crslint import address
from crslint.config.model import CODE
from crslint.finding import Problem
from crslint.fix.new.answers import Cluster, Versions
from crslint.fix.new.ciliumvalues import Path, Settings, chosen, decided, nested
from crslint.fix.new.manifests import Item, Manifest, ManifestError
from crslint.fleet.charts.drift import drift, settings_of
from crslint.fleet.charts.rendering import render, value_behind, values_behind
from crslint.fleet.versions import image_tag, release

_CONFIG = "cilium-config"
_OPERATOR = "cilium-operator"
_AGENT = "cilium-agent"
_METALLB_CONFIG = "bgp-config"
_METHOD: Path = ("hubble", "tls", "auto", "method")
_ROUNDS = 40

# What the answers decide: settings of the agent, and how messages name the answer.
_DECIDED = {
    "auto-direct-node-routes": "one network of nodes",
    "enable-bgp-control-plane": "BGP peers",
    "ipam": "pods",
    "ipv4-native-routing-cidr": "pods",
    "kube-proxy-replacement": "Cilium instead of kube-proxy",
    "routing-mode": "one network of nodes",
}


def agreed_values(manifest: Manifest, cluster: Cluster, versions: Versions) -> Settings:
    """The values that render what the manifest says; raises ManifestError where it says otherwise than the answers."""
    config, agent, operator = _parts(manifest)
    missing = [name for name, item in ((_CONFIG, config), (_AGENT, agent)) if item is None]
    if config is None or agent is None:
        reason = f"no {' and no '.join(missing)} in it: it must be a rendered chart of Cilium"
        raise ManifestError(manifest.name, manifest.content, [_problem(address.document(manifest.name, 0), reason)])
    wanted: dict[Path, Any] = {**decided(cluster), **chosen(cluster)}
    problems = list(_contradictions(config, agent, cluster, versions, wanted))
    if problems:
        raise ManifestError(manifest.name, manifest.content, problems, command(cluster, versions))
    values = _mirrored(config, manifest, versions, wanted)
    replicas = operator.data.get("spec", {}).get("replicas") if operator else None
    if isinstance(replicas, int):
        values["operator", "replicas"] = replicas
    return values


def command(cluster: Cluster, versions: Versions, charts: str = "https://helm.cilium.io") -> str:
    """How Cilium is rendered for a cluster."""
    wanted = {**decided(cluster), **chosen(cluster)}
    options = [f"--set {'.'.join(path)}={_spelled(value)}" for path, value in wanted.items()]
    head = f"helm template cilium cilium --repo {charts} --version {versions.cilium} --namespace kube-system"
    return " \\\n  ".join([head, *options]) + f" > cilium-{cluster.name}.yaml"


def _spelled(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _parts(manifest: Manifest) -> tuple[Item | None, Item | None, Item | None]:
    config = agent = operator = None
    for item in manifest.items:
        kind, name = item.data["kind"], item.data["metadata"]["name"]
        if kind == "ConfigMap" and name == _CONFIG:
            config = item
        elif kind == "DaemonSet" and _container(item) is not None:
            agent = item
        elif kind == "Deployment" and name == _OPERATOR:
            operator = item
    return config, agent, operator


def _contradictions(
    config: Item, agent: Item, cluster: Cluster, versions: Versions, wanted: Settings
) -> Iterator[Problem]:
    found = _container(agent)
    assert found is not None  # that is what makes it the agent
    steps, container = found
    tag = image_tag(str(container.get("image")))
    if release(tag) is not None and release(tag) != release(versions.cilium):
        at = address.at(agent.at, (*steps, "image"))
        yield _problem(at, f"the agent is of release {tag}; the answers say Cilium {versions.cilium}")
        return
    yield from _config_contradictions(config, versions, wanted)
    yield from _address_contradictions(agent, steps, container, cluster)
    for number, volume in enumerate(_list(agent.data, "spec", "template", "spec", "volumes")):
        name = volume.get("configMap", {}).get("name") if isinstance(volume.get("configMap"), dict) else None
        if name == _METALLB_CONFIG:
            at = address.at(agent.at, ("spec", "template", "spec", "volumes", number))
            reason = "the agent mounts bgp-config, which nobody makes: leave bgp.enabled out, it is MetalLB's mode"
            yield _problem(at, reason)


def _config_contradictions(config: Item, versions: Versions, wanted: Settings) -> Iterator[Problem]:
    rendered = render(versions.cilium, nested(wanted), kubernetes=versions.kubernetes)
    says = settings_of(_data(config), versions.cilium)
    asked = settings_of(rendered.config or {}, versions.cilium)
    for entry in drift(says, asked, rendered.open):
        name = entry["setting"]
        if name in _DECIDED:
            written = f"{name} is {entry['day0'] or 'not set'}"
            path = value_behind(versions.cilium, name) or name
            reason = f"{written}; the answers ({_DECIDED[name]}) need {entry['day2']}: {path}"
            yield _problem(address.at(config.at, ("data", name)), reason)


def _address_contradictions(
    agent: Item, steps: tuple[str | int, ...], container: Mapping[str, Any], cluster: Cluster
) -> Iterator[Problem]:
    variables = {
        "KUBERNETES_SERVICE_HOST": (cluster.endpoint, "k8sServiceHost"),
        "KUBERNETES_SERVICE_PORT": (str(cluster.port), "k8sServicePort"),
    }
    for number, entry in enumerate(_list(container, "env")):
        name = entry.get("name")
        if name in variables:
            wanted, path = variables.pop(name)
            if entry.get("value") != wanted:
                at = address.at(agent.at, (*steps, "env", number, "value"))
                yield _problem(at, f"{name} is {entry.get('value')}; the answers say {wanted}: {path}")
    for name, (wanted, path) in variables.items():
        at = address.at(agent.at, (*steps, "env"))
        reason = f"the agent has no {name}; without kube-proxy it needs the API server's, {wanted}: {path}"
        yield _problem(at, reason)


def _mirrored(config: Item, manifest: Manifest, versions: Versions, wanted: Settings) -> dict[Path, Any]:
    """The values with what the manifest was rendered with besides, as far as the chart's values are known."""
    values = dict(wanted)
    says = settings_of(_data(config), versions.cilium)
    if says.get("enable-hubble") == "true":
        values["hubble", "enabled"] = True
        values[_METHOD] = _method(manifest)
    # One value may be refused until another is there: a cluster's id, before its name.
    for _ in range(_ROUNDS):
        differing = _drift(says, values, versions)
        tries = (_better(name, says, values, versions, len(differing)) for name in differing)
        better = next((found for found in tries if found is not None), None)
        if better is None:
            break
        values = better
    return values


def _drift(says: Mapping[str, str], values: Settings, versions: Versions) -> list[str]:
    rendered = render(versions.cilium, nested(values), kubernetes=versions.kubernetes)
    asked = settings_of(rendered.config or {}, versions.cilium)
    return [each["setting"] for each in drift(says, asked, rendered.open)]


def _better(
    name: str, says: Mapping[str, str], values: dict[Path, Any], versions: Versions, differing: int
) -> dict[Path, Any] | None:
    """The values with one more, where that brings them nearer to what the manifest says."""
    written = says.get(name)
    if written is None:
        return None
    taken = _taken(values)
    paths = (tuple(behind.split(".")) for behind in values_behind(versions.cilium, name))
    for path, value in product((path for path in paths if path not in taken), _readings(written)):
        tried = {**values, path: value}
        rendered = render(versions.cilium, nested(tried), kubernetes=versions.kubernetes)
        if rendered.config is not None and len(_drift(says, tried, versions)) < differing:
            return tried
    return None


def _taken(values: Settings) -> frozenset[Path]:
    """The paths that have a value, or values below them."""
    return frozenset(path[:length] for path in values for length in range(1, len(path) + 1))


def _readings(written: str) -> list[Any]:
    """What a Helm value may have been that became this text."""
    found: list[Any] = [written]
    if written in ("true", "false"):
        found.insert(0, written == "true")
    elif written.isascii() and written.isdigit():
        found.insert(0, int(written))
    return found


def _method(manifest: Manifest) -> str:
    """Who makes Hubble's certificates on day 2: never Helm, whose template would make new ones at every sync."""
    issued = any(item.data["kind"] == "Certificate" for item in manifest.items)
    return "certmanager" if issued else "cronJob"


def _container(item: Item) -> tuple[tuple[str | int, ...], Mapping[str, Any]] | None:
    steps = ("spec", "template", "spec", "containers")
    for number, container in enumerate(_list(item.data, *steps)):
        if container.get("name") == _AGENT:
            return (*steps, number), container
    return None


def _data(config: Item) -> Mapping[str, Any]:
    data = config.data.get("data")
    return data if isinstance(data, dict) else {}


def _list(data: Mapping[str, Any], *steps: str) -> Sequence[Mapping[str, Any]]:
    found: Any = data
    for step in steps:
        found = found.get(step) if isinstance(found, dict) else None
    return [each if isinstance(each, dict) else {} for each in found] if isinstance(found, list) else []


def _problem(at: str, reason: str) -> Problem:
    return Problem(CODE, at, {"reason": reason})
