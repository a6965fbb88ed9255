"""The schema stage: which schema judges an object, and what it says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from subjects import Given

from crslint.finding import Problem
from crslint.schema import builtin
from crslint.schema.formats import accepts
from crslint.schema.patterns import matches
from crslint.schema.registry import Registry
from crslint.schema.structural import Judge
from crslint.schema.validation import validate
from crslint.schema.words import reason


def problems(
    text: str, *, partial: bool = False, crds: Sequence[Mapping[str, Any]] = (), **settings: Any
) -> list[tuple[str, str, str]]:
    """(code, pointer, what is said) of each problem of the documents of a text."""
    documents = list(yaml.safe_load_all(text))
    subjects = [Given(f"f.yaml:{index}#", data, partial) for index, data in enumerate(documents)]
    judgement = validate(subjects, Registry(crds, cached=False, **settings))
    return [(problem.code, problem.at.partition("#")[2], said(problem)) for problem in judgement.problems]


def said(problem: Problem) -> str:
    say = problem.parameters
    return str(say.get("reason", "")) + str(say.get("suggestion", ""))


SET = """
apiVersion: addons.cluster.x-k8s.io/v1beta2
kind: ClusterResourceSet
metadata: {name: cni, namespace: default}
spec:
  clusterSelector: {matchLabels: {cni: cilium}}
  resources: [{kind: ConfigMap, name: cilium}]
  strategy: ApplyOnce
"""

CRD = """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: foos.example.com}
spec:
  group: example.com
  names: {kind: Foo, plural: foos}
  scope: Namespaced
  versions:
  - name: v1
    served: true
    storage: true
    schema: {openAPIV3Schema: SCHEMA}
"""


def crd(schema: object) -> Mapping[str, Any]:
    content = yaml.safe_load(CRD)
    content["spec"]["versions"][0]["schema"]["openAPIV3Schema"] = schema
    assert isinstance(content, dict)
    return content


def foo(spec: str) -> str:
    return f"apiVersion: example.com/v1\nkind: Foo\nmetadata: {{name: one, namespace: default}}\nspec: {spec}\n"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("ApplyOnce", "Once", ("SCH001", "/spec/strategy", '"Once" is none of ApplyOnce, Reconcile')),
        ("ApplyOnce", "7", ("SCH001", "/spec/strategy", "7 is an integer, not a string")),
        ("name: cilium}", "}", ("SCH001", "/spec/resources/0/name", "it is required")),
        ("kind: ConfigMap, ", "", ("SCH001", "/spec/resources/0/kind", "it is required")),
        ("strategy:", "stratgy:", ("SCH002", "/spec/stratgy", "; did you mean strategy?")),
        ("metadata: {", "metadata: {lables: {a: b}, ", ("SCH002", "/metadata/lables", "; did you mean labels?")),
        ("cni: cilium", "cni: true", ("SCH001", "/spec/clusterSelector/matchLabels/cni", "true is a boolean")),
        ("[{kind: ConfigMap, name: cilium}]", "[]", ("SCH001", "/spec/resources", "0 items are fewer than 1")),
        ("name: cni", "name: 7", ("SCH001", "/metadata/name", "7 is an integer, not a string")),
    ],
)
def test_faults_of_a_set(old: str, new: str, expected: tuple[str, str, str]) -> None:
    assert problems(SET) == []
    found = problems(SET.replace(old, new, 1))
    assert any(
        code == expected[0] and at == expected[1] and text.startswith(expected[2]) for code, at, text in found
    ), found


def test_variables_match_anything() -> None:
    assert problems(SET.replace("ApplyOnce", "${STRATEGY}").replace("ConfigMap", "'{{ kind }}'")) == []


def test_what_sops_adds_is_no_unknown_field() -> None:
    secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ndata: {a: 'ENC[x,y]'}\nsops: {mac: x}\n"
    assert problems(secret) == []
    assert [code for code, _, _ in problems(secret.replace("mac", "max"))] == ["SCH002", "SCH001"]


def test_a_patch_need_not_be_whole() -> None:
    patch = (
        "apiVersion: addons.cluster.x-k8s.io/v1beta2\nkind: ClusterResourceSet\nspec: {$patch: replace, strategy: X}\n"
    )
    assert [at for _, at, _ in problems(patch, partial=True)] == ["/spec/strategy"]
    assert "/spec/clusterSelector" in [at for _, at, _ in problems(patch)]


def test_crds_of_the_input_come_first() -> None:
    schema = {"type": "object", "properties": {"spec": {"type": "object", "properties": {"size": {"type": "integer"}}}}}
    assert problems(foo("{size: 1}"), crds=[crd(schema)]) == []
    assert problems(foo("{size: big, shape: round}"), crds=[crd(schema)]) == [
        ("SCH002", "/spec/shape", ""),
        ("SCH001", "/spec/size", '"big" is a string, not an integer'),
    ]
    assert [code for code, _, _ in problems(foo("{size: big}"))] == ["SCH003"]


def test_a_crd_of_the_input_replaces_ours() -> None:
    mine = crd({"type": "object", "x-kubernetes-preserve-unknown-fields": True})
    content = {**mine, "spec": {**mine["spec"], "group": "cilium.io", "names": {"kind": "CiliumBGPPeerConfig"}}}
    text = foo("{anything: goes}").replace("example.com/v1", "cilium.io/v1").replace("Foo", "CiliumBGPPeerConfig")
    assert problems(text, crds=[content]) == []


def test_metadata_is_never_unknown_where_anything_is_kept() -> None:
    schema = {"type": "object", "properties": {"metadata": {"type": "object"}}}
    assert problems(foo("{a: 1}"), crds=[crd({**schema, "x-kubernetes-preserve-unknown-fields": True})]) == []


@pytest.mark.parametrize(
    "content",
    [
        {"kind": "CustomResourceDefinition"},
        {"spec": None},
        {"spec": {"group": 1, "names": {"kind": []}, "versions": [{"name": "v1"}]}},
        {"spec": {"group": "a", "names": {"kind": "Foo"}, "versions": "many"}},
        {"spec": {"group": "example.com", "names": {"kind": "Foo"}, "versions": [{"name": "v1", "schema": "x"}]}},
    ],
)
def test_a_crd_of_wrong_shape_declares_nothing(content: dict[str, Any]) -> None:
    assert [code for code, _, _ in problems(foo("{}"), crds=[content])] == ["SCH003"]


def test_a_reference_is_not_fetched(tmp_path: Path) -> None:
    (tmp_path / "secret.json").write_text('{"type": "string"}')
    for reference in (f"file://{tmp_path}/secret.json", "http://127.0.0.1:1/x.json", "#/$defs/missing"):
        schema = {"type": "object", "properties": {"spec": {"$ref": reference}}}
        assert problems("---\n".join([foo("{a: 1}")] * 20), crds=[crd(schema)]) == []


def test_hostile_patterns_take_no_time() -> None:
    assert not matches("^(a+)+$", "a" * 5000 + "!")
    assert matches("^(a+)+$", "aaa")
    assert matches(r"(?=look)ahead", "not checked")
    schema = {"type": "object", "properties": {"spec": {"type": "string", "pattern": "((((a{99}){99}){99}){99}){99}"}}}
    assert problems(foo("text"), crds=[crd(schema)]) == []


def test_groups_of_built_in_kinds_are_compared_in_full() -> None:
    deployment = "apiVersion: {}/v1\nkind: Deployment\nmetadata: {{name: a}}\nspec: {{replicas: many}}\n"
    assert "SCH001" in {code for code, _, _ in problems(deployment.format("apps"))}
    assert [code for code, _, _ in problems(deployment.format("apps.example.com"))] == ["SCH003"]


def test_built_in_kinds_report_all_errors_and_take_null() -> None:
    text = """
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: a, creationTimestamp: null}
spec:
  selector: {matchLabels: {a: b}}
  replica: 3
  template:
    metadata: {labels: null}
    spec:
      nodeSelector: null
      containers:
      - name: a
        image: [b]
        ports: [{containerPort: "80"}]
        resources: {limits: {cpu: 1, memory: 1Gi}}
status: {whatever: true}
"""
    assert {(code, at) for code, at, _ in problems(text)} == {
        ("SCH002", "/spec/replica"),
        ("SCH001", "/spec/template/spec/containers/0/image"),
        ("SCH001", "/spec/template/spec/containers/0/ports/0/containerPort"),
    }


@pytest.mark.parametrize("minor", builtin.minors())
def test_every_kubernetes_version_has_workloads(minor: str) -> None:
    assert builtin.closure(minor, "apps", "v1", "Deployment") is not None


def test_the_configured_kubernetes_version_is_used() -> None:
    text = "apiVersion: flowcontrol.apiserver.k8s.io/v1beta2\nkind: FlowSchema\nmetadata: {name: a}\nspec: {}\n"
    assert "SCH003" not in {code for code, _, _ in problems(text, kubernetes="1.25")}
    assert [code for code, _, _ in problems(text, kubernetes="v1.33.4")] == ["SCH003"]


def test_fields_by_release() -> None:
    policy = """
apiVersion: cilium.io/v2alpha1
kind: CiliumBGPPeeringPolicy
metadata: {name: a}
spec:
  virtualRouters:
  - localASN: 64512
    neighbors: [{peerAddress: 192.0.2.1/32, peerASN: 64513, authSecretRef: x}]
"""
    where = "/spec/virtualRouters/0/neighbors/0/authSecretRef"
    assert problems(policy) == []
    assert problems(policy, releases={"cilium": "1.15.3"}) == []
    assert problems(policy, releases={"cilium": "1.14.5"}) == [("SCH002", where, "; it came with 1.15.0")]


def test_between_two_known_releases_either_shape_is_taken() -> None:
    application = """
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: a, namespace: argocd}
spec:
  project: default
  destination: {name: in-cluster}
  source: {repoURL: https://example.com, path: ., kustomize: {labelWithoutSelector: true}}
"""
    assert problems(application, releases={"argocd": "2.12.0"}) == []
    assert [code for code, _, _ in problems(application, releases={"argocd": "2.9.22"})] == ["SCH002"]


def test_lists_keyed_by_a_field() -> None:
    config = """
apiVersion: cilium.io/v2
kind: CiliumBGPClusterConfig
metadata: {name: a}
spec:
  bgpInstances:
  - {name: one, peers: [{name: a, peerASN: 1}, {name: a, peerASN: 2}]}
"""
    assert problems(config) == [
        ("SCH001", "/spec/bgpInstances/0/peers/1", "this mapping repeats the key of an earlier entry")
    ]


def test_the_branch_that_fits_best_is_worded() -> None:
    schema = {
        "type": "object",
        "x-kubernetes-preserve-unknown-fields": True,
        "properties": {
            "spec": {
                "x-kubernetes-preserve-unknown-fields": True,
                "anyOf": [{"type": "integer"}, {"properties": {"port": {"type": "integer"}}}],
            }
        },
    }
    faults = Judge(schema).faults({"spec": {"port": "x"}})
    assert reason(next(fault for fault in faults if fault.kind == "anyOf")) == 'port: "x" is a string, not an integer'


def test_a_field_of_another_version_is_named() -> None:
    cluster = """
apiVersion: cluster.x-k8s.io/v1beta2
kind: Cluster
metadata: {name: a, namespace: default}
spec:
  infrastructureRef: {apiVersion: infrastructure.cluster.x-k8s.io/v1beta1, kind: Metal3Cluster, name: a}
"""
    assert problems(cluster) == [("SCH007", "/spec/infrastructureRef/apiVersion", "it is unknown here")]
    longer = cluster.replace("apiVersion: infrastructure.cluster.x-k8s.io/v1beta1", "apiGroup: x.y, namespace: z")
    assert problems(longer) == [("SCH002", "/spec/infrastructureRef/namespace", "; it is a field of v1beta1")]


@pytest.mark.parametrize("text", ["10.0.0.1", "010.000.0.255", "0.0.0.00001", "::1.2.3.4"])
def test_ipv4_as_go_reads_it(text: str) -> None:
    assert accepts("ipv4", text)


@pytest.mark.parametrize(
    "text", ["256.0.0.1", "1.2.3", "1.2.3.4.5", "1.2.3.", "1.2.3.\u0663", "1.2.3.+4", f"1.2.3.{'1' * 5000}"]
)
def test_no_ipv4(text: str) -> None:
    assert not accepts("ipv4", text)


def test_a_kept_closure_is_what_was_kept() -> None:
    made = builtin.closure(builtin.minors()[-1], "apps", "v1", "Deployment")
    read = builtin.read_closure(builtin.written_closure(made))
    assert made is not None
    assert read is not None
    assert (read.schema, dict(read.definitions)) == (made.schema, made.definitions)
    assert builtin.read_closure(builtin.written_closure(None)) is None


def test_a_kind_that_nobody_knows_is_counted_once() -> None:
    judgement = validate(
        [Given(f"f.yaml:{index}#", {"apiVersion": "a.b/v1", "kind": "X"}) for index in range(3)], Registry()
    )
    assert [(problem.at, problem.parameters["count"]) for problem in judgement.problems] == [("f.yaml:0#", 3)]
    assert [(entry.reason, entry.at) for entry in judgement.not_checked] == [("no-schema", "f.yaml:0#")]


@pytest.mark.parametrize("version", ["v1", "cilium.io/v2", f"{'é' * 90}.io/v1"])
def test_a_kind_may_be_no_name_of_a_file(version: str) -> None:
    data = {"apiVersion": version, "kind": "\U0001d400" * 100}
    assert validate([Given("f.yaml:0#", data)], Registry()).not_checked[0].reason == "no-schema"


@pytest.mark.parametrize("data", [{"kind": "X"}, {"apiVersion": ["v1"], "kind": "X"}, {"apiVersion": "v1", "kind": {}}])
def test_what_has_no_kind_is_left_out(data: dict[str, Any]) -> None:
    judgement = validate([Given("f.yaml:0#", data)], Registry())
    assert (judgement.problems, judgement.not_checked) == ((), ())
