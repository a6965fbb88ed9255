"""Pools of load-balancer addresses: their ranges, what these overlap, and which Services they serve."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from crslint import address
from crslint.fleet import values
from crslint.fleet.cidr import Span, overlap, span_between, span_of
from crslint.fleet.entities.objects import Object
from crslint.fleet.entity import UNKNOWN, Unknown
from crslint.fleet.peering import Selecting
from crslint.fleet.selector import Selector, read_selector
from crslint.fleet.versions import Release
from crslint.record import record

SHOWN = 20

_CIDRS_UNTIL = (1, 16, 0)
_BLOCKS_SINCE = (1, 15, 0)


@record
class Block:
    at: str
    text: str
    span: Span


@record
class Pool:
    """``selector`` is everything where none is written; ``whole`` where all its blocks could be read."""

    object: Object
    selector: Selecting
    selector_at: str
    disabled: bool | Unknown
    blocks: tuple[Block, ...]
    whole: bool

    @property
    def families(self) -> set[int]:
        return {block.span.family for block in self.blocks}


@record
class Taken:
    """A range that is used for something else; ``peer`` for the address of a BGP peer."""

    what: str
    text: str
    at: str
    span: Span
    peer: bool = False

    def facts(self) -> dict[str, Any]:
        return {"what": self.what, "value": self.text, "at": self.at, "peer": self.peer}


class Ranges:
    """Many ranges, looked up by what they overlap."""

    def __init__(self, ranges: Iterable[Taken]) -> None:
        self._sorted = sorted(ranges, key=lambda one: (one.span.family, one.span.first))
        self._starts = [(one.span.family, one.span.first) for one in self._sorted]
        # The furthest end among those up to here, by family: before it nothing further back can matter.
        self._reach: list[tuple[int, int]] = []
        for one in self._sorted:
            before = self._reach[-1] if self._reach and self._reach[-1][0] == one.span.family else (one.span.family, -1)
            self._reach.append(max(before, (one.span.family, one.span.last)))

    def overlapping(self, span: Span) -> Iterator[Taken]:
        """In order of their ends' nearness, the last start first."""
        place = bisect_right(self._starts, (span.family, span.last)) - 1
        while place >= 0 and self._reach[place] >= (span.family, span.first):
            if overlap(self._sorted[place].span, span):
                yield self._sorted[place]
            place -= 1


def read_pool(item: Object) -> Pool:
    written = values.child(item.data, "spec", "serviceSelector")
    disabled = values.boolean(item.data, "spec", "disabled")
    blocks = list(_blocks(item))
    return Pool(
        item,
        Selector() if written is None else read_selector(written),
        address.at(item.at, ("spec", "serviceSelector")),
        False if disabled is None else disabled,
        tuple(block for block in blocks if block is not None),
        None not in blocks,
    )


def fields(item: Object, used: Release | None) -> Iterator[dict[str, Any]]:
    """Which of the two fields for ranges are written, and whether the release takes them."""
    for field in ("cidrs", "blocks"):
        written = values.items(item.data, "spec", field)
        if not isinstance(written, Unknown) and written:
            fits = used is None or (used < _CIDRS_UNTIL if field == "cidrs" else used >= _BLOCKS_SINCE)
            yield {"field": field, "at": address.at(item.at, ("spec", field)), "fits": fits}


def requested(service: Object) -> list[str] | Unknown:
    """The addresses that a Service asks for."""
    annotations = service.annotations
    if isinstance(annotations, Unknown):
        return UNKNOWN
    wanted: list[str] = []
    for key in ("lbipam.cilium.io/ips", "io.cilium/lb-ipam-ips"):
        text = annotations.get(key)
        if isinstance(text, str):
            wanted += [part.strip() for part in text.split(",")]
    own = values.text(service.data, "spec", "loadBalancerIP")
    if isinstance(own, str) and own:
        wanted.append(own)
    return UNKNOWN if isinstance(own, Unknown) or any(map(values.is_template, wanted)) else wanted


def gives(pools: Sequence[Pool], wanted: Iterable[str]) -> bool:
    """Whether the pools have each of these addresses."""
    for text in wanted:
        span = span_of(text)
        if span is not None and not any(overlap(block.span, span) for pool in pools for block in pool.blocks):
            return False
    return True


def _blocks(item: Object) -> Iterator[Block | None]:
    """None for one that cannot be read."""
    for field in ("cidrs", "blocks"):
        for index, entry in values.mappings(item.data, "spec", field):
            at = address.at(item.at, ("spec", field, index))
            cidr, start, stop = (values.text(entry, key) for key in ("cidr", "start", "stop"))
            if isinstance(cidr, str):
                span = span_of(cidr)
                yield None if span is None else Block(address.at(at, ("cidr",)), cidr, span)
            elif isinstance(start, str) and isinstance(stop, (str, type(None))):
                span = span_between(start, stop or start)
                text = start if stop in (None, start) else f"{start}-{stop}"
                yield None if span is None else Block(at, text, span)
            else:
                yield None
