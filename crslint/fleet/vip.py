"""The address of an API server: who announces it, and who may give it away (facts/capi.md 5.7)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any

from crslint import address
from crslint.fleet import values
from crslint.fleet.cidr import contains, parse_address, span_between, span_of
from crslint.fleet.entities.objects import Object
from crslint.fleet.entity import UNKNOWN, Statement, Unknown
from crslint.fleet.kubeadm import mentions, scripts, spec_steps
from crslint.fleet.parts import Parts
from crslint.fleet.patches import Patches
from crslint.fleet.pods import containers, pod_spec
from crslint.fleet.ranges import pool_ranges
from crslint.fleet.scope import Scopes

# Programs that hold an address; how they are set up may not be seen.
_HOLDERS = ("keepalived", "kube-vip", "haproxy", "vrrp", "ucarp", "envoy", "nginx")
_ADDRESS_NAMES = ("address", "vip_address")
_ADDRESS_FLAGS = ("--address", "--vip")


def endpoint_checks(
    host: str, at: str, pools: Sequence[Object], users: Iterable[Parts], patches: Patches
) -> Iterator[dict[str, Any]]:
    """What may be wrong with a Metal3Cluster's host that is an address; a name says nothing."""
    span = span_of(host)
    if span is None or "/" in host:
        return
    for pool in pools:
        yield from _given_away(host, at, pool)
    for one in users:
        if one.kubeadm is None or one.topology:
            continue
        announced = _announced(one.kubeadm, host, patches)
        if isinstance(announced, Unknown):
            continue
        found = announced[0] if announced and announced[0]["value"] != host else None
        fault = None
        if found is not None:
            fault = "announces"
        elif not announced:
            fault = "nobody"
        yield _check("owner", host, at, fault, found, grave=found is not None)


def _given_away(host: str, at: str, pool: Object) -> Iterator[dict[str, Any]]:
    """An address that is allocated before is given to nobody else."""
    span = span_of(host)
    given = values.mapping(pool.data, "spec", "preAllocations")
    if span is None or isinstance(given, Unknown) or host in given.values():
        return
    for one in pool_ranges(pool):
        other = span_between(one["start"], one["end"])
        if other is not None:
            text = f"{one['start']}-{one['end']} of {pool.id}"
            fault = "pool" if contains(other, span) else None
            yield _check("pool", host, at, fault, {"value": text, "at": one["at"], "via": pool.id}, grave=True)


def _check(
    aspect: str, host: str, at: str, fault: str | None, other: Statement | None, *, grave: bool
) -> dict[str, Any]:
    return {
        "aspect": aspect,
        "value": host,
        "at": at,
        "fault": fault,
        "grave": grave,
        "other": other["value"] if other else None,
        "otherAt": other["at"] if other else None,
    }


def _announced(item: Object, host: str, patches: Patches) -> list[Statement] | Unknown:
    """What its machines announce: the host alone where it is among it. UNKNOWN where that cannot be told: one machine
    alone, files from elsewhere, a program whose settings are not read."""
    base = spec_steps(item) or ()
    replicas = values.integer(item.data, "spec", "replicas")
    if not isinstance(replicas, int) or replicas < 2 or patches.may_change(item, *base):
        return UNKNOWN
    if any(_names(text, host) for text in scripts(item)):
        return [{"value": host, "at": item.at, "via": item.kind}]
    found = list(owners(item))
    if any(isinstance(one["value"], str) and values.is_template(one["value"]) for one in found):
        return UNKNOWN
    written = [one for one in found if parse_address(one["value"]) is not None]
    if any(span_of(one["value"]) == span_of(host) for one in written):
        return [{"value": host, "at": item.at, "via": item.kind}]
    if written:
        return written
    hidden = any("contentFrom" in file for _, file in values.mappings(item.data, *base, "files"))
    hidden = hidden or values.child(item.data, *base, "ignition") is not None
    return UNKNOWN if hidden or mentions(item, *_HOLDERS) else []


def owners(item: Object) -> Iterator[Statement]:
    """The addresses that keepalived or kube-vip of a control plane's files announce, as written."""
    steps = (*(spec_steps(item) or ()), "files")
    for index, file in values.mappings(item.data, *steps):
        content = file.get("content")
        if not isinstance(content, str):
            continue
        at = address.at(item.at, (*steps, index, "content"))
        if "virtual_ipaddress" in content:
            for one in _keepalived(content):
                yield {"value": one, "at": at, "via": "keepalived"}
        elif "kube-vip" in content:
            for one in _kube_vip(content):
                yield {"value": one, "at": at, "via": "kube-vip"}


def _keepalived(text: str) -> Iterator[str]:
    plain = _comment().sub("", text)
    for block in _block().finditer(plain):
        for line in block[1].splitlines():
            words = line.split()
            if words:
                yield words[0].partition("/")[0]


def _kube_vip(text: str) -> Iterator[str]:
    """Of a static pod that announces the control plane: `cp_enable` off announces Services alone."""
    from crslint.fleet.world import make_object
    from crslint.source.parser import parse

    for _, data in parse(text, lambda _index: "").documents:
        item = make_object("", data, _NO_SCOPES)
        pod = pod_spec(item) if item else None
        for container in containers(pod) if pod else ():
            environment = {
                entry["name"]: entry.get("value")
                for _, entry in values.mappings(container.data, "env")
                if isinstance(entry.get("name"), str)
            }
            if str(environment.get("cp_enable", "true")).lower() == "false":
                continue
            yield from (str(environment[name]) for name in _ADDRESS_NAMES if environment.get(name))
            yield from _flagged(container.data.get("args"))


_NO_SCOPES: Scopes = {}


def _flagged(arguments: object) -> Iterator[str]:
    words = [word for word in arguments if isinstance(word, str)] if isinstance(arguments, list) else []
    for index, word in enumerate(words):
        name, mark, value = word.partition("=")
        if name in _ADDRESS_FLAGS:
            yield value if mark else "".join(words[index + 1 : index + 2])


def _names(text: str, host: str) -> bool:
    """Whether the address stands in a text, not as a part of a longer one."""
    joints = "_:" if ":" in host else "_"
    start = text.find(host)
    while start >= 0:
        before, after = text[max(start - 1, 0) : start], text[start + len(host) : start + len(host) + 2]
        longer = after[:1].isalnum() or (after[:1] == "." and after[1:].isdigit())
        if (
            not longer
            and not before.isalnum()
            and before != "."
            and not any(one in joints for one in (*before, *after[:1]))
        ):
            return True
        start = text.find(host, start + 1)
    return False


@cache
def _block() -> re.Pattern[str]:
    return re.compile(r"virtual_ipaddress(?:_excluded)?\s*\{((?:\$\{[^}]*\}|[^{}])*)\}")


@cache
def _comment() -> re.Pattern[str]:
    return re.compile(r"[!#][^\n]*")
