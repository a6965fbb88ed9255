"""Addresses and blocks are read as Go reads them, and compared as sets of addresses."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crslint.fleet.cidr import contains, network, overlap, parse_address, parse_cidr, span_between, span_of

ADDRESSES = st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6))


@st.composite
def blocks(draw: st.DrawFn) -> str:
    address = draw(ADDRESSES)
    return f"{address}/{draw(st.integers(0, address.max_prefixlen))}"


@given(ADDRESSES)
def test_addresses_are_read_in_every_spelling(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    for text in (str(address), address.exploded, address.exploded.upper()):
        assert parse_address(text) == (address.version, int(address))


@given(blocks())
def test_blocks_are_those_of_the_standard_library(text: str) -> None:
    block = parse_cidr(text)
    known = ipaddress.ip_interface(text)
    assert block is not None
    assert (block.family, block.number, block.length) == (known.version, int(known.ip), known.network.prefixlen)
    assert block.span == (known.version, int(known.network[0]), int(known.network[-1]))
    assert block.has_host_bits == (known.ip != known.network.network_address)
    assert network(block) == str(known.network)


@given(blocks(), blocks())
def test_blocks_contain_and_overlap_as_networks_do(one: str, other: str) -> None:
    left, right = (ipaddress.ip_network(text, strict=False) for text in (one, other))
    outer, inner = span_of(one), span_of(other)
    assert outer is not None
    assert inner is not None
    same = left.version == right.version
    assert contains(outer, inner) == (same and right.subnet_of(left))  # type: ignore[arg-type]  # versions are equal
    assert overlap(outer, inner) == overlap(inner, outer) == (same and left.overlaps(right))


@pytest.mark.parametrize(
    "text",
    [
        "10.0.0.0",
        "10.0.0.0/",
        "10.0.0.0/33",
        "10.0.0.0/-1",
        "10.0.0.0/+8",
        "10.0.0.0/8 ",
        " 10.0.0.0/8",
        "010.0.0.0/8",
        "10.0.0/8",
        "10.0.0.256/8",
        "10.0.0.0.0/8",
        "١٠.0.0.0/8",
        "10.0.0.0/255.0.0.0",
        "fd00::/129",
        "fd00:::/8",
        "fd00::1::/8",
        "12345::/8",
        "1:2:3:4:5:6:7::8/64",
        "1:2:3:4:5:6:7/64",
        "::1:/64",
        "fe80::1%eth0/64",
        "1.2.3.4::/96",
        "::1.2.3.4.5/96",
        "${POD_CIDR}",
        "",
        "/8",
    ],
)
def test_what_go_refuses_is_refused(text: str) -> None:
    assert parse_cidr(text) is None


@pytest.mark.parametrize(
    ("text", "length"),
    [("0.0.0.0/0", 0), ("10.0.0.0/08", 8), ("1:2:3:4:5:6:7::/112", 112), ("::ffff:10.0.0.1/104", 104)],
)
def test_what_go_accepts_is_accepted(text: str, length: int) -> None:
    block = parse_cidr(text)
    assert block is not None
    assert block.length == length


def test_a_range_has_two_ends_of_one_family_in_order() -> None:
    assert span_between("10.0.0.5", "10.0.0.5") == (4, 0x0A000005, 0x0A000005)
    assert span_between("10.0.0.6", "10.0.0.5") is None
    assert span_between("10.0.0.5", "fd00::1") is None
    assert span_between("10.0.0.5", "${END}") is None
