"""Schemas that users give, list and add."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from subjects import Given

from crslint.schema.catalogue import add, known_kinds
from crslint.schema.fault import SchemaFileError
from crslint.schema.given import given_schemas
from crslint.schema.registry import Registry
from crslint.schema.validation import validate

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
    schema:
      openAPIV3Schema:
        type: object
        description: prose
        properties:
          spec: {type: object, properties: {size: {type: integer, description: prose}}}
  - {name: v0, served: false, storage: false}
"""


def faults(folders: list[Path], **spec: object) -> list[tuple[str, str]]:
    foo = Given("f.yaml:0#", {"apiVersion": "example.com/v1", "kind": "Foo", "spec": spec})
    judgement = validate([foo], Registry(folders=folders, cached=False))
    return [(problem.code, problem.at.partition("#")[2]) for problem in judgement.problems]


def test_a_folder_of_crds(tmp_path: Path) -> None:
    (tmp_path / "foo.yaml").write_text(CRD)
    (tmp_path / "README.md").write_text("no schema")
    (tmp_path / "other.yaml").write_text("a: 1\n")
    assert faults([tmp_path], size=1) == []
    assert faults([tmp_path], size="big", colour="red") == [("SCH002", "/spec/colour"), ("SCH001", "/spec/size")]


def test_an_added_schema_judges_as_its_crd(tmp_path: Path) -> None:
    (tmp_path / "foo.yaml").write_text(CRD)
    (written,) = add(tmp_path / "foo.yaml", tmp_path / "schemas")
    assert written == tmp_path / "schemas" / "example.com" / "Foo.json"
    text = written.read_text()
    assert "prose" not in text
    assert list(json.loads(text)["versions"]) == ["v1"]
    assert faults([tmp_path / "schemas"], size="big") == faults([tmp_path / "foo.yaml"], size="big") != []


def test_a_json_schema_that_names_its_kind(tmp_path: Path) -> None:
    schema = {
        "x-kubernetes-group-version-kind": [{"group": "example.com", "version": "v1", "kind": "Foo"}],
        "type": "object",
        "properties": {
            "spec": {"type": "object", "properties": {"size": {"type": "integer"}, "far": {"$ref": "https://a.b/c"}}}
        },
    }
    (tmp_path / "foo.json").write_text(json.dumps(schema))
    assert faults([tmp_path], size="big", far={"any": "thing"}) == [("SCH001", "/spec/size")]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.yaml", "a: [\n"),
        ("a.yaml", "kind: ConfigMap\n"),
        ("a.json", "{"),
        ("a.json", "[]"),
        ("a.yaml", "kind: CustomResourceDefinition\nspec: [1]\n"),
        ("a.yaml", "kind: CustomResourceDefinition\n"),
    ],
)
def test_a_named_file_must_be_a_schema(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(SchemaFileError, match="a\\."):
        list(given_schemas([tmp_path / name]))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SchemaFileError, match="nowhere"):
        list(given_schemas([tmp_path / "nowhere.yaml"]))


def test_the_list_says_from_where(tmp_path: Path) -> None:
    (tmp_path / "foo.yaml").write_text(CRD)
    known = {(each.group, each.kind): each for each in known_kinds([tmp_path], "1.31")}
    assert known["example.com", "Foo"].origin == str(tmp_path / "foo.yaml")
    assert known["apps", "Deployment"].origin == "Kubernetes 1.31"
    assert known["cilium.io", "CiliumBGPPeerConfig"].origin == "crslint (1.15.0 to 1.20.0)"
    assert known["cluster.x-k8s.io", "Cluster"].versions[-2:] == ("v1beta1", "v1beta2")


def test_every_kind_of_the_pattern_has_a_schema() -> None:
    kinds = {each.kind for each in known_kinds([], None)}
    wanted = """
    Cluster ClusterClass MachineDeployment MachineHealthCheck MachinePool Machine KubeadmControlPlane
    KubeadmControlPlaneTemplate KubeadmConfig KubeadmConfigTemplate ClusterResourceSet ClusterResourceSetBinding
    Metal3Cluster Metal3ClusterTemplate Metal3Machine Metal3MachineTemplate Metal3DataTemplate Metal3Remediation
    Metal3RemediationTemplate IPPool BareMetalHost HelmChartProxy Application ApplicationSet AppProject
    CiliumBGPPeeringPolicy CiliumBGPClusterConfig CiliumBGPPeerConfig CiliumBGPAdvertisement
    CiliumBGPNodeConfigOverride CiliumBGPNodeConfig CiliumLoadBalancerIPPool CiliumL2AnnouncementPolicy
    CiliumNodeConfig CiliumPodIPPool SealedSecret ExternalSecret SecretStore Rollout Kustomization
    """
    assert set(wanted.split()) <= kinds
