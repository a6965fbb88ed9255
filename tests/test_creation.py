"""Documents that fixes create: where they stand, what they take from their neighbours, and when they are not made."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from checking import CHECKOUT, check
from test_new import made, with_answers
from test_new_manifests import APPLICATIONS, ENGINE, cilium

SET = """\
apiVersion: addons.cluster.x-k8s.io/v1beta2
kind: ClusterResourceSet
metadata:
  name: {name}
  namespace: fleet
spec:
  clusterSelector:
    matchLabels:
      {label}: "true"
  strategy: ApplyOnce
  resources:
    - kind: ConfigMap
      name: {payload}
"""
PAYLOAD = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: {name}
  namespace: fleet
data:
  account.yaml: |
    apiVersion: v1
    kind: ServiceAccount
    metadata:
      name: {account}
      namespace: kube-system
"""


def fix(folder: Path, *options: str) -> str:
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    command = [sys.executable, "-m", "crslint", "fix", "--unsafe", *options]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert "Traceback" not in done.stderr, done.stderr
    return done.stdout + done.stderr


def sets(folder: Path) -> None:
    (folder / "sets").mkdir()
    (folder / "payloads").mkdir()
    (folder / "sets/10-cni.yaml").write_text(SET.format(name="10-cni", label="bootstrap", payload="cni"))
    (folder / "payloads/cni.yaml").write_text(PAYLOAD.format(name="cni", account="agent"))
    (folder / "payloads/csi.yaml").write_text(PAYLOAD.format(name="csi", account="driver"))


def test_a_payload_gets_a_set_beside_the_others(tmp_path: Path) -> None:
    sets(tmp_path)
    assert "fixed[CRS013] payloads/csi.yaml:4:9" in fix(tmp_path, "--select", "CRS013")
    made_set = yaml.safe_load((tmp_path / "sets/11-csi.yaml").read_text())
    assert made_set == yaml.safe_load(SET.format(name="11-csi", label="bootstrap", payload="csi"))
    assert check(tmp_path, "--select", "CRS013").findings == []


REASONS = {
    "sets of its namespace select different clusters": (
        "sets/x.yaml",
        SET.format(name="20-x", label="other", payload="x"),
    ),
    "ServiceAccount kube-system/driver is in another payload too, payloads/csi-2.yaml": (
        "payloads/csi-2.yaml",
        PAYLOAD.format(name="csi-2", account="driver"),
    ),
    "sets/kustomization.yaml would have to name the new file": (
        "sets/kustomization.yaml",
        "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n  - 10-cni.yaml\n",
    ),
}


@pytest.mark.parametrize("reason", REASONS)
def test_a_set_is_not_made_where_that_would_be_a_guess(tmp_path: Path, reason: str) -> None:
    sets(tmp_path)
    path, text = REASONS[reason]
    (tmp_path / path).write_text(text)
    before = sorted(tmp_path.rglob("*"))
    assert reason in fix(tmp_path, "--select", "CRS013")
    assert sorted(tmp_path.rglob("*")) == before


def fleet_with_payloads(folder: Path, argocd: str = "3.5.1") -> Path:
    (folder / "cilium.yaml").write_text(cilium())
    (folder / "argocd.yaml").write_text(f"{APPLICATIONS}---\n{ENGINE}".replace("3.5.1", argocd))
    return made(
        folder,
        with_answers(
            ("versions", {"argocd": argocd}),
            ("argocd", "argocd.yaml"),
            ("environments.0.clusters.0.cilium", "cilium.yaml"),
        ),
    )


def test_peering_that_lies_ready_gets_the_application_that_was_lost(tmp_path: Path) -> None:
    fleet = fleet_with_payloads(tmp_path)
    lost = fleet / "environments/production/prod-01/applications/cilium-bgp.yaml"
    kept = yaml.safe_load(lost.read_text())
    lost.unlink()
    (finding,) = check(fleet, "--select", "BGP003").findings
    assert finding["fix"]["safety"] == "unsafe"
    assert finding["fix"]["title"] == "have its Argo CD read base/cilium-bgp/prod-01: sessions come up"
    assert "fixed[BGP003]" in fix(fleet)
    assert yaml.safe_load(lost.read_text()) == kept
    assert check(fleet).findings == []


def test_an_application_is_not_made_where_its_name_is_taken(tmp_path: Path) -> None:
    fleet = fleet_with_payloads(tmp_path)
    lost = fleet / "environments/production/prod-01/applications/cilium-bgp.yaml"
    other = fleet / "base/cilium-bgp/other"
    shutil.copytree(fleet / "base/cilium-bgp/prod-01", other)
    (other / "peering.yaml").unlink()
    (other / "advertisement.yaml").unlink()
    lost.write_text(lost.read_text().replace("cilium-bgp/prod-01", "cilium-bgp/other"))
    assert "has an Application cilium-bgp already" in fix(fleet, "--select", "BGP003")


def test_an_option_that_argo_cd_does_not_know_yet_is_not_written(tmp_path: Path) -> None:
    fleet = fleet_with_payloads(tmp_path, "2.14.21")
    lost = fleet / "environments/production/prod-01/applications/cilium-bgp.yaml"
    lost.unlink()
    assert "it would bring APP006" in fix(fleet)
    assert not lost.exists()
