"""Payloads through the whole pipeline: written, read, resolved, printed."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
import yaml
from checking import DATA
from hypothesis import given
from hypothesis import strategies as st
from payload_trees import cluster, config_map, crd, documents, fleet, manifest, payloads, resource_set

from crslint.fleet.fleet import Fleet, resolve
from crslint.fleet.payloads import contract
from crslint.source.reader import read_file

VECTORS = DATA / "payload-vectors.json"
ARGOCD = DATA / "payloads"

NAMESPACE = manifest("Namespace", "tools", "")
ACCOUNT = manifest()
LONG = "# nothing but words, more than 32 bytes of them\n"

STYLES = {"json": None, "plain": None, "double": '"', "single": "'", "literal": "|"}


def written(document: dict[str, Any], style: str) -> str:
    if style == "json":
        return json.dumps(document)
    return yaml.dump(document, Dumper=yaml.CSafeDumper, default_style=STYLES[style])


def described(text: str) -> list[dict[str, Any]]:
    return [contract(item) for item in payloads(resolve([read_file("a.yaml", text.encode())]))]


@pytest.mark.skipif(not VECTORS.exists(), reason="the vectors are not here")
@pytest.mark.parametrize("style", STYLES)
def test_every_vector_however_the_configmap_is_written(style: str) -> None:
    vectors = json.loads(VECTORS.read_text())
    files = []
    for number, vector in enumerate(vectors):
        document = {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": f"v{number}", "namespace": "default"},
            "data": vector["data"],
        }
        files.append(read_file(f"{number}.yaml", written(document, style).encode()))
    found = {item.name: contract(item) for item in payloads(resolve(files))}
    assert len(found) == len(vectors)
    for number, vector in enumerate(vectors):
        payload = found[f"v{number}"]
        objects = payload["objects"]
        assert isinstance(objects, list)
        assert (payload["refused"] is not None) == vector["refused"], vector["name"]
        assert [{**item, "at": None} for item in objects] == [{**item, "at": None} for item in vector["objects"]], (
            vector["name"]
        )


def test_what_is_printed() -> None:
    (printed,) = described(config_map({"b.yaml": ACCOUNT, "a.yaml": NAMESPACE}))
    assert printed == {
        "at": "a.yaml:0#",
        "kind": "ConfigMap",
        "namespace": "fleet",
        "name": "payload",
        "keys": ["a.yaml", "b.yaml"],
        "refused": None,
        "objects": [
            {
                "apiVersion": "v1",
                "kind": "Namespace",
                "namespace": "",
                "name": "tools",
                "at": "a.yaml:0!/data/a.yaml:0#",
            },
            {
                "apiVersion": "v1",
                "kind": "ServiceAccount",
                "namespace": "tools",
                "name": "agent",
                "at": "a.yaml:0!/data/b.yaml:0#",
            },
        ],
    }


def secret(fields: str) -> str:
    return (
        "apiVersion: v1\nkind: Secret\nmetadata: {name: payload, namespace: fleet}\n"
        f"type: addons.cluster.x-k8s.io/resource-set\n{fields}"
    )


def test_a_secret_is_decoded_and_string_data_wins() -> None:
    encoded = base64.b64encode(NAMESPACE.encode()).decode()
    fields = {"data": {"b.yaml": encoded, "c.yaml": encoded}, "stringData": {"a.yaml": ACCOUNT, "b.yaml": ACCOUNT}}
    (printed,) = described(secret(yaml.safe_dump(fields)))
    assert [item["kind"] for item in printed["objects"]] == ["ServiceAccount", "ServiceAccount", "Namespace"]
    assert [item["at"] for item in printed["objects"]] == [
        "a.yaml:0!/stringData/a.yaml:0#",
        "a.yaml:0!/stringData/b.yaml:0#",
        "a.yaml:0!/data/c.yaml:0#",
    ]


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        ("binaryData: {a.yaml: AAAA}\n", "it has no data, and nothing else is read"),
        ("data: {}\n", "it has no data, and nothing else is read"),
        ("", "it has no data, and nothing else is read"),
        ("data: {a: short}\n", "the value has 5 bytes, the controller needs 32"),
    ],
)
def test_refused(text: str, refused: str) -> None:
    (printed,) = described(f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: payload}}\n{text}")
    assert (printed["refused"], printed["objects"]) == (refused, [])


@pytest.mark.parametrize(
    "text",
    ["data: ${CNI}\n", 'data: {a: "${CNI}"}\n', "data: 5\n", "data: [a]\n", "data: {a: [1]}\n", "data: {a: null}\n"],
)
def test_what_cannot_be_told_is_neither_refused_nor_applied(text: str) -> None:
    tree = f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: payload, namespace: fleet}}\n{text}"
    found = fleet(sets=resource_set("payload"), payload=tree)
    (payload,) = payloads(found)
    assert payload.in_use
    assert payload.refused is None
    assert "objects" not in payload.facts()
    assert "keys" not in payload.facts()
    assert found.entities.get("payloadObject", []) == []


KINDS = st.sampled_from(["Namespace", "ConfigMap", "ServiceAccount", "Service", "ClusterRole", "Endpoints", "Secret"])


@given(st.dictionaries(st.sampled_from(["a-b", "10-b", "2-b", "B-b", "é-b"]), st.lists(KINDS, min_size=1, max_size=5)))
def test_order_of_application(kinds: dict[str, list[str]]) -> None:
    """Keys by bytes; within a key Namespaces first and then as written among equals, never across keys."""
    texts = {
        key: documents(*(manifest(kind, f"{key}-{place}") for place, kind in enumerate(listed)))
        for key, listed in kinds.items()
    }
    (printed,) = described(written_by_hand(texts)) if texts else [{"keys": [], "objects": []}]
    assert printed["keys"] == sorted(kinds, key=str.encode)
    rank = ["Namespace", "Secret", "ConfigMap", "ServiceAccount", "Service"]
    expected = []
    for key in printed["keys"]:
        named = [(kind, f"{key}-{place}") for place, kind in enumerate(kinds[key])]
        expected += sorted(named, key=lambda item: rank.index(item[0]) if item[0] in rank else rank.index("Service"))
    assert [(item["kind"], item["name"]) for item in printed["objects"]] == expected


def written_by_hand(texts: dict[str, str]) -> str:
    return written(
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "payload", "namespace": "fleet"}, "data": texts},
        "double",
    )


def in_use(found: Fleet) -> dict[object, bool]:
    return {item.name: item.in_use for item in payloads(found)}


def test_what_a_set_names_is_in_use_and_what_only_looks_so_is_not() -> None:
    found = fleet(
        sets=resource_set("named"),
        named=config_map({"a.yaml": LONG}, "named"),
        looks=config_map({"a.yaml": ACCOUNT}, "looks"),
        other=config_map({"a.txt": "just some words"}, "other"),
    )
    assert in_use(found) == {"named": True, "looks": False}


LOCAL_PATH = config_map(
    {
        "config.json": '{"nodePathMap": [], "sharedFileSystemPath": ""}\n',
        "helperPod.yaml": manifest("Pod", "helper", ""),
    },
    "local-path",
)
PROVIDER = config_map({"components": ACCOUNT}, "provider").replace(
    "namespace: fleet}", "namespace: fleet, labels: {provider.cluster.x-k8s.io/name: metal3}}"
)
CONFIGURATION = "apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\n"
KUBE_PROXY = config_map({"config.conf": CONFIGURATION}, "kube-proxy")


def test_without_any_set_only_what_holds_objects_and_nothing_else_is_judged() -> None:
    found = fleet(payload=config_map({"a.yaml": ACCOUNT}), local=LOCAL_PATH, provider=PROVIDER, proxy=KUBE_PROXY)
    assert in_use(found) == {"payload": True, "local-path": False, "provider": False, "kube-proxy": False}


def test_a_value_that_is_too_short_does_not_hide_a_payload() -> None:
    text = config_map({"a.yaml": ACCOUNT}) + "  version: v1\n"
    assert in_use(fleet(payload=text)) == {"payload": True}


def test_scope_by_the_definitions_of_the_input() -> None:
    found = fleet(
        sets=resource_set("payload"),
        payload=config_map({"a.yaml": documents(crd(), manifest("Widget", "one", "", "example.com/v1"))}),
        types=crd("plain.example.com", "Gadget", "Cluster"),
    )
    scopes = {item.name: item.facts().get("scope") for item in found.entities["payloadObject"]}  # type: ignore[attr-defined]
    assert scopes == {"widgets.example.com": "Cluster", "one": "Namespaced"}


def test_clusters_and_strategy_of_a_payload() -> None:
    found = fleet(
        sets=documents(
            resource_set("payload"), resource_set("payload", name="two", label="other", strategy="Reconcile")
        ),
        clusters=documents(cluster("b", "bootstrap"), cluster("a", "other"), cluster("c", "third")),
        payload=config_map({"a.yaml": ACCOUNT}),
    )
    (payload,) = payloads(found)
    assert payload.clusters == ["fleet/a", "fleet/b"]
    assert payload.apply_once is False
    assert payload.used_by == ["sets.yaml:0#", "sets.yaml:1#"]


def document_of(data: dict[str, str], **metadata: object) -> str:
    whole = {"name": "payload", "namespace": "fleet", **metadata}
    return json.dumps({"apiVersion": "v1", "kind": "ConfigMap", "metadata": whole, "data": data})


def compact(name: str) -> tuple[object, object]:
    path = ARGOCD / name
    if not path.exists():
        pytest.skip("the real payloads are not here")
    document = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "payload"},
        "data": {"a": path.read_text()},
    }
    (payload,) = payloads(resolve([read_file("a.yaml", json.dumps(document).encode())]))
    return payload.size, payload.compact_size


@pytest.mark.parametrize(
    ("name", "size", "repacked"),
    [
        ("argocd-install-v3.5.1.yaml", 1_917_766, 633_660),
        ("argocd-install-v2.7.18.yaml", 971_989, 339_031),
        ("argocd-install-v2.9.22.yaml", 1_219_614, 406_753),
    ],
)
def test_sizes_of_argocd(name: str, size: int, repacked: int) -> None:
    assert compact(name) == (size, repacked)


def applied(data: dict[str, str], **metadata: object) -> object:
    (payload,) = payloads(resolve([read_file("a.yaml", document_of(data, **metadata).encode())]))
    return payload.applied_size


def test_size_of_the_annotation_as_go_writes_it() -> None:
    key = "kubectl.kubernetes.io/last-applied-configuration"
    base = (
        '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"payload","namespace":"fleet","annotations":{}},'
        '"data":{"a":""}}\n'
    )
    assert applied({"a": ""}) == len(key) + len(base)
    assert applied({"a": '<é>&\n"'}) == len(key) + len(base) + 3 * 6 + 2 + 2 * 2
    noted = len('"note":"long"') + len("notelong")
    assert applied({"a": ""}, annotations={"note": "long", key: "x" * 1000}) == len(key) + len(base) + noted


@pytest.mark.skipif(not (DATA / "corpus").exists(), reason="the corpus is not here")
def test_a_real_payload_that_is_larger_as_a_file_than_as_kubectl_writes_it() -> None:
    path = DATA / "corpus/RatanVMistry+gitops-capi-argocd-lab/clusters/addons/calico-manifests-configmap.yaml"
    (payload,) = payloads(resolve([read_file("a.yaml", path.read_bytes())]))
    assert path.stat().st_size > 262_144
    assert payload.applied_size == 260_636
