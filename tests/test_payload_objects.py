"""What objects of payloads say about themselves and name in others."""

from __future__ import annotations

from typing import Any

import pytest
from payload_trees import cluster, config_map, documents, fleet, manifest, payload_object, payloads, resource_set

from crslint.fleet.fleet import Fleet


def one(text: str, elsewhere: str = "") -> Fleet:
    return fleet(sets=resource_set("payload"), payload=config_map({"a": text}), elsewhere=elsewhere)


def pod(spec: str, kind: str = "Deployment", api: str = "apps/v1", namespace: str = "kube-system") -> str:
    template = f"  template:\n    spec: {spec}\n"
    if kind == "CronJob":
        template = f"  jobTemplate:\n    spec:\n      template:\n        spec: {spec}\n"
    return manifest(kind, "agent", namespace, api, f"spec:\n{template}")


def states(found: Fleet, fact: str = "references") -> dict[str, str]:
    return {item["name"]: item["state"] for item in getattr(payload_object(found, "agent"), fact)}


EVERY_PLACE = """\
{
  volumes: [
    {name: a, configMap: {name: volume-map}},
    {name: b, secret: {secretName: volume-secret}},
    {name: c, projected: {sources: [{configMap: {name: projected-map}}, {secret: {name: projected-secret}}]}}
  ],
  imagePullSecrets: [{name: pull-secret}],
  initContainers: [{name: a, envFrom: [{configMapRef: {name: init-map}}, {secretRef: {name: init-secret}}]}],
  containers: [{name: b, env: [
    {name: A, valueFrom: {configMapKeyRef: {name: key-map, key: a}}},
    {name: B, valueFrom: {secretKeyRef: {name: key-secret, key: a}}},
    {name: C, valueFrom: {fieldRef: {fieldPath: spec.nodeName}}}
  ]}]
}"""
EVERY_NAME = {f"{place}-{kind}" for place in ("volume", "projected", "init", "key") for kind in ("map", "secret")}


@pytest.mark.parametrize(
    ("kind", "api"), [("Deployment", "apps/v1"), ("DaemonSet", "apps/v1"), ("Job", "batch/v1"), ("CronJob", "batch/v1")]
)
def test_every_place_where_a_pod_cannot_do_without(kind: str, api: str) -> None:
    assert states(one(pod(" ".join(EVERY_PLACE.split()), kind, api))) == dict.fromkeys(EVERY_NAME, "absent")


def test_the_place_is_the_name() -> None:
    (found,) = payload_object(one(pod("{volumes: [{name: a, secret: {secretName: x}}]}")), "agent").references
    assert found["at"] == "payload.yaml:0!/data/a:0#/spec/template/spec/volumes/0/secret/secretName"


def mounts(name: str, kind: str = "ConfigMap") -> str:
    if kind == "Secret":
        return pod(f"{{volumes: [{{name: a, secret: {{secretName: {name}}}}}]}}")
    return pod(f"{{volumes: [{{name: a, configMap: {{name: {name}}}}}]}}")


def test_optional_ones_do_not_count() -> None:
    volumes = "{name: a, configMap: {name: x, optional: true}}, {name: b, configMap: {name: second, optional: no}}"
    spec = f"{{volumes: [{volumes}]}}"
    assert states(one(pod(spec))) == {"second": "absent"}


MAP = manifest("ConfigMap", "settings", "kube-system")
SEALED = manifest("SealedSecret", "settings", "kube-system", "bitnami.com/v1alpha1")
CERTIFICATE = manifest("Certificate", "any", "kube-system", "cert-manager.io/v1", "spec: {secretName: settings}\n")
JOB = manifest(
    "Job",
    "maker",
    "kube-system",
    "batch/v1",
    "spec: {template: {spec: {containers: [{name: a, args: [create, --secret-name=settings]}]}}}\n",
)


@pytest.mark.parametrize(
    ("text", "state"),
    [
        (documents(mounts("settings"), MAP), "present"),
        (documents(mounts("settings", "Secret"), MAP), "absent"),
        (documents(mounts("settings", "Secret"), SEALED), "runtime"),
        (documents(mounts("settings", "Secret"), CERTIFICATE), "runtime"),
        (documents(mounts("settings", "Secret"), JOB), "runtime"),
        (documents(mounts("settings"), manifest("ConfigMap", "settings", "")), "unknown"),
        (mounts("settings"), "absent"),
    ],
    ids=["brought", "other-kind", "sealed", "certificate", "job", "without-a-namespace", "nowhere"],
)
def test_who_brings_it(text: str, state: str) -> None:
    assert states(one(text)) == {"settings": state}


@pytest.mark.parametrize("name", ["kube-root-ca.crt", "extension-apiserver-authentication"])
def test_maps_of_the_cluster(name: str) -> None:
    assert states(one(mounts(name))) == {name: "runtime"}


@pytest.mark.parametrize(
    "name", ["argocd-redis", "hubble-server-certs", "hubble-relay-client-certs", "clustermesh-apiserver-remote-cert"]
)
def test_secrets_that_programs_make(name: str) -> None:
    assert states(one(mounts(name, "Secret"))) == {name: "runtime"}
    assert states(one(mounts(name))) == {name: "absent"}


def test_an_object_of_that_name_elsewhere_in_the_input_may_be_meant() -> None:
    assert states(one(mounts("settings"), elsewhere=MAP)) == {"settings": "unknown"}
    assert states(one(mounts("settings", "Secret"), elsewhere=SEALED)) == {"settings": "unknown"}


@pytest.mark.parametrize(
    ("wanted", "there", "near"),
    [
        ("agent-setings", "agent-settings", "kube-system/agent-settings"),
        ("agent-settings-2", "agent-settings-1", None),
        ("agent-settings", "agent-scripts", None),
        ("argocd-cm", "argocd-rbac-cm", None),
    ],
)
def test_near_misses(wanted: str, there: str, near: str | None) -> None:
    found = one(documents(mounts(wanted), manifest("ConfigMap", there, "kube-system")))
    (reference,) = payload_object(found, "agent").references
    assert (reference["state"], reference["near"]) == ("absent", near)


def test_the_same_name_in_another_namespace_is_near() -> None:
    found = one(documents(mounts("settings"), manifest("ConfigMap", "settings", "default")))
    (reference,) = payload_object(found, "agent").references
    assert (reference["state"], reference["near"]) == ("absent", "default/settings")


def binding(subjects: str, kind: str = "ClusterRoleBinding", namespace: str = "") -> str:
    return manifest(kind, "agent", namespace, "rbac.authorization.k8s.io/v1", f"subjects: {subjects}\n")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (binding("[{kind: ServiceAccount, name: a, namespace: tools}]"), {"a": "absent"}),
        (binding("[{kind: ServiceAccount, name: a}]", "RoleBinding", "tools"), {"a": "absent"}),
        (binding("[{kind: ServiceAccount, name: a}]"), {}),
        (binding("[{kind: User, name: a}, {kind: Group, name: b}]"), {}),
        (binding("[{kind: ServiceAccount, name: default, namespace: tools}]"), {"default": "runtime"}),
        (
            binding("[{kind: ServiceAccount, name: node-controller, namespace: kube-system}]"),
            {"node-controller": "runtime"},
        ),
        (binding("[{kind: ServiceAccount, name: kube-dns, namespace: tools}]"), {"kube-dns": "absent"}),
        (binding('[{kind: ServiceAccount, name: "${NAME}", namespace: tools}]'), {}),
        (
            documents(
                binding("[{kind: ServiceAccount, name: a, namespace: tools}]"), manifest("ServiceAccount", "a", "tools")
            ),
            {"a": "present"},
        ),
    ],
)
def test_subjects(text: str, expected: dict[str, str]) -> None:
    assert states(one(text), "subjects") == expected


def fields(found: list[dict[str, Any]]) -> list[str]:
    return [item["field"] for item in found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "metadata: {name: agent, resourceVersion: '1', uid: x, managedFields: [a]}\n",
            ["resourceVersion", "uid", "managedFields"],
        ),
        ("metadata: {name: agent, creationTimestamp: null, generation: 3}\n", []),
        ("metadata: {name: agent, resourceVersion: '', managedFields: []}\n", []),
        ("metadata: {name: agent}\nstatus: {}\n", []),
        ("metadata: {name: agent}\nstatus: {loadBalancer: {}, conditions: []}\n", []),
        ("metadata: {name: agent}\nstatus: {replicas: 0}\n", ["status"]),
        ("metadata: {name: agent, generateName: agent-}\n", ["generateName"]),
    ],
)
def test_exported(text: str, expected: list[str]) -> None:
    found = payload_object(one(f"apiVersion: v1\nkind: Namespace\n{text}"), "agent").exported
    assert [field.removeprefix("metadata.") for field in fields(found)] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("kind: Namespace\nmetadata: {name: yes}\n", {"metadata.name": True}),
        (
            "kind: ConfigMap\nmetadata: {name: 1e3, namespace: 012}\n",
            {"metadata.name": 1000.0, "metadata.namespace": 10},
        ),
        ("kind: on\nmetadata: {name: a}\n", {"kind": True}),
        ("kind: ConfigMap\nmetadata: {name: 2024-01-01, namespace: 1.2.3}\n", {}),
        ("kind: ConfigMap\nmetadata: {name: null, namespace: [a]}\n", {}),
    ],
)
def test_identity_that_is_no_text(text: str, expected: dict[str, object]) -> None:
    (item,) = one(f"apiVersion: v1\n{text}").entities["payloadObject"]
    assert {entry["field"]: entry["value"] for entry in item.not_text} == expected  # type: ignore[attr-defined]


INGRESS = manifest(
    "Ingress",
    api="networking.k8s.io/v1",
    rest="spec: {rules: [{host: 'a.${DOMAIN}'}], tls: [{hosts: ['${D}']}]}\n",
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (manifest("ConfigMap", '"${A}"', "tools"), ["metadata.name"]),
        (manifest("ConfigMap", "agent", '"x-{{ b }}"'), ["metadata.namespace"]),
        (pod('{containers: [{name: a, image: "repo/x:${TAG}"}]}'), ["spec.template.spec.containers.0.image"]),
        (
            pod("{containers: [{name: a, env: [{name: KUBERNETES_SERVICE_HOST, value: '${IP}'}]}]}"),
            ["spec.template.spec.containers.0.env.0.value"],
        ),
        (pod("{containers: [{name: a, command: ['${X}'], args: ['${Y}'], env: [{name: A, value: '${Z}'}]}]}"), []),
        (pod("{containers: [{name: a, args: [$(HOST)], image: a:1}]}"), []),
        (
            manifest("ConfigMap", "agent", rest="data: {pool-cidr: '${C}', script.sh: 'echo ${D}'}\n"),
            ["data.pool-cidr"],
        ),
        (manifest("ConfigMap", "agent", rest='data: {host: "a\\nb ${C}"}\n'), []),
        (manifest("Secret", "agent", rest="stringData: {host: '${C}'}\n"), []),
        (INGRESS, ["spec.rules.0.host", "spec.tls.0.hosts.0"]),
        (manifest("ApplicationSet", "'{{cluster}}'", api="argoproj.io/v1alpha1"), []),
        (manifest("ApplicationSet", "'${CLUSTER}'", api="argoproj.io/v1alpha1"), ["metadata.name"]),
    ],
)
def test_variables(text: str, expected: list[str]) -> None:
    (item,) = one(text).entities["payloadObject"]
    assert fields(item.variables) == expected  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "more",
    [
        cluster('"${CLUSTER_NAME}"'),
        cluster("one").replace("spec: {}", "spec: {controlPlaneEndpoint: {host: '${ENDPOINT}'}}"),
    ],
)
def test_variables_of_a_file_that_is_itself_a_template_are_filled_in(more: str) -> None:
    text = config_map({"a": manifest("ConfigMap", '"${A}"', "tools")})
    (item,) = fleet(sets=resource_set("payload"), payload=documents(text, more)).entities["payloadObject"]
    assert item.variables == []  # type: ignore[attr-defined]


def test_a_script_makes_no_template_of_a_file() -> None:
    control_plane = (
        "apiVersion: controlplane.cluster.x-k8s.io/v1beta2\nkind: KubeadmControlPlane\nmetadata: {name: one}\n"
        "spec: {kubeadmConfigSpec: {preKubeadmCommands: ['echo ${X}'], files: [{content: '${Y}', path: /z}]}}\n"
    )
    text = config_map({"a": manifest("ConfigMap", '"${A}"', "tools")})
    (item,) = fleet(sets=resource_set("payload"), payload=documents(text, control_plane)).entities["payloadObject"]
    assert fields(item.variables) == ["metadata.name"]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("image", "mutable"),
    [
        ("nginx", True),
        ("registry.example.com:5000/nginx", True),
        ("nginx:latest", True),
        ("nginx:1.27.0", False),
        ("nginx@sha256:00", False),
        ("nginx:latest@sha256:00", False),
        ("nginx:${TAG}", False),
    ],
)
def test_images(image: str, mutable: bool) -> None:
    found = payload_object(one(pod(f"{{containers: [{{name: a, image: '{image}'}}]}}")), "agent").images
    assert [(item["image"], item["mutable"]) for item in found] == [(image, mutable)]


def level(value: str) -> str:
    return manifest("ConfigMap", "settings", "kube-system", rest=f"data: {{level: {value}}}\n")


def twins(first: str, second: str, sets: str) -> list[tuple[str, int]]:
    found = fleet(sets=sets, one=config_map({"a": first}, "one"), two=config_map({"a": second}, "two"))
    objects = found.entities["payloadObject"]
    return [(item.at, len(item.twins)) for item in objects if item.twins]  # type: ignore[attr-defined]


def test_twins_are_told_at_the_later_one() -> None:
    both = resource_set("one", "two")
    assert twins(level("a"), level("b"), both) == [("two.yaml:0!/data/a:0#", 1)]
    assert twins(level("a"), level("a"), both) == []
    apart = documents(resource_set("one", label="a"), resource_set("two", name="other", label="b"))
    assert twins(level("a"), level("b"), apart) == []
    alike = documents(resource_set("one"), resource_set("two", name="other"))
    assert twins(level("a"), level("b"), alike) == [("two.yaml:0!/data/a:0#", 1)]


def documents_of(*values: str) -> list[tuple[str, str | None]]:
    found = fleet(sets=resource_set("payload"), payload=config_map({f"{n}": text for n, text in enumerate(values)}))
    (payload,) = payloads(found)
    return [(item["form"], item["fault"]) for item in payload.documents]


def test_documents_that_are_no_whole_objects() -> None:
    assert documents_of("Auto-detected cluster name: kind-kind\n") == [
        ("object", "has no apiVersion, no kind, no metadata.name")
    ]
    assert documents_of("Using Cilium version 1.14.5 as asked\n") == [("other", "is a string, no mapping")]
    assert documents_of("- apiVersion: v1\n  kind: Namespace\n") == [("sequence", None)]
    assert documents_of("apiVersion: v1\nkind: List\nitems: []\nx: long enough\n") == [("list", None)]
    assert documents_of("apiVersion: v1\nkind: Namespace\nmetadata: {generateName: a-}\n") == [("object", None)]
    assert documents_of(f"{level('a')}--- foo\n{level('b')}") == [
        ("broken", "cannot be read (invalid document separator: foo)"),
        ("object", None),
        ("object", None),
    ]


def test_the_namespace_that_a_payload_implies() -> None:
    def implied(*texts: str) -> str | None:
        (payload,) = payloads(fleet(sets=resource_set("payload"), payload=config_map({"a": documents(*texts)})))
        return payload.implied_namespace

    namespace = manifest("Namespace", "tools", "")
    assert implied(namespace, level("a")) == "tools"
    assert implied(binding("[{kind: ServiceAccount, name: a, namespace: tools}]")) == "tools"
    assert implied(namespace, binding("[{kind: ServiceAccount, name: a, namespace: other}]")) is None
    assert implied(level("a")) is None


APPLICATION = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: management, namespace: argocd}
spec:
  source: {repoURL: https://git.example.com/fleet, path: %s}
  syncPolicy: {syncOptions: [%s]}
"""


@pytest.mark.parametrize(
    ("path", "option", "shipped", "server_side"),
    [
        ("management", "PruneLast=true", [False], False),
        ("management/", "ServerSideApply=true", [True], True),
        ("management", "Replace=true", [True], True),
        ("other", "PruneLast=true", [], False),
    ],
)
def test_applications_that_sync_a_payload(path: str, option: str, shipped: list[bool], server_side: bool) -> None:
    files = {
        "management/sets": resource_set("payload"),
        "management/payload": config_map({"a": level("a")}),
        "apps/one": APPLICATION % (path, option),
    }
    (payload,) = payloads(fleet(None, **files))
    assert [item["serverSide"] for item in payload.shipped_by] == shipped
    assert payload.server_side is server_side
