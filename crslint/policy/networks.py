"""Arithmetic on IP addresses and CIDRs for expressions. Text that is neither (a template variable) is unknown.

A CIDR may have host bits, as in many manifests: 10.0.0.1/16 stands for 10.0.0.0/16. A bare address is its own CIDR.
Families never contain or overlap each other.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from crslint.policy.unknown import UnknownValue

if TYPE_CHECKING:
    from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network


@lru_cache(maxsize=4096)
def _network(text: str) -> IPv4Network | IPv6Network | None:
    from ipaddress import ip_network

    try:
        return ip_network(text, strict=False)
    except ValueError:
        return None


@lru_cache(maxsize=4096)
def _address(text: str) -> IPv4Address | IPv6Address | None:
    from ipaddress import ip_address

    try:
        return ip_address(text)
    except ValueError:
        return None


def _known_network(text: str) -> IPv4Network | IPv6Network:
    network = _network(text)
    if network is None:
        raise UnknownValue(f"the CIDR {text}")
    return network


def _known_address(text: str) -> IPv4Address | IPv6Address:
    found = _address(text)
    if found is None:
        raise UnknownValue(f"the IP address {text}")
    return found


def cidr_contains(outer: str, inner: str) -> bool:
    """Whether every address of ``inner`` lies in ``outer``."""
    wide, narrow = _known_network(outer), _known_network(inner)
    return wide.version == narrow.version and narrow.subnet_of(wide)  # type: ignore[arg-type]  # versions are equal


def cidr_overlaps(first: str, second: str) -> bool:
    one, other = _known_network(first), _known_network(second)
    return one.version == other.version and one.overlaps(other)


def cidr_family(text: str) -> int:
    """4 or 6."""
    return _known_network(text).version


def cidr_normalized(text: str) -> str:
    """Without host bits, in the canonical spelling."""
    return str(_known_network(text))


def ip_in_cidr(ip: str, cidr: str) -> bool:
    return _known_address(ip) in _known_network(cidr)


def ip_in_range(ip: str, start: str, end: str) -> bool:
    """Both ends belong to the range."""
    found, low, high = _known_address(ip), _known_address(start), _known_address(end)
    return found.version == low.version == high.version and int(low) <= int(found) <= int(high)


def ranges_overlap(start: str, end: str, other_start: str, other_end: str) -> bool:
    """Of two ranges of addresses, ends included."""
    bounds = [_known_address(text) for text in (start, end, other_start, other_end)]
    if len({bound.version for bound in bounds}) > 1:
        return False
    low, high, other_low, other_high = map(int, bounds)
    return low <= other_high and other_low <= high


def range_in_cidr(start: str, end: str, cidr: str) -> bool:
    """Whether a range of addresses has at least one in a CIDR."""
    network = _known_network(cidr)
    return ranges_overlap(start, end, str(network[0]), str(network[-1]))


def is_cidr(text: str) -> bool:
    return "/" in text and _network(text) is not None


def is_ip(text: str) -> bool:
    return _address(text) is not None
