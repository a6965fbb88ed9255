"""What is said of a cluster's address ranges in several places, and where that does not fit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from crslint import address
from crslint.fleet import values
from crslint.fleet.cidr import Span, contains, network, overlap, parse_cidr, span_between, span_of, written
from crslint.fleet.entities.objects import Object
from crslint.fleet.entity import UNKNOWN, Statement, Unknown
from crslint.record import record

FAMILIES = {4: "IPv4", 6: "IPv6"}

# What the chart writes where no pool is configured.
_DEFAULT_POOL = "10.0.0.0/8"
_DEFAULT_SERVICES = "10.96.0.0/12"

Statements = Sequence[Statement] | Unknown


@record
class Stated:
    """The statements about one cluster's pods or services; those of Cilium only for pods.

    ``native`` are the ranges that native routing does not masquerade, ``pool`` Cilium's own pool, both empty in modes
    that do not use them; ``later`` are those of day 2 (none where they are not known); ``own`` are the Cluster's,
    ``kubeadm`` its control plane's.
    """

    own: Statements
    kubeadm: Statements
    native: Statements = ()
    pool: Statements = ()
    later_native: Sequence[Statement] = ()
    later_pool: Sequence[Statement] = ()

    def all(self) -> list[Statement] | Unknown:
        found: list[Statement] = []
        for statements in (self.own, self.kubeadm, self.native, self.pool, self.later_native, self.later_pool):
            if isinstance(statements, Unknown):
                return UNKNOWN
            found.extend(statements)
        return found

    def allocated(self) -> bool | Unknown:
        """Whether there is a range for Kubernetes to allocate from."""
        if self.own == [] and self.kubeadm == []:
            return False
        return True if any(not isinstance(said, Unknown) and said for said in (self.own, self.kubeadm)) else UNKNOWN


def own_blocks(cluster: Object, field: str) -> list[Statement] | Unknown:
    """``pods`` or ``services`` of the Cluster's own clusterNetwork."""
    steps = ("spec", "clusterNetwork", field, "cidrBlocks")
    blocks = values.texts(cluster.data, *steps)
    if isinstance(blocks, Unknown):
        return UNKNOWN
    return [
        {"value": block, "at": address.at(cluster.at, (*steps, index)), "via": cluster.kind}
        for index, block in enumerate(blocks)
    ]


def written_blocks(cluster: Object) -> Iterator[dict[str, Any]]:
    """Each CIDR of the Cluster's clusterNetwork: is it a network, and which?"""
    for field in ("pods", "services"):
        blocks = values.items(cluster.data, "spec", "clusterNetwork", field, "cidrBlocks")
        for index, block in enumerate(() if isinstance(blocks, Unknown) else blocks):
            parsed = parse_cidr(block) if isinstance(block, str) else None
            if parsed is not None:
                yield {
                    "field": field,
                    "value": block,
                    "at": address.at(cluster.at, ("spec", "clusterNetwork", field, "cidrBlocks", index)),
                    "network": network(parsed),
                    "hostBits": parsed.has_host_bits,
                }


def agreement(stated: Stated) -> list[dict[str, Any]]:
    """By family: the base statement and those that contradict it; a family of which nothing is known is left out.

    The control plane must say what the Cluster says. A range for native routing must hold all pods: those of the
    Cluster, or of Cilium's own pool where that gives the addresses. Cilium's pool should lie within the Cluster's pods.
    """
    return [found for family in FAMILIES if (found := _agreement(stated, family)) is not None]


def _agreement(stated: Stated, family: int) -> dict[str, Any] | None:
    own, kubeadm = _of_family(stated.own, family), _of_family(stated.kubeadm, family)
    base = own if own or isinstance(stated.own, Unknown) else kubeadm
    if not base:
        return None
    days = [
        (_of_family(native, family), _of_family(pool, family))
        for native, pool in ((stated.native, stated.pool), (stated.later_native, stated.later_pool))
    ]
    dissenting: list[Statement] = []
    wanted: list[Statement] = []
    if own and kubeadm and set(map(_span, kubeadm)) != set(map(_span, own)):
        dissenting += kubeadm
        wanted = own
    for native, pool in days:
        pods = pool or base
        if native and not all(_held(pod, native) for pod in pods):
            wanted = wanted if dissenting else (pods if len(pods) == 1 else [])
            dissenting += native
    pool_only = not dissenting
    for _, pool in days:
        if not all(_held(one, base) for one in pool):
            wanted = wanted if dissenting else base
            dissenting += pool
    return {
        "family": FAMILIES[family],
        "base": _joined(base),
        "dissenting": _merged(dissenting),
        "poolOnly": pool_only and bool(dissenting),
        "to": ",".join(one["value"] for one in wanted) or None,
    }


@record
class Range:
    """A range of a cluster and what it is for: pod, service, node or endpoint."""

    what: str
    span: Span
    statement: Statement
    implicit: bool = False

    def facts(self) -> dict[str, Any]:
        return {"what": self.what, **self.statement, "implicit": self.implicit}


# An endpoint in a pool of node addresses is another fault (MTL004).
_APART = {"pod": ("service", "node", "endpoint"), "service": ("node", "endpoint")}
_SHOWN = 20


def pod_ranges(stated: Stated) -> Iterator[Range]:
    """Where its pods get their addresses: the Cluster's (else the control plane's) blocks, and Cilium's pool."""
    for one in _first_known(stated.own, stated.kubeadm):
        yield from _range("pod", one)
    pool = () if isinstance(stated.pool, Unknown) else stated.pool
    for one in pool or stated.later_pool:
        yield from _range("pod", one, implicit=one["value"] == _DEFAULT_POOL)


def service_ranges(stated: Stated, cluster: Object, *, kubeadm: bool) -> Iterator[Range]:
    """Its services; kubeadm's default where a KubeadmControlPlane and its Cluster say nothing."""
    found = _first_known(stated.own, stated.kubeadm)
    if not found and kubeadm and not isinstance(stated.all(), Unknown):
        at = address.at(cluster.at, ("spec", "clusterNetwork", "services"))
        found = [{"value": _DEFAULT_SERVICES, "at": at, "via": "kubeadm's default"}]
    for one in found:
        yield from _range("service", one)


def host_ranges(statements: Iterable[Statement]) -> Iterator[Range]:
    """Endpoints that are addresses; names are not."""
    for one in statements:
        yield from _range("endpoint", one)


def node_ranges(pool: Object) -> Iterator[Range]:
    for one in pool_ranges(pool):
        span = span_between(one["start"], one["end"])
        if span is not None:
            text = one["start"] if one["start"] == one["end"] else f"{one['start']}-{one['end']}"
            yield Range("node", span, {"value": text, "at": one["at"], "via": pool.id})


def pool_ranges(pool: Object) -> Iterator[dict[str, str]]:
    """``{start, end, at}`` of an IPPool: its pools (what is not written is the subnet's), what is allocated before."""
    for index, entry in values.mappings(pool.data, "spec", "pools"):
        subnet = values.text(entry, "subnet")
        block = parse_cidr(subnet) if isinstance(subnet, str) else None
        start, end = values.text(entry, "start"), values.text(entry, "end")
        if block is not None:
            start = written(block.family, block.span.first) if start is None else start
            end = written(block.family, block.span.last) if end is None else end
        if isinstance(start, str) and isinstance(end, str):
            yield {"start": start, "end": end, "at": address.at(pool.at, ("spec", "pools", index))}
    given = values.mapping(pool.data, "spec", "preAllocations")
    for name, ip in () if isinstance(given, Unknown) else given.items():
        if isinstance(ip, str) and not values.is_template(ip):
            yield {"start": ip, "end": ip, "at": address.at(pool.at, ("spec", "preAllocations", name))}


def judged(ranges: Iterable[Range]) -> list[dict[str, Any]]:
    """The ranges of pods and services with what they overlap: services, nodes, endpoints."""
    by_what: dict[str, list[Range]] = defaultdict(list)
    for one in ranges:
        by_what[one.what].append(one)
    return [
        {
            **one.facts(),
            "overlaps": [
                other.facts() for against in _APART[what] for other in by_what[against] if overlap(one.span, other.span)
            ][:_SHOWN],
        }
        for what in _APART
        for one in by_what[what]
    ]


def _range(what: str, one: Statement, *, implicit: bool = False) -> Iterator[Range]:
    span = span_of(one["value"])
    if span is not None:
        yield Range(what, span, one, implicit)


def _first_known(*candidates: Statements) -> Sequence[Statement]:
    """The first that is known and says something, as long as what goes before is known too."""
    for statements in candidates:
        if isinstance(statements, Unknown):
            return ()
        if statements:
            return statements
    return ()


def _span(one: Statement) -> Span:
    span = span_of(one["value"])
    assert span is not None  # _of_family keeps only those that are blocks
    return span


def _of_family(statements: Statements, family: int) -> list[Statement]:
    if isinstance(statements, Unknown):
        return []
    found = ((one, span_of(one["value"])) for one in statements)
    return [one for one, span in found if span is not None and span.family == family]


def _held(inner: Statement, outer: Iterable[Statement]) -> bool:
    return any(contains(_span(one), _span(inner)) for one in outer)


def _joined(statements: Sequence[Statement]) -> Statement:
    """One statement for all: the first one's place."""
    first = statements[0]
    return {"value": ",".join(one["value"] for one in statements), "at": first["at"], "via": first["via"]}


def _merged(statements: Iterable[Statement]) -> list[Statement]:
    """Statements at one place are one."""
    by_place: dict[str, list[Statement]] = {}
    for one in statements:
        by_place.setdefault(one["at"], []).append(one)
    return [_joined(group) for group in by_place.values()]
