"""The order that numbers promise against the order that contents need."""

from __future__ import annotations

import pytest
from resolving import resolved

from crslint.fleet.entities.bootstrap import ResourceSet
from crslint.fleet.sequence import number_of

PARTS = {
    "cni": "apps/v1 DaemonSet",
    "argocd": "apps/v1 StatefulSet",
    "root": "argoproj.io/v1alpha1 Application",
    "other": "v1 ServiceAccount",
}
IMAGES = {"cni": "cilium/cilium", "argocd": "argoproj/argocd"}
CLUSTER = (
    "apiVersion: cluster.x-k8s.io/v1beta2\nkind: Cluster\nmetadata: {name: prod, namespace: fleet, labels: {a: b}}\n"
)


def a_set(name: str, selector: str, *parts: str) -> str:
    entries = "".join(f"{{kind: ConfigMap, name: {part}}}, " for part in parts)
    return f"""\
apiVersion: addons.cluster.x-k8s.io/v1beta2
kind: ClusterResourceSet
metadata: {{name: {name}, namespace: fleet}}
spec: {{clusterSelector: {{matchLabels: {selector}}}, resources: [{entries}]}}
"""


def payload(part: str) -> str:
    api_version, _, kind = PARTS[part].partition(" ")
    container = f"{{name: argocd-application-controller, image: {IMAGES.get(part)}}}"
    spec = f"{{template: {{spec: {{containers: [{container}]}}}}}}"
    return f"""\
apiVersion: v1
kind: ConfigMap
metadata: {{name: {part}, namespace: fleet}}
data:
  x.yaml: |
    apiVersion: {api_version}
    kind: {kind}
    metadata: {{name: {part}, namespace: kube-system}}
    spec: {spec}
"""


def promises(*sets: str, cluster: str = CLUSTER) -> dict[str, list[str]]:
    """By name of the set: what is told there of its place."""
    files = {"sets.yaml": "---\n".join(sets), "payloads.yaml": "---\n".join(map(payload, PARTS))}
    if cluster:
        files["cluster.yaml"] = cluster
    found: dict[str, list[str]] = {}
    for item in resolved(files).entities["resourceSet"]:
        assert isinstance(item, ResourceSet)
        turns = [turn for turn in item.turns if turn["at"].endswith("/metadata/name")]
        told = [f"{turn['relation']} {turn['otherName']}: {turn['promise']}" for turn in turns]
        found[str(item.name)] = told
    return found


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("01-cilium", 1),
        ("10_x", 10),
        ("2.x", 2),
        ("100-x", 100),
        ("1000-x", None),
        ("1cilium", None),
        ("cilium-01", None),
        ("", None),
        (None, None),
    ],
)
def test_numbers(name: object, number: int | None) -> None:
    assert number_of(name) == number


def test_in_order() -> None:
    told = promises(a_set("1-a", "{a: b}", "cni"), a_set("2-b", "{a: b}", "argocd"), a_set("10-c", "{a: b}", "root"))
    assert told == {"1-a": [], "2-b": ["after 1-a: kept"], "10-c": ["after 1-a: kept", "after 2-b: kept"]}


def test_a_pair_is_told_at_the_set_that_breaks_the_most() -> None:
    told = promises(a_set("3-a", "{a: b}", "cni"), a_set("1-b", "{a: b}", "argocd"), a_set("2-c", "{a: b}", "root"))
    assert told == {"3-a": ["before 1-b: broken", "before 2-c: broken"], "1-b": [], "2-c": ["after 1-b: kept"]}


def test_of_two_the_later_by_need_is_told() -> None:
    assert promises(a_set("2-a", "{a: b}", "cni"), a_set("1-b", "{a: b}", "argocd")) == {
        "2-a": [],
        "1-b": ["after 2-a: broken"],
    }


def test_equal_numbers_and_sets_without_a_part_promise_nothing() -> None:
    told = promises(a_set("1-a", "{a: b}", "cni"), a_set("1-b", "{a: b}", "argocd"), a_set("c", "{a: b}", "other"))
    assert told == {"1-a": [], "1-b": ["after 1-a: kept"], "c": []}


def test_unnumbered_among_numbered() -> None:
    assert promises(a_set("a", "{a: b}", "cni"), a_set("2-b", "{a: b}", "argocd")) == {
        "a": ["before 2-b: unnumbered"],
        "2-b": [],
    }
    assert promises(a_set("a", "{a: b}", "cni"), a_set("b", "{a: b}", "argocd"))["b"] == ["after a: kept"]


def test_a_set_that_brings_both_waits_for_nobody() -> None:
    assert promises(a_set("2-a", "{a: b}", "cni"), a_set("1-b", "{a: b}", "argocd", "cni"))["1-b"] == []


def test_numbered_payloads_of_one_set() -> None:
    files = {"set.yaml": a_set("bootstrap", "{a: b}", "1-argocd", "2-cni", "root")}
    files["payloads.yaml"] = "---\n".join(
        payload(part).replace(f"name: {part}, namespace: fleet", f"name: {name}, namespace: fleet")
        for part, name in (("argocd", "1-argocd"), ("cni", "2-cni"), ("root", "root"))
    )
    (found,) = resolved(files).entities["resourceSet"]
    assert isinstance(found, ResourceSet)
    assert [(turn["at"], turn["otherName"], turn["promise"]) for turn in found.turns] == [
        ("set.yaml:0#/spec/resources/0/name", "2-cni", "broken")
    ]


def test_sets_of_different_clusters() -> None:
    other = CLUSTER.replace("name: prod", "name: dev").replace("{a: b}", "{c: d}")
    sets = (a_set("2-a", "{a: b}", "cni"), a_set("1-b", "{c: d}", "argocd"))
    assert promises(*sets, cluster=f"{CLUSTER}---\n{other}") == {"2-a": [], "1-b": []}


def test_without_clusters_selectors_say_who_goes_together() -> None:
    sets = (a_set("2-a", "{a: b}", "cni"), a_set("1-b", "{a: b, c: d}", "argocd"))
    assert promises(*sets, cluster="")["1-b"] == ["after 2-a: broken"]
    sets = (a_set("2-a", "{a: b, e: f}", "cni"), a_set("1-b", "{a: b, c: d}", "argocd"))
    assert promises(*sets, cluster="") == {"2-a": [], "1-b": []}
