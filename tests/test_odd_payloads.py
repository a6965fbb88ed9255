"""Payloads with values of any type anywhere: facts, and no failure."""

from __future__ import annotations

import json
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from payload_trees import cluster, fleet, payloads, resource_set

ODD: st.SearchStrategy[object] = st.sampled_from(
    [None, True, 0, 1.5, "", "a", "${X}", [], [None], [[]], {}, {"name": None}, [{}], [{"name": 5}]]
)


def _replaced(value: Any, target: int, odd: object) -> tuple[Any, int]:
    """The value with its n-th inner value exchanged, and how many were counted."""
    if target == 0:
        return odd, -1
    target -= 1
    if isinstance(value, dict | list):
        pairs = list(value.items() if isinstance(value, dict) else enumerate(value))
        copy = dict(pairs)
        for key, inner in pairs:
            copy[key], target = _replaced(inner, target, odd)
        return (copy if isinstance(value, dict) else list(copy.values())), target
    return value, target


WORKLOAD: dict[str, Any] = yaml.safe_load("""
apiVersion: apps/v1
kind: Deployment
metadata: {name: argocd-application-controller, namespace: tools, labels: {a: b}, annotations: {c: d}}
spec:
  template:
    spec:
      tolerations: [{key: a, operator: Exists}]
      volumes: [{name: a, configMap: {name: b}}, {name: c, projected: {sources: [{secret: {name: d}}]}}]
      containers:
        - name: a
          image: quay.io/argoproj/argocd:v3.0.0
          command: [argocd-application-controller]
          env: [{name: HOST, value: x}, {name: B, valueFrom: {secretKeyRef: {name: e}}}]
          envFrom: [{secretRef: {name: f}}]
status: {replicas: 1}
""")
BINDING: dict[str, Any] = {
    "apiVersion": "rbac.authorization.k8s.io/v1",
    "kind": "RoleBinding",
    "metadata": {"name": "a", "namespace": "b"},
    "subjects": [{"kind": "ServiceAccount", "name": "c", "namespace": "d"}],
}
DEFINITION: dict[str, Any] = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "a"},
    "spec": {"group": "b", "scope": "Namespaced", "names": {"kind": "C", "plural": "cs"}},
}


@settings(max_examples=300)
@given(st.sampled_from([WORKLOAD, BINDING, DEFINITION]), st.integers(0, 60), ODD)
def test_odd_values_anywhere_are_no_reason_to_fail(document: dict[str, Any], target: int, odd: object) -> None:
    changed, _ = _replaced(document, target, odd)
    values = {"a.json": json.dumps([changed, document]), "b.json": json.dumps(changed) + " " * 32}
    payload = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "payload", "namespace": "fleet"},
        "data": values,
    }
    found = fleet(sets=resource_set("payload"), clusters=cluster("one", "bootstrap"), payload=json.dumps(payload))
    assert [item.facts() for item in payloads(found)]


@settings(max_examples=200)
@given(st.integers(0, 12), ODD, st.sampled_from(["ConfigMap", "Secret"]))
def test_odd_values_in_a_payload_itself(target: int, odd: object, kind: str) -> None:
    document: dict[str, Any] = {
        "metadata": {"name": "payload", "namespace": "fleet", "annotations": {"a": "b"}, "labels": {"c": "d"}},
        "data": {"a": "apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n"},
        "binaryData": {"b": "AAAA"},
    }
    changed, _ = _replaced(document, target + 1, odd)
    found = fleet(sets=resource_set("payload"), payload=json.dumps({"apiVersion": "v1", "kind": kind, **changed}))
    assert all(item.facts() for item in payloads(found))
