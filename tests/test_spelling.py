"""Suggestions for names that are nowhere."""

from __future__ import annotations

from difflib import SequenceMatcher

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crslint.fleet.spelling import are_alike, meant, slipped

words = st.text("abc1-", min_size=1, max_size=12)


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


@given(words, words, st.sampled_from([0.8, 0.95]))
def test_alike_is_what_difflib_says(one: str, other: str, least: float) -> None:
    for second in (other, one[:5] + other[-2:] + one[5:], one):
        expected = SequenceMatcher(None, one, second, autojunk=False).ratio() >= least
        assert are_alike(one, second, least) is expected
