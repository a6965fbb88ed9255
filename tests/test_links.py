"""What sets select and name: joins inside the file, the kustomization, the smallest folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from crslint.fleet.entity import UNKNOWN, Unknown
from crslint.fleet.links import Link, Resource, link
from crslint.fleet.settings import External, FleetSettings
from crslint.fleet.world import World
from crslint.source.document import Document, File
from crslint.source.reader import read_file

SET = """\
apiVersion: addons.cluster.x-k8s.io/v1beta2
kind: ClusterResourceSet
metadata: {name: bootstrap, namespace: fleet}
spec:
  strategy: ApplyOnce
  clusterSelector: {matchLabels: {cni: cilium}}
  resources: [{kind: ConfigMap, name: cilium}]
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
data: {}
"""


def links(files: Mapping[str, str], settings: FleetSettings | None = None) -> tuple[Link, ...]:
    read = [read_file(path, text.encode()) for path, text in files.items()]
    return link(World(read, settings or FleetSettings(), lambda path: files[path]))


def only(files: Mapping[str, str], settings: FleetSettings | None = None) -> Link:
    (found,) = links(files, settings)
    return found


def entries(one: Link) -> tuple[Resource, ...]:
    assert not isinstance(one.resources, Unknown)
    return one.resources


def states(one: Link) -> list[str]:
    return [entry.state for entry in entries(one)]


def naming(kind: str, name: str) -> str:
    return SET.replace("{kind: ConfigMap, name: cilium}", f"{{kind: {kind}, name: {name}}}")


def joined(*documents: str) -> str:
    return "---\n".join(documents)


def places(found: Sequence[object]) -> list[str]:
    return [getattr(item, "at", "?") for item in found]


def test_one_namespace() -> None:
    one = only({"set.yaml": SET, "cluster.yaml": CLUSTER, "payload.yaml": PAYLOAD})
    assert places(one.known) == ["cluster.yaml:0#"]
    assert one.clusters == one.known
    assert one.selectable == one.known
    assert states(one) == ["present"]


@pytest.mark.parametrize(
    ("of_set", "of_other", "selected", "state"),
    [
        ("namespace: fleet", "namespace: fleet", True, "present"),
        ("namespace: fleet", "namespace: other", False, "otherNamespace"),
        ("generation: 1", "generation: 1", True, "present"),
        ("generation: 1", "namespace: fleet", UNKNOWN, "unknown"),
        ("namespace: fleet", "generation: 1", UNKNOWN, "unknown"),
        ('namespace: "${NS}"', 'namespace: "${NS}"', True, "present"),
        ('namespace: "${NS}"', 'namespace: "${OTHER}"', UNKNOWN, "unknown"),
        ('namespace: "${NS}"', "namespace: fleet", UNKNOWN, "unknown"),
    ],
)
def test_namespaces_as_spelled(of_set: str, of_other: str, selected: object, state: str) -> None:
    files = {
        "set.yaml": SET.replace("namespace: fleet", of_set),
        "cluster.yaml": CLUSTER.replace("namespace: fleet", of_other),
        "payload.yaml": PAYLOAD.replace("namespace: fleet", of_other),
    }
    one = only(files)
    assert bool(one.known) is (selected is True)
    assert (one.clusters is UNKNOWN) is (selected is UNKNOWN)
    assert states(one) == [state]
    assert bool(one.elsewhere) is (state == "otherNamespace")


@pytest.mark.parametrize(
    ("selector", "state", "error"),
    [
        ("{matchLabels: {cni: cilium}}", "valid", None),
        ("{}", "empty", None),
        ("{matchLabels: {}, matchExpressions: []}", "empty", None),
        ("null", "missing", None),
        ('"${SELECTOR}"', UNKNOWN, None),
        ("[]", UNKNOWN, None),
        ("{matchExpressions: [{key: a, operator: Near}]}", "invalid", '"Near" is not a valid label selector operator'),
    ],
)
def test_selector_states(selector: str, state: object, error: str | None) -> None:
    one = only({"set.yaml": SET.replace("{matchLabels: {cni: cilium}}", selector), "cluster.yaml": CLUSTER})
    assert one.selector == state
    assert one.selector_error == error
    assert one.known == (() if state != "valid" else one.selectable)


def test_alternatives_are_not_joined() -> None:
    """Three bundles of the same cluster, one of which has no payload."""
    found = links(
        {
            "a.yaml": joined(SET, CLUSTER, PAYLOAD),
            "b.yaml": joined(CLUSTER, SET, PAYLOAD),
            "c.yaml": joined(SET, CLUSTER),
        }
    )
    assert [places(one.known) for one in found] == [["a.yaml:1#"], ["b.yaml:0#"], ["c.yaml:1#"]]
    assert [states(one) for one in found] == [["present"], ["present"], ["missing"]]


def test_the_smallest_folder_that_holds_a_cluster() -> None:
    other = CLUSTER.replace("name: prod,", "name: other,")
    found = links({"a/set.yaml": SET, "a/deep/prod.yaml": CLUSTER, "a/prod-2.yaml": other, "b/other.yaml": CLUSTER})
    assert sorted(places(found[0].known)) == ["a/deep/prod.yaml:0#", "a/prod-2.yaml:0#"]


def test_the_nearest_copy_of_a_payload() -> None:
    found = links({"a/set.yaml": SET, "a/payload.yaml": PAYLOAD, "b/payload.yaml": PAYLOAD, "b/set.yaml": SET})
    resources = [entry for one in found for entry in entries(one)]
    assert [entry.payload.at for entry in resources if entry.payload] == ["a/payload.yaml:0#", "b/payload.yaml:0#"]


def test_two_equally_near_copies_cannot_be_told() -> None:
    assert states(only({"set.yaml": SET, "one.yaml": PAYLOAD, "two.yaml": PAYLOAD})) == ["unknown"]


GENERATOR = "configMapGenerator: [{name: cilium, files: [cilium.yaml]}]\n"
KEYED = "configMapGenerator: [{name: cilium, files: [x=data/cilium.yaml]}]\n"
BUNDLE = "apiVersion: trust.cert-manager.io/v1alpha1\nkind: Bundle\nmetadata: {name: cilium}\n"
COMPONENT = """\
apiVersion: kustomize.config.k8s.io/v1alpha1
kind: Component
patches: [{target: {kind: Cluster}, path: ../patch.yaml}]
"""


@pytest.mark.parametrize(
    ("files", "state"),
    [
        ({}, "missing"),
        ({"kustomization.yaml": GENERATOR}, "declared"),
        ({"kustomization.yaml": GENERATOR, "cilium.yaml": PAYLOAD}, "declared"),
        ({"kustomization.yaml": f"resources: [set.yaml, base.yaml]\n{GENERATOR}", "base.yaml": PAYLOAD}, "declared"),
        ({"other/kustomization.yaml": GENERATOR, "payload.yaml": PAYLOAD}, "present"),
        ({"kustomization.yaml": KEYED, "data/cilium.yaml": PAYLOAD}, "declared"),
        ({"kustomization.yaml": "patches: [{path: patch.yaml}]\n", "patch.yaml": PAYLOAD}, "missing"),
        ({"chart.yaml": "{{ if .x }}\nkind: ConfigMap\nmetadata:\n  name: cilium\n{{ end }}\n"}, "unknown"),
        ({"chart.yaml": "{{ if .x }}\nkind: ConfigMap\nmetadata:\n  name: {{ .name }}\n{{ end }}\n"}, "unknown"),
        ({"chart.yaml": "{{ if .x }}\nkind: ConfigMap\nmetadata:\n  name: {{ .name }}-calico\n{{ end }}\n"}, "missing"),
        ({"chart.yaml": "{{ if .x }}\nkind: Secret\nmetadata:\n  name: cilium\n{{ end }}\n"}, "missing"),
        ({"chart.yaml": "{{ if .x }}\nkind: Set\nspec:\n  name: cilium\n{{ end }}\n"}, "missing"),
        ({"bundle.yaml": BUNDLE}, "declared"),
        ({"kustomization.yaml": "namePrefix: ci\n", "payload.yaml": PAYLOAD.replace("cilium", "lium")}, "declared"),
        ({"kustomization.yaml": "nameSuffix: um\n", "payload.yaml": PAYLOAD.replace("cilium", "cili")}, "declared"),
        ({"kustomization.yaml": "nameSuffix: x\n", "payload.yaml": PAYLOAD.replace("cilium", "other")}, "missing"),
    ],
)
def test_who_may_provide_a_payload(files: dict[str, str], state: str) -> None:
    assert states(only({"set.yaml": SET, **files})) == [state]


@pytest.mark.parametrize(
    ("kind", "namespace", "name", "spec", "state"),
    [
        ("external-secrets.io/v1 ExternalSecret", "fleet", "x", "{target: {name: keys}}", "declared"),
        ("external-secrets.io/v1 ExternalSecret", "fleet", "keys", "{}", "declared"),
        ("external-secrets.io/v1 ExternalSecret", "other", "keys", "{}", "missing"),
        ("external-secrets.io/v1 ExternalSecret", "fleet", "keys", "{target: {name: x}}", "missing"),
        ("bitnami.com/v1alpha1 SealedSecret", "fleet", "keys", "{}", "declared"),
        ("cert-manager.io/v1 Certificate", "fleet", "x", "{secretName: keys}", "declared"),
        ("v1 ConfigMap", "fleet", "keys", "{}", "missing"),
    ],
)
def test_secrets_that_controllers_make(kind: str, namespace: str, name: str, spec: str, state: str) -> None:
    api_version, _, kind = kind.partition(" ")
    metadata = f"{{name: {name}, namespace: {namespace}}}"
    maker = f"apiVersion: {api_version}\nkind: {kind}\nmetadata: {metadata}\nspec: {spec}\n"
    assert states(only({"set.yaml": naming("Secret", "keys"), "maker.yaml": maker})) == [state]


def test_secrets_of_a_cluster() -> None:
    assert states(only({"set.yaml": naming("Secret", "prod-kubeconfig"), "c.yaml": CLUSTER})) == ["declared"]


def test_declared_external() -> None:
    settings = FleetSettings(external=(External("ConfigMap", "fleet", "cilium"),))
    assert states(only({"set.yaml": SET}, settings)) == ["declared"]
    assert states(only({"set.yaml": SET.replace("fleet", "other")}, settings)) == ["missing"]


def test_a_near_name() -> None:
    payload = PAYLOAD.replace("name: cilium,", "name: cilium-manifests,")
    files = {"set.yaml": naming("ConfigMap", "cilium-manifest"), "payload.yaml": payload}
    assert [(entry.state, entry.nearest) for entry in entries(only(files))] == [("missing", "cilium-manifests")]
    used = naming("ConfigMap", "cilium-manifests").replace("name: bootstrap,", "name: b,")
    first = links({**files, "used.yaml": used})[0]
    assert [entry.nearest for entry in entries(first)] == ["cilium-manifests"]
    changed = naming("ConfigMap", "cilium-monifests")
    first = links({**files, "set.yaml": changed, "used.yaml": used})[0]
    assert [(entry.state, entry.nearest) for entry in entries(first)] == [("missing", None)]


KUSTOMIZATION = "resources: [set.yaml, cluster.yaml]\n"


@pytest.mark.parametrize(
    ("kustomization", "labels", "selected"),
    [
        (KUSTOMIZATION, "{cni: cilium}", True),
        (KUSTOMIZATION, "{}", False),
        (f"{KUSTOMIZATION}commonLabels: {{cni: cilium}}\n", "{}", UNKNOWN),
        (f"{KUSTOMIZATION}labels: [{{pairs: {{cni: cilium}}}}]\n", "{cni: cilium}", True),
        (f"{KUSTOMIZATION}patches: [{{target: {{kind: Cluster}}, patch: '[]'}}]\n", "{}", UNKNOWN),
        (f"{KUSTOMIZATION}patches: [{{path: patch.yaml}}]\n", "{}", UNKNOWN),
        (f"{KUSTOMIZATION}patchesStrategicMerge: [patch.yaml]\n", "{}", UNKNOWN),
        (f"{KUSTOMIZATION}patches: [{{target: {{kind: Deployment}}, patch: '[]'}}]\n", "{}", False),
        (f"{KUSTOMIZATION}components: [part]\n", "{}", UNKNOWN),
    ],
)
def test_labels_that_kustomizations_change(kustomization: str, labels: str, selected: object) -> None:
    files = {
        "kustomization.yaml": kustomization,
        "patch.yaml": CLUSTER,
        "part/kustomization.yaml": COMPONENT,
        "set.yaml": SET,
        "cluster.yaml": CLUSTER.replace("{cni: cilium}", labels),
    }
    one = only(files)
    assert (UNKNOWN if one.clusters is UNKNOWN else bool(one.clusters)) is selected


def test_what_a_kustomization_moves_is_together() -> None:
    moved = {"k/kustomization.yaml": "namespace: x\nresources: [../set.yaml, ../cluster.yaml]\n"}
    files = {"set.yaml": SET, "cluster.yaml": CLUSTER.replace("namespace: fleet, ", "")}
    assert only(files).clusters is UNKNOWN
    assert places(only({**files, **moved}).known) == ["cluster.yaml:0#"]


def test_kustomizations_in_a_circle() -> None:
    files = {
        "a/kustomization.yaml": "namespace: x\nresources: [../b, set.yaml]\n",
        "b/kustomization.yaml": "commonLabels: {a: b}\nresources: [../a, cluster.yaml]\n",
        "a/set.yaml": SET,
        "b/cluster.yaml": CLUSTER,
    }
    assert places(only(files).known) == ["b/cluster.yaml:0#"]


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        ("[]", []),
        ("null", []),
        ("[{kind: ConfigMap}, {name: x}, x, {kind: Pod, name: x}, {kind: ConfigMap, name: 1}]", ["unknown"] * 5),
        ('[{kind: ConfigMap, name: "cni-${CLUSTER}"}]', ["unknown"]),
    ],
)
def test_odd_resources(resources: str, expected: list[str]) -> None:
    assert states(only({"set.yaml": SET.replace("[{kind: ConfigMap, name: cilium}]", resources)})) == expected


def test_resources_that_are_no_list() -> None:
    assert only({"set.yaml": SET.replace("[{kind: ConfigMap, name: cilium}]", '"${RESOURCES}"')}).resources is UNKNOWN


def _fleet(clusters: int) -> list[File]:
    names = [{"cni": "cilium", "name": f"c{number}"} for number in range(clusters)]
    made = [
        {"apiVersion": "cluster.x-k8s.io/v1beta2", "kind": "Cluster", "metadata": {**labels, "labels": labels}}
        for labels in names
    ]
    sets = [
        {
            "apiVersion": "addons.cluster.x-k8s.io/v1beta2",
            "kind": "ClusterResourceSet",
            "metadata": {"name": labels["name"]},
            "spec": {"clusterSelector": {"matchLabels": labels}, "resources": [{"kind": "ConfigMap", "name": "x"}]},
        }
        for labels in names
    ]
    files = [File(f"c/{n}.yaml", (Document(f"c/{n}.yaml:0#", item),)) for n, item in enumerate(made)]  # type: ignore[arg-type]
    return [*files, File("s.yaml", tuple(Document(f"s.yaml:{n}#", item) for n, item in enumerate(sets)))]  # type: ignore[arg-type]


def test_each_of_a_thousand_sets_finds_its_own_cluster() -> None:
    found = link(World(_fleet(1000), FleetSettings()))
    assert [len(one.known) for one in found] == [1] * 1000
