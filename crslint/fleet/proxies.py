"""Who may stand in for kube-proxy besides Cilium."""

from __future__ import annotations

from collections.abc import Sequence

from crslint.fleet import values
from crslint.fleet.delivery import Delivery
from crslint.fleet.entities.objects import Object
from crslint.fleet.payloads import Member
from crslint.fleet.pods import containers, pod_spec, repository, words

# CNIs that never replace it; others do with some settings.
_NEVER = frozenset({"aws-vpc-cni", "azure-cni", "canal", "flannel", "kindnet", "weave"})
_CALICO_SWITCH = "FELIX_BPFENABLED"


def replacement(cni: Delivery, members: Sequence[Member]) -> bool:
    """Whether that CNI may replace kube-proxy as its payload sets it up."""
    if cni.name in _NEVER:
        return False
    return any(_switches_bpf_on(member.object) for member in members) if cni.name == "calico" else True


def brings_kube_proxy(members: Sequence[Member]) -> bool:
    """Whether a workload of the payload is kube-proxy or does something to it."""
    for member in members:
        pod = pod_spec(member.object)
        for container in containers(pod) if pod else ():
            if "kube-proxy" in repository(container.data.get("image")):
                return True
            if any("kube-proxy" in word and "replacement" not in word for word in words(container)):
                return True
    return False


def _switches_bpf_on(item: Object) -> bool:
    """Whether Calico's eBPF data plane is on, or may be: a value that cannot be read counts."""
    match item.kind:
        case "Installation":
            mode = values.child(item.data, "spec", "calicoNetwork", "linuxDataplane")
            return mode not in (None, "Iptables", "Nftables", "VPP")
        case "FelixConfiguration":
            return values.child(item.data, "spec", "bpfEnabled") not in (None, False)
    pod = pod_spec(item)
    for container in containers(pod) if pod else ():
        for _, entry in values.mappings(container.data, "env"):
            if entry.get("name") == _CALICO_SWITCH and str(entry.get("value")).lower() != "false":
                return True
    return False
