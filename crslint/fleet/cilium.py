"""Cilium as a payload installs it: what cilium-config means in the release of its agent (facts/cilium.md 1, 2)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from crslint import address
from crslint.fleet import values
from crslint.fleet.entities.objects import Object
from crslint.fleet.entity import UNKNOWN, Statement, Unknown
from crslint.fleet.payloads import Member
from crslint.fleet.pods import Place, repository, words
from crslint.fleet.table import read_table
from crslint.fleet.versions import Release, image_tag, release
from crslint.record import record

_CONFIG_NAME = "cilium-config"
# Keys that every rendered cilium-config has, whatever its name.
_CONFIG_KEYS = frozenset({"identity-allocation-mode", "ipam", "enable-ipv4", "cluster-name", "custom-cni-conf"})
_CONFIG_SIGNS = 3

_AGENT = "cilium-agent"
_AGENT_IMAGE = "/cilium"

_TRUE = frozenset({"1", "t", "T", "true", "TRUE", "True"})
_FALSE = frozenset({"0", "f", "F", "false", "FALSE", "False"})

# Settings and flags of the agent that name the API server, or a file that does.
_API_SERVER_KEYS = ("k8s-api-server", "k8s-api-server-urls", "k8s-kubeconfig-path")

_ROUTING_MODE_SINCE = (1, 14, 0)
_TUNNEL_IGNORED_SINCE = (1, 15, 0)

# Parts of the replacement that older releases switch on one by one.
_PARTS = ("enable-node-port", "enable-host-reachable-services", "bpf-lb-sock")


@record
class Installation:
    """What a payload, or several together, have of Cilium: one object at least."""

    config: Object | None
    agent: Object | None

    @property
    def at(self) -> str:
        """cilium-config, else the agent."""
        owner = self.config or self.agent
        assert owner is not None
        return owner.at


def installation(members: Sequence[Member]) -> Installation | None:
    """None for a payload without Cilium."""
    config = agent = None
    for member in members:
        item = member.object
        if config is None and item.kind == "ConfigMap" and item.group == "" and _is_config(item):
            config = item
        elif agent is None and item.kind == "DaemonSet" and _agent_container(item) is not None:
            agent = item
    return None if config is None and agent is None else Installation(config, agent)


class Settings:
    """The settings of one installation, read for its release; those in ``left_open`` are unknown."""

    left_open: Collection[str] = frozenset()

    def __init__(self, found: Installation, pinned: str | None = None) -> None:
        self.found = found
        self.version = _version(found.agent, pinned)
        data = values.mapping(found.config.data, "data") if found.config else UNKNOWN
        self._take(data)

    def _take(self, data: Mapping[str, Any] | Unknown) -> None:
        self._release: Release | None = release(self.version)
        self.known = not isinstance(data, Unknown)
        self._data: Mapping[str, Any] = {} if isinstance(data, Unknown) else data

    def settings(self) -> dict[str, str] | Unknown:
        if not self.known:
            return UNKNOWN
        return {key: value for key, value in self._data.items() if isinstance(value, str)}

    def config(self) -> Mapping[str, Any]:
        """Everything that is known of cilium-config."""
        return self._data

    def get(self, key: str) -> str | Unknown | None:
        """A setting that means itself."""
        return values.text(self._data, key) if self.known and key not in self.left_open else UNKNOWN

    def at(self, key: str) -> str:
        return address.at(self.found.at, ("data", key))

    def kube_proxy_replacement(self) -> bool | Unknown:
        written = self.get("kube-proxy-replacement")
        if isinstance(written, Unknown):
            return UNKNOWN
        meaning = _replacement(written, self._release)
        if meaning is False and any(self.get(part) in _TRUE for part in _PARTS):
            return UNKNOWN
        return meaning

    def routing_mode(self) -> str | Unknown:
        mode, tunnel = self.get("routing-mode"), self.get("tunnel")
        if isinstance(mode, Unknown) or isinstance(tunnel, Unknown):
            return UNKNOWN
        version = self._release
        if tunnel is not None and mode is None and version is None:
            return UNKNOWN
        if version is not None and version < _ROUTING_MODE_SINCE:
            mode = None
        if tunnel is not None and mode is None and version is not None and version < _TUNNEL_IGNORED_SINCE:
            return "native" if tunnel == "disabled" else "tunnel"
        return mode or "tunnel"

    def tunnel_protocol(self) -> str | Unknown:
        """What the agent would tunnel by, whether it does or not."""
        protocol, tunnel = self.get("tunnel-protocol"), self.get("tunnel")
        if isinstance(protocol, Unknown) or isinstance(tunnel, Unknown) or self._release is None:
            return UNKNOWN
        if self._release < _TUNNEL_IGNORED_SINCE and tunnel in ("vxlan", "geneve"):
            return tunnel if protocol is None or self._release < _ROUTING_MODE_SINCE else protocol
        return protocol or "vxlan"

    def ipam(self) -> str | Unknown:
        written = self.get("ipam")
        return "cluster-pool" if written is None else written

    def has_family(self, family: int) -> bool | Unknown:
        return _boolean(self.get(f"enable-ipv{family}"), default=True)

    def native_cidrs(self) -> list[Statement] | Unknown:
        return self._cidrs("ipv{}-native-routing-cidr")

    def pool_cidrs(self) -> list[Statement] | Unknown:
        mode = self.ipam()
        if mode != "cluster-pool":
            return UNKNOWN if isinstance(mode, Unknown) else []
        return self._cidrs("cluster-pool-ipv{}-cidr")

    def bgp_control_plane(self) -> bool | Unknown:
        return _boolean(self.get("enable-bgp-control-plane"), default=False)

    def image(self) -> str | None | Unknown:
        """The agent's image."""
        if self.found.agent is None:
            return UNKNOWN
        container = _agent_container(self.found.agent)
        return values.text(container[1], "image") if container else UNKNOWN

    def environment(self, name: str) -> tuple[str | None | Unknown, str | None]:
        """A variable of the agent and the address of its value."""
        if self.found.agent is None:
            return UNKNOWN, None
        container = _agent_container(self.found.agent)
        assert container is not None  # that is what makes it the agent
        index, data = container
        for place, entry in values.mappings(data, "env"):
            if entry.get("name") == name:
                steps = (*_CONTAINERS, index, "env", place, "value")
                value = values.text(entry, "value") if "value" in entry else UNKNOWN
                return value, address.at(self.found.agent.at, steps)
        return (UNKNOWN if values.child(data, "envFrom") is not None else None), None

    def environment_at(self) -> str | None:
        """Address of the agent's environment, also where that is absent."""
        container = _agent_container(self.found.agent) if self.found.agent else None
        if self.found.agent is None or container is None:
            return None
        return address.at(self.found.agent.at, (*_CONTAINERS, container[0], "env"))

    def names_api_server(self) -> bool | Unknown:
        """Whether the agent is told where the API server is: by its environment, its settings or its arguments."""
        container = _agent_container(self.found.agent) if self.found.agent else None
        if container is None:
            return UNKNOWN
        host, _ = self.environment("KUBERNETES_SERVICE_HOST")
        said = [self.get(key) for key in _API_SERVER_KEYS]
        arguments = words(Place((), container[1]))
        if (isinstance(host, str) and host) or any(isinstance(one, str) and one for one in said):
            return True
        if any(word.startswith(f"--{key}") for word in arguments for key in _API_SERVER_KEYS):
            return True
        return UNKNOWN if isinstance(host, Unknown) or any(isinstance(one, Unknown) for one in said) else False

    def _cidrs(self, key: str) -> list[Statement] | Unknown:
        """What the settings of both families say; that of a family that is off says nothing."""
        found: list[Statement] = []
        for family in (4, 6):
            name = key.format(family)
            written, on = self.get(name), self.has_family(family)
            if isinstance(written, Unknown) or isinstance(on, Unknown):
                return UNKNOWN
            if written and on:
                words = written.replace(",", " ").split()
                found.extend({"value": word, "at": self.at(name), "via": name} for word in words)
        return found


_CONTAINERS = ("spec", "template", "spec", "containers")


def _is_config(item: Object) -> bool:
    data = item.data.get("data")
    if not isinstance(data, dict):
        return False
    return item.name == _CONFIG_NAME or sum(key in data for key in _CONFIG_KEYS) >= _CONFIG_SIGNS


def _agent_container(item: Object) -> tuple[int, dict[str, Any]] | None:
    """The agent's container and its place."""
    for index, container in values.mappings(item.data, *_CONTAINERS):
        image = container.get("image")
        if container.get("name") == _AGENT or repository(image).endswith(_AGENT_IMAGE):
            return index, container
    return None


def _version(agent: Object | None, pinned: str | None) -> str | None | Unknown:
    """By the agent's image, else as configured; null where the payload has no agent."""
    if agent is None:
        return pinned
    container = _agent_container(agent)
    image = values.text(container[1], "image") if container else None
    found = release(image_tag(image)) if isinstance(image, str) else None
    if found is None:
        return pinned or UNKNOWN
    return ".".join(map(str, found))


def _replacement(written: str | None, version: Release | None) -> bool | Unknown:
    """Whether the value means full replacement; UNKNOWN for a value that the release does not accept."""
    if version is None:
        meanings = {_meaning(written, row) for row in read_table("cilium")["kubeProxyReplacement"]}
        return UNKNOWN if {True, False} <= meanings or meanings == {None} else True in meanings
    row = next(
        row
        for row in reversed(read_table("cilium")["kubeProxyReplacement"])
        if version >= (release(row["since"]) or version)
    )
    meaning = _meaning(written, row)
    return UNKNOWN if meaning is None else meaning


def _meaning(written: str | None, row: Mapping[str, Any]) -> bool | None:
    if written is None or written in row["not"]:
        return False
    return True if written in row["full"] else None


def _boolean(written: str | Unknown | None, *, default: bool) -> bool | Unknown:
    if written is None:
        return default
    if written in _TRUE:
        return True
    return False if written in _FALSE else UNKNOWN
