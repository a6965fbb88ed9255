"""BGP sessions: neighbors, AS numbers, passwords, graceful restart."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from crslint import address
from crslint.fleet import values
from crslint.fleet.cidr import Span, contains, parse_address, parse_cidr, span_of
from crslint.fleet.entities.clusters import Cluster
from crslint.fleet.entities.objects import Object
from crslint.fleet.entities.peering import BgpNeighbor
from crslint.fleet.entity import UNKNOWN, Unknown
from crslint.fleet.peering import CLUSTER_CONFIG, PEER_CONFIG, POLICY, Peer, Router, host, is_v1
from crslint.fleet.references import INFRASTRUCTURE_GROUP
from crslint.fleet.world import World

_RESERVED = frozenset({0, 23456, 65535, 4294967295})
_DOCUMENTATION = (range(64496, 64512), range(65536, 65552))
_DYNAMIC = ("ipv4DHCP", "ipv6DHCP", "ipv6SLAAC")


def neighbors(
    item: Object,
    own: Sequence[Router],
    clusters: Sequence[Cluster],
    config_of: Callable[[str], Object | None],
    subnets: Subnets,
) -> Iterator[BgpNeighbor]:
    """``own`` are its routers, ``config_of`` gives the PeerConfig of a name."""
    for router in own:
        for peer in router.peers:
            yield _neighbor(item, router, peer, clusters, config_of, subnets)


def _neighbor(
    item: Object,
    router: Router,
    peer: Peer,
    clusters: Sequence[Cluster],
    config_of: Callable[[str], Object | None],
    subnets: Subnets,
) -> BgpNeighbor:
    bare = host(peer.address) if isinstance(peer.address, str) else None
    parsed = parse_address(bare) if bare else None
    length = 32 if parsed is not None and parsed.family == 4 else 128
    hops, hops_at = _hops(item, peer, config_of)
    around = subnets.of(clusters)
    place = span_of(bare) if bare else None
    return BgpNeighbor(
        id=f"neighbor {peer.address if isinstance(peer.address, str) else '?'} of {item.id}",
        at=peer.at,
        clusters=[cluster.clusters[0] for cluster in clusters],
        api="v1" if is_v1(item) else "v2",
        owner=item.at,
        name=peer.name,
        peer_address=peer.address,
        peer_address_at=peer.address_at,
        form=_form(peer.address, length) if bare else None,
        host=bare,
        host_cidr=f"{bare}/{length}" if bare else None,
        local_asn=router.asn,
        peer_asn=peer.asn,
        external=_external(router.asn, peer.asn),
        hops=hops,
        hops_at=hops_at,
        subnet=UNKNOWN
        if around is None or place is None
        else any(contains(span, place) for _, span in around if span.family == place.family)
        if any(span.family == place.family for _, span in around)
        else UNKNOWN,
        subnets=[text for text, _ in around or ()][:5],
    )


def numbers(item: Object, own: Sequence[Router]) -> Iterator[dict[str, Any]]:
    """AS numbers with what is wrong with them."""
    local: dict[int, str] = {}
    for router in own:
        if isinstance(router.asn, int):
            first = local.setdefault(router.asn, router.asn_at) if is_v1(item) else router.asn_at
            fault = "duplicate" if first != router.asn_at else _kind(router.asn)
            yield _number(router.asn_at, router.asn, "local", fault, first if fault == "duplicate" else None)
        seen: dict[tuple[object, object], str] = {}
        for peer in router.peers:
            if not isinstance(peer.asn, int):
                continue
            spelled = host(peer.address) if isinstance(peer.address, str) else None
            first = seen.setdefault((spelled, peer.asn), peer.at) if spelled else peer.at
            if first != peer.at:
                yield _number(peer.address_at, peer.asn, "peer", "same peer", first)
            elif peer.asn or is_v1(item):
                yield _number(peer.asn_at, peer.asn, "peer", _kind(peer.asn), None)


def resilience(
    item: Object, own: Sequence[Router], config_of: Callable[[str], Object | None]
) -> Iterator[dict[str, Any]]:
    for router in own:
        configs = [_settings(item, peer, config_of) for peer in router.peers]
        without = next(
            (owner for owner in configs if owner is not None and values.child(owner[1], "enabled") is not True), None
        )
        yield {
            "at": router.at,
            "peers": len(router.peers),
            "graceful": without is None,
            "gracefulAt": without[0] if without else None,
        }


def passwords(item: Object, own: Sequence[Router]) -> Iterator[tuple[str, str]]:
    """Names of Secrets and the addresses of these names."""
    if item.kind == POLICY:
        places: list[tuple[str, Mapping[str, Any] | object]] = [
            (peer.at, peer.data) for router in own for peer in router.peers
        ]
    elif item.kind == PEER_CONFIG:
        places = [(address.at(item.at, ("spec",)), values.child(item.data, "spec"))]
    else:
        places = []
    for at, data in places:
        name = values.text(data, "authSecretRef")
        if isinstance(name, str):
            yield name, address.at(at, ("authSecretRef",))


class Subnets:
    """The subnets of nodes, as Metal3's pools of addresses say."""

    def __init__(self, world: World, pools_of: Mapping[str, Sequence[Object]]) -> None:
        """``pools_of`` are the IPPools by ``namespace/name`` of a Cluster."""
        self._pools_of = pools_of
        self._dynamic = any(
            values.child(template.data, "spec", "networkData", "networks", field) not in (None, [])
            for template in world.of_kind(INFRASTRUCTURE_GROUP, "Metal3DataTemplate")
            for field in _DYNAMIC
        )

    def of(self, clusters: Sequence[Cluster]) -> list[tuple[str, Span]] | None:
        """None where they are not all known."""
        if not clusters or self._dynamic:
            return None
        found: dict[str, Span] = {}
        for key in dict.fromkeys(cluster.clusters[0] for cluster in clusters):
            pools = self._pools_of.get(key, ())
            if not pools:
                return None
            for pool in pools:
                for _, entry in values.mappings(pool.data, "spec", "pools"):
                    text = _subnet(pool, entry)
                    span = span_of(text) if text else None
                    if text is None or span is None:
                        return None
                    found[text] = span
        return list(found.items())


def _subnet(pool: Object, entry: Mapping[str, Any]) -> str | None:
    subnet = values.text(entry, "subnet")
    if isinstance(subnet, str):
        return subnet
    start = values.text(entry, "start")
    prefix = values.integer(entry, "prefix")
    if prefix is None:
        prefix = values.integer(pool.data, "spec", "prefix")
    return f"{start}/{prefix}" if isinstance(start, str) and isinstance(prefix, int) else None


def _hops(item: Object, peer: Peer, config_of: Callable[[str], Object | None]) -> tuple[int | Unknown, str | None]:
    if item.kind == POLICY:
        written, at = values.integer(peer.data, "eBGPMultihopTTL"), address.at(peer.at, ("eBGPMultihopTTL",))
    elif isinstance(peer.config, str):
        config = config_of(peer.config)
        if config is None:
            return UNKNOWN, None
        written = values.integer(config.data, "spec", "ebgpMultihop")
        at = address.at(config.at, ("spec", "ebgpMultihop"))
    else:
        return (UNKNOWN if isinstance(peer.config, Unknown) else 1), None
    return (1 if written is None else written), at


def _settings(item: Object, peer: Peer, config_of: Callable[[str], Object | None]) -> tuple[str, object] | None:
    """The place of ``gracefulRestart`` and what it is; None where that cannot be told."""
    if item.kind == POLICY:
        return address.at(peer.at, ("gracefulRestart",)), peer.data.get("gracefulRestart")
    if item.kind == CLUSTER_CONFIG and isinstance(peer.config, str):
        config = config_of(peer.config)
        if config is not None:
            steps = ("spec", "gracefulRestart")
            return address.at(config.at, steps), values.child(config.data, *steps)
    return None


def _form(text: object, length: int) -> str:
    block = parse_cidr(text) if isinstance(text, str) and "/" in text else None
    if block is None:
        return "host"
    return "hostCidr" if block.length == length else "network"


def _external(local: int | Unknown | None, peer: int | Unknown | None) -> bool | Unknown:
    if isinstance(local, int) and isinstance(peer, int) and local and peer:
        return local != peer
    return UNKNOWN


def _kind(asn: int) -> str | None:
    if asn in _RESERVED:
        return "reserved"
    return "documentation" if any(asn in found for found in _DOCUMENTATION) else None


def _number(at: str, asn: int, role: str, fault: str | None, other: str | None) -> dict[str, Any]:
    return {"at": at, "asn": asn, "role": role, "fault": fault, "other": other}
