"""Services of type LoadBalancer: what selectors see of them, and who gives them an address."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from crslint import address
from crslint.fleet import values
from crslint.fleet.entities.objects import Object
from crslint.fleet.entity import UNKNOWN, Unknown
from crslint.fleet.pods import containers, pod_spec, repository
from crslint.fleet.selector import LabelIndex, Labels, Selector
from crslint.fleet.sites import GATEWAYS, Share
from crslint.fleet.world import World

NAMESPACE = "io.kubernetes.service.namespace"
NAME = "io.kubernetes.service.name"
# Every Service has these for Cilium's selectors.
ALWAYS = frozenset({NAMESPACE, NAME})

BGP_CLASS = "io.cilium/bgp-control-plane"
L2_CLASS = "io.cilium/l2-announcer"
NODE_CLASS = "io.cilium/node"
CLASSES = (BGP_CLASS, L2_CLASS, NODE_CLASS)

_OPEN = "${UNKNOWN}"

# Others who give Services addresses.
_GROUPS = frozenset({"metallb.io", "metallb.universe.tf", "network.openelb.io", "purelb.io"})
_CHARTS = frozenset({"kube-vip", "kube-vip-cloud-provider", "metallb", "openelb", "purelb"})
_ANNOTATIONS = ("metallb.io/", "metallb.universe.tf/", "kube-vip.io/", "service.beta.kubernetes.io/", "purelb.io/")


def is_load_balancer(item: Object) -> bool:
    return item.kind == "Service" and values.child(item.data, "spec", "type") == "LoadBalancer"


def class_of(item: Object) -> str | Unknown | None:
    return values.text(item.data, "spec", "loadBalancerClass")


class Services:
    """The LoadBalancer Services of each share, and the Gateways, whose Services controllers make."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.others = _others(world)
        self._shares: dict[int, _Indexed] = {}
        self._managed: dict[str, bool | Unknown] = {}

    def labels(self, item: Object) -> Labels:
        """What a selector of Cilium sees of a Service; a namespace that is set elsewhere is a variable."""
        plain = values.label_map(item.labels)
        if isinstance(plain, Unknown):
            return UNKNOWN
        moved = self._world.overlays.namespace(address.path_of(item.at))
        namespace = item.namespace if isinstance(item.namespace, str) and not moved else _OPEN
        return {**plain, NAMESPACE: namespace, NAME: item.name if isinstance(item.name, str) else _OPEN}

    def of(self, share: Share) -> list[Object]:
        return self._indexed(share).services

    def select(self, share: Share, selector: Selector) -> tuple[list[Object], list[Object]]:
        """The Services of a share that match, and those of which it cannot be told; none of other load balancers."""
        return self._indexed(share).select(selector)

    def gateways(self, share: Share, selector: Selector) -> bool:
        """Whether the Service of a Gateway matches, or may."""
        matching, unsure = self._indexed(share).gateways.select(selector)
        return bool(matching or unsure)

    def managed(self, item: Object) -> bool | Unknown:
        """Whether Cilium's LB IPAM gives a Service its address."""
        if item.at not in self._managed:
            self._managed[item.at] = self._is_managed(item)
        return self._managed[item.at]

    def _is_managed(self, item: Object) -> bool | Unknown:
        written = class_of(item)
        if isinstance(written, Unknown):
            return UNKNOWN
        if written not in (None, "", BGP_CLASS, L2_CLASS):
            return False
        annotations = item.annotations
        if isinstance(annotations, Unknown):
            return UNKNOWN
        if any(key.startswith(_ANNOTATIONS) for key in annotations):
            return False
        return UNKNOWN if self.others and not written else True

    def _indexed(self, share: Share) -> _Indexed:
        if id(share) not in self._shares:
            every = (item for item in share.of_kind("Service") if is_load_balancer(item))
            services = [item for item in every if self.managed(item) is not False]
            gateways = [_gateway_labels(item) for item in share.of_kind("Gateway") if item.group == GATEWAYS]
            self._shares[id(share)] = _Indexed(services, [self.labels(item) for item in services], gateways)
        return self._shares[id(share)]


class _Indexed:
    def __init__(self, services: list[Object], labels: list[Labels], gateways: list[Labels]) -> None:
        self.services = services
        self._index = LabelIndex(labels)
        self.gateways = LabelIndex(gateways)
        self._known: dict[Selector, tuple[list[Object], list[Object]]] = {}

    def select(self, selector: Selector) -> tuple[list[Object], list[Object]]:
        if selector not in self._known:
            matching, unsure = self._index.select(selector)
            self._known[selector] = (
                [self.services[place] for place in matching],
                [self.services[place] for place in unsure],
            )
        return self._known[selector]


def _gateway_labels(item: Object) -> Labels:
    """Of the Service that a controller makes for a Gateway; its name is the controller's choice."""
    own = values.label_map(values.mapping(item.data, "spec", "infrastructure", "labels"))
    if isinstance(own, Unknown):
        return UNKNOWN
    name = item.name if isinstance(item.name, str) else _OPEN
    namespace = item.namespace if isinstance(item.namespace, str) else _OPEN
    made = {"gateway.networking.k8s.io/gateway-name": name, "io.cilium.gateway/owning-gateway": name}
    return {**made, **own, NAMESPACE: namespace, NAME: _OPEN}


def _others(world: World) -> bool:
    """Whether somebody else may give Services addresses."""
    if any(group in _GROUPS for group, _ in world.kinds):
        return True
    for item in world.of_kinds(lambda _group, kind: kind in _CARRIERS):
        if any(isinstance(chart, str) and chart in _CHARTS for chart in _charts(item)):
            return True
        if item.kind == "DaemonSet":
            pod = pod_spec(item)
            for container in containers(pod) if pod else ():
                if repository(container.data.get("image")).endswith("/kube-vip"):
                    return True
    return False


# What may bring a controller that does: by a chart that it names, or by the image that it runs.
_CARRIERS = frozenset({"Application", "DaemonSet", "HelmChart", "HelmChartProxy", "HelmRelease", "Kustomization"})


def _charts(item: Object) -> Iterator[Any]:
    match item.kind:
        case "Application":
            yield values.child(item.data, "spec", "source", "chart")
            for _, source in values.mappings(item.data, "spec", "sources"):
                yield source.get("chart")
        case "HelmChartProxy":
            yield values.child(item.data, "spec", "chartName")
        case "HelmRelease":
            yield values.child(item.data, "spec", "chart", "spec", "chart")
        case "HelmChart":
            yield values.child(item.data, "spec", "chart")
        case "Kustomization":
            for _, chart in values.mappings(item.data, "helmCharts"):
                yield chart.get("name")
