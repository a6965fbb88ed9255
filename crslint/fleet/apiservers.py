"""Whether all who say where a cluster's API server is say the same, and whether Cilium's agents are told at all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from crslint import address
from crslint.fleet import values
from crslint.fleet.cidr import Span, contains, parse_address, span_of
from crslint.fleet.entities.apiservers import ApiServer
from crslint.fleet.entities.cilium import CiliumSetting
from crslint.fleet.entities.clusters import Cluster
from crslint.fleet.entity import Entity, Statement, Unknown
from crslint.fleet.world import World

_HOST, _PORT = "KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT"
_GIT = "k8sServiceHost"
_LOCAL = ("127.0.0.0/8", "169.254.0.0/16", "::1/128", "fe80::/10")
# What kubelet sets where nobody else does.
_DEFAULT_PORT = 443


def api_servers(world: World, entities: Iterable[Entity]) -> list[ApiServer]:
    """One for each Cluster; ``entities`` have the Clusters and Cilium's settings."""
    every = list(entities)
    settings = {item.at: item for item in every if isinstance(item, CiliumSetting)}
    clusters = [item for item in every if isinstance(item, Cluster)]
    hosts: dict[str, set[str | None]] = {}
    for cluster in clusters:
        if isinstance(cluster.cilium, str):
            first = _first(cluster)
            hosts.setdefault(cluster.cilium, set()).add(_plain(first["value"]) if first else None)
    return [
        _api_server(world, cluster, _setting(cluster.cilium, settings), _later(cluster, settings), hosts)
        for cluster in clusters
    ]


def _later(cluster: Cluster, settings: Mapping[str, CiliumSetting]) -> CiliumSetting | None:
    """None also where the root leads into another environment (APP021)."""
    root = cluster.root_environment
    return None if root is not None and not root["agrees"] else _setting(cluster.cilium_day2, settings)


def _setting(at: str | Unknown | None, settings: Mapping[str, CiliumSetting]) -> CiliumSetting | None:
    return settings.get(at) if isinstance(at, str) else None


def _api_server(
    world: World,
    cluster: Cluster,
    setting: CiliumSetting | None,
    later: CiliumSetting | None,
    hosts: Mapping[str, set[str | None]],
) -> ApiServer:
    # A payload that goes to clusters with different endpoints is another fault (CRS016).
    shared = setting is not None and len(hosts.get(setting.at, ())) > 1
    return ApiServer(
        id=f"API server of {cluster.id}",
        at=cluster.at,
        clusters=cluster.clusters,
        complete=cluster.complete,
        agents=list(_agents(world, cluster, setting, shared=shared)) if setting else [],
        statements=list(_compared(world, cluster, None if shared else setting, later)),
    )


def _agents(world: World, cluster: Cluster, setting: CiliumSetting, *, shared: bool) -> Iterator[dict[str, Any]]:
    """Nothing where kube-proxy is there, or may be; then the Service of the API server is reached without an agent."""
    told = setting.names_api_server
    if cluster.kube_proxy != "skipped" or setting.kube_proxy_replacement is not True or isinstance(told, Unknown):
        return
    first = _first(cluster)
    port = _port(world, first) if first else None
    fault = None if told else "host"
    if told and isinstance(setting.api_host, str) and setting.api_host and setting.api_port in (None, ""):
        fault = "port" if port not in (None, _DEFAULT_PORT) else None
    missing = []
    if fault == "host" and first is not None:
        missing.append({"name": _HOST, "value": first["value"]})
    if first is not None and port is not None:
        missing.append({"name": _PORT, "value": str(port)})
    written = setting.environment_at is not None and setting.api_host is None and setting.api_port is None
    yield {
        "fault": fault,
        "at": setting.environment_at,
        "to": missing if len(missing) == 2 and written and not shared else None,
    }


def _compared(
    world: World, cluster: Cluster, setting: CiliumSetting | None, later: CiliumSetting | None
) -> Iterator[dict[str, Any]]:
    """Each statement with what most of them say, the first of two."""
    services = _services(cluster)
    found: list[Statement] = []
    endpoints = [] if isinstance(cluster.endpoints, Unknown) else cluster.endpoints
    for one in (*endpoints, *(_of_git(later) if later else ())):
        of_agent = one["via"] in (_HOST, _GIT)
        if (one["via"] == _HOST and setting is None) or _is_local(one["value"]) or one["value"] in ("", "auto"):
            continue
        if of_agent and _lies_in(one["value"], services):
            yield _row("host", one, "service", found[0] if found else None)
        else:
            found.append(one)
    base = _usual(found)
    agreeing = []
    for one in found:
        same = one is base or base is None or _same_host(one["value"], base["value"])
        if same:
            agreeing.append(one)
        if same is not None and one is not base:
            yield _row("host", one, None if same else "differs", base)
    ports = [port for one in agreeing if (port := _stated_port(world, one, setting))]
    usual = _usual(ports)
    for port in ports:
        if usual is not None and port is not usual:
            yield _row("port", port, None if port["value"] == usual["value"] else "differs", usual)


def _of_git(setting: CiliumSetting) -> Iterator[Statement]:
    if isinstance(setting.api_host, str) and setting.api_host_at and not values.is_template(setting.api_host):
        yield {"value": setting.api_host, "at": setting.api_host_at, "via": _GIT}


def _services(cluster: Cluster) -> list[Span]:
    """The ranges of its services; none where they hold its own endpoint: then they are what is wrong (NET002)."""
    found = [span for one in cluster.ranges if one["what"] == "service" and (span := span_of(one["value"]))]
    own = [] if isinstance(cluster.endpoints, Unknown) else [one for one in cluster.endpoints if one["via"] != _HOST]
    return [] if any(_lies_in(one["value"], found) for one in own) else found


def _usual(statements: Sequence[Statement]) -> Statement | None:
    """The first of those that say what most say."""
    said = [_plain(one["value"]) for one in statements]
    return statements[said.index(max(said, key=said.count))] if said else None


def _stated_port(world: World, one: Statement, setting: CiliumSetting | None) -> Statement | None:
    """None where it is not written: that is another fault."""
    if one["via"] == _GIT:
        return None
    if one["via"] == _HOST:
        known = setting is not None and isinstance(setting.api_port, str) and setting.api_port.isdecimal()
        if setting is None or not known or setting.api_port_at is None:
            return None
        return {"value": str(setting.api_port), "at": setting.api_port_at, "via": _PORT}
    port = _port(world, one)
    at = address.at(address.document_of(one["at"]), ("spec", "controlPlaneEndpoint", "port"))
    return None if port is None else {"value": str(port), "at": at, "via": one["via"]}


def _row(what: str, one: Statement, fault: str | None, base: Statement | None) -> dict[str, Any]:
    return {
        "what": what,
        **one,
        "fault": fault,
        "base": base["value"] if base else None,
        "baseVia": base["via"] if base else None,
        "baseAt": base["at"] if base else None,
    }


def _first(cluster: Cluster) -> Statement | None:
    """What the Cluster says, else its infrastructure."""
    if isinstance(cluster.endpoints, Unknown):
        return None
    return next((one for one in cluster.endpoints if one["via"] != _HOST), None)


def _port(world: World, one: Statement) -> int | None:
    item = world.object(address.document_of(one["at"]))
    port = values.integer(item.data, "spec", "controlPlaneEndpoint", "port") if item else None
    return port if isinstance(port, int) and port else None


def _same_host(one: str, other: str) -> bool | None:
    """None where it cannot be told: a name against an address, or addresses of two families."""
    mine, theirs = parse_address(_plain(one)), parse_address(_plain(other))
    if mine is None and theirs is None:
        return _plain(one) == _plain(other)
    if mine is None or theirs is None or mine.family != theirs.family:
        return None
    return mine == theirs


@lru_cache(maxsize=4096)
def _plain(host: str) -> str:
    return host.strip("[]").rstrip(".").lower()


@lru_cache(maxsize=4096)
def _is_local(host: str) -> bool:
    """Whether it is a proxy on the node itself."""
    plain = _plain(host)
    return plain.partition(".")[0] == "localhost" or _lies_in(plain, [span for one in _LOCAL if (span := span_of(one))])


def _lies_in(host: str, blocks: Sequence[Span]) -> bool:
    span = span_of(_plain(host))
    return span is not None and any(contains(block, span) for block in blocks)
