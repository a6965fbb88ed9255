"""The entities of Cilium's settings: on day 0 as payloads install it, on day 2 as Git does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from crslint.fleet.agent import Agent
from crslint.fleet.arrivals import Arrivals, Content
from crslint.fleet.charts.tables import covers
from crslint.fleet.cilium import Settings
from crslint.fleet.ciliumpods import fittings, images, metal_lb_mounts, operator_replicas
from crslint.fleet.day2 import Brought, Day2, version_at
from crslint.fleet.entities.cilium import CiliumSetting
from crslint.fleet.entity import Unknown
from crslint.fleet.syncing import automated
from crslint.fleet.table import read_table
from crslint.fleet.versions import release
from crslint.record import replace

_ROW = {"what": "the bootstrap", "same": False}
_HOST, _PORT = "KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT"


def cilium_settings(
    arrivals: Arrivals,
    day2: Day2,
    reached: Mapping[str, list[str]],
    reached_later: Mapping[str, list[str]],
    nodes: Mapping[str, int],
) -> Iterator[CiliumSetting]:
    """``reached`` and ``reached_later`` are the clusters that settings reach on day 0 and day 2, by address; ``nodes``
    how many a cluster has, where that is known."""
    before: dict[str, Settings] = {}
    for content, settings in arrivals.settings():
        before[settings.found.at] = settings
        clusters = reached.get(settings.found.at, [])
        made = _installed(content, settings, clusters)
        yield _with_operator(made, operator_replicas(content.read.members), clusters, nodes)
    installed = {key: settings for at, settings in before.items() for key in reached.get(at, ())}
    for one in day2.every():
        if one.at not in reached:
            clusters = reached_later.get(one.at, [])
            made = _brought(one, clusters, monitored=day2.brings_monitors)
            replaced = {id(installed[key]): installed[key] for key in clusters if key in installed}
            made = _with_upgrades(made, one, list(replaced.values()))
            yield _with_operator(made, _rendered_replicas(one), clusters, nodes)


def _with_upgrades(made: CiliumSetting, one: Brought, before: Sequence[Settings]) -> CiliumSetting:
    """The settings, with what breaks on the way from those of day 0."""
    after = release(made.version)
    if after is None or isinstance(made.images, Unknown):
        return made
    found = []
    for row in read_table("cilium")["upgrades"]:
        for settings in before:
            old = release(settings.version)
            if old is not None and settings.bgp_control_plane() is True:
                breaks = covers(row["from"], old) and covers(row["to"], after)
                if breaks:
                    found.append({**_ROW, "at": version_at(one), "version": settings.version, "why": row["effect"]})
    return replace(made, images=[*made.images, *found])


def _rendered_replicas(one: Brought) -> tuple[int, str] | None:
    if one.way == "manifests":
        return None
    from crslint.fleet.chartsettings import ChartSettings

    settings = one.settings
    assert isinstance(settings, ChartSettings)
    replicas = settings.rendering.operator_replicas if settings.rendering else None
    at = settings.applied.address_of(("operator", "replicas"))
    return (replicas, at) if isinstance(replicas, int) else None


def _with_operator(
    made: CiliumSetting, operator: tuple[int, str] | None, clusters: Sequence[str], nodes: Mapping[str, int]
) -> CiliumSetting:
    """The settings, with whether the operator's replicas find a node each on all of the clusters."""
    fewest = min((nodes[key] for key in clusters if key in nodes), default=0)
    if operator is None or not fewest or isinstance(made.fittings, Unknown):
        return made
    replicas, at = operator
    fault = None if replicas <= fewest else f"of the operator want a node each, and there {_are(fewest)}"
    row = {"what": "replicas", "value": str(replicas), "at": at, "fault": fault, "effect": None, "grave": False}
    return replace(made, fittings=[*made.fittings, row])


def _are(nodes: int) -> str:
    return "is one" if nodes == 1 else f"are {nodes}"


def _installed(content: Content, settings: Settings, clusters: Sequence[str]) -> CiliumSetting:
    members = content.read.members
    return CiliumSetting(
        id=f"Cilium of {content.read.source.id}",
        at=settings.found.at,
        clusters=list(clusters),
        complete=content.complete,
        day=0,
        way="payload",
        payload=content.read.source.at,
        metal_lb=metal_lb_mounts(members),
        images=images(members, settings),
        fittings=list(fittings(members, settings)),
        config=settings.found.config.at if settings.found.config else None,
        agent=settings.found.agent.at if settings.found.agent else None,
        unknown_keys=Agent(settings).unknown_keys(),
        **_common(settings),
    )


def _brought(one: Brought, clusters: Sequence[str], *, monitored: bool) -> CiliumSetting:
    if one.way == "manifests":
        settings, found = one.settings, one.settings.found
        facts: dict[str, Any] = {
            "images": [],
            "config": found.config.at if found.config else None,
            "agent": found.agent.at if found.agent else None,
            "unknown_keys": Agent(settings).unknown_keys(),
            **_common(settings),
        }
    else:
        from crslint.fleet.valuefaults import value_facts

        facts = {**_common(one.settings), **value_facts(one, monitored=monitored)}
    return CiliumSetting(
        id=f"Cilium of {one.application.id}" if one.application else f"Cilium at {one.at}",
        at=one.at,
        clusters=list(clusters),
        day=2,
        way=one.way,
        application=one.application.at if one.application else None,
        self_heal=automated(one.application)[2] if one.application else False,
        **facts,
    )


def _common(settings: Settings) -> dict[str, Any]:
    """What is read of either alike."""
    agent = Agent(settings)
    host, host_at = settings.environment(_HOST)
    port, port_at = settings.environment(_PORT)
    return {
        "version": settings.version,
        "settings": settings.settings(),
        "kube_proxy_replacement": settings.kube_proxy_replacement(),
        "kube_proxy_replacement_at": settings.at("kube-proxy-replacement"),
        "routing_mode": settings.routing_mode(),
        "ipam": settings.ipam(),
        "native_cidrs": settings.native_cidrs(),
        "native_cidr_at": settings.at("ipv4-native-routing-cidr"),
        "pool_cidrs": settings.pool_cidrs(),
        "bgp_control_plane": settings.bgp_control_plane(),
        "bgp_control_plane_at": settings.at("enable-bgp-control-plane"),
        "superseded": agent.superseded(),
        "replacement": agent.replacement(),
        "direct_routes": agent.direct_routes(),
        "direct_routes_at": settings.at("auto-direct-node-routes"),
        "needs_native_cidr": agent.needs_native_cidr(),
        "checked": agent.checked(),
        "balancing": agent.balancing(),
        "api_host": host,
        "api_host_at": host_at,
        "api_port": port,
        "api_port_at": port_at,
        "names_api_server": settings.names_api_server(),
        "environment_at": settings.environment_at(),
    }
