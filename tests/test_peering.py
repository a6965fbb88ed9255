"""Facts of peering, pools and Services."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from peering_trees import advertisement, cluster_config, peer_config, policy, pool, service, together
from resolving import resolved
from test_one_fault import CONFORMING, findings

from crslint.fleet.cidr import Span, overlap
from crslint.fleet.pools import Ranges, Taken
from crslint.fleet.settings import FleetSettings

SESSION = together(cluster_config(), peer_config(), advertisement())
RELEASE = FleetSettings(versions={"cilium": "1.16.5"})


def entities(kind: str, *texts: str, settings: FleetSettings | None = None) -> list[Any]:
    return list(resolved({"a.yaml": together(*texts)}, settings).entities.get(kind, ()))


def test_an_advertisement_is_reached_by_names_and_labels() -> None:
    (config,) = entities("bgpClusterConfig", SESSION)
    (peer,) = entities("bgpPeerConfig", SESSION)
    (found,) = entities("bgpAdvertisement", SESSION)
    assert config.peer_configs == ["a.yaml:1#"]
    assert (peer.used_by, peer.families[0]["advertisements"]) == (["a.yaml:0#"], ["a.yaml:2#"])
    assert found.selected_by == ["a.yaml:1#"]


def test_a_service_is_announced_and_gets_an_address() -> None:
    texts = (SESSION, pool(), service())
    (found,) = entities("service", *texts)
    (one,) = entities("announcement", *texts)
    assert (found.managed, found.announced, found.wanted) == (True, True, [])
    assert one.services == ["a.yaml:4#"]
    assert [each["fault"] for each in (*one.fits, *one.supplies)] == [None, None]


@pytest.mark.parametrize(
    ("spec", "annotation", "managed"),
    [
        ("", "", True),
        ("loadBalancerClass: io.cilium/bgp-control-plane\n", "", True),
        ("loadBalancerClass: io.cilium/node\n", "", False),
        ("loadBalancerClass: tailscale\n", "", False),
        ("", "metallb.io/address-pool: office", False),
    ],
)
def test_who_serves_a_service(spec: str, annotation: str, managed: bool) -> None:
    (found,) = entities("service", SESSION, service(spec=spec, annotation=annotation))
    assert found.managed is managed


@pytest.mark.parametrize(
    ("spec", "annotation", "fault"),
    [
        ("", "", None),
        ("", "lbipam.cilium.io/ips: 172.20.10.9", None),
        ("", "lbipam.cilium.io/ips: 172.20.11.9", "requested"),
        ("", 'io.cilium/lb-ipam-ips: "172.20.10.9,172.20.11.9"', "requested"),
        ("loadBalancerIP: 172.20.11.9\n", "", "requested"),
        ("ipFamilies: [IPv4]\n", "", None),
        ("ipFamilies: [IPv6]\n", "", "family"),
        ("ipFamilyPolicy: PreferDualStack\nipFamilies: [IPv4, IPv6]\n", "", None),
        ("ipFamilyPolicy: RequireDualStack\nipFamilies: [IPv4, IPv6]\n", "", "family"),
    ],
)
def test_what_a_service_asks_of_its_pool(spec: str, annotation: str, fault: str | None) -> None:
    (found,) = entities("announcement", SESSION, pool(), service(spec=spec, annotation=annotation))
    assert [each["fault"] for each in found.supplies] == [fault]


def test_where_selectors_contradict_each_other() -> None:
    fault = entities("announcement", SESSION, pool(announce="internal"), service(announce="internal"))[0].fits[0]
    assert (fault["fault"], fault["at"], fault["otherAt"], fault["to"]) == (
        "disjoint",
        "a.yaml:2#/spec/advertisements/0/selector/matchLabels/announce",
        "a.yaml:3#/spec/serviceSelector/matchLabels/announce",
        "internal",
    )


def test_the_pool_is_mended_where_services_follow_the_announcement() -> None:
    fault = entities("announcement", SESSION, pool(announce="internal"), service())[0].fits[0]
    assert (fault["at"], fault["to"]) == ("a.yaml:3#/spec/serviceSelector/matchLabels/announce", "external")


def test_a_neighbor_of_each_api() -> None:
    (old,) = entities("bgpNeighbor", policy(), settings=RELEASE)
    (new,) = entities("bgpNeighbor", SESSION)
    assert (old.api, old.form, old.host, old.host_cidr) == ("v1", "hostCidr", "192.0.2.1", "192.0.2.1/32")
    assert (new.api, new.form, new.host, new.host_cidr) == ("v2", "host", "192.0.2.1", "192.0.2.1/32")
    assert (new.local_asn, new.peer_asn, new.external, new.hops) == (64512, 64600, True, 1)


@pytest.mark.parametrize(
    ("text", "form"),
    [("10.0.0.1/24", "network"), ("2001:db8::1/128", "hostCidr"), ("10.0.0.300", None), ('"${PEER}"', None)],
)
def test_forms_of_a_peers_address(text: str, form: str | None) -> None:
    (found,) = entities("bgpNeighbor", cluster_config(peer=text))
    assert found.form == form


@pytest.mark.parametrize(
    ("one", "other", "rivals"),
    [
        ("", "", [True]),
        ("rack: a", "rack: a", [True]),
        ("rack: a", "", [True]),
        ("rack: a", "zone: b", [False]),
        ("rack: a", "rack: b", []),
        ('rack: "${RACK}"', "rack: b", []),
    ],
)
def test_policies_for_one_node(one: str, other: str, rivals: list[bool]) -> None:
    found = entities("bgpObject", policy("one", one), policy("two", other), settings=RELEASE)
    assert [[each["sure"] for each in item.rivals] for item in found] == [[], rivals]


spans = st.builds(
    lambda family, first, size: Span(family, first, first + size),
    st.sampled_from((4, 6)),
    st.integers(0, 40),
    st.integers(0, 12),
)


@given(st.lists(spans, max_size=12), spans)
def test_ranges_find_all_that_overlap(known: list[Span], wanted: Span) -> None:
    taken = [Taken("pool", str(place), "", span) for place, span in enumerate(known)]
    found = {one.text for one in Ranges(taken).overlapping(wanted)}
    assert found == {one.text for one in taken if overlap(one.span, wanted)}


odd = st.sampled_from(
    ["null", "[]", "{}", '""', "0", "-1", "true", '"${X}"', "a/b/c", "999.1.1.1", "[null]", "{matchLabels: 1}", "[[]]"]
)
LINES = together(SESSION, policy(), pool(), service()).splitlines(keepends=True)


@given(st.dictionaries(st.integers(0, len(LINES) - 1), odd, min_size=1, max_size=4))
@settings(max_examples=80)
def test_odd_values_give_no_traceback(changes: dict[int, str]) -> None:
    lines = list(LINES)
    for place, value in changes.items():
        head, colon, _ = lines[place].partition(":")
        if colon:
            lines[place] = f"{head}: {value}\n"
    fleet = resolved({"a.yaml": "".join(lines)})
    assert all(item.at.startswith("a.yaml:") for found in fleet.entities.values() for item in found)


BGP = "cluster-configs/base/cilium-bgp/production/"
INGRESS = "cluster-configs/base/ingress/ingress.yaml"
CHANGES = {
    "control-plane-off": (
        "management/bootstrap/payload-cilium-prod-01.yaml",
        'enable-bgp-control-plane: "true"',
        'enable-bgp-control-plane: "false"',
        ["BGP001 28:33"],
    ),
    "pool-for-others": (BGP + "pool.yaml", "bgp-advertise: external", "bgp-advertise: internal", ["BGP004 10:22"]),
    "announced-for-others": (
        BGP + "advertisement.yaml",
        "bgp-advertise: external",
        "bgp-advertise: outside",
        ["BGP004 15:26"],
    ),
    "misspelt-label": (INGRESS, "bgp-advertise: external", "bgp-advertise: externl", ["BGP004 28:20"]),
    "another-label": (INGRESS, "bgp-advertise: external", "team: ingress", ["BGP005 28:5"]),
    "disabled-pool": (BGP + "pool.yaml", "spec:\n", "spec:\n  disabled: true\n", ["BGP006 6:13"]),
    "nobody-labels-nodes": (
        "management/prod-01/workers.yaml",
        '        node-role.kubernetes.io/worker: "" # from',
        "        pool: workers # from",
        [f"BGP009 {BGP}peering.yaml 8:39"],
    ),
    "cidr-in-v2": (BGP + "peering.yaml", "peerAddress: 192.168.10.2", "peerAddress: 192.168.10.2/32", ["BGP010 14:24"]),
    "keepalive": (BGP + "peering.yaml", "keepAliveTimeSeconds: 30", "keepAliveTimeSeconds: 120", ["BGP011 32:27"]),
    "misspelt-reference": (
        BGP + "peering.yaml",
        "            name: switches",
        "            name: switchs",
        ["BGP012 17:19"],
    ),
    "misspelt-family": (
        BGP + "peering.yaml",
        "          advertise: load-balancers",
        "          advertise: load-balancer",
        ["BGP012 40:9"],
    ),
    "documentation-number": (BGP + "peering.yaml", "localASN: 64640", "localASN: 64500", ["BGP014 11:17"]),
    "no-password": (BGP + "peering.yaml", "spec:\n  timers", "spec:\n  authSecretRef: tor\n  timers", ["BGP015 29:18"]),
    "pool-of-nodes": (BGP + "pool.yaml", "172.20.10.0/24", "192.168.10.128/25", ["BGP017 7:13"]),
    "pool-with-the-endpoint": (BGP + "pool.yaml", "172.20.10.0/24", "192.168.10.8/29", ["BGP017 7:13"]),
    "peer-elsewhere": (BGP + "peering.yaml", "192.168.10.2", "192.168.99.2", ["BGP018 14:24"]),
    "dropped-field": (BGP + "pool.yaml", "  blocks:", "  cidrs:", ["BGP019 7:5"]),
    "another-environment": (
        "cluster-configs/environments/production/applications/cilium-bgp.yaml",
        "base/cilium-bgp/production",
        "base/cilium-bgp/staging",
        ["BGP020 11:11"],
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_one_change_of_the_conforming_fleet_gives_one_finding(name: str, tmp_path: Path) -> None:
    file, old, new, expected = CHANGES[name]
    fleet = tmp_path / "fleet"
    shutil.copytree(CONFORMING, fleet)
    text = (fleet / file).read_text()
    assert old in text
    (fleet / file).write_text(text.replace(old, new, 1))
    assert findings(fleet, file) == expected
