"""Who holds an API server's address, how nodes are recognised, and how many hosts there are."""

from __future__ import annotations

from typing import Any

import pytest
from resolving import only, resolved

from crslint.fleet.entities.clusters import NodePool
from crslint.fleet.entities.machines import KubeadmConfig
from crslint.fleet.entities.metal3 import IpPool, Metal3Cluster, Metal3Object
from crslint.fleet.entity import UNKNOWN
from crslint.fleet.settings import FleetSettings

CLUSTER = """\
apiVersion: cluster.x-k8s.io/v1beta2
kind: Cluster
metadata: {name: prod, namespace: fleet}
spec:
  controlPlaneRef: {apiGroup: controlplane.cluster.x-k8s.io, kind: KubeadmControlPlane, name: prod}
  infrastructureRef: {apiGroup: infrastructure.cluster.x-k8s.io, kind: Metal3Cluster, name: prod}
---
apiVersion: infrastructure.cluster.x-k8s.io/v1beta1
kind: Metal3Cluster
metadata: {name: prod, namespace: fleet}
spec:
  controlPlaneEndpoint: {host: 192.0.2.10, port: 6443}
  PROVIDER
---
apiVersion: controlplane.cluster.x-k8s.io/v1beta2
kind: KubeadmControlPlane
metadata: {name: prod, namespace: fleet}
spec:
  replicas: 3
  version: v1.33.1
  machineTemplate:
    spec:
      infrastructureRef: {apiGroup: infrastructure.cluster.x-k8s.io, kind: Metal3MachineTemplate, name: prod}
  kubeadmConfigSpec:
    initConfiguration: {nodeRegistration: {kubeletExtraArgs: [{name: node-labels, value: rack=r1}]}}
    joinConfiguration: {nodeRegistration: {name: node}}
    files:
      - path: /etc/file
        content: |
          CONTENT
---
apiVersion: infrastructure.cluster.x-k8s.io/v1beta2
kind: Metal3MachineTemplate
metadata: {name: prod, namespace: fleet}
spec: {template: {spec: {customDeploy: {method: x}, hostSelector: {matchLabels: {role: cp}}}}}
"""


def tree(provider: str = "cloudProviderEnabled: false", content: str = "nothing") -> str:
    lines = content.replace("\n", "\n          ")
    return CLUSTER.replace("PROVIDER", provider).replace("CONTENT", lines)


def infrastructure(text: str, capm3: str | None = None) -> Metal3Cluster:
    settings = FleetSettings(versions={"capm3": capm3} if capm3 else {})
    found = only(resolved({"prod.yaml": text}, settings), "metal3Cluster")
    assert isinstance(found, Metal3Cluster)
    return found


@pytest.mark.parametrize(
    ("written", "capm3", "on", "is_written", "default"),
    [
        ("cloudProviderEnabled: false", None, False, True, None),
        ("cloudProviderEnabled: true", None, True, True, None),
        ("noCloudProvider: true", None, False, True, None),
        ("noCloudProvider: false", "1.13", True, True, False),
        ("failureDomains: {}", "1.12.2", True, False, True),
        ("failureDomains: {}", "1.13", False, False, False),
        ("failureDomains: {}", None, UNKNOWN, False, None),
        ("cloudProviderEnabled: ${ON}", None, UNKNOWN, True, None),
    ],
)
def test_cloud_provider(written: str, capm3: str | None, on: object, is_written: bool, default: bool | None) -> None:
    found = infrastructure(tree(written), capm3)
    assert (found.cloud_provider, found.cloud_provider_written, found.cloud_provider_default) == (
        on,
        is_written,
        default,
    )


KUBE_VIP = """\
apiVersion: v1
kind: Pod
metadata: {name: kube-vip}
spec: {containers: [{name: kube-vip, image: kube-vip, ARGUMENTS}]}
"""


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("nothing", [("nobody", None)]),
        ("virtual_ipaddress {\n  192.0.2.10/24 dev eth0\n}", [(None, None)]),
        ("virtual_ipaddress {\n  # 192.0.2.99\n  192.0.2.11/24\n}", [("announces", "192.0.2.11")]),
        ("virtual_ipaddress {\n  ${VIP}\n}", []),
        ("the address is 192.0.2.10.", [(None, None)]),
        ("the address is 192.0.2.100", [("nobody", None)]),
        ("the address is 1192.0.2.10 or 192.0.2.10.1", [("nobody", None)]),
        ("curl https://192.0.2.10:6443/healthz", [(None, None)]),
        ("include /etc/keepalived/other.conf", []),
        (KUBE_VIP.replace("ARGUMENTS", "args: [manager, --address, 192.0.2.12]"), [("announces", "192.0.2.12")]),
        (KUBE_VIP.replace("ARGUMENTS", "args: [manager, --address=192.0.2.10]"), [(None, None)]),
        (
            KUBE_VIP.replace("ARGUMENTS", "env: [{name: vip_address, value: 192.0.2.13}]"),
            [("announces", "192.0.2.13")],
        ),
        (
            KUBE_VIP.replace(
                "ARGUMENTS", 'env: [{name: address, value: 192.0.2.13}, {name: cp_enable, value: "false"}]'
            ),
            [],
        ),
    ],
)
def test_who_holds_the_address(content: str, expected: list[tuple[str | None, str | None]]) -> None:
    found = infrastructure(tree(content=content))
    assert [(one["fault"], one["other"]) for one in found.vip] == expected


def test_nodes_without_a_label() -> None:
    config = only(resolved({"prod.yaml": tree()}), "kubeadmConfig")
    assert isinstance(config, KubeadmConfig)
    base = "prod.yaml:2#/spec/kubeadmConfigSpec"
    assert [(one["command"], one["identified"], one["labelAt"], one["to"]) for one in config.identities] == [
        (
            "init",
            False,
            f"{base}/initConfiguration/nodeRegistration/kubeletExtraArgs/0/value",
            "rack=r1,metal3.io/uuid={{ ds.meta_data.uuid }}",
        ),
        (
            "join",
            False,
            f"{base}/joinConfiguration/nodeRegistration/kubeletExtraArgs",
            [{"name": "node-labels", "value": "metal3.io/uuid={{ ds.meta_data.uuid }}"}],
        ),
    ]


HOST = """\
---
apiVersion: metal3.io/v1alpha1
kind: BareMetalHost
metadata: {name: NAME, namespace: fleet, labels: {role: cp}}
spec: {online: true}
"""


def test_a_host_that_lies_in_two_files_is_one() -> None:
    hosts = "".join(HOST.replace("NAME", f"host-{number}") for number in range(3))
    files = {"prod.yaml": tree(), "hosts.yaml": hosts, "copy/hosts.yaml": hosts}
    pool = only(resolved(files), "nodePool")
    assert isinstance(pool, NodePool)
    assert pool.host_supply is not None
    assert (pool.host_supply["hosts"], pool.host_supply["needed"]) == (3, 4)


POOL = """\
apiVersion: ipam.metal3.io/v1alpha1
kind: IPPool
metadata: {name: nodes, namespace: fleet}
spec: {namePrefix: nodes, gateway: 192.0.2.1, pools: [{POOL}], preAllocations: {GIVEN}}
"""


@pytest.mark.parametrize(
    ("pool", "given", "faults"),
    [
        ("start: 192.0.2.10, end: 192.0.2.20, subnet: 192.0.2.0/24", "", []),
        ("start: 192.0.2.10, end: 192.0.3.20, subnet: 192.0.2.0/24", "", ["end"]),
        ("start: 192.0.2.20, end: 192.0.2.10", "", ["end"]),
        ("start: 192.0.2.1, end: 192.0.2.20", "", ["gateway"]),
        ("start: 192.0.2.1, end: 192.0.2.20", "gateway: 192.0.2.1", []),
        ("start: '${START}', end: 192.0.2.20", "", []),
    ],
)
def test_ranges_of_a_pool(pool: str, given: str, faults: list[str]) -> None:
    text = POOL.replace("POOL", pool).replace("GIVEN", given)
    found = only(resolved({"pool.yaml": text}), "ipPool")
    assert isinstance(found, IpPool)
    assert [one["what"] for one in found.checks if one["fault"]] == faults


BARE = """\
apiVersion: metal3.io/v1alpha1
kind: BareMetalHost
metadata: {name: NAME, namespace: fleet}
spec: SPEC
"""


@pytest.mark.parametrize(
    ("name", "spec", "faults"),
    [
        ("host-1", "{bootMACAddress: '52:54:00:0a:00:01'}", []),
        ("host-1", "{bootMACAddress: '52:54:00:0a:00:01:02'}", ["bootMACAddress"]),
        ("host-1", "{bmc: {address: libvirt://192.0.2.1/x}}", ["bootMACAddress"]),
        ("host-1", "{bmc: {address: ipmi://192.0.2.1}}", []),
        ("host-1", "{bmc: {address: '192.0.2.1:623'}}", []),
        ("host-1", "{bmc: {address: foo+https://192.0.2.1}}", ["bmc.address"]),
        ("host-1", "{rootDeviceHints: {deviceName: sda}}", ["deviceName"]),
        ("host-1", "{rootDeviceHints: {deviceName: /dev/disk/by-id/x}}", ["deviceName"]),
        ("host-1", "{rootDeviceHints: {deviceName: /dev/disk/by-path/x}}", []),
        ("3f2b8c1e5d4a4b6f9a7e1c2d3e4f5a6b", "{}", ["name"]),
        ("host 1", "{}", ["name"]),
    ],
)
def test_hosts(name: str, spec: str, faults: list[str]) -> None:
    found: Any = only(resolved({"host.yaml": BARE.replace("NAME", name).replace("SPEC", spec)}), "metal3Object")
    assert isinstance(found, Metal3Object)
    assert [one["what"] for one in found.checks if one["fault"]] == faults
