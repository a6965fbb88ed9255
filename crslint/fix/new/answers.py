"""What `crslint new` asks: plain records, and the defaults of what may be left out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crslint.row import NamedTuple

NAMESPACE = "fleet"
CHARTS = "https://helm.cilium.io"
ADVERTISE = ("bgp-advertise", "external")
PODS = "10.244.0.0/16"
SERVICES = "10.96.0.0/12"
PORT = 6443
CONTROL_PLANES = 3
WORKERS = 2
INTERFACE = "eth0"
BRANCH = "main"
TAG = "v1.0.0"


class Versions(NamedTuple):
    """Kubernetes, Cilium and Argo CD with their patch level; none begins with a ``v``."""

    kubernetes: str = "1.34.2"
    capi: str = "1.13"
    capm3: str = "1.13"
    cilium: str = "1.18.9"
    argocd: str = "3.5.1"


class Image(NamedTuple):
    url: str
    checksum: str
    checksum_type: str = "sha256"
    format: str = "qcow2"


class Nodes(NamedTuple):
    """The nodes' network, and the range of it that Metal3 hands out."""

    subnet: str
    gateway: str
    first: str
    last: str
    dns: tuple[str, ...]
    interface: str = INTERFACE


class Peer(NamedTuple):
    address: str
    asn: int


class Host(NamedTuple):
    """A machine; ``role`` is control-plane or worker, ``disk`` None where any may be written."""

    name: str
    role: str
    mac: str
    bmc: str
    disk: str | None = None


class Cluster(NamedTuple):
    """``multihop`` is None where the peers are in the nodes' network; ``cilium`` is the path of a rendered manifest."""

    name: str
    endpoint: str
    nodes: Nodes
    local_asn: int
    peers: tuple[Peer, ...]
    pools: tuple[str, ...]
    port: int = PORT
    pods: str = PODS
    services: str = SERVICES
    control_planes: int = CONTROL_PLANES
    workers: int = WORKERS
    multihop: int | None = None
    hosts: tuple[Host, ...] = ()
    cilium: str | None = None


class Environment(NamedTuple):
    """``revision`` is what the environment's Applications follow."""

    name: str
    revision: str
    clusters: tuple[Cluster, ...]


class Answers(NamedTuple):
    """``argocd`` is the path of Argo CD's install manifest."""

    repository: str
    image: Image
    environments: tuple[Environment, ...]
    namespace: str = NAMESPACE
    versions: Versions = Versions()
    charts: str = CHARTS
    advertise: tuple[str, str] = ADVERTISE
    argocd: str | None = None

    @property
    def clusters(self) -> list[tuple[Environment, Cluster]]:
        return [(environment, cluster) for environment in self.environments for cluster in environment.clusters]


def answers_of(data: Mapping[str, Any]) -> Answers:
    """``data`` agrees with schemas/answers.json."""
    image = data["image"]
    label = next(iter(data.get("advertise", {}).items()), ADVERTISE)
    return Answers(
        repository=data["repository"],
        image=Image(image["url"], image["checksum"], image.get("checksumType", "sha256"), image.get("format", "qcow2")),
        environments=tuple(_environment(each) for each in data["environments"]),
        namespace=data.get("namespace", NAMESPACE),
        versions=versions_of(data),
        charts=data.get("charts", CHARTS),
        advertise=label,
        argocd=data.get("argocd"),
    )


def versions_of(data: Mapping[str, Any]) -> Versions:
    return Versions(**{name: text.removeprefix("v") for name, text in data.get("versions", {}).items()})


def _environment(data: Mapping[str, Any]) -> Environment:
    revision = data.get("revision", BRANCH)
    return Environment(data["name"], revision, tuple(cluster_of(each) for each in data["clusters"]))


def cluster_of(data: Mapping[str, Any]) -> Cluster:
    """``data`` is an entry of ``clusters``."""
    nodes, bgp = data["nodes"], data["bgp"]
    return Cluster(
        name=data["name"],
        endpoint=data["endpoint"],
        nodes=Nodes(
            nodes["subnet"],
            nodes["gateway"],
            nodes["first"],
            nodes["last"],
            tuple(nodes.get("dns", (nodes["gateway"],))),
            nodes.get("interface", INTERFACE),
        ),
        local_asn=bgp["localASN"],
        peers=tuple(Peer(each["address"], each["asn"]) for each in bgp["peers"]),
        pools=tuple(data["pools"]),
        port=data.get("port", PORT),
        pods=data.get("pods", PODS),
        services=data.get("services", SERVICES),
        control_planes=data.get("controlPlanes", CONTROL_PLANES),
        workers=data.get("workers", WORKERS),
        multihop=bgp.get("multihop"),
        hosts=tuple(_host(each) for each in data.get("hosts", ())),
        cilium=data.get("cilium"),
    )


def _host(data: Mapping[str, Any]) -> Host:
    return Host(data["name"], data["role"], data["mac"].lower(), data["bmc"], data.get("disk"))
