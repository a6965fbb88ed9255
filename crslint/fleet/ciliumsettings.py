"""The entities of Cilium's settings: on day 0 as payloads install it, on day 2 as Git does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from crslint.fleet.agent import Agent
from crslint.fleet.arrivals import Arrivals, Content
from crslint.fleet.cilium import Settings
from crslint.fleet.ciliumpods import images, metal_lb_mounts
from crslint.fleet.day2 import Brought, Day2
from crslint.fleet.entities.cilium import CiliumSetting

_HOST, _PORT = "KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT"


def cilium_settings(
    arrivals: Arrivals, day2: Day2, reached: Mapping[str, list[str]], reached_later: Mapping[str, list[str]]
) -> Iterator[CiliumSetting]:
    """``reached`` and ``reached_later`` are the clusters that settings reach on day 0 and day 2, by address."""
    for content, settings in arrivals.settings():
        yield _installed(content, settings, reached.get(settings.found.at, []))
    for one in day2.every():
        if one.at not in reached:
            yield _brought(one, reached_later.get(one.at, []))


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
        config=settings.found.config.at if settings.found.config else None,
        agent=settings.found.agent.at if settings.found.agent else None,
        unknown_keys=Agent(settings).unknown_keys(),
        **_common(settings),
    )


def _brought(one: Brought, clusters: Sequence[str]) -> CiliumSetting:
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

        facts = {**_common(one.settings), **value_facts(one)}
    return CiliumSetting(
        id=f"Cilium of {one.application.id}" if one.application else f"Cilium at {one.at}",
        at=one.at,
        clusters=list(clusters),
        day=2,
        way=one.way,
        application=one.application.at if one.application else None,
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
