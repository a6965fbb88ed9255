"""Addresses and blocks as Go reads them (`net.ParseCIDR`, `netip.ParseAddr`), and their arithmetic.

Go refuses what other parsers let through: leading zeros in an octet, zones, host masks, blanks around the value.
"""

from __future__ import annotations

from functools import lru_cache

from crslint.row import NamedTuple

_BITS = {4: 32, 6: 128}
_HEX = frozenset("0123456789abcdefABCDEF")


class Address(NamedTuple):
    family: int
    number: int


class Span(NamedTuple):
    """All addresses of one family from ``first`` to ``last``."""

    family: int
    first: int
    last: int


class Cidr(NamedTuple):
    """``number`` is the address as written, host bits included."""

    family: int
    number: int
    length: int

    @property
    def span(self) -> Span:
        hosts = (1 << (_BITS[self.family] - self.length)) - 1
        return Span(self.family, self.number & ~hosts, self.number | hosts)

    @property
    def has_host_bits(self) -> bool:
        return self.number != self.span.first


@lru_cache(maxsize=65536)
def parse_address(text: str) -> Address | None:
    """None for what Go refuses."""
    if ":" in text:
        number = _ipv6(text)
        return None if number is None else Address(6, number)
    number = _ipv4(text)
    return None if number is None else Address(4, number)


@lru_cache(maxsize=65536)
def parse_cidr(text: str) -> Cidr | None:
    """None for what Go refuses; host bits are fine, as they are for Go."""
    head, mark, tail = text.partition("/")
    address = parse_address(head)
    if not mark or address is None or not (tail.isascii() and tail.isdigit()):
        return None
    length = int(tail[:9])
    return Cidr(*address, length) if length <= _BITS[address.family] else None


@lru_cache(maxsize=65536)
def span_of(text: str) -> Span | None:
    """The addresses of a block, or of one address alone."""
    if "/" in text:
        block = parse_cidr(text)
        return None if block is None else block.span
    address = parse_address(text)
    return None if address is None else Span(address.family, address.number, address.number)


def span_between(start: str, end: str) -> Span | None:
    """None where one is no address, the families differ, or the end comes first."""
    first, last = parse_address(start), parse_address(end)
    if first is None or last is None or first.family != last.family or last.number < first.number:
        return None
    return Span(first.family, first.number, last.number)


def overlap(one: Span, other: Span) -> bool:
    return one.family == other.family and one.first <= other.last and other.first <= one.last


def contains(outer: Span, inner: Span) -> bool:
    return outer.family == inner.family and outer.first <= inner.first and inner.last <= outer.last


def network(block: Cidr) -> str:
    """The block without its host bits, as Go writes it."""
    return f"{written(block.family, block.span.first)}/{block.length}"


def written(family: int, number: int) -> str:
    """An address as Go writes it."""
    if family == 4:
        return ".".join(str(number >> shift & 255) for shift in (24, 16, 8, 0))
    import ipaddress

    return str(ipaddress.IPv6Address(number))


def _ipv4(text: str) -> int | None:
    parts = text.split(".")
    if len(parts) != 4:
        return None
    number = 0
    for part in parts:
        if not (part.isascii() and part.isdigit()) or len(part) > 3 or (part[0] == "0" and part != "0"):
            return None
        octet = int(part)
        if octet > 255:
            return None
        number = number << 8 | octet
    return number


def _ipv6(text: str) -> int | None:
    head, mark, tail = text.partition("::")
    left, right = _groups(head, last=not mark), _groups(tail, last=True)
    if left is None or right is None:
        return None
    missing = 8 - len(left) - len(right)
    if (missing < 1) if mark else (missing != 0):
        return None
    number = 0
    for group in (*left, *([0] * missing), *right):
        number = number << 16 | group
    return number


def _groups(text: str, *, last: bool) -> list[int] | None:
    """The 16-bit groups between colons; only the ``last`` ones of an address may end in dotted IPv4."""
    if not text:
        return []
    *parts, end = text.split(":")
    groups: list[int] = []
    if last and "." in end:
        dotted = _ipv4(end)
        if dotted is None:
            return None
        tail = [dotted >> 16, dotted & 0xFFFF]
    else:
        parts, tail = [*parts, end], []
    for part in parts:
        if not 1 <= len(part) <= 4 or not _HEX.issuperset(part):
            return None
        groups.append(int(part, 16))
    return groups + tail
