"""Objects that relate to no other are resolved without what resolves relations, and to the same facts."""

from __future__ import annotations

import subprocess
import sys

import pytest
from resolving import resolved

from crslint.fleet.folders import Folders
from crslint.fleet.relations import relations
from crslint.fleet.settings import FleetSettings
from crslint.fleet.world import World
from crslint.source.reader import read_file

ALONE = [
    "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {type: ClusterIP}\n",
    "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: []\n",
    "apiVersion: apps/v1\nkind: DaemonSet\nmetadata: {name: cilium}\nspec: {template: {spec: {containers: []}}}\n",
    "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nspec: {group: b, names: {kind: A}}\n",
    "apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {name: web}\n",
    "apiVersion: policy/v1beta1\nkind: PodDisruptionBudget\nmetadata: {name: web}\n",
    "apiVersion: v1\nkind: [Pod]\n",
    "a: 1\n",
]
TOGETHER = [
    "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {type: LoadBalancer}\n",
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\n",
    "apiVersion: v1\nkind: Secret\nmetadata: {name: web}\n",
    "apiVersion: cluster.x-k8s.io/v1beta2\nkind: Cluster\nmetadata: {name: web}\n",
    "apiVersion: infrastructure.cluster.x-k8s.io/v1beta2\nkind: Metal3Cluster\nmetadata: {name: web}\n",
    "apiVersion: ipam.metal3.io/v1alpha1\nkind: IPPool\nmetadata: {name: web}\n",
    "apiVersion: argoproj.io/v1alpha1\nkind: AppProject\nmetadata: {name: web}\n",
    "apiVersion: cilium.io/v2\nkind: CiliumLoadBalancerIPPool\nmetadata: {name: web}\n",
    "apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {name: web}\n",
    "apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata: {name: web}\n",
    "resources: []\n",
]


def facts_of_relations(path: str, text: str) -> list[dict[str, object]]:
    def text_of(_path: str) -> str:
        return text

    files = [read_file(path, text.encode())]
    world = World(files, FleetSettings())
    return [entity.facts() for entity in relations(world, Folders(world, files, text_of), text_of).entities]


@pytest.mark.parametrize("text", ALONE)
def test_what_relates_to_nothing_is_the_same_without_relations(text: str) -> None:
    fleet = resolved({"a.yaml": text})
    assert [entity.facts() for each in fleet.entities.values() for entity in each] == facts_of_relations("a.yaml", text)
    assert set(fleet.entities) <= {"object"}


@pytest.mark.parametrize("text", TOGETHER)
def test_what_relates_has_more_than_objects(text: str) -> None:
    path = "kustomization.yaml" if text.startswith("resources") else "a.yaml"
    fleet = resolved({path: text})
    assert set(fleet.entities) > {"object"}
    assert [entity.facts() for each in fleet.entities.values() for entity in each] == facts_of_relations(path, text)


@pytest.mark.parametrize(("text", "loaded"), [(ALONE[0], "False"), (TOGETHER[0], "True")])
def test_modules_that_are_not_needed_are_not_loaded(text: str, loaded: str) -> None:
    program = f"""
import sys
from crslint.fleet.fleet import resolve
from crslint.source.reader import read_file
resolve([read_file("a.yaml", {text.encode()!r})])
print("crslint.fleet.relations" in sys.modules, "crslint.fleet.gitops" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [loaded, loaded]
