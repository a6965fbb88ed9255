"""Facts of resource sets that rules rest on."""

from __future__ import annotations

from typing import Any

import pytest
from resolving import only, resolved

from crslint.fleet.entities.bootstrap import Payload, ResourceSet

SET = """\
apiVersion: addons.cluster.x-k8s.io/v1beta2
kind: ClusterResourceSet
metadata: {name: 01-cni, namespace: fleet}
spec:
  strategy: ApplyOnce
  clusterSelector: {matchLabels: {cni: cilium}}
  resources: [{kind: ConfigMap, name: cilium}, {kind: Secret, name: keys}, {kind: ConfigMap, name: cilium}]
"""
CLUSTER = """\
apiVersion: cluster.x-k8s.io/v1beta2
kind: Cluster
metadata: {name: prod, namespace: fleet, labels: {cni: cilium}}
"""
PAYLOAD = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: cilium, namespace: fleet}
data:
  x.yaml: |
    apiVersion: v1
    kind: Namespace
    metadata: {name: tools}
"""
SECRET = """\
apiVersion: v1
kind: Secret
metadata: {name: keys, namespace: fleet}
type: addons.cluster.x-k8s.io/resource-set
"""


def of(files: dict[str, str]) -> ResourceSet:
    found = only(resolved(files), "resourceSet")
    assert isinstance(found, ResourceSet)
    return found


def test_a_whole_set() -> None:
    found = of({"set.yaml": SET, "cluster.yaml": CLUSTER, "payload.yaml": PAYLOAD, "secret.yaml": SECRET})
    assert (found.id, found.name, found.namespace, found.number) == (
        "ClusterResourceSet fleet/01-cni",
        "01-cni",
        "fleet",
        1,
    )
    assert (found.strategy, found.selector, found.selector_fault, found.opts_in) == ("ApplyOnce", "valid", None, False)
    assert (found.clusters, found.selects, found.idle) == (["fleet/prod"], ["cluster.yaml:0#"], False)
    assert isinstance(found.resources, list)
    assert [(item["name"], item["state"], item["payload"], item["first"]) for item in found.resources] == [
        ("cilium", "present", "payload.yaml:0#", None),
        ("keys", "present", "secret.yaml:0#", None),
        ("cilium", "present", "payload.yaml:0#", "set.yaml:0#/spec/resources/0"),
    ]
    assert [item["type"] for item in found.resources] == [None, None, None]
    assert [item["apart"] for item in found.places] == [False] * 4


@pytest.mark.parametrize(
    ("selector", "subject", "detail", "at"),
    [
        ("{}", "", "that selects no Cluster, not all of them", ""),
        ("{matchLabels: {bad key: x}}", "'bad key' ", "is no label key", "/matchLabels/bad key"),
        (
            "{matchLabels: {a: -x}}",
            "'-x' ",
            "is no label value",
            "/matchLabels/a",
        ),
        (
            "{matchExpressions: [{key: a, operator: Exists, values: [b]}]}",
            "",
            "Exists takes no values",
            "/matchExpressions/0/values",
        ),
        (
            "{matchExpressions: [{key: a, operator: Exists}, {key: a, operator: exists}]}",
            "'exists' ",
            "is no operator (In, NotIn, Exists, DoesNotExist)",
            "/matchExpressions/1/operator",
        ),
    ],
)
def test_what_is_wrong_with_a_selector(selector: str, subject: str, detail: str, at: str) -> None:
    found = of({"set.yaml": SET.replace("{matchLabels: {cni: cilium}}", selector)})
    assert found.selector_fault == {
        "subject": subject,
        "detail": detail,
        "at": f"set.yaml:0#/spec/clusterSelector{at}",
    }


@pytest.mark.parametrize(
    ("wanted", "labels", "opts_in", "near"),
    [
        ("{cni: cilium}", "{cni: calico}", False, ("cni", "calico", False)),
        ("{cni: cilium}", "{cni: Cilium}", False, ("cni", "Cilium", True)),
        ("{cni: cilium}", "{cni: cillium}", False, ("cni", "cillium", True)),
        ("{bootstrap: 'true'}", "{boostrap: 'true'}", True, ("boostrap", "true", True)),
        ("{bootstrap: 'true'}", "{bootstrap: 'yes'}", True, ("bootstrap", "yes", True)),
        ("{bootstrap: 'true'}", "{bootstrap: 'false'}", True, (None, None, False)),
        ("{bootstrap: 'true'}", "{env: prod}", True, (None, None, False)),
        ("{bootstrap: 'true', env: prod}", "{env: prod}", False, (None, None, False)),
    ],
)
def test_labels_that_may_be_meant(wanted: str, labels: str, opts_in: bool, near: tuple[Any, ...]) -> None:
    files = {
        "set.yaml": SET.replace("{cni: cilium}", wanted),
        "cluster.yaml": CLUSTER.replace("{cni: cilium}", labels),
    }
    found = of(files)
    assert (found.idle, found.opts_in) == (True, opts_in)
    assert tuple(found.near_label[key] for key in ("key", "value", "slip")) == near


def apart(files: dict[str, str]) -> list[tuple[str, str, str]]:
    return [(item["what"], item["target"], item["with"]) for item in of(files).places if item["apart"]]


def test_the_odd_one_out_is_the_one_to_move() -> None:
    whole = {"set.yaml": SET, "cluster.yaml": CLUSTER, "payload.yaml": PAYLOAD}
    assert (
        apart({**whole, "payload.yaml": PAYLOAD.replace("fleet", "x")})
        == [("ConfigMap x/cilium", "fleet", "ClusterResourceSet fleet/01-cni")] * 2
    )
    assert apart({**whole, "set.yaml": SET.replace("fleet", "x")}) == [
        ("ClusterResourceSet x/01-cni", "fleet", "Cluster fleet/prod")
    ]
    assert apart({**whole, "cluster.yaml": CLUSTER.replace("fleet", "x")}) == [
        ("ClusterResourceSet fleet/01-cni", "x", "Cluster x/prod")
    ]
    assert apart({"set.yaml": SET.replace("fleet", "x"), "payload.yaml": PAYLOAD}) == [
        ("ClusterResourceSet x/01-cni", "fleet", "ConfigMap fleet/cilium")
    ]


ACCOUNT = "    apiVersion: v1\n    kind: ServiceAccount\n    metadata: {name: agent, namespace: tools}\n"


def test_what_only_another_set_brings() -> None:
    payloads = PAYLOAD + "---\n" + PAYLOAD.split("    apiVersion")[0].replace("name: cilium", "name: agent") + ACCOUNT
    sets = [
        SET.replace("01-cni", name).replace(SET.partition("resources: ")[2], f"[{entries}]\n")
        for name, entries in (
            ("a", "{kind: ConfigMap, name: cilium}"),
            ("b", "{kind: ConfigMap, name: agent}"),
            ("c", "{kind: ConfigMap, name: cilium}, {kind: ConfigMap, name: agent}"),
        )
    ]
    fleet = resolved({"sets.yaml": "---\n".join(sets), "cluster.yaml": CLUSTER, "payloads.yaml": payloads})
    told = {item.name: item.hopes for item in fleet.entities["resourceSet"] if isinstance(item, ResourceSet)}
    assert told["a"] == []
    assert [(hope["own"], hope["setName"], hope["name"], hope["sameClusters"]) for hope in told["b"]] == [
        (False, "ClusterResourceSet fleet/a", "tools", True)
    ]
    assert [(hope["own"], hope["setName"], hope["count"]) for hope in told["c"]] == [
        (True, "ClusterResourceSet fleet/c", 1)
    ]


@pytest.mark.parametrize(
    ("resources", "passed_over"),
    [
        ("[{kind: ConfigMap, name: x}]", "set.yaml:0#"),
        ("[{kind: ConfigMap, name: cilium}]", None),
        ("[{kind: Secret, name: cilium}]", "set.yaml:0#"),
        ("[{kind: ConfigMap, name: '${CNI}'}]", None),
        ("'${RESOURCES}'", None),
        ("[{kind: ConfigMap, name: ciliun}]", None),
    ],
)
def test_payloads_that_nobody_names(resources: str, passed_over: str | None) -> None:
    found = only(
        resolved({"set.yaml": SET.replace(SET.partition("resources: ")[2], f"{resources}\n"), "payload.yaml": PAYLOAD}),
        "payload",
    )
    assert isinstance(found, Payload)
    assert found.passed_over == passed_over
