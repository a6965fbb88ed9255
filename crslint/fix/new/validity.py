"""Answers that cannot be, each with the place of the answer that is to change.

Answers may be incomplete: what is not there yet is not compared. Where two do not agree, the later one is to change.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from crslint.fix.new import answers as defaults
from crslint.fix.new.releases import OLDEST
from crslint.fleet.applications import production_word
from crslint.fleet.cidr import Span, contains, overlap, parse_address, parse_cidr, span_between, span_of
from crslint.fleet.sourcefacts import BRANCHES
from crslint.fleet.versions import release

Step = str | int
Fault = tuple[tuple[Step, ...], str]
Data = Mapping[str, Any]

_SHORTEST_SERVICES, _LONGEST_SERVICES = 12, 28
_NODE_MASK = 24
_LARGEST_SUBNET = 30
_RANGES = {"pods": defaults.PODS, "services": defaults.SERVICES}
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_RESERVED = {23456, 65535}
_DOCUMENTATION = (range(64496, 64512), range(65536, 65552))


def faults(data: Data) -> Iterator[Fault]:
    """``data`` agrees with schemas/answers.json as far as it goes."""
    yield from _releases(data)
    if len(data.get("advertise", {"": ""})) != 1:
        yield ("advertise",), "several labels; it must be one"
    environments: Sequence[Data] = data.get("environments", ())
    names: set[str] = set()
    for number, environment in enumerate(environments):
        at: tuple[Step, ...] = ("environments", number)
        name = environment.get("name")
        if name in names:
            yield (*at, "name"), f'"{name}" is the name of another environment too'
        names.add(str(name))
        yield from _moving(environment, at)
    yield from _clusters(list(_each_cluster(environments)))


def _each_cluster(environments: Sequence[Data]) -> Iterator[tuple[tuple[Step, ...], Data]]:
    for number, environment in enumerate(environments):
        for place, cluster in enumerate(environment.get("clusters", ())):
            yield ("environments", number, "clusters", place), cluster


def _releases(data: Data) -> Iterator[Fault]:
    for name, text in data.get("versions", {}).items():
        used, oldest = release(text), release(OLDEST[name])
        if used is not None and oldest is not None and used < oldest:
            yield ("versions", name), f"{text} is too old: crslint new knows {name} {OLDEST[name]} and newer"


def _moving(environment: Data, at: tuple[Step, ...]) -> Iterator[Fault]:
    """Production follows what does not move; a branch by another name cannot be told from a tag."""
    revision = environment.get("revision", defaults.BRANCH if "clusters" in environment else "")
    if not revision or revision not in BRANCHES:
        return
    word = production_word(f"/{environment.get('name')}/")
    if word:
        place = (*at, "revision") if "revision" in environment else (*at, "name")
        yield place, f'"{revision}" moves; {word} follows a tag or a commit, such as {defaults.TAG}'
    for number, cluster in enumerate(environment.get("clusters", ())):
        word = production_word(f"/{environment.get('name')}/{cluster.get('name')}/")
        if word and not production_word(f"/{environment.get('name')}/"):
            reason = f'its environment follows "{revision}", which moves; {word} follows a tag or a commit'
            yield (*at, "clusters", number, "name"), reason


def _clusters(clusters: Sequence[tuple[tuple[Step, ...], Data]]) -> Iterator[Fault]:
    for number, (at, cluster) in enumerate(clusters):
        yield from ((at + path, reason) for path, reason in _cluster(cluster))
        for _, other in clusters[:number]:
            yield from ((at + path, reason) for path, reason in _beside(cluster, other))
    yield from _hosts(clusters)


def _hosts(clusters: Sequence[tuple[tuple[Step, ...], Data]]) -> Iterator[Fault]:
    seen: dict[tuple[str, str], str] = {}
    listed = [at for at, cluster in clusters if cluster.get("hosts")]
    for at, cluster in clusters:
        if listed and at not in listed and "pools" in cluster:
            yield (*at, "hosts"), "no hosts; where one cluster lists its own, each one must"
        for number, host in enumerate(cluster.get("hosts", ())):
            for key in ("name", "mac", "bmc"):
                value = str(host.get(key)).lower()
                if (key, value) in seen:
                    yield (*at, "hosts", number, key), f"{value} is the {key} of another host too"
                seen[key, value] = value
            if _UUID.fullmatch(str(host.get("name"))):
                yield (*at, "hosts", number, "name"), "a host's name must not look like a UUID"


def _cluster(cluster: Data) -> Iterator[Fault]:
    for path, text in _networks(cluster):
        block = parse_cidr(text)
        if block is None:
            yield path, f"{text} is no network"
        elif block.has_host_bits:
            yield path, f"{text} has bits beyond its length; the network is {_network(block.span, block.length)}"
    for path, text in _addresses(cluster):
        if parse_address(text) is None:
            yield path, f"{text} is no address"
    yield from _sizes(cluster)
    yield from _overlaps(cluster)
    yield from _inside(cluster)
    yield from _peering(cluster)
    yield from _machines(cluster)


def _networks(cluster: Data) -> Iterator[tuple[tuple[Step, ...], str]]:
    """Those that nobody wrote first: what overlaps one of these is to change."""
    given = [key for key in _RANGES if key in cluster]
    if "pools" in cluster:
        yield from (((key,), default) for key, default in _RANGES.items() if key not in given)
    if "subnet" in cluster.get("nodes", {}):
        yield ("nodes", "subnet"), cluster["nodes"]["subnet"]
    yield from (((key,), cluster[key]) for key in given)
    yield from ((("pools", number), text) for number, text in enumerate(cluster.get("pools", ())))


def _addresses(cluster: Data) -> Iterator[tuple[tuple[Step, ...], str]]:
    nodes = cluster.get("nodes", {})
    yield from ((("nodes", key), nodes[key]) for key in ("gateway", "first", "last") if key in nodes)
    yield from ((("nodes", "dns", number), text) for number, text in enumerate(nodes.get("dns", ())))
    if "endpoint" in cluster:
        yield ("endpoint",), cluster["endpoint"]
    for number, peer in enumerate(cluster.get("bgp", {}).get("peers", ())):
        if "address" in peer:
            yield ("bgp", "peers", number, "address"), peer["address"]


def _sizes(cluster: Data) -> Iterator[Fault]:
    pods = parse_cidr(cluster.get("pods", defaults.PODS))
    services = parse_cidr(cluster.get("services", defaults.SERVICES))
    subnet = parse_cidr(cluster.get("nodes", {}).get("subnet", "0.0.0.0/24"))
    if pods is not None:
        room = 1 << max(0, _NODE_MASK - pods.length) if pods.length <= _NODE_MASK else 0
        if room < _count(cluster) + 1:
            yield ("pods",), f"{cluster.get('pods', defaults.PODS)} has a /{_NODE_MASK} for {room} nodes; too small"
    if services is not None and not _SHORTEST_SERVICES <= services.length <= _LONGEST_SERVICES:
        reason = f"the API server takes service networks from /{_SHORTEST_SERVICES} to /{_LONGEST_SERVICES}"
        yield ("services",), f"{cluster.get('services')} does not fit; {reason}"
    if subnet is not None and subnet.length > _LARGEST_SUBNET:
        yield ("nodes", "subnet"), f"{cluster['nodes']['subnet']} has no room for nodes"


def _overlaps(cluster: Data) -> Iterator[Fault]:
    seen: list[tuple[str, Span]] = []
    for path, text in _networks(cluster):
        span = span_of(text)
        if span is None:
            continue
        other = next((name for name, each in seen if overlap(span, each)), None)
        if other:
            yield path, f"{text} overlaps the {other}"
        seen.append((f"network of the {path[0]}, {text}", span))
    subnet = span_of(cluster.get("nodes", {}).get("subnet", ""))
    for path, text in _addresses(cluster):
        span = span_of(text)
        if path[0] != "bgp" or span is None or (subnet and contains(subnet, span)):
            continue
        for place, network in _networks(cluster):
            block = span_of(network)
            if block and place[0] != "nodes" and contains(block, span):
                yield (place if place[0] == "pools" else path), f"{network} holds the peer {text}"


def _inside(cluster: Data) -> Iterator[Fault]:
    """The gateway, the range and the API server's address lie in the nodes' network, apart from each other."""
    nodes = cluster.get("nodes", {})
    subnet = span_of(nodes.get("subnet", ""))
    if subnet is None:
        return
    places: list[tuple[tuple[Step, ...], str]] = [(("nodes", key), nodes[key]) for key in ("gateway",) if key in nodes]
    places += [(("nodes", key), nodes[key]) for key in ("first", "last") if key in nodes]
    places += [(("endpoint",), cluster["endpoint"])] if "endpoint" in cluster else []
    for path, text in places:
        address = parse_address(text)
        if address is not None and not subnet.first < address.number < subnet.last:
            yield path, f"{text} is no address of a machine in {nodes['subnet']}"
    span = span_between(nodes.get("first", ""), nodes.get("last", ""))
    if span is None:
        if {"first", "last"} <= nodes.keys() and parse_address(nodes["first"]) and parse_address(nodes["last"]):
            yield ("nodes", "last"), f"{nodes['last']} comes before {nodes['first']}"
        return
    needed = _count(cluster) + 1
    if span.last - span.first + 1 < needed:
        yield ("nodes", "last"), f"the range has {span.last - span.first + 1} addresses; {needed} are needed"
    gateway = span_of(nodes.get("gateway", ""))
    if gateway and contains(span, gateway):
        yield ("nodes", "last"), f"the range holds the gateway {nodes['gateway']}"
    yield from _apart(cluster, span)


def _apart(cluster: Data, nodes: Span) -> Iterator[Fault]:
    taken = {str(cluster.get("nodes", {}).get("gateway")): "the gateway"}
    endpoint = cluster.get("endpoint")
    if endpoint is not None:
        span = span_of(endpoint)
        if span and contains(nodes, span):
            yield ("endpoint",), f"{endpoint} lies in the nodes' range: a node may get it too"
        if endpoint in taken:
            yield ("endpoint",), f"{endpoint} is {taken[endpoint]}"
    for number, peer in enumerate(cluster.get("bgp", {}).get("peers", ())):
        peer_address = peer.get("address", "")
        span = span_of(peer_address)
        if peer_address and peer_address == endpoint:
            yield ("bgp", "peers", number, "address"), f"{endpoint} is the API server's address"
        if span and contains(nodes, span):
            yield ("bgp", "peers", number, "address"), f"{peer_address} lies in the nodes' range"


def _peering(cluster: Data) -> Iterator[Fault]:
    bgp = cluster.get("bgp", {})
    local, hops = bgp.get("localASN"), bgp.get("multihop")
    subnet = span_of(cluster.get("nodes", {}).get("subnet", ""))
    if reason := _asn(local):
        yield ("bgp", "localASN"), reason
    seen: set[str] = set()
    for number, peer in enumerate(bgp.get("peers", ())):
        at = ("bgp", "peers", number)
        asn, peer_address = peer.get("asn"), peer.get("address", "")
        if reason := _asn(asn):
            yield (*at, "asn"), reason
        if peer_address in seen:
            yield (*at, "address"), f"{peer_address} is a peer already"
        seen.add(peer_address)
        span = span_of(peer_address)
        if asn == local:
            if hops is not None:
                yield (*at, "asn"), f"within AS {local} the {hops} hops of multihop are ignored"
        elif hops is None and span and subnet and not contains(subnet, span):
            reason = "a session lives one hop unless bgp.multihop says how many"
            yield (*at, "address"), f"{peer_address} is not in the nodes' network; {reason}"


def _asn(number: int | None) -> str | None:
    if number in _RESERVED:
        return f"AS {number} is reserved"
    if any(number in each for each in _DOCUMENTATION):
        return f"AS {number} is set aside for documentation; private ones are 64512-65534 and 4200000000-4294967294"
    return None


def _machines(cluster: Data) -> Iterator[Fault]:
    planes = cluster.get("controlPlanes", defaults.CONTROL_PLANES)
    if planes % 2 == 0:
        yield ("controlPlanes",), f"{planes} is even; etcd needs an odd number"
    hosts = cluster.get("hosts", ())
    if not hosts:
        return
    of_planes = sum(host["role"] == "control-plane" for host in hosts)
    wanted: dict[str, tuple[int, Callable[[int], bool]]] = {
        "control-plane": (planes if planes >= 3 else planes + 1, lambda found: found < planes + (planes < 3)),
        "worker": (cluster.get("workers", defaults.WORKERS), lambda found: found < wanted["worker"][0]),
    }
    for role, (needed, too_few) in wanted.items():
        found = of_planes if role == "control-plane" else len(hosts) - of_planes
        if too_few(found):
            yield ("hosts",), f"{found} of the role {role}; {needed} are needed"


def _beside(cluster: Data, other: Data) -> Iterator[Fault]:
    """Two clusters of one fleet share no name, no address and no pool."""
    if cluster.get("name") == other.get("name"):
        yield ("name",), f'"{cluster.get("name")}" is the name of another cluster too'
    name = other.get("name")
    if cluster.get("endpoint") is not None and cluster.get("endpoint") == other.get("endpoint"):
        yield ("endpoint",), f"{cluster['endpoint']} is the API server's address of {name}"
    spans = [_range(each) for each in (cluster, other)]
    if spans[0] and spans[1] and overlap(spans[0], spans[1]):
        yield ("nodes", "last"), f"the range overlaps that of {name}"
    for number, pool in enumerate(cluster.get("pools", ())):
        for theirs in other.get("pools", ()):
            one, two = span_of(pool), span_of(theirs)
            if one and two and overlap(one, two):
                yield ("pools", number), f"{pool} overlaps the pool {theirs} of {name}"


def _range(cluster: Data) -> Span | None:
    nodes = cluster.get("nodes", {})
    return span_between(nodes.get("first", ""), nodes.get("last", ""))


def _count(cluster: Data) -> int:
    planes: int = cluster.get("controlPlanes", defaults.CONTROL_PLANES)
    workers: int = cluster.get("workers", defaults.WORKERS)
    return planes + workers


def _network(span: Span, length: int) -> str:
    return ".".join(str(span.first >> shift & 255) for shift in (24, 16, 8, 0)) + f"/{length}"
