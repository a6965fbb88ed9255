"""`crslint new`: the fleet of any answers is right, and what cannot be is refused where it stands."""

from __future__ import annotations

import copy
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from checking import DATA, check
from linting import Ran, crslint_in

PAYLOADS = DATA / "payloads"
needs_payloads = pytest.mark.skipif(not PAYLOADS.is_dir(), reason="the shared data are not here")
needs_kubectl = pytest.mark.skipif(shutil.which("kubectl") is None, reason="no kubectl")

CLUSTER: dict[str, Any] = {
    "name": "prod-01",
    "endpoint": "192.168.10.100",
    "nodes": {
        "subnet": "192.168.10.0/24",
        "gateway": "192.168.10.1",
        "first": "192.168.10.101",
        "last": "192.168.10.140",
    },
    "bgp": {
        "localASN": 64512,
        "peers": [{"address": "192.168.10.2", "asn": 64700}, {"address": "192.168.10.3", "asn": 64700}],
    },
    "pools": ["172.20.10.0/24"],
}
ANSWERS: dict[str, Any] = {
    "repository": "https://github.com/example-org/fleet",
    "image": {"url": "https://images.example.org/node.qcow2", "checksum": "https://images.example.org/node.sha256"},
    "environments": [{"name": "production", "revision": "v1.0.0", "clusters": [CLUSTER]}],
}


def with_answers(*changes: tuple[str, Any]) -> dict[str, Any]:
    """The answers with some changed: ``environments.0.clusters.0.pods`` is a place."""
    answers = copy.deepcopy(ANSWERS)
    for place, value in changes:
        *steps, last = (int(step) if step.isdigit() else step for step in place.split("."))
        inner: Any = answers
        for step in steps:
            inner = inner.setdefault(step, {}) if isinstance(inner, dict) else inner[step]
        inner[last] = value
    return answers


def run_new(folder: Path, *arguments: str) -> Ran:
    ran = crslint_in(folder, "new", *arguments)
    assert "internal error" not in ran.err, ran.err
    return ran


def documents_of(text: str) -> list[Any]:
    """Those that are not empty."""
    return [each for each in yaml.load_all(text, Loader=yaml.CSafeLoader) if each]


def made(folder: Path, answers: dict[str, Any]) -> Path:
    """A fleet that was written without a complaint."""
    (folder / "answers.yaml").write_text(yaml.safe_dump(answers))
    done = run_new(folder, "fleet", "--answers", "answers.yaml")
    assert done.code == 0, done.out + done.err
    return folder / "fleet"


def refused(folder: Path, answers: dict[str, Any]) -> str:
    (folder / "answers.yaml").write_text(yaml.safe_dump(answers, sort_keys=False))
    done = run_new(folder, "fleet", "--answers", "answers.yaml")
    assert done.code == 2, done.out + done.err
    assert not (folder / "fleet").exists()
    assert [path.name for path in folder.iterdir() if path.name.startswith(".fleet")] == []
    return done.out + done.err


def objects(folder: Path, kind: str) -> list[dict[str, Any]]:
    found = [each for path in sorted(folder.rglob("*.yaml")) for each in documents_of(path.read_text())]
    return [each for each in found if isinstance(each, dict) and each.get("kind") == kind]


def identity(item: dict[str, Any]) -> tuple[str, str, str]:
    return item["kind"], item["metadata"].get("namespace") or "", item["metadata"]["name"]


def assert_clean(fleet: Path) -> None:
    checked = check(fleet, "--profile", "strict")
    assert [item for item in checked.findings if item["severity"] != "info"] == []
    assert checked.exit_code == 0


def test_the_example_gives_a_fleet_that_is_right(tmp_path: Path) -> None:
    example = run_new(tmp_path, "--example")
    (tmp_path / "answers.yaml").write_text(example.out)
    done = run_new(tmp_path, "fleet", "--answers", "answers.yaml")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("fleet: 22 files, 1 cluster; README.md says what to do next\ncrslint check: 0 findings")
    assert_clean(tmp_path / "fleet")


def test_kubectl_applies_payloads_and_set_before_the_cluster(tmp_path: Path) -> None:
    folder = made(tmp_path, ANSWERS) / "management" / "clusters" / "prod-01"
    kinds = [item["kind"] for file in sorted(folder.iterdir()) for item in documents_of(file.read_text())]
    assert {"ConfigMap", "ClusterResourceSet"} <= set(kinds[: kinds.index("Cluster")])
    assert {"ConfigMap", "ClusterResourceSet"}.isdisjoint(kinds[kinds.index("Cluster") :])


def test_what_the_example_has_commented_out_is_the_default(tmp_path: Path) -> None:
    text = run_new(tmp_path, "--example").out
    written = re.sub(r"(?m)^( *)# (?=[a-zA-Z]+:|  [a-zA-Z-]+: \S|  [a-zA-Z]+:$)", r"\1", text)
    written = re.sub(
        r"(?m)^ *(argocd: install|cilium: cilium-|hosts|  - name: prod-01-host|  (role|mac|bmc|disk)|multihop).*\n",
        "",
        written,
    )
    written = re.sub(r"(?m)^ *# .*\n", "", written)
    for name, content in (("plain", text), ("full", written)):
        (tmp_path / f"{name}.yaml").write_text(content)
        assert run_new(tmp_path, name, "--answers", f"{name}.yaml").code == 0
    plain, full = (
        {
            path.relative_to(tmp_path / name): path.read_text()
            for path in (tmp_path / name).rglob("*")
            if path.is_file() and path.name != "answers.yaml"
        }
        for name in ("plain", "full")
    )
    assert plain == full
    assert "checksumType: sha256" in written
    assert "kubernetes: 1.34.2" in written


RELEASES = [
    ("1.28.15", "1.5", "1.5", "1.14.5", "2.8.0"),
    ("1.29.0", "1.8", "1.8", "1.15.7", "2.14.21"),
    ("1.31.4", "1.10", "1.10", "1.16.15", "3.0.23"),
    ("1.32.0", "1.11", "1.11", "1.17.0", "3.1.0"),
    ("1.34.2", "1.13", "1.13", "1.18.9", "3.2.12"),
    ("1.35.0", "1.14", "1.13", "1.19.4", "3.5.1"),
    ("1.35.0", "1.14", "1.12", "1.20.0", "3.5.1"),
]


@pytest.mark.parametrize("releases", RELEASES, ids="-".join)
def test_a_fleet_is_right_for_its_releases(tmp_path: Path, releases: tuple[str, ...]) -> None:
    versions = dict(zip(("kubernetes", "capi", "capm3", "cilium", "argocd"), releases, strict=True))
    fleet = made(tmp_path, with_answers(("versions", versions)))
    assert_clean(fleet)
    capi = "v1beta2" if versions["capi"] in ("1.11", "1.13", "1.14") else "v1beta1"
    assert objects(fleet, "Cluster")[0]["apiVersion"] == f"cluster.x-k8s.io/{capi}"
    metal3 = "v1beta2" if versions["capm3"] == "1.13" else "v1beta1"
    assert objects(fleet, "Metal3Cluster")[0]["apiVersion"] == f"infrastructure.cluster.x-k8s.io/{metal3}"
    old = versions["cilium"] < "1.16"
    assert len(objects(fleet, "CiliumBGPPeeringPolicy")) == old
    assert len(objects(fleet, "CiliumBGPClusterConfig")) == (not old)
    (pool,) = objects(fleet, "CiliumLoadBalancerIPPool")
    assert pool["spec"]["cidrs" if versions["cilium"] < "1.15" else "blocks"] == [{"cidr": "172.20.10.0/24"}]


def test_three_environments_with_several_clusters(tmp_path: Path) -> None:
    environments = []
    for number, (name, revision) in enumerate((("production", "v2"), ("staging", "main"), ("dev", "topic/x"))):
        clusters = []
        for place in range(2):
            net = f"10.{number}.{place}"
            clusters.append(
                {
                    **CLUSTER,
                    "name": f"{name}-{place}",
                    "endpoint": f"{net}.9",
                    "pods": f"10.{120 + number * 2 + place}.0.0/16",
                    "nodes": {
                        "subnet": f"{net}.0/24",
                        "gateway": f"{net}.1",
                        "first": f"{net}.50",
                        "last": f"{net}.99",
                    },
                    "bgp": {"localASN": 64512 + place, "peers": [{"address": f"{net}.2", "asn": 65000}]},
                    "pools": [f"172.20.{number * 2 + place}.0/24"],
                }
            )
        environments.append({"name": name, "revision": revision, "clusters": clusters})
    fleet = made(tmp_path, {**ANSWERS, "environments": environments})
    checked = check(fleet)
    assert checked.findings == []
    assert checked.report["summary"]["clusters"] == 6
    assert (fleet / "environments/dev/dev-1/applications/cilium.yaml").is_file()


def test_hosts_are_written_and_spare_ones_decide_how_a_rollout_goes(tmp_path: Path) -> None:
    hosts = [
        {
            "name": f"host-{number}",
            "role": "control-plane" if number < 3 else "worker",
            "mac": f"52:54:00:00:00:0{number}",
            "bmc": f"ipmi://10.9.0.{number}",
        }
        for number in range(5)
    ]
    fleet = made(tmp_path, with_answers(("environments.0.clusters.0.hosts", hosts)))
    assert_clean(fleet)
    assert [each["metadata"]["name"] for each in objects(fleet, "BareMetalHost")] == [each["name"] for each in hosts]
    (plane,) = objects(fleet, "KubeadmControlPlane")
    assert plane["spec"]["rollout"]["strategy"]["rollingUpdate"] == {"maxSurge": 0}
    assert "secret generic host-4-bmc" in (fleet / "README.md").read_text()


CANNOT_BE = [
    ("repository", "nowhere", "answers.yaml:1:13", 'repository is "nowhere"; it must be a URL such as'),
    ("versions", {"kubernetes": "1.34"}, "answers.yaml:26:15", "it must be a whole release such as 1.34.2"),
    ("versions", {"cilium": "1.13.0"}, "answers.yaml:26:11", "1.13.0 is too old: crslint new knows cilium 1.14"),
    ("versions", {"celium": "1.18.9"}, "answers.yaml:26:3", '"celium" is no key of versions; did you mean "cilium"?'),
    ("environments.0.revision", "main", "answers.yaml:7:13", '"main" moves; production follows a tag or a commit'),
    ("environments.0.clusters.0.pods", "10.244.1.0/16", "answers.yaml:25:11", "the network is 10.244.0.0/16"),
    ("environments.0.clusters.0.pods", "192.168.0.0/16", "answers.yaml:25:11", "overlaps the network of the nodes"),
    ("environments.0.clusters.0.pods", "10.244.0.0/23", "answers.yaml:25:11", "has a /24 for 2 nodes; too small"),
    ("environments.0.clusters.0.controlPlanes", 2, "answers.yaml:25:20", "etcd needs an odd number"),
    ("environments.0.clusters.0.controlPlanes", "3", "answers.yaml:25:20", "it must be a whole number"),
    ("environments.0.clusters.0.controlPlanes", 11, "answers.yaml:25:20", "it must be a number from 1 to 9"),
    ("environments.0.clusters.0.endpoint", "192.168.10.120", "answers.yaml:10:15", "lies in the nodes' range"),
    (
        "environments.0.clusters.0.endpoint",
        "192.168.11.2",
        "answers.yaml:10:15",
        "no address of a machine in 192.168.10",
    ),
    ("environments.0.clusters.0.endpoint", "192.168.10.256", "answers.yaml:10:15", "192.168.10.256 is no address"),
    ("environments.0.clusters.0.bgp.localASN", 64500, "answers.yaml:17:17", "set aside for documentation"),
    ("environments.0.clusters.0.bgp.peers.1.address", "192.168.10.2", "answers.yaml:21:18", "is a peer already"),
    ("environments.0.clusters.0.bgp.peers.1.address", "10.0.0.2", "answers.yaml:21:18", "not in the nodes' network"),
    ("environments.0.clusters.0.pools.0", "192.168.10.0/28", "answers.yaml:24:7", "overlaps the network of the nodes"),
    ("environments.0.clusters.0.nodes.last", "192.168.10.103", "answers.yaml:15:13", "has 3 addresses; 6 are needed"),
    ("environments.0.clusters", [], "answers.yaml:8:13", "environments[0].clusters is empty"),
]


@pytest.mark.parametrize(("place", "value", "position", "message"), CANNOT_BE)
def test_answers_that_cannot_be_are_refused_where_they_stand(
    tmp_path: Path, place: str, value: Any, position: str, message: str
) -> None:
    text = refused(tmp_path, with_answers((place, value)))
    assert position in text, text
    assert message in text, text


def test_clusters_of_one_fleet_share_nothing(tmp_path: Path) -> None:
    text = refused(tmp_path, with_answers(("environments.0.clusters", [CLUSTER, CLUSTER])))
    for message in (
        "is the name of another cluster too",
        "API server's address of prod-01",
        "range overlaps",
        "the pool",
    ):
        assert message in text


def test_what_is_there_is_never_overwritten(tmp_path: Path) -> None:
    fleet = tmp_path / "fleet"
    fleet.mkdir()
    (fleet / "mine").write_text("mine")
    (tmp_path / "answers.yaml").write_text(yaml.safe_dump(ANSWERS))
    done = run_new(tmp_path, "fleet", "--answers", "answers.yaml")
    assert (done.code, done.out) == (2, "")
    assert done.err == "Error: fleet is not empty: it has mine; nothing is overwritten\n"
    assert (fleet / "mine").read_text() == "mine"
    (fleet / "mine").unlink()
    assert run_new(tmp_path, "fleet", "--answers", "answers.yaml").code == 0


def test_without_a_terminal_and_answers_nothing_is_asked(tmp_path: Path) -> None:
    done = run_new(tmp_path, "fleet")
    assert done.code == 2
    assert "use --answers FILE (--example prints one)" in done.err


def test_the_answers_that_are_kept_give_the_same_fleet(tmp_path: Path) -> None:
    fleet = made(tmp_path, ANSWERS)
    done = run_new(tmp_path, "again", "--answers", "fleet/answers.yaml")
    assert done.code == 0
    for path in fleet.rglob("*"):
        if path.is_file():
            assert (tmp_path / "again" / path.relative_to(fleet)).read_bytes() == path.read_bytes()


def test_answers_may_be_json(tmp_path: Path) -> None:
    (tmp_path / "answers.json").write_text(json.dumps(ANSWERS))
    assert run_new(tmp_path, "fleet", "--answers", "answers.json").code == 0


REAL = [
    ("cilium-1.14.5-native-bgp.yaml", "1.14.5", "argocd-install-v2.9.22.yaml", "2.9.22", "1.10"),
    ("cilium-1.16.0-native-bgp.yaml", "1.16.0", "argocd-core-install-v3.2.12.yaml", "3.2.12", "1.11"),
    ("cilium-1.18.9-native-bgp.yaml", "1.18.9", "argocd-install-v3.5.1.yaml", "3.5.1", "1.13"),
]


def with_manifests(cilium: str, version: str, argocd: str, engine: str, capi: str = "1.13") -> dict[str, Any]:
    return with_answers(
        ("versions", {"cilium": version, "argocd": engine, "capi": capi, "capm3": capi}),
        ("argocd", str(PAYLOADS / argocd)),
        ("environments.0.clusters.0.cilium", str(PAYLOADS / cilium)),
    )


@needs_payloads
@pytest.mark.parametrize(("cilium", "version", "argocd", "engine", "capi"), REAL, ids=[row[0] for row in REAL])
def test_real_manifests_become_payloads(
    tmp_path: Path, cilium: str, version: str, argocd: str, engine: str, capi: str
) -> None:
    fleet = made(tmp_path, with_manifests(cilium, version, argocd, engine, capi))
    assert_clean(fleet)
    payloads = {each["metadata"]["name"]: each["data"] for each in objects(fleet / "management", "ConfigMap")}
    engine_objects = json.loads(payloads["argocd"]["argocd.json"])
    assert engine_objects[0] == {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "argocd"}}
    assert all(len("".join(data.values()).encode()) <= 1_048_576 for data in payloads.values())
    original = documents_of((PAYLOADS / argocd).read_text())
    for each in engine_objects:
        if each["metadata"].get("namespace") == "argocd":
            del each["metadata"]["namespace"]
    assert sorted(engine_objects[1:], key=identity) == sorted(original, key=identity)
    network = documents_of(payloads["cilium-prod-01"]["cilium.yaml"])
    rendered = documents_of((PAYLOADS / cilium).read_text())
    assert sorted(network, key=identity) == sorted(rendered, key=identity)
    values = yaml.safe_load((fleet / "base/cilium/prod-01.yaml").read_text())
    assert values["hubble"] == {"enabled": True, "tls": {"auto": {"method": "cronJob"}}}


@needs_payloads
@needs_kubectl
def test_kustomize_builds_the_argo_cd_of_day_2(tmp_path: Path) -> None:
    fleet = made(tmp_path, with_manifests(*REAL[2]))
    built = subprocess.run(["kubectl", "kustomize", str(fleet / "base/argocd")], capture_output=True, text=True)
    assert built.returncode == 0, built.stderr
    found = documents_of(built.stdout)
    assert len(found) == len(documents_of((PAYLOADS / REAL[2][2]).read_text())) + 1


@needs_payloads
def test_a_manifest_that_contradicts_the_answers_is_refused_with_the_values(tmp_path: Path) -> None:
    answers = with_manifests(*REAL[2])
    answers["environments"][0]["clusters"][0] |= {"pods": "10.42.0.0/16", "endpoint": "192.168.10.9"}
    text = refused(tmp_path, answers)
    assert (
        "ipv4-native-routing-cidr is 10.244.0.0/16; the answers (pods) need 10.42.0.0/16: ipv4NativeRoutingCIDR" in text
    )
    assert "cilium-1.18.9-native-bgp.yaml:930:29" in text
    assert "KUBERNETES_SERVICE_HOST is 192.168.10.100; the answers say 192.168.10.9: k8sServiceHost" in text
    assert "--set ipv4NativeRoutingCIDR=10.42.0.0/16" in text


@needs_payloads
def test_the_manifest_of_the_pattern_is_refused(tmp_path: Path) -> None:
    answers = with_manifests("cilium-1.14.5-as-in-the-pattern.yaml", "1.14.5", REAL[0][2], "2.9.22", "1.10")
    text = refused(tmp_path, answers)
    assert "the agent has no KUBERNETES_SERVICE_HOST" in text
    assert "the agent mounts bgp-config, which nobody makes" in text
    answers["versions"]["cilium"] = "1.15.0"
    assert "the agent is of release v1.14.5; the answers say Cilium 1.15.0" in refused(tmp_path, answers)
