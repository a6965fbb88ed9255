"""What objects of payloads need, and who brings it: order, other sets, and when absence may be claimed."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from payload_trees import cluster, config_map, crd, documents, fleet, manifest, payload_object, resource_set

from crslint.fleet.fleet import Fleet
from crslint.fleet.settings import External, FleetSettings

NAMESPACE = manifest("Namespace", "tools", "")
ACCOUNT = manifest()
WIDGET = manifest("Widget", "one", "default", "example.com/v1")


@dataclass(frozen=True)
class Need:
    state: str
    provider: object = None
    provider_set: object = None


def need(found: Fleet, name: str = "agent", kind: str = "namespace") -> Need:
    (one,) = [item for item in payload_object(found, name).needs if item["kind"] == kind]
    return Need(one["state"], one["provider"], one["providerSet"])


def one_payload(**texts: str) -> Fleet:
    """One set, one payload; the texts are its keys, ``_`` for ``.``."""
    values = {key.replace("_", "."): text for key, text in texts.items()}
    return fleet(sets=resource_set("payload"), payload=config_map(values))


def test_every_cluster_has_some_namespaces() -> None:
    assert need(one_payload(a=manifest(namespace="kube-public"))).state == "builtin"


def test_kind_order_within_a_key_but_not_across_keys() -> None:
    provider = "payload.yaml:0!/data/{}:{}#"
    assert need(one_payload(a=documents(ACCOUNT, NAMESPACE))) == Need("before", provider.format("a", 1), "sets.yaml:0#")
    assert need(one_payload(a=ACCOUNT, b=NAMESPACE)) == Need("after", provider.format("b", 0), "sets.yaml:0#")


def test_keys_come_in_byte_order() -> None:
    found = fleet(sets=resource_set("payload"), payload=config_map({"9-ns": NAMESPACE, "10-account": ACCOUNT}))
    assert need(found).state == "after"


@pytest.mark.parametrize(("order", "state"), [(("first", "second"), "before"), (("second", "first"), "after")])
def test_order_of_the_list(order: tuple[str, str], state: str) -> None:
    found = fleet(
        sets=resource_set(*order),
        one=config_map({"a": NAMESPACE}, "first"),
        two=config_map({"a": ACCOUNT}, "second"),
    )
    assert need(found).state == state


def test_the_first_of_several_counts() -> None:
    assert need(one_payload(a=NAMESPACE, b=ACCOUNT, c=NAMESPACE)).state == "before"


def test_the_same_payload_in_two_sets_is_as_good_as_in_the_worse_one() -> None:
    found = fleet(
        sets=documents(resource_set("space", "account"), resource_set("account", "space", name="other", label="other")),
        one=config_map({"a": NAMESPACE}, "space"),
        two=config_map({"a": ACCOUNT}, "account"),
    )
    assert need(found) == Need("after", "one.yaml:0!/data/a:0#", "sets.yaml:1#")


def two_sets(clusters: str = "", label: str = "bootstrap") -> Fleet:
    return fleet(
        sets=documents(resource_set("account"), resource_set("space", name="spaces", label=label)),
        one=config_map({"a": NAMESPACE}, "space"),
        two=config_map({"a": ACCOUNT}, "account"),
        clusters=clusters,
    )


def test_another_set_that_reaches_the_same_clusters() -> None:
    expected = Need("otherSet", "one.yaml:0!/data/a:0#", "sets.yaml:1#")
    assert need(two_sets(cluster("a", "bootstrap"))) == expected
    assert need(two_sets(cluster("a", "bootstrap", "other"), "other")) == expected
    assert need(two_sets()) == expected


def test_another_set_that_reaches_other_clusters() -> None:
    assert need(two_sets(documents(cluster("a", "bootstrap"), cluster("b", "other")), "other")).state == "nowhere"


def test_one_cluster_without_it_is_enough() -> None:
    clusters = documents(cluster("a", "bootstrap", "other"), cluster("b", "bootstrap"))
    assert need(two_sets(clusters, "other")).state == "nowhere"


def test_without_clusters_selectors_that_may_meet_are_unknown() -> None:
    assert need(two_sets(label="other")).state == "unknown"


def test_a_set_that_selects_none_of_the_clusters_says_nothing() -> None:
    assert need(two_sets(cluster("a", "third"), "other")).state == "unknown"


def test_nobody() -> None:
    assert need(one_payload(a=ACCOUNT)).state == "nowhere"
    assert need(one_payload(a=WIDGET), "one", "crd") == Need("nowhere")


def lacking(clusters: str) -> list[str]:
    """Who stands for the lack of the namespace, by payload: of two sets, and of one that may bring it to both."""
    found = fleet(
        sets=documents(resource_set("a", name="a", label="a"), resource_set("b", name="b", label="b"))
        + "---\n"
        + resource_set("common", name="common", label="common"),
        a=config_map({"a": manifest(name="agent-a")}, "a"),
        b=config_map({"a": manifest(name="agent-b")}, "b"),
        common=config_map({"a": manifest("Namespace", "other", "")}, "common"),
        clusters=clusters,
    )
    return [payload_object(found, name).needs[0]["firstLacking"] for name in ("agent-a", "agent-b")]


def test_what_one_set_could_bring_to_all_is_lacking_once() -> None:
    assert lacking(documents(cluster("one", "a", "b"))) == ["a.yaml:0#", "a.yaml:0#"]
    assert lacking(documents(cluster("one", "a", "common"), cluster("two", "b", "common"))) == ["a.yaml:0#"] * 2
    assert lacking(documents(cluster("one", "a"), cluster("two", "b"))) == ["a.yaml:0#", "b.yaml:0#"]


@pytest.mark.parametrize(
    "text",
    [
        config_map({"a": "apiVersion: v1\nkind: [\n# and what else would be here\n"}, "other"),
        config_map({"a": '[{"apiVersion": "v1", "kind": "Namespace"\n'}, "other"),
        config_map({"a": documents(manifest("Namespace", "more", ""), "a line without a colon\n")}, "other"),
        config_map({"a": manifest("Namespace", "more", "") + "...\n" + NAMESPACE}, "other"),
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: other, namespace: fleet}\ndata: ${MORE}\n",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: another, namespace: fleet}\ndata: {a: b}\n",
    ],
    ids=["broken", "ignored", "refused", "dropped", "variable", "missing"],
)
def test_a_payload_that_cannot_be_read_may_bring_it(text: str) -> None:
    found = fleet(sets=resource_set("payload", "other"), payload=config_map({"a": ACCOUNT}), other=text)
    assert need(found).state == "unknown"


def test_what_a_missing_separator_merges_away_is_one_fault() -> None:
    merged = NAMESPACE + ACCOUNT
    assert need(one_payload(a=merged)).state == "unknown"
    assert need(one_payload(a=manifest("Namespace", "more", "") + ACCOUNT)).state == "nowhere"


def test_an_unreadable_payload_before_the_late_one_may_bring_it_in_time() -> None:
    late = config_map({"a": NAMESPACE}, "late")
    found = fleet(sets=resource_set("absent", "payload", "late"), payload=config_map({"a": ACCOUNT}), late=late)
    assert need(found).state == "unknown"
    found = fleet(sets=resource_set("payload", "absent", "late"), payload=config_map({"a": ACCOUNT}), late=late)
    assert need(found).state == "after"


PROXY = """\
apiVersion: addons.cluster.x-k8s.io/v1alpha1
kind: HelmChartProxy
metadata: {name: chart, namespace: fleet}
spec: {chartName: chart, repoURL: https://charts.example.com, namespace: %s}
"""
CONTROL_PLANE = """\
apiVersion: controlplane.cluster.x-k8s.io/v1beta2
kind: KubeadmControlPlane
metadata: {name: one, namespace: fleet}
spec:
  kubeadmConfigSpec:
    postKubeadmCommands: ["%s"]
"""


@pytest.mark.parametrize(
    ("text", "namespace", "definition"),
    [
        (PROXY % "tools", "unknown", "unknown"),
        (PROXY % "other", "nowhere", "unknown"),
        (CONTROL_PLANE % "kubectl create namespace tools", "unknown", "nowhere"),
        (CONTROL_PLANE % "kubectl apply -f https://example.com/crds.yaml", "nowhere", "unknown"),
        ("apiVersion: fleet.cattle.io/v1alpha1\nkind: Bundle\nmetadata: {name: one}\n", "unknown", "unknown"),
        ("kind: ClusterResourceSet\nmetadata:\n  name: more\nbroken: [\n", "unknown", "unknown"),
        ("kind: Namespace\nmetadata:\n  name: tools\nbroken: [\n", "nowhere", "nowhere"),
    ],
    ids=["chart", "chart-elsewhere", "command", "command-crds", "other-tool", "unread-set", "unread-other-kind"],
)
def test_other_ways(text: str, namespace: str, definition: str) -> None:
    found = fleet(sets=resource_set("payload"), payload=config_map({"a": documents(ACCOUNT, WIDGET)}), more=text)
    assert (need(found).state, need(found, "one", "crd").state) == (namespace, definition)


def test_declared_as_made_elsewhere() -> None:
    settings = FleetSettings(external=(External("Namespace", "", "tools"),))
    found = fleet(settings, sets=resource_set("payload"), payload=config_map({"a": ACCOUNT}))
    assert need(found).state == "unknown"


def test_without_a_set_only_the_payload_itself_is_known() -> None:
    assert need(fleet(payload=config_map({"a": ACCOUNT}))).state == "unknown"
    assert need(fleet(payload=config_map({"a": ACCOUNT, "b": NAMESPACE}))).state == "after"


SERVICE = "apiVersion: apiregistration.k8s.io/v1\nkind: APIService\nmetadata: {name: v1.example.com}\n"
OPERATOR = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: cilium-operator, namespace: kube-system}
spec:
  template:
    spec:
      containers: [{name: operator, image: "%s"}]
"""
POLICY = manifest("CiliumNetworkPolicy", "one", "default", "cilium.io/v2")


@pytest.mark.parametrize(
    ("texts", "state"),
    [
        ((crd(), WIDGET), "before"),
        ((crd("other.example.com"), WIDGET), "nowhere"),
        ((SERVICE + "spec: {group: example.com}\n", WIDGET), "before"),
        ((OPERATOR % "quay.io/cilium/operator-generic:v1.16.0@sha256:00", POLICY), "unknown"),
        ((OPERATOR % "registry.local:5000/mirror/cilium-operator-generic:v1.16.0", POLICY), "unknown"),
        ((OPERATOR % "registry.local/other:v1", POLICY), "nowhere"),
    ],
    ids=["crd", "other-group", "aggregated", "operator", "mirrored", "not-its-operator"],
)
def test_definitions(texts: tuple[str, ...], state: str) -> None:
    found = fleet(sets=resource_set("payload"), payload=config_map({"a": documents(*texts)}))
    assert need(found, "one", "crd").state == state


def test_built_in_kinds_need_nothing() -> None:
    found = one_payload(a=manifest("StorageClass", "fast", "", "storage.k8s.io/v1"))
    assert payload_object(found, "fast").needs == []


@pytest.mark.parametrize("namespace", ["${NAMESPACE}", "{{ namespace }}"])
def test_variables_need_nothing(namespace: str) -> None:
    assert payload_object(one_payload(a=manifest(namespace=f'"{namespace}"')), "agent").needs == []


def test_the_place_of_a_need_is_the_value_that_states_it() -> None:
    (found,) = payload_object(one_payload(a=ACCOUNT), "agent").needs
    assert found["at"] == "payload.yaml:0!/data/a:0#/metadata/namespace"
    namespace, definition = payload_object(one_payload(a=documents(crd(), WIDGET)), "one").needs
    assert (namespace["state"], definition["at"]) == ("builtin", "payload.yaml:0!/data/a:1#/kind")


def test_ten_thousand_clusters_cost_no_more_than_their_number() -> None:
    """Each with a set of its own besides the shared ones: as many groups of sets as clusters."""
    count = 500
    sets = [resource_set("shared", name="shared", label="all")]
    clusters = []
    own = []
    for number in range(count):
        sets.append(resource_set(f"own-{number}", name=f"own-{number}", label=f"own-{number}"))
        clusters.append(cluster(f"c{number}", "all", f"own-{number}"))
        own.append(config_map({"a": manifest(name=f"agent-{number}")}, f"own-{number}"))
    found = fleet(
        sets=documents(*sets),
        clusters=documents(*clusters),
        own=documents(*own),
        shared=config_map({"a": NAMESPACE}, "shared"),
    )
    assert need(found, f"agent-{count - 1}").state == "otherSet"
