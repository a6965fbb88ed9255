"""BGP peering as it is written: CiliumBGPPeeringPolicy (v1) and the CiliumBGP* family that came after it (v2)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from crslint import address
from crslint.fleet import values
from crslint.fleet.cidr import parse_address, parse_cidr
from crslint.fleet.entities.objects import Object
from crslint.fleet.entity import UNKNOWN, Unknown
from crslint.fleet.selector import Invalid, Selector, read_selector
from crslint.record import record

POLICY = "CiliumBGPPeeringPolicy"
CLUSTER_CONFIG = "CiliumBGPClusterConfig"
PEER_CONFIG = "CiliumBGPPeerConfig"
ADVERTISEMENT = "CiliumBGPAdvertisement"
NODE_OVERRIDE = "CiliumBGPNodeConfigOverride"
NODE_CONFIG = "CiliumBGPNodeConfig"
V2 = (CLUSTER_CONFIG, PEER_CONFIG, ADVERTISEMENT)

# What the API server writes where nothing is written.
HOLD_TIME = 90
KEEP_ALIVE = 30

Selecting = Selector | Invalid | Unknown


@record
class Peer:
    """A neighbor of a router: a session. ``settings`` is where timers and the like are (v1: the neighbor itself)."""

    at: str
    name: str | Unknown | None
    address: str | Unknown | None
    address_at: str
    asn: int | Unknown | None
    asn_at: str
    config: str | Unknown | None
    config_at: str
    data: dict[str, Any]


@record
class Router:
    """A virtual router of a policy, or an instance of a ClusterConfig."""

    at: str
    name: str | Unknown | None
    asn: int | Unknown | None
    asn_at: str
    peers: tuple[Peer, ...]
    data: dict[str, Any]


@record
class Announced:
    """A selector by which Services are announced, and with which of their addresses; ``at`` is the router or entry."""

    owner: Object
    at: str
    selector_at: str
    selector: Selecting
    addresses: tuple[str, ...]


@record
class Family:
    """What a PeerConfig announces in one address family: ``selector`` of Advertisements, by their labels."""

    at: str
    selector_at: str
    selector: Selecting
    name: str


def is_v1(item: Object) -> bool:
    return item.kind == POLICY


def node_selector(item: Object) -> Selecting:
    """Nil and empty select every node, unlike elsewhere."""
    written = values.child(item.data, "spec", "nodeSelector")
    return Selector() if written is None else read_selector(written)


def routers(item: Object) -> list[Router]:
    """None for the kinds that have none."""
    if item.kind == POLICY:
        return [_router(item, each, number) for number, each in values.mappings(item.data, "spec", "virtualRouters")]
    if item.kind == CLUSTER_CONFIG:
        return [_instance(item, each, number) for number, each in values.mappings(item.data, "spec", "bgpInstances")]
    return []


def announced(item: Object) -> Iterator[Announced]:
    """By a policy's routers, or by an Advertisement's entries of type Service."""
    if item.kind == POLICY:
        for number, router in values.mappings(item.data, "spec", "virtualRouters"):
            at = address.at(item.at, ("spec", "virtualRouters", number))
            addresses = values.texts(router, "serviceAdvertisements")
            yield Announced(
                item,
                at,
                address.at(at, ("serviceSelector",)),
                read_selector(values.child(router, "serviceSelector")),
                () if isinstance(addresses, Unknown) else tuple(addresses) or ("LoadBalancerIP",),
            )
    elif item.kind == ADVERTISEMENT:
        for number, entry in values.mappings(item.data, "spec", "advertisements"):
            if entry.get("advertisementType") in ("Service", "CiliumLoadBalancerIP"):
                at = address.at(item.at, ("spec", "advertisements", number))
                addresses = values.texts(entry, "service", "addresses")
                old = entry.get("advertisementType") == "CiliumLoadBalancerIP"
                yield Announced(
                    item,
                    at,
                    address.at(at, ("selector",)),
                    read_selector(values.child(entry, "selector")),
                    ("LoadBalancerIP",) if old else () if isinstance(addresses, Unknown) else tuple(addresses),
                )


def families(item: Object) -> list[Family] | None | Unknown:
    """Of a PeerConfig; None where it lists none."""
    written = values.child(item.data, "spec", "families")
    if written is None:
        return None
    if not isinstance(written, list):
        return UNKNOWN
    return [_family(item, family, number) for number, family in enumerate(written) if isinstance(family, dict)]


def host(text: str) -> str | None:
    """The address of a peer, without its prefix length; None for what is no address."""
    block = parse_cidr(text) if "/" in text else None
    bare = text.partition("/")[0]
    return bare if (block is not None or "/" not in text) and parse_address(bare) is not None else None


def timers(item: Object, own: Sequence[Router]) -> Iterator[dict[str, Any]]:
    """Hold and keepalive times where they are written: of each neighbor of a policy, of a PeerConfig; ``own`` are its
    routers."""
    if item.kind == POLICY:
        places: list[tuple[str, object]] = [(peer.at, peer.data) for router in own for peer in router.peers]
    elif item.kind == PEER_CONFIG:
        places = [(address.at(item.at, ("spec", "timers")), values.child(item.data, "spec", "timers"))]
    else:
        places = []
    for at, data in places:
        hold, keep = values.integer(data, "holdTimeSeconds"), values.integer(data, "keepAliveTimeSeconds")
        if isinstance(hold, Unknown) or isinstance(keep, Unknown) or (hold is None and keep is None):
            continue
        yield {
            "hold": HOLD_TIME if hold is None else hold,
            "keepAlive": KEEP_ALIVE if keep is None else keep,
            "holdAt": address.at(at, ("holdTimeSeconds",)),
            "keepAliveAt": address.at(at, ("keepAliveTimeSeconds",)),
            "at": address.at(at, ("holdTimeSeconds" if keep is None else "keepAliveTimeSeconds",)),
        }


def selector_state(selector: Selecting, *, written: bool) -> str | Unknown:
    """``nil``, ``empty``, ``invalid`` or ``valid``."""
    if not written:
        return "nil"
    if isinstance(selector, Unknown):
        return UNKNOWN
    if isinstance(selector, Invalid):
        return "invalid"
    return "empty" if selector.everything else "valid"


def requirements(selector: Selecting) -> Sequence[dict[str, Any]]:
    """As plain data."""
    if not isinstance(selector, Selector):
        return ()
    return [{"key": one.key, "operator": one.operator, "values": sorted(one.values)} for one in selector.requirements]


def requirement_at(data: object, at: str, key: str, operator: str) -> str:
    """The place of one requirement of a LabelSelector at an address."""
    labels = values.mapping(data, "matchLabels")
    if operator == "In" and not isinstance(labels, Unknown) and key in labels:
        return address.at(at, ("matchLabels", key))
    for number, one in values.mappings(data, "matchExpressions"):
        if one.get("key") == key and one.get("operator") == operator:
            return address.at(at, ("matchExpressions", number))
    return at


def _router(item: Object, data: dict[str, Any], number: int) -> Router:
    at = address.at(item.at, ("spec", "virtualRouters", number))
    peers = [
        _peer(each, address.at(at, ("neighbors", place)), None) for place, each in values.mappings(data, "neighbors")
    ]
    return Router(at, None, values.integer(data, "localASN"), address.at(at, ("localASN",)), tuple(peers), data)


def _instance(item: Object, data: dict[str, Any], number: int) -> Router:
    at = address.at(item.at, ("spec", "bgpInstances", number))
    peers = [
        _peer(each, address.at(at, ("peers", place)), values.text(each, "name"))
        for place, each in values.mappings(data, "peers")
    ]
    name = values.text(data, "name")
    return Router(at, name, values.integer(data, "localASN"), address.at(at, ("localASN",)), tuple(peers), data)


def _peer(data: dict[str, Any], at: str, name: str | Unknown | None) -> Peer:
    return Peer(
        at,
        name,
        values.text(data, "peerAddress"),
        address.at(at, ("peerAddress",)),
        values.integer(data, "peerASN"),
        address.at(at, ("peerASN",)),
        values.text(data, "peerConfigRef", "name"),
        address.at(at, ("peerConfigRef", "name")),
        data,
    )


def _family(item: Object, data: dict[str, Any], number: int) -> Family:
    at = address.at(item.at, ("spec", "families", number))
    name = f"{data.get('afi')}/{data.get('safi')}"
    return Family(at, address.at(at, ("advertisements",)), read_selector(data.get("advertisements")), name)
