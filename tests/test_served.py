"""`schemas/served.yaml` against the CRDs of the releases, and the facts made of it."""

from __future__ import annotations

from typing import Any

import pytest
from crds import CRDS, crd, crd_files

from crslint.fleet.entities.objects import Object
from crslint.fleet.fleet import resolve
from crslint.fleet.settings import FleetSettings
from crslint.source.reader import read_file

COMPONENTS = {"cluster-api": "capi", "metal3": "capm3", "cilium": "cilium", "external-secrets": "external-secrets"}

# Cilium 1.15 has these definitions in its tree, and its operator never registers them.
UNREGISTERED = {"1.15.0", "1.15.7"}
# External Secrets 0.16 serves v1beta1 without a deprecation mark; its release notes announce the end for 0.17.
UNMARKED = {("external-secrets", "0.16.2", "v1beta1")}


def objects(text: str, **settings: Any) -> list[Object]:
    fleet = resolve([read_file("f.yaml", text.encode())], FleetSettings(**settings))
    return [item for item in fleet.entities["object"] if isinstance(item, Object)]


def served_versions() -> list[Any]:
    cases: list[Any] = []
    for project, component in COMPONENTS.items():
        for path in crd_files(CRDS / project):
            spec = crd(path)["spec"]
            release = path.relative_to(CRDS / project).parts[0].removeprefix("v").partition("-")[0]
            group, kind = spec["group"], spec["names"]["kind"]
            cases.extend((component, release, group, kind, version) for version in spec["versions"])
    return cases


@pytest.mark.skipif(not CRDS.is_dir(), reason="the real CRDs are not here")
def test_the_table_says_what_the_crds_say() -> None:
    compared = 0
    for component, release, group, kind, version in served_versions():
        text = f"apiVersion: {group}/{version['name']}\nkind: {kind}\nmetadata: {{name: a}}\n"
        (item,) = objects(text, versions={component: release})
        if item.component is None:
            continue
        case = (component, release, kind, version["name"])
        if kind.startswith("CiliumBGP") and kind != "CiliumBGPPeeringPolicy" and release in UNREGISTERED:
            assert item.served is False, case
        else:
            assert item.served is version["served"], case
        if item.served and (component, release, version["name"]) not in UNMARKED:
            assert item.deprecated is bool(version.get("deprecated")), case
        compared += 1
    assert compared > 200


SET = "apiVersion: addons.cluster.x-k8s.io/{}\nkind: ClusterResourceSet\nmetadata: {{name: a}}\n"


@pytest.mark.parametrize(
    ("version", "release", "expected"),
    [
        ("v1alpha3", "1.4.2", (True, False, "v1beta1")),
        ("v1alpha3", "1.5.0", (False, False, "v1beta1")),
        ("v1alpha4", "1.6.0", (False, False, "v1beta1")),
        ("v1beta1", "1.10.9", (True, False, None)),
        ("v1beta1", "1.11.0", (True, True, "v1beta2")),
        ("v1beta1", "1.16.0", (False, False, "v1beta2")),
        ("v1beta2", "1.10.0", (False, False, "v1beta1")),
        ("v1", "1.14.0", (False, False, "v1beta2")),
    ],
)
def test_a_set_by_release(version: str, release: str, expected: tuple[bool, bool, str | None]) -> None:
    (item,) = objects(SET.format(version), versions={"capi": release})
    assert (item.served, item.deprecated, item.successor, item.assumed) == (*expected, False)


def test_the_newest_known_release_is_assumed() -> None:
    (item,) = objects(SET.format("v1beta1"))
    assert (item.release, item.assumed, item.deprecated) == ("1.14", True, True)


AGENT = """
apiVersion: v1
kind: ConfigMap
metadata: {name: %s, namespace: default}
data:
  cilium.yaml: |
    apiVersion: apps/v1
    kind: DaemonSet
    metadata: {name: cilium, namespace: kube-system}
    spec: {template: {spec: {containers: [{name: agent, image: "quay.io/cilium/cilium:v%s@sha256:0"}]}}}
"""
POLICY = "---\napiVersion: cilium.io/v2alpha1\nkind: CiliumBGPPeeringPolicy\nmetadata: {name: a}\n"


def test_a_release_is_detected_where_all_payloads_agree() -> None:
    one = AGENT % ("one", "1.19.1")
    policy = next(item for item in objects(one + POLICY) if item.kind == "CiliumBGPPeeringPolicy")
    assert (policy.release, policy.assumed, policy.served) == ("1.19.1", False, False)
    other = AGENT % ("two", "1.18.0")
    policy = next(item for item in objects(one + "---" + other + POLICY) if item.kind == "CiliumBGPPeeringPolicy")
    assert policy.assumed


def test_kinds_outside_the_table_have_no_release() -> None:
    (item,) = objects("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n")
    assert (item.component, item.release) == (None, None)
