"""One fault, one finding."""

from __future__ import annotations

from pathlib import Path

from fleets import fleet_of, payload, resource_set
from hypothesis import given
from hypothesis import strategies as st
from rule_folders import rule_set, rule_text

from crslint import address
from crslint.config.selection import Selection
from crslint.finding import Finding, Related
from crslint.fleet.fleet import Fleet
from crslint.policy.check import judge
from crslint.policy.merge import upward
from crslint.policy.rules import load_rules


def findings(folder: Path, fleet: Fleet, *texts: str) -> list[Finding]:
    found = judge(fleet, [], rule_set(folder, *texts), Selection()).findings
    return sorted(found, key=lambda item: (item.code, item.at))


def test_equal_places_merge_and_the_first_cluster_speaks(tmp_path: Path) -> None:
    text = rule_text(
        at="payload(resourceSet.selects[0]).at",
        message="seen from {resourceSet.name}",
        extra="related:\n  - at: |\n      resourceSet.at\n    label: |\n      {resourceSet.name}\n",
    )
    shared = payload("shared")
    clusters = {"e": "default/5", "d": "default/4", "b": "default/2", "a": "default/1", "c": "default/3"}
    sets = [resource_set(name, selects=[shared.at], clusters=[cluster]) for name, cluster in clusters.items()]
    (found,) = findings(tmp_path, fleet_of(*sets, shared), text)
    assert (found.message, found.at, found.count) == ("seen from a", shared.at, 1)
    assert found.clusters == ("default/1", "default/2", "default/3", "default/4", "default/5")
    assert found.related == (
        Related("a.yaml:0#", "a"),
        Related("e.yaml:0#", "e"),
        Related("d.yaml:0#", "d, and 2 more"),
    )


def test_the_gravest_severity_stays(tmp_path: Path) -> None:
    text = rule_text(
        at="payload(resourceSet.selects[0]).at",
        message="seen from {resourceSet.name}",
        extra="downgrade:\n  to: warning\n  when: |\n    resourceSet.number == 1\n",
    )
    shared = payload("shared")
    sets = [
        resource_set("a", selects=[shared.at], number=1, clusters=["default/a"]),
        resource_set("b", selects=[shared.at], number=2, clusters=["default/b"]),
    ]
    (found,) = findings(tmp_path, fleet_of(*sets, shared), text)
    assert (found.severity, found.message, found.clusters) == ("error", "seen from b", ("default/a", "default/b"))


def test_a_group_is_one_finding_with_a_count(tmp_path: Path) -> None:
    text = rule_text(
        each="resourceSet.resources", at="each.at", group="resourceSet.at", message="{each.name} has no namespace"
    )
    elements = [{"at": f"cni.yaml:0#/spec/resources/{number}", "name": f"n{number}"} for number in range(50)]
    (found,) = findings(tmp_path, fleet_of(resource_set(resources=elements)), text)
    assert (found.at, found.message, found.count) == ("cni.yaml:0#/spec/resources/0", "n0 has no namespace", 50)
    assert [(item.at, item.label) for item in found.related] == [
        ("cni.yaml:0#/spec/resources/1", "here too"),
        ("cni.yaml:0#/spec/resources/2", "here too"),
        ("cni.yaml:0#/spec/resources/3", "here too, and 46 more"),
    ]


def test_overrides_remove_at_the_same_place_and_below_only(tmp_path: Path) -> None:
    owner = rule_text("XAB001", at='at(resourceSet.at, ["spec"])', extra="overrides: [ABC002]\n")
    other = rule_text("ABC002", each="resourceSet.resources", at="each.at")
    places = ["#", "#/spec", "#/spec/strategy", "#/specs", "#/spec!x", "!/spec/x:0#/a", "!/data/x:0#/a"]
    subject = resource_set(resources=[{"at": f"cni.yaml:0{place}"} for place in places if place != "#/spec!x"])
    found = [item.at for item in findings(tmp_path, fleet_of(subject), owner, other) if item.code == "ABC002"]
    assert found == ["cni.yaml:0!/data/x:0#/a", "cni.yaml:0#", "cni.yaml:0#/specs"]


def test_a_rule_that_is_not_selected_overrides_nothing(tmp_path: Path) -> None:
    owner = rule_text("XAB001", extra="overrides: [ABC002]\nprofile: strict\n")
    assert [item.code for item in findings(tmp_path, fleet_of(resource_set()), owner, rule_text("ABC002"))] == [
        "ABC002"
    ]


def test_rules_that_override_each_other_are_refused(tmp_path: Path) -> None:
    from rule_folders import write_rule

    write_rule(tmp_path, rule_text("XAB001", extra="overrides: [XAB002]\n"))
    write_rule(tmp_path, rule_text("XAB002", extra="overrides: [XAB001]\n"))
    faults = [item.reason for item in load_rules([tmp_path], cached=False).faults if tmp_path in item.path.parents]
    assert faults == ["XAB001 overrides itself, through XAB002", "XAB002 overrides itself, through XAB001"]


_STEPS = st.lists(st.sampled_from(["a", "b/c", "0", "x~y", ""]), max_size=3)


@st.composite
def addresses(draw: st.DrawFn) -> str:
    at = address.at(
        address.document(draw(st.sampled_from(["f.yaml", "d/e#.yaml"])), draw(st.integers(0, 2))), draw(_STEPS)
    )
    for _ in range(draw(st.integers(0, 2))):
        at = address.at(address.layer(at, draw(st.integers(0, 1))), draw(_STEPS))
    return at


@given(addresses(), addresses())
def test_upward_is_what_an_address_lies_within(one: str, other: str) -> None:
    assert (other in upward(one)) == address.within(one, other)
