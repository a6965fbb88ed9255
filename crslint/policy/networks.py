"""Arithmetic on IP addresses and CIDRs for expressions. Text that is neither (a template variable) is unknown.

A CIDR may have host bits, as in many manifests: 10.0.0.1/16 stands for 10.0.0.0/16. A bare address is its own CIDR.
Families never contain or overlap each other.
"""

from __future__ import annotations

from crslint.fleet.cidr import (
    Span,
    contains,
    network,
    overlap,
    parse_address,
    parse_cidr,
    span_between,
    span_of,
)
from crslint.policy.unknown import UnknownValue


def _span(text: str) -> Span:
    span = span_of(text)
    if span is None:
        raise UnknownValue(f"the CIDR {text}")
    return span


def _address(text: str) -> Span:
    if parse_address(text) is None:
        raise UnknownValue(f"the IP address {text}")
    return _span(text)


def _between(start: str, end: str) -> Span:
    span = span_between(start, end)
    if span is None:
        raise UnknownValue(f"the addresses from {start} to {end}")
    return span


def cidr_contains(outer: str, inner: str) -> bool:
    """Whether every address of ``inner`` lies in ``outer``."""
    return contains(_span(outer), _span(inner))


def cidr_overlaps(first: str, second: str) -> bool:
    return overlap(_span(first), _span(second))


def cidr_family(text: str) -> int:
    """4 or 6."""
    return _span(text).family


def cidr_normalized(text: str) -> str:
    """Without host bits, as Go writes it."""
    block = parse_cidr(text)
    if block is None:
        raise UnknownValue(f"the CIDR {text}")
    return network(block)


def ip_in_cidr(ip: str, cidr: str) -> bool:
    return contains(_span(cidr), _address(ip))


def ip_in_range(ip: str, start: str, end: str) -> bool:
    """Both ends belong to the range."""
    return contains(_between(start, end), _address(ip))


def ranges_overlap(start: str, end: str, other_start: str, other_end: str) -> bool:
    """Of two ranges of addresses, ends included."""
    return overlap(_between(start, end), _between(other_start, other_end))


def range_in_cidr(start: str, end: str, cidr: str) -> bool:
    """Whether a range of addresses has at least one in a CIDR."""
    return overlap(_between(start, end), _span(cidr))


def is_cidr(text: str) -> bool:
    return parse_cidr(text) is not None


def is_ip(text: str) -> bool:
    return parse_address(text) is not None
