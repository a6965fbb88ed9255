"""Real repositories: what is truly wrong in them is found, and nothing is called an error that nobody has read.

`reviewed.yaml` holds every error, and at least twenty warnings, of a run over the corpus, each read by hand.
"""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from checking import DATA, Checked, check

CORPUS = DATA / "corpus"
REVIEWED = yaml.load(Path(__file__).with_name("reviewed.yaml").read_text(), yaml.CSafeLoader)
FOLDERS = sorted(path.name for path in CORPUS.iterdir() if path.is_dir()) if CORPUS.exists() else []

pytestmark = pytest.mark.skipif(not FOLDERS, reason="the corpus is not here")


@cache
def run(folder: str) -> Checked:
    return check(CORPUS / folder, "--no-config")


def key(entry: dict[str, Any]) -> tuple[str, str, int]:
    return entry["code"], entry.get("file") or entry["path"], entry["line"]


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_error_has_been_reviewed(folder: str) -> None:
    reviewed = {key(entry) for entry in REVIEWED.get(folder, ())}
    errors = [finding for finding in run(folder).findings if finding["severity"] == "error"]
    assert [finding for finding in errors if key(finding) not in reviewed] == []


@pytest.mark.parametrize("folder", FOLDERS)
def test_what_was_reviewed_is_still_found(folder: str) -> None:
    found = Counter(key(finding) for finding in run(folder).findings)
    true = [entry for entry in REVIEWED.get(folder, ()) if entry["verdict"] == "true"]
    assert [key(entry) for entry in true if not found[key(entry)]] == []


def test_twenty_warnings_have_been_read() -> None:
    warnings = {
        key(finding) for folder in FOLDERS for finding in run(folder).findings if finding["severity"] == "warning"
    }
    reviewed = {key(entry) for entries in REVIEWED.values() for entry in entries}
    assert len(reviewed & warnings) >= min(20, len(warnings))


def test_no_reviewed_finding_was_judged_wrong() -> None:
    wrong = [entry for entries in REVIEWED.values() for entry in entries if entry["verdict"] != "true"]
    assert wrong == []


TRUE = [
    ("RatanVMistry+gitops-capi-argocd-lab", "CRS001", "clusters/addons/calico-clusterresourceset.yaml", 13),
    ("aws+eks-anywhere", "CRS001", "pkg/providers/nutanix/testdata/expected_cp.yaml", 607),
    (
        "aws+eks-anywhere",
        "CRS003",
        "pkg/providers/nutanix/testdata/expected_cluster_api_additional_trust_bundle.yaml",
        671,
    ),
    ("nutanix-cloud-native+cluster-api-provider-nutanix", "CRS003", "templates/cluster-template.yaml", 294),
    ("aws+eks-anywhere", "SEC001", "pkg/providers/nutanix/testdata/expected_cp.yaml", 622),
    ("nutanix-cloud-native+cluster-api-provider-nutanix", "SEC002", "templates/cluster-template-csi3.yaml", 1716),
]


@pytest.mark.parametrize(("folder", "code", "file", "line"), TRUE)
def test_known_faults_are_found(folder: str, code: str, file: str, line: int) -> None:
    assert (code, file, line) in [key(finding) for finding in run(folder).findings]


def test_all_reconciling_sets_of_eks_anywhere_are_found() -> None:
    assert len(run("aws+eks-anywhere").of("CRS001")) == 28


def test_worker_init_phases_without_effect_are_found() -> None:
    found = run("nutanix-cloud-native+cluster-api-provider-nutanix").of("CLU001")
    assert any(finding["path"].endswith("no-kubeproxy.yaml") and finding["line"] == 21 for finding in found)


# A pool that holds its own peer's address is truly there.
ALL_BGP_BUT_POOLS = tuple(f"BGP{number:03}" for number in range(1, 23) if number != 17)

# Never to be reported: (folder, code prefixes, how the file's path ends).
TRAPS = [
    ("RatanVMistry+gitops-capi-argocd-lab", ("NET", "PAY001", "PAY002"), ""),
    ("aws+eks-anywhere", ("CRS001", "CRS002"), "expected_crs_clusterrole.yaml"),
    ("nutanix-cloud-native+cluster-api-provider-nutanix", ("CRS003", "CRS013"), "templates/ccm/nutanix-ccm.yaml"),
    ("nutanix-cloud-native+cluster-api-provider-nutanix", ("PAY007",), ""),
    ("vehagn+homelab", ("NET", "CIL", *ALL_BGP_BUT_POOLS, "SEC"), ""),
    ("owainperry+capi-demo", ("PAY015", "SEC"), ""),
    ("Berndinox+k8s-homelab-gitops", ("NET", "CIL", "BGP", "APP", "YML", "SEC"), ""),
    ("acelinkio+argocd-homelab", ("NET", "CIL", "BGP", "APP", "YML", "SEC"), ""),
]


@pytest.mark.parametrize(("folder", "codes", "end"), TRAPS)
def test_what_only_looks_wrong_is_left_alone(folder: str, codes: tuple[str, ...], end: str) -> None:
    findings = [finding for finding in run(folder).findings if finding["severity"] != "info"]
    assert [
        key(finding) for finding in findings if finding["code"].startswith(codes) and finding["path"].endswith(end)
    ] == []
