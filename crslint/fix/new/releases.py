"""Which shapes and API versions the releases that were asked for take."""

from __future__ import annotations

from crslint.fix.new.answers import Versions
from crslint.fleet.served import newest_version
from crslint.fleet.versions import Release, release
from crslint.row import NamedTuple

_SUPER_ADMIN_SINCE = (1, 29, 0)
_CLUSTER_CONFIG_SINCE = (1, 16, 0)
_BLOCKS_SINCE = (1, 15, 0)
_SKIP_DRY_RUN_SINCE = (3, 1, 0)
_ADDONS, _METAL3, _CILIUM = "addons.cluster.x-k8s.io", "infrastructure.cluster.x-k8s.io", "cilium.io"

# The oldest releases that the templates are right for.
OLDEST = {"kubernetes": "1.25", "capi": "1.5", "capm3": "1.5", "cilium": "1.14", "argocd": "2.8"}


class Shapes(NamedTuple):
    """``capi`` and ``metal3`` are v1beta1 or v1beta2; ``advertisement`` is None where Cilium has CiliumBGPPeeringPolicy
    alone, ``pool_field`` is ``cidrs`` or ``blocks``. ``dry_run_option`` is whether an Application can ask for a sync
    that passes over kinds which are not there yet; ``super_admin`` whether kubeadm init has a kubeconfig of its own.
    """

    capi: str
    metal3: str
    addons: str
    advertisement: str | None
    pool: str
    pool_field: str
    dry_run_option: bool
    super_admin: bool


def shapes(versions: Versions) -> Shapes:
    cilium = _release(versions.cilium)
    capi = newest_version(_ADDONS, "ClusterResourceSet", versions.capi)
    metal3 = newest_version(_METAL3, "Metal3Cluster", versions.capm3)
    pool = newest_version(_CILIUM, "CiliumLoadBalancerIPPool", versions.cilium)
    advertisement = newest_version(_CILIUM, "CiliumBGPAdvertisement", versions.cilium)
    return Shapes(
        capi=capi,
        metal3=metal3,
        addons=f"{_ADDONS}/{capi}",
        advertisement=f"{_CILIUM}/{advertisement}" if cilium >= _CLUSTER_CONFIG_SINCE else None,
        pool=f"{_CILIUM}/{pool}",
        pool_field="blocks" if cilium >= _BLOCKS_SINCE else "cidrs",
        dry_run_option=_release(versions.argocd) >= _SKIP_DRY_RUN_SINCE,
        super_admin=_release(versions.kubernetes) >= _SUPER_ADMIN_SINCE,
    )


def _release(text: str) -> Release:
    found = release(text)
    assert found is not None  # the answers' schema says so
    return found
