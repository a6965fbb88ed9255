"""Small texts of peering, pools and Services for tests."""

from __future__ import annotations

from textwrap import indent


def cluster_config(name: str = "rack", nodes: str = "", peer: str = "192.0.2.1", config: str = "tor") -> str:
    selector = f"  nodeSelector:\n    matchLabels:\n      {nodes}\n" if nodes else ""
    return (
        f"apiVersion: cilium.io/v2\nkind: CiliumBGPClusterConfig\nmetadata:\n  name: {name}\nspec:\n{selector}"
        f"  bgpInstances:\n    - name: rack\n      localASN: 64512\n      peers:\n        - name: tor\n"
        f"          peerAddress: {peer}\n          peerASN: 64600\n"
        f"          peerConfigRef:\n            name: {config}\n"
    )


def peer_config(name: str = "tor", advertise: str = "services") -> str:
    return (
        f"apiVersion: cilium.io/v2\nkind: CiliumBGPPeerConfig\nmetadata:\n  name: {name}\nspec:\n  families:\n"
        f"    - afi: ipv4\n      safi: unicast\n      advertisements:\n        matchLabels:\n"
        f"          advertise: {advertise}\n"
    )


def advertisement(name: str = "services", announce: str = "external") -> str:
    return (
        f"apiVersion: cilium.io/v2\nkind: CiliumBGPAdvertisement\nmetadata:\n  name: {name}\n  labels:\n"
        f"    advertise: {name}\nspec:\n  advertisements:\n    - advertisementType: Service\n      service:\n"
        f"        addresses: [LoadBalancerIP]\n      selector:\n        matchLabels:\n          announce: {announce}\n"
    )


def policy(name: str = "rack", nodes: str = "", announce: str = "external") -> str:
    selector = f"  nodeSelector:\n    matchLabels:\n      {nodes}\n" if nodes else ""
    return (
        f"apiVersion: cilium.io/v2alpha1\nkind: CiliumBGPPeeringPolicy\nmetadata:\n  name: {name}\nspec:\n{selector}"
        f"  virtualRouters:\n    - localASN: 64512\n      serviceSelector:\n        matchLabels:\n"
        f"          announce: {announce}\n      neighbors:\n        - peerAddress: 192.0.2.1/32\n"
        f"          peerASN: 64600\n"
    )


def pool(name: str = "external", cidr: str = "172.20.10.0/24", announce: str = "external") -> str:
    return (
        f"apiVersion: cilium.io/v2\nkind: CiliumLoadBalancerIPPool\nmetadata:\n  name: {name}\nspec:\n  blocks:\n"
        f"    - cidr: {cidr}\n  serviceSelector:\n    matchLabels:\n      announce: {announce}\n"
    )


def service(name: str = "web", announce: str = "external", spec: str = "", annotation: str = "") -> str:
    annotations = f"  annotations:\n    {annotation}\n" if annotation else ""
    return (
        f"apiVersion: v1\nkind: Service\nmetadata:\n  name: {name}\n  namespace: web\n{annotations}  labels:\n"
        f"    announce: {announce}\nspec:\n  type: LoadBalancer\n{indent(spec, '  ')}  ports:\n    - port: 80\n"
    )


def cluster(name: str, environment: str) -> str:
    return (
        f"apiVersion: cluster.x-k8s.io/v1beta2\nkind: Cluster\nmetadata:\n  name: {name}\n  namespace: fleet\n"
        f"  labels:\n    environment: {environment}\n"
    )


def together(*texts: str) -> str:
    return "---\n".join(texts)
