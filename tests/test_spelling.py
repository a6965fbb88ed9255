"""Suggestions for names that are nowhere."""

from __future__ import annotations

import pytest

from crslint.fleet.spelling import meant, slipped


@pytest.mark.parametrize(
    ("name", "known", "found"),
    [
        ("argocd-instal-manifests", ["argocd-install-manifests", "cilium-manifests"], "argocd-install-manifests"),
        ("argocd-isntall-manifests", ["argocd-install-manifests"], "argocd-install-manifests"),
        ("argocd-install", ["argocd-install-manifests"], "argocd-install-manifests"),
        ("ciliumcni-manifests", ["cilium-cni-manifests"], "cilium-cni-manifests"),
        ("Cilium-manifests", ["cilium-manifests"], "cilium-manifests"),
        ("manifests-cilium", ["cilium-manifests"], "cilium-manifests"),
        ("cillium", ["cilium"], "cilium"),
        ("cilium", ["cilium"], None),
        ("cilium-1.15", ["cilium-1.14"], None),
        ("nutanix-csi-secret", ["nutanix-ccm-secret"], None),
        ("nutanix-ccm-pc-trusted-ca-bundle", ["nutanix-ccm", "nutanix-ccm-secret"], None),
        ("user-ca-bundle", ["eksa-unit-test-nutanix-ccm"], None),
        ("prod", ["prod-2", "dev"], None),
        ("bootstrap-prod", ["bootstrap-dev"], None),
        ("cilium", [], None),
    ],
)
def test_meant(name: str, known: list[str], found: str | None) -> None:
    assert meant(name, known) == found


@pytest.mark.parametrize(
    ("name", "other", "expected"),
    [
        ("argocd-instal", "argocd-install", True),
        ("argocd-isntall", "argocd-install", True),
        ("argocd-installl", "argocd-install", True),
        ("argocd-instoll", "argocd-install", False),
        ("cilium-east", "cilium-west", False),
        ("cilium-a", "cilium-ab", False),
        ("cilium-0001", "cilium-00001", False),
        ("argocd", "argocd-install", False),
        ("argocd", "argocd", False),
    ],
)
def test_slipped(name: str, other: str, expected: bool) -> None:
    assert slipped(name, other) is expected
