"""Documents that fixes create: where they stand, what they take from their neighbours, and when they are not made."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from checking import CHECKOUT, check
from linting import crslint_in
from manifests import payload
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


def fix(folder: Path, *options: str) -> str:
    ran = crslint_in(folder, "fix", "--unsafe", *options)
    assert "internal error" not in ran.err, ran.err
    return ran.out + ran.err


def sets(folder: Path) -> None:
    (folder / "sets").mkdir()
    (folder / "payloads").mkdir()
    (folder / "sets/10-cni.yaml").write_text(SET.format(name="10-cni", label="bootstrap", payload="cni"))
    (folder / "payloads/cni.yaml").write_text(payload("cni", "agent"))
    (folder / "payloads/csi.yaml").write_text(payload("csi", "driver"))


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
        payload("csi-2", "driver"),
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


SERVICE = """\
apiVersion: v1
kind: Service
metadata:
  name: {name}
  namespace: web
  annotations:
    {annotations}
  labels:
    announce: external
spec:
  type: LoadBalancer
  ports:
    - port: 80
"""
POLICY = """\
apiVersion: cilium.io/v2alpha1
kind: CiliumBGPPeeringPolicy
metadata:
  name: rack
spec:
  virtualRouters:
    - localASN: 64512
      serviceSelector:
        matchLabels:
          announce: external
      neighbors:
        - peerAddress: 192.0.2.1/32
          peerASN: 64600
"""
SECOND_ROUTER = """\
    - localASN: 64513
      serviceSelector:
        matchLabels:
          announce: {value}
      neighbors:
        - peerAddress: 192.0.2.2/32
          peerASN: 64601
"""
GATEWAY = """\
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata:
  name: edge
  namespace: web
spec:
  gatewayClassName: cilium
  infrastructure:
    labels:
      announce: external
  listeners:
    - name: http
      port: 80
      protocol: HTTP
"""
KUSTOMIZATION = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n  - {}\n"


def announced(folder: Path, addresses: str = "172.20.10.7", release: str = "1.16.5") -> None:
    """``addresses`` is empty for a Service that asks for none."""
    asks = f"io.cilium/lb-ipam-ips: {addresses}" if addresses else "example.org/team: web"
    (folder / "crslint.yaml").write_text(f'versions: {{cilium: "{release}"}}\n')
    (folder / "bgp.yaml").write_text(POLICY)
    (folder / "web.yaml").write_text(SERVICE.format(name="web", annotations=asks))


@pytest.mark.parametrize(
    ("release", "version", "field"),
    [("1.14.5", "v2alpha1", "cidrs"), ("1.15.2", "v2alpha1", "blocks"), ("1.18.3", "v2", "blocks")],
)
def test_a_pool_has_the_addresses_that_are_asked_for(tmp_path: Path, release: str, version: str, field: str) -> None:
    announced(tmp_path, "172.20.10.7, 172.20.10.9", release)
    (finding, *others) = sorted(check(tmp_path).findings, key=lambda each: str(each["code"] != "BGP006"))
    assert (finding["fix"]["safety"], finding["fix"]["title"]) == (
        "unsafe",
        "give a pool the addresses that its Services ask for: 172.20.10.7, 172.20.10.9",
    )
    assert "fixed[BGP006] bgp.yaml:7:7" in fix(tmp_path, "--select", "BGP006")
    pool = yaml.safe_load((tmp_path / "pool.yaml").read_text())
    assert pool == {
        "apiVersion": f"cilium.io/{version}",
        "kind": "CiliumLoadBalancerIPPool",
        "metadata": {"name": "rack"},
        "spec": {
            field: [{"cidr": "172.20.10.7/32"}, {"cidr": "172.20.10.9/32"}],
            "serviceSelector": {"matchLabels": {"announce": "external"}},
        },
    }
    assert check(tmp_path).findings == others  # 1.18 calls the policy deprecated
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    assert "0 findings fixed" in fix(tmp_path)
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_two_announcements_of_the_same_services_share_a_pool(tmp_path: Path) -> None:
    announced(tmp_path)
    (tmp_path / "bgp.yaml").write_text(POLICY + SECOND_ROUTER.format(value="external"))
    fix(tmp_path, "--select", "BGP006")
    assert check(tmp_path).findings == []
    assert yaml.safe_load((tmp_path / "pool.yaml").read_text())["spec"]["blocks"] == [{"cidr": "172.20.10.7/32"}]


def test_a_kustomization_names_the_new_pool(tmp_path: Path) -> None:
    announced(tmp_path)
    (tmp_path / "kustomization.yaml").write_text(KUSTOMIZATION.format("./bgp.yaml\n  - ./web.yaml"))
    assert "fixed[BGP006]" in fix(tmp_path, "--select", "BGP006")
    assert (tmp_path / "kustomization.yaml").read_text() == KUSTOMIZATION.format(
        "./bgp.yaml\n  - ./web.yaml\n  - ./pool.yaml"
    )


NO_POOL = {
    "an address is no address": ("web.yaml", SERVICE.format(name="w", annotations="io.cilium/lb-ipam-ips: 172.20.10")),
    "one asks for none": ("other.yaml", SERVICE.format(name="other", annotations="example.org/team: web")),
    "two ask for the same": (
        "other.yaml",
        SERVICE.format(name="other", annotations="lbipam.cilium.io/ips: 172.20.10.7"),
    ),
    "another router announces others": ("bgp.yaml", POLICY + SECOND_ROUTER.format(value="internal")),
    "it is not known what else is announced": (
        "gateway.yaml",
        GATEWAY,
    ),
}


@pytest.mark.parametrize("case", NO_POOL)
def test_addresses_are_not_guessed(tmp_path: Path, case: str) -> None:
    announced(tmp_path)
    path, text = NO_POOL[case]
    (tmp_path / path).write_text(text)
    findings = check(tmp_path, "--select", "BGP006").findings
    assert findings
    assert [each.get("fix") for each in findings] == [None] * len(findings)


REFUSED = {
    "which release of Cilium runs there is not known": ("crslint.yaml", ""),
    "kustomization.yaml does not name bgp.yaml": ("kustomization.yaml", KUSTOMIZATION.format("web.yaml")),
    "pool.yaml is there already": ("pool.yaml", "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: pool\n"),
    "it would bring BGP017": ("bgp.yaml", POLICY.replace("192.0.2.1/32", "172.20.10.7/32")),
}


@pytest.mark.parametrize("reason", REFUSED)
def test_a_pool_is_not_made_where_it_cannot_stand(tmp_path: Path, reason: str) -> None:
    announced(tmp_path)
    path, text = REFUSED[reason]
    (tmp_path / path).write_text(text)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    assert reason in fix(tmp_path, "--select", "BGP006")
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_lost_pool_comes_back_where_the_application_of_its_cluster_reads_it(tmp_path: Path) -> None:
    fleet = fleet_with_payloads(tmp_path)
    lost = fleet / "base/cilium-bgp/prod-01/pool.yaml"
    kept = yaml.safe_load(lost.read_text())
    service = yaml.safe_load(SERVICE.format(name="web", annotations="lbipam.cilium.io/ips: 172.20.10.7"))
    service["metadata"]["labels"] = kept["spec"]["serviceSelector"]["matchLabels"]
    lost.unlink()
    (lost.parent / "web.yaml").write_text(yaml.safe_dump(service))
    assert "fixed[BGP006] base/cilium-bgp/prod-01/advertisement.yaml" in fix(fleet, "--select", "BGP006")
    made_pool = yaml.safe_load(lost.read_text())
    assert made_pool["apiVersion"] == kept["apiVersion"]
    assert made_pool["spec"] == {
        "blocks": [{"cidr": "172.20.10.7/32"}],
        "serviceSelector": kept["spec"]["serviceSelector"],
    }
    assert check(fleet).findings == []


ROOTLESS = CHECKOUT / "rules/crs/CRS008-part-of-the-pattern/bad/root-of-the-sibling-alone"


def places(findings: list[dict[str, Any]]) -> set[tuple[str, str, int]]:
    return {(each["code"], each["path"], each["line"]) for each in findings}


def test_a_cluster_gets_a_root_application_like_its_siblings(tmp_path: Path) -> None:
    fleet = shutil.copytree(ROOTLESS, tmp_path / "fleet")
    before = places(check(fleet).findings)
    assert "fixed[CRS008] management/staging-01.yaml:7:5" in fix(fleet, "--select", "CRS008")
    for name in ("03-root-{}.yaml", "root-{}.yaml"):
        theirs, ours = (fleet / "management" / name.format(word) for word in ("production", "staging"))
        assert ours.read_text() == theirs.read_text().replace("production", "staging")
    assert places(check(fleet).findings) == before - {("CRS008", "management/staging-01.yaml", 7)}
    files = {path: path.read_bytes() for path in fleet.rglob("*") if path.is_file()}
    assert "0 findings fixed" in fix(fleet, "--select", "CRS008")
    assert {path: path.read_bytes() for path in fleet.rglob("*") if path.is_file()} == files


@pytest.mark.parametrize("destination", ["7", "{server: https://other.example}", "{name: [a]}", "{server: {a: b}}"])
def test_where_another_argo_cd_may_bring_the_root_none_is_missed(tmp_path: Path, destination: str) -> None:
    fleet = shutil.copytree(ROOTLESS, tmp_path / "fleet")
    head = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: push, namespace: argocd}\n"
    (fleet / "push.yaml").write_text(f"{head}spec:\n  destination: {destination}\n")
    assert check(fleet).of("CRS008") == []


# What is said, and what is changed for it: a file, and a word of it that becomes another.
NO_ROOT = {
    "environments/staging has no Applications": ("environments/staging/web.yaml", "kind: Application", "kind: Other"),
    "Application argocd/web reads environments/staging already": (
        "environments/production/web.yaml",
        "path: web/production",
        "path: environments/staging",
    ),
    "repository, revision and project of the sibling's root Application are its own": (
        "management/root-production.yaml",
        "targetRevision: v1.2.0",
        "targetRevision: production",
    ),
    "does not ask for a label of which the Cluster has another value": (
        "management/staging-01.yaml",
        "    environment: staging\n",
        "",
    ),
    "is not in a set of its own": (
        "management/03-root-production.yaml",
        "  resources:\n",
        "  resources:\n    - kind: ConfigMap\n      name: cilium\n",
    ),
    "management/root-production.yaml holds other documents": (
        "management/root-production.yaml",
        "apiVersion: v1\nkind: ConfigMap",
        "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: other\n---\napiVersion: v1\nkind: ConfigMap",
    ),
    "it is not known which folder the sibling's root Application reads": (
        "crslint.yaml",
        "git.example.org",
        "elsewhere",
    ),
}


@pytest.mark.parametrize("reason", NO_ROOT)
def test_a_root_application_is_not_made_where_something_must_be_chosen(tmp_path: Path, reason: str) -> None:
    fleet = shutil.copytree(ROOTLESS, tmp_path / "fleet")
    path, old, new = NO_ROOT[reason]
    text = (fleet / path).read_text()
    assert old in text
    (fleet / path).write_text(text.replace(old, new, 1))
    files = {path: path.read_bytes() for path in fleet.rglob("*") if path.is_file()}
    assert reason in fix(fleet, "--select", "CRS008")
    assert {path: path.read_bytes() for path in fleet.rglob("*") if path.is_file()} == files


def test_a_root_application_in_a_file_of_no_environment_is_not_copied(tmp_path: Path) -> None:
    fleet = shutil.copytree(ROOTLESS, tmp_path / "fleet")
    (fleet / "management/root-production.yaml").rename(fleet / "management/root.yaml")
    assert "the name of management/root.yaml does not say whose" in fix(fleet, "--select", "CRS008")
