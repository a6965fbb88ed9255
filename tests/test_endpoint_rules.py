"""What the rules on endpoints, Metal3 and secrets say, and which of two owns a fault."""

from __future__ import annotations

import pytest
from checking import CHECKOUT, check

RULES = CHECKOUT / "rules"

SAID = [
    (
        "net/NET006-no-api-server-address/bad/no-environment",
        "error",
        (
            "kubeadm leaves out kube-proxy and Cilium replaces it, but its agents are not told the API "
            "server's address: "
            "KUBERNETES_SERVICE_HOST is not set"
        ),
    ),
    (
        "net/NET007-api-server-addresses-differ/bad/agents",
        "error",
        (
            'KUBERNETES_SERVICE_HOST "192.168.20.10" differs from the host that the Metal3Cluster gives the '
            "API server, "
            "192.168.10.10"
        ),
    ),
    (
        "net/NET007-api-server-addresses-differ/bad/in-the-services",
        "error",
        ('KUBERNETES_SERVICE_HOST "10.96.0.1" lies in the range of the services: no agent can go there to start'),
    ),
    (
        "net/NET010-exported-pods-overlap/bad/mesh",
        "warning",
        (
            "pod range 10.244.128.0/17 of fleet/prod overlaps 10.244.0.0/16 of fleet/dev, and both leave "
            "their clusters by "
            "cluster mesh"
        ),
    ),
    (
        "mtl/MTL004-endpoint-not-held/bad/in-a-pool",
        "error",
        (
            "the API server's address 192.168.10.110 lies in the range 192.168.10.100-192.168.10.120 of "
            "IPPool fleet/nodes: "
            "a node may get it too"
        ),
    ),
    (
        "mtl/MTL004-endpoint-not-held/bad/nobody",
        "warning",
        (
            "nothing on the control plane holds the API server's address 192.168.10.10: keepalived, "
            "kube-vip or an external "
            "load balancer must"
        ),
    ),
    (
        "mtl/MTL004-endpoint-not-held/bad/keepalived-elsewhere",
        "error",
        "the control plane announces 192.168.10.100, not the API server's address 192.168.10.10",
    ),
    (
        "mtl/MTL006-too-few-hosts/bad/no-spare",
        "warning",
        "3 hosts for 3 machines and 1 more during a rollout of KubeadmControlPlane fleet/prod",
    ),
    (
        "mtl/MTL006-too-few-hosts/bad/too-few",
        "warning",
        "2 hosts for 3 machines of KubeadmControlPlane fleet/prod",
    ),
    (
        "mtl/MTL007-host-or-image-refused/bad/no-checksum",
        "error",
        "image https://images.example.org/node.qcow2 of Metal3MachineTemplate fleet/prod has no checksum",
    ),
    (
        "sec/SEC004-sealed-secret-stays-shut/bad/renamed",
        "error",
        ("the name of SealedSecret fleet/database-prod is database-prod, but it was sealed as database (strict)"),
    ),
    (
        "sec/SEC004-sealed-secret-stays-shut/bad/controller-in-git",
        "warning",
        (
            "SealedSecret kube-system/database stays shut: no payload of its clusters brings the controller "
            "that opens it"
        ),
    ),
    (
        "sec/SEC006-external-store-missing/bad/typo",
        "warning",
        (
            "ExternalSecret web/database names the ClusterSecretStore valut-backend, which is not in the "
            "input; did you "
            "mean vault-backend?"
        ),
    ),
]


@pytest.mark.parametrize(("example", "severity", "message"), SAID, ids=[row[0].split("/", 1)[1] for row in SAID])
def test_severity_and_message(example: str, severity: str, message: str) -> None:
    code = example.split("/")[1][:6]
    (found,) = check(RULES / example).of(code)
    assert (found["severity"], found["message"]) == (severity, message)


@pytest.mark.parametrize(
    ("example", "owner", "silent"),
    [
        ("net/NET007-api-server-addresses-differ/good/several-clusters", "CRS016", "NET007"),
        ("net/NET005-nothing-replaces-kube-proxy/bad/switched-off", "NET005", "NET006"),
        ("sec/SEC003-authority-shared/bad/one-payload", "SEC003", "SEC002"),
        ("sec/SEC003-authority-shared/bad/one-payload", "SEC003", "SEC001"),
        ("sec/SEC002-private-key-in-configmap/bad/cilium", "SEC002", "SEC001"),
        ("mtl/MTL004-endpoint-not-held/bad/in-a-pool", "MTL004", "NET002"),
        ("mtl/MTL006-too-few-hosts/bad/no-spare", "MTL006", "CLU009"),
        ("mtl/MTL001-no-endpoint/bad/port-alone", "MTL001", "SCH001"),
        ("mtl/MTL008-address-source/bad/older-names", "MTL008", "SCH002"),
    ],
)
def test_one_fault_has_one_owner(example: str, owner: str, silent: str) -> None:
    found = check(RULES / example)
    assert len(found.of(owner)) > 0
    assert found.of(silent) == []


def test_a_missing_address_is_suggested_from_the_endpoint_of_one_cluster() -> None:
    (found,) = check(RULES / "net/NET006-no-api-server-address/bad/other-environment").of("NET006")
    assert found["fix"]["safety"] == "unsafe"
    (shared,) = check(RULES / "net/NET006-no-api-server-address/bad/two-clusters").of("NET006")
    assert (shared["clusters"], shared["fix"]) == (["fleet/dev", "fleet/prod"], None)


def test_what_is_not_written_is_suggested_by_the_pinned_release() -> None:
    rule = RULES / "mtl/MTL002-cloud-provider-not-written/bad"
    (pinned,) = check(rule / "pinned").of("MTL002")
    (open_,) = check(rule / "not-written").of("MTL002")
    assert (pinned["fix"]["safety"], pinned["fix"]["title"]) == ("safe", "write cloudProviderEnabled: true")
    assert open_["fix"] is None
