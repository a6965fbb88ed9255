"""What kustomizations name, rename and miss."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from resolving import resolved

from crslint.fleet.entities.gitops import Kustomization
from crslint.fleet.kustomize import is_remote

SET = """\
apiVersion: addons.cluster.x-k8s.io/v1beta2
kind: ClusterResourceSet
metadata: {name: bootstrap, namespace: fleet}
spec:
  strategy: ApplyOnce
  clusterSelector: {matchLabels: {cni: cilium}}
  resources: [{kind: ConfigMap, name: cilium}]
"""
GENERATOR = "configMapGenerator: [{name: cilium, namespace: fleet, literals: [a=b]}]\n"
PAYLOAD = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: cilium, namespace: fleet}\ndata: {a: b}\n"


def kustomizations(files: Mapping[str, str]) -> dict[str, Kustomization]:
    """By folder."""
    found = resolved(files).entities["kustomization"]
    return {item.folder: item for item in found if isinstance(item, Kustomization)}


def root(text: str, **files: str) -> Kustomization:
    return kustomizations({"kustomization.yaml": text, **{f"{name}.yaml": content for name, content in files.items()}})[
        ""
    ]


def broken(item: Kustomization) -> list[dict[str, Any]]:
    return [row for row in item.references if row["breaks"]]


@pytest.mark.parametrize(
    ("path", "remote"),
    [
        ("https://example.org/a.yaml", True),
        ("github.com/example/base?ref=v1", True),
        ("git@github.com:example/base.git", True),
        ("example.org/base", True),
        ("base//deploy", True),
        ("../base", False),
        ("./base/a.yaml", False),
        ("a.yaml", False),
        (".hidden/a.yaml", False),
        ("v1/base", False),
    ],
)
def test_what_lies_elsewhere(path: str, remote: bool) -> None:
    assert is_remote(path) is remote


def test_entries_and_their_places() -> None:
    found = root(
        "resources: [set.yaml, gone.yaml, folder, ../out]\npatches: [{path: sett.yaml}]\n"
        "transformers: ['apiVersion: v1']\nconfigMapGenerator: [{name: a, files: [k=sets.yaml, other.txt]}]\n",
        set=SET,
    )
    assert [(row["path"], row["state"], row["near"], row["at"].partition("#")[2]) for row in found.entries] == [
        ("gone.yaml", "missing", None, "/resources/1"),
        ("folder", "missing", None, "/resources/2"),
        ("sett.yaml", "missing", "set.yaml", "/patches/0/path"),
        ("sets.yaml", "missing", "set.yaml", "/configMapGenerator/0/files/0"),
        ("set.yaml", "present", None, "/resources/0"),
        ("../out", "unknown", None, "/resources/3"),
        ("other.txt", "unknown", None, "/configMapGenerator/0/files/1"),
    ]


def test_a_hash_is_switched_off_for_all_or_for_one() -> None:
    def hashed(text: str) -> list[bool]:
        return [row["hashed"] for row in root(text).generators]

    assert hashed(GENERATOR) == [True]
    assert hashed(GENERATOR + "generatorOptions: {disableNameSuffixHash: true}\n") == [False]
    assert hashed("configMapGenerator: [{name: a, options: {disableNameSuffixHash: true}}]\n") == [False]
    assert hashed("configMapGenerator: [{name: a, behavior: merge}]\n") == [False]


def test_a_hashed_payload_and_the_set_that_names_it() -> None:
    (row,) = root("resources: [set.yaml]\n" + GENERATOR, set=SET).generators
    assert (row["set"], row["entry"]) == ("ClusterResourceSet fleet/bootstrap", "set.yaml:0#/spec/resources/0")


def test_a_payload_beside_the_generator_is_the_one() -> None:
    (row,) = root("resources: [set.yaml, cilium.yaml]\n" + GENERATOR, set=SET, cilium=PAYLOAD).generators
    assert row["set"] is None


def test_a_prefix_breaks_what_a_set_names() -> None:
    (row,) = broken(
        root("namePrefix: a-\nnameSuffix: -b\nresources: [set.yaml, cilium.yaml]\n", set=SET, cilium=PAYLOAD)
    )
    assert (row["at"], row["was"], row["now"]) == ("kustomization.yaml:0#/namePrefix", "cilium", "a-cilium-b")
    assert (row["reference"], row["thing"]) == ("set.yaml:0#/spec/resources/0", "cilium.yaml:0#")


@pytest.mark.parametrize(
    "more",
    [
        "configurations: [gone.yaml]\n",
        "replacements: [{path: r.yaml}]\n",
        "transformers: [t.yaml]\n",
        "patches: [{target: {kind: ClusterResourceSet}, patch: '[{op: add, path: /spec/resources/0}]'}]\n",
    ],
)
def test_what_may_mend_a_reference(more: str) -> None:
    found = root("namePrefix: a-\nresources: [set.yaml, cilium.yaml]\n" + more, set=SET, cilium=PAYLOAD)
    assert [row["breaks"] for row in found.references] == [False]


def test_a_template_for_a_prefix_or_namespace_is_not_judged() -> None:
    text = "namePrefix: ${P}-\nnamespace: ${N}\nresources: [set.yaml, cilium.yaml]\n"
    assert root(text, set=SET, cilium=PAYLOAD).references == []


def test_kustomizations_in_a_circle() -> None:
    found = kustomizations(
        {
            "a/kustomization.yaml": "namePrefix: a-\nresources: [../b, set.yaml]\n",
            "b/kustomization.yaml": "namePrefix: b-\nresources: [../a, cilium.yaml]\n",
            "a/set.yaml": SET,
            "b/cilium.yaml": PAYLOAD,
        }
    )
    assert sorted(found) == ["a", "b"]


def test_a_long_chain_and_a_lattice_of_kustomizations() -> None:
    chain = {f"k{number:04}/kustomization.yaml": f"resources: [../k{number + 1:04}]\n" for number in range(600)}
    assert not kustomizations(chain)["k0000"].complete_objects
    lattice = {
        f"{side}{number}/kustomization.yaml": f"resources: [../a{number + 1}, ../b{number + 1}, 'https://example.org/x.yaml']\n"
        for number in range(40)
        for side in "ab"
    }
    assert len(kustomizations(lattice)) == 80
