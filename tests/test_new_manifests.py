"""Manifests of the user's on their way into payloads: what is made of them, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from test_new import CLUSTER, assert_clean, objects, refused, run_new, with_answers

from crslint.fix.new.agreement import agreed_values
from crslint.fix.new.answers import Versions, cluster_of
from crslint.fix.new.ciliumvalues import chosen, decided, nested
from crslint.fix.new.manifests import ManifestError, as_yaml, read_manifest
from crslint.fleet.charts.rendering import render

PEM = "-----BEGIN RSA PRIVATE KEY-----\nbm90IGEga2V5\n-----END RSA PRIVATE KEY-----\n"
VERSION = "1.18.9"

_CRD = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: {plural}.argoproj.io
spec:
  group: argoproj.io
  scope: Namespaced
  names: {{kind: {kind}, plural: {plural}}}
  versions:
    - name: v1alpha1
      served: true
      storage: true
      schema: {{openAPIV3Schema: {{type: object, x-kubernetes-preserve-unknown-fields: true}}}}
"""
KINDS = (("Application", "applications"), ("AppProject", "appprojects"))
APPLICATIONS = "---\n".join(_CRD.format(kind=kind, plural=plural) for kind, plural in KINDS)
ENGINE = """\
apiVersion: v1
kind: ServiceAccount
metadata:
  name: argocd-server
apiVersion: apps/v1
kind: Deployment
metadata:
  name: argocd-server
spec:
  selector:
    matchLabels: {app: argocd-server}
  template:
    metadata:
      labels: {app: argocd-server}
    spec:
      serviceAccountName: argocd-server
      tolerations: [{operator: Exists}]
      containers:
        - name: server
          image: quay.io/argoproj/argocd:v3.5.1
"""


def cilium(values: dict[str, Any] | None = None, *, environment: dict[str, str] | None = None) -> str:
    """A Cilium as the chart renders it for the cluster, of what is compared."""
    cluster = cluster_of(CLUSTER)
    wanted = nested({**decided(cluster), **chosen(cluster)})
    for key, value in (values or {}).items():
        wanted[key] = {**wanted[key], **value} if isinstance(wanted.get(key), dict) else value
    config = render(VERSION, wanted, kubernetes="1.34.2").config
    assert config is not None
    variables = environment or {
        "KUBERNETES_SERVICE_HOST": cluster.endpoint,
        "KUBERNETES_SERVICE_PORT": str(cluster.port),
    }
    spec = {
        "selector": {"matchLabels": {"k8s-app": "cilium"}},
        "template": {
            "metadata": {"labels": {"k8s-app": "cilium"}},
            "spec": {
                "hostNetwork": True,
                "tolerations": [{"operator": "Exists"}],
                "containers": [
                    {
                        "name": "cilium-agent",
                        "image": f"quay.io/cilium/cilium:v{VERSION}",
                        "env": [{"name": name, "value": value} for name, value in variables.items()],
                    }
                ],
            },
        },
    }
    documents = [
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "cilium-config", "namespace": "kube-system"},
            "data": config,
        },
        {
            "apiVersion": "apps/v1",
            "kind": "DaemonSet",
            "metadata": {"name": "cilium", "namespace": "kube-system"},
            "spec": spec,
        },
    ]
    return "---\n# rendered\n" + "---\n".join(yaml.safe_dump(each, sort_keys=False) for each in documents)


def secret(**values: str) -> str:
    data = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "cilium-ca", "namespace": "kube-system"}}
    return "---\n" + yaml.safe_dump({**data, "stringData": values})


def fleet_of(folder: Path, answers: dict[str, Any], **files: str) -> tuple[Path, str]:
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text)
    (folder / "answers.yaml").write_text(yaml.safe_dump(answers))
    done = run_new(folder, "fleet", "--answers", "answers.yaml")
    assert done.code == 0, done.out + done.err
    return folder / "fleet", done.err


def test_argo_cd_gets_what_it_lacks(tmp_path: Path) -> None:
    fleet, notes = fleet_of(tmp_path, with_answers(("argocd", "engine.yaml")), engine=f"{ENGINE}---\n{APPLICATIONS}")
    assert_clean(fleet)
    assert notes == (
        "engine.yaml: put 1 missing --- between objects\n"
        "engine.yaml: gave 2 objects the namespace argocd\n"
        "engine.yaml: put the Namespace argocd first\n"
    )
    payload = next(each for each in objects(fleet, "ConfigMap") if each["metadata"]["name"] == "argocd")
    found = [(each["kind"], each["metadata"].get("namespace")) for each in json.loads(payload["data"]["argocd.json"])]
    assert found == [
        ("Namespace", None),
        ("CustomResourceDefinition", None),
        ("CustomResourceDefinition", None),
        ("ServiceAccount", "argocd"),
        ("Deployment", "argocd"),
    ]
    separated = f"{ENGINE}---\n{APPLICATIONS}".replace("apiVersion: apps/v1", "---\napiVersion: apps/v1")
    assert (fleet / "base/argocd/install.yaml").read_text() == separated


def test_a_manifest_with_its_own_namespace_gets_no_second_one(tmp_path: Path) -> None:
    own = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: argocd\n"
    separated = ENGINE.replace("apiVersion: apps/v1", "---\napiVersion: apps/v1")
    engine = f"{separated}---\n{APPLICATIONS}---\n{own}"
    fleet, notes = fleet_of(tmp_path, with_answers(("argocd", "engine.yaml")), engine=engine)
    assert_clean(fleet)
    assert notes == "engine.yaml: gave 2 objects the namespace argocd\n"
    assert not (fleet / "base/argocd/namespace.yaml").exists()
    kustomization = yaml.safe_load((fleet / "base/argocd/kustomization.yaml").read_text())
    assert kustomization["resources"] == ["install.yaml"]


def test_what_is_too_large_for_one_configmap_goes_over_several_in_order(tmp_path: Path) -> None:
    filler = "".join(
        f"---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: filler-{number}\ndata:\n  text: {'x' * 300_000}\n"
        for number in range(6)
    )
    fleet, _ = fleet_of(
        tmp_path, with_answers(("argocd", "engine.yaml")), engine=f"{APPLICATIONS}---\n{ENGINE}{filler}"
    )
    assert_clean(fleet)
    (found,) = objects(fleet, "ClusterResourceSet")
    names = [each["name"] for each in found["spec"]["resources"]]
    assert names == ["cilium-prod-01", "argocd-1", "argocd-2", "root-prod-01"]
    payloads = {each["metadata"]["name"]: each for each in objects(fleet / "management", "ConfigMap")}
    parts = [payloads[name]["data"]["argocd.json"] for name in names[1:3]]
    assert all(len(part) <= 1_048_576 for part in parts)
    every = [each["metadata"]["name"] for part in parts for each in json.loads(part)]
    assert every[0] == "argocd"
    assert every[-6:] == [f"filler-{number}" for number in range(6)]
    annotations = payloads["argocd-1"]["metadata"]["annotations"]
    assert annotations == {"argocd.argoproj.io/sync-options": "ServerSideApply=true"}
    assert "kubectl apply --server-side --filename management/bootstrap/" in (fleet / "README.md").read_text()


def test_cilium_stays_as_it_was_written_and_loses_private_keys(tmp_path: Path) -> None:
    answers = with_answers(("environments.0.clusters.0.cilium", "cilium.yaml"))
    text = cilium({"hubble": {"enabled": True, "tls": {"auto": {"method": "cronJob"}}}})
    fleet, notes = fleet_of(tmp_path, answers, cilium=text + secret(**{"ca.crt": "a certificate", "ca.key": PEM}))
    assert_clean(fleet)
    assert notes == (
        "cilium.yaml: left out Secret kube-system/cilium-ca: "
        "it holds a private key, and a ConfigMap in Git can be read\n"
    )
    payload = next(each for each in objects(fleet, "ConfigMap") if each["metadata"]["name"] == "cilium-prod-01")
    assert payload["data"]["cilium.yaml"] == text.removeprefix("---\n")
    for path in fleet.rglob("*"):
        assert not path.is_file() or "PRIVATE KEY" not in path.read_text()


@pytest.mark.parametrize(
    "values",
    [
        {"cluster": {"name": "prod", "id": 3}},
        {"operator": {"replicas": 1}},
        {"MTU": 1400},
        {"bpf": {"masquerade": True}, "l2announcements": {"enabled": True}},
        {"loadBalancer": {"algorithm": "maglev", "acceleration": "native"}},
        {"devices": "eth0", "debug": {"enabled": True}},
    ],
    ids=lambda values: "-".join(values),
)
def test_git_keeps_what_the_manifest_was_rendered_with(values: dict[str, Any]) -> None:
    """The values found render the same cilium-config, although nothing but the config is known."""
    manifest = read_manifest("cilium.yaml", cilium(values).encode(), "kube-system")
    found = agreed_values(manifest, cluster_of(CLUSTER), Versions(cilium=VERSION))
    before = render(VERSION, nested(found), kubernetes="1.34.2").config
    assert before is not None
    config = manifest.objects[0]["data"]
    assert {key: value for key, value in before.items() if config.get(key) != value} == {}
    assert {key: value for key, value in config.items() if before.get(key) != value} == {}


CONTRADICTIONS = [
    ({"bgpControlPlane": {"enabled": False}}, None, "enable-bgp-control-plane is false", "bgpControlPlane.enabled"),
    ({"kubeProxyReplacement": False}, None, "kube-proxy-replacement is false", "kubeProxyReplacement"),
    ({"routingMode": "tunnel", "autoDirectNodeRoutes": False}, None, "routing-mode is tunnel", "routingMode"),
    ({"ipam": {"mode": "cluster-pool"}}, None, "ipam is cluster-pool", "ipam.mode"),
    ({}, {"KUBERNETES_SERVICE_HOST": "10.0.0.1"}, "KUBERNETES_SERVICE_HOST is 10.0.0.1", "k8sServiceHost"),
    ({}, {"KUBERNETES_SERVICE_HOST": "192.168.10.100"}, "no KUBERNETES_SERVICE_PORT", "k8sServicePort"),
]


@pytest.mark.parametrize(("values", "environment", "message", "path"), CONTRADICTIONS)
def test_what_contradicts_the_answers_is_refused(
    values: dict[str, Any], environment: dict[str, str] | None, message: str, path: str
) -> None:
    manifest = read_manifest("cilium.yaml", cilium(values, environment=environment).encode(), "kube-system")
    with pytest.raises(ManifestError) as refusal:
        agreed_values(manifest, cluster_of(CLUSTER), Versions(cilium=VERSION))
    reasons = [str(problem.parameters["reason"]) for problem in refusal.value.problems]
    assert any(message in reason and reason.endswith(path) for reason in reasons), reasons
    assert f"--set {path}=" in refusal.value.advice


REFUSED = [
    ("Cilium version: 1.18\n", "cilium.yaml:1:1", "no object: it has no apiVersion, kind and name"),
    ("", "cilium.yaml:1:1", "no objects in it"),
    ("kind: [\n", "cilium.yaml:1:7", "is not closed"),
    ("apiVersion: v1\nkind: Namespace\nmetadata:\n  name: a\n  name: b\n", "cilium.yaml:5:3", "written twice"),
    (
        "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: a\n",
        "cilium.yaml:1:1",
        "no cilium-config and no cilium-agent",
    ),
]


@pytest.mark.parametrize(("text", "position", "message"), REFUSED)
def test_what_is_no_manifest_is_refused(tmp_path: Path, text: str, position: str, message: str) -> None:
    (tmp_path / "cilium.yaml").write_text(text)
    shown = refused(tmp_path, with_answers(("environments.0.clusters.0.cilium", "cilium.yaml")))
    assert position in shown, shown
    assert message in shown, shown


def test_other_credentials_are_refused_where_they_stand(tmp_path: Path) -> None:
    (tmp_path / "engine.yaml").write_text(f"{APPLICATIONS}{secret(password='hunter2-and-more')}")
    shown = refused(tmp_path, with_answers(("argocd", "engine.yaml")))
    assert "Secret kube-system/cilium-ca has a credential, password: a payload is a ConfigMap in Git" in shown
    assert "engine.yaml:35:3" in shown
    assert "hunter2" not in shown


def test_an_engine_without_its_kinds_is_refused(tmp_path: Path) -> None:
    (tmp_path / "engine.yaml").write_text(ENGINE)
    shown = refused(tmp_path, with_answers(("argocd", "engine.yaml")))
    assert "no CustomResourceDefinition applications.argoproj.io in it" in shown


def test_an_object_that_no_configmap_holds_is_refused(tmp_path: Path) -> None:
    large = f"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: large\ndata:\n  text: {'x' * 1_048_576}\n"
    (tmp_path / "engine.yaml").write_text(f"{APPLICATIONS}---\n{large}")
    shown = refused(tmp_path, with_answers(("argocd", "engine.yaml")))
    assert "ConfigMap large alone is more than the 1,048,576 bytes of a ConfigMap" in shown


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert "Error: cannot read missing.yaml: No such file" in refused(
        tmp_path, with_answers(("argocd", "missing.yaml"))
    )


def test_what_a_literal_block_cannot_hold_becomes_json() -> None:
    text = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: b}\ndata: {bell: "\\a"}\n'
    assert as_yaml(read_manifest("a.yaml", text.encode(), "b")) == text
    raw = text.replace("\\a", "\x85")
    assert as_yaml(read_manifest("a.yaml", raw.encode(), "b")) is None
