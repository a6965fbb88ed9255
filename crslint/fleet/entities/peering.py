"""BGP peering, pools of load-balancer addresses, and the Services that take part in them."""

from __future__ import annotations

from typing import Any, ClassVar

from crslint.fleet.entity import Entity, Late, Unknown, fact, late_fact
from crslint.record import record


@record(kw_only=True)
class BgpObject(Entity):
    """An object of Cilium's BGP kinds, of v1 (CiliumBGPPeeringPolicy) or v2 (all others), in Git or in a payload."""

    ENTITY: ClassVar[str] = "bgpObject"

    kind: str = fact("As written.")
    name: str | None | Unknown = fact("`metadata.name`.")
    api: str = fact("`v1` or `v2`.")
    payload: str | None = fact("The payload that it lies in; null in Git.", None, entity="payload")
    payload_name: str | None = fact("The id of that payload.", None)
    release: str = fact("Cilium's release on its clusters, else the one in use, else the newest known.")
    assumed: bool = fact("True where that release is only the newest known.", False)
    served: bool = fact("Whether that release serves its API version.", True)
    capabilities: list[dict[str, Any]] = fact(
        "The BGP control plane of the clusters that it goes to, as the bootstrap sets it: `{cluster, on, at, written, "
        "by, to}`; by is the payload's id (or the Application's, where only that is known), to what mends it; nothing "
        "where that is not known, or kube-proxy is missed there too.",
        [],
    )
    overruled: list[dict[str, Any]] = fact(
        "For a v2 object, the v1 policies beside it: `{policy, at, sure}`; sure where both select the same nodes, or "
        "the object selects none by itself.",
        [],
    )
    rivals: list[dict[str, Any]] = fact(
        "Other objects of its kind that select the same nodes: `{id, at, sure}`, told at the later one of two; sure "
        "where a node that one selects is known to be selected by the other.",
        [],
    )
    node_needs: list[dict[str, Any]] = fact(
        "What its nodeSelector asks of nodes: `{at, key, value, met, settled, elsewhere, place}`; met is false where "
        "no node of its clusters has it; settled where nobody would set it by hand; elsewhere a place where it is "
        "written without reaching nodes, place the label that would bring it there; nothing where nodes are not known.",
        [],
    )
    node_selector_at: str = fact("Address of `spec.nodeSelector`, also where it is absent.")
    timers: list[dict[str, Any]] = fact(
        "Times as the API server completes them: `{hold, keepAlive, at, holdAt, keepAliveAt}`; at is what is written.",
        [],
    )
    numbers: list[dict[str, Any]] = fact(
        "AS numbers: `{at, asn, role, fault, other}`; role is `local` or `peer`; fault is null, `reserved`, "
        "`documentation`, `duplicate` (a local one of the same policy) or `same peer`; other is the first of two.",
        [],
    )
    secrets: list[dict[str, Any]] = fact(
        "Secrets with passwords: `{at, name, state}`; state is `present`, `absent` or `unknown`.", []
    )
    late: Late
    resilience: list[dict[str, Any]] = late_fact(
        "resilience",
        "Its routers: `{at, peers, graceful, gracefulAt}`; graceful is false where a session is known to have no "
        "graceful restart.",
    )
    ends: list[dict[str, Any]] = fact(
        "Where v2 objects meet: `{at, fault, name, grave, near, nearAt}`; fault is null where they do, else "
        "`peerConfigMissing`, `familyMatchesNothing`, `familyNil`, `noFamilies`, `unused`, `entryNil`, "
        "`serviceMissing`, `podSelector`; near is the id of what may be meant, or null.",
        [],
    )
    oddities: list[dict[str, Any]] = fact(
        "What has no effect: `{at, fault, name}`; fault is null, `operatorOwned`, `instanceUnknown`, `peerUnknown`, "
        "`privilegedPort`, `podCidrIpam` or `noRouterId`.",
        [],
    )


@record(kw_only=True)
class BgpCapability(Entity):
    """A Cluster whose bootstrap turns the BGP control plane on."""

    ENTITY: ClassVar[str] = "bgpCapability"

    cluster: str = fact("`namespace/name` of the Cluster.")
    name_at: str = fact("Address of its name.")
    setting_at: str = fact("Address of the setting.")
    peered: bool | Unknown = fact("Whether a policy or ClusterConfig goes to it.")
    sibling: str | None = fact("One that goes to another environment; null where none peers.", None, entity="bgpObject")
    sibling_name: str = fact("Its id.", "")
    prepared: str | None = fact(
        "The folder with sessions that no Application brings and that has the name of the Cluster, or of one of its "
        "labels' values; null where there is none, or several.",
        None,
    )


@record(kw_only=True)
class PeeringSource(Entity):
    """A source of an Application in Git that brings peering or pools from a folder of the input."""

    ENTITY: ClassVar[str] = "peeringSource"

    application: str = fact("The Application.", entity="application")
    path: str = fact("Its path.")
    path_at: str = fact("Address of the path.")
    own: str = fact("The environment that the Application's folder names; empty where it names none, or several.")
    brings: str = fact("The environment that the path names, likewise.")
    object: str = fact("The first object that it brings.", entity="object")


@record(kw_only=True)
class BgpPolicy(Entity):
    """A CiliumBGPPeeringPolicy."""

    ENTITY: ClassVar[str] = "bgpPolicy"

    name: str | None | Unknown = fact("`metadata.name`.")
    node_selector: list[dict[str, Any]] = fact(
        "Requirements on nodes: `{key, operator, values}`; none: every node.", []
    )
    release: str = fact("Cilium's release, as in bgpObject.")
    served: bool = fact("Whether that release serves it.", True)
    routers: list[dict[str, Any]] = fact(
        "Its virtual routers: `{at, localASN, selector, selectorAt, exports, addresses}`; selector is `nil`, `empty`, "
        "`valid` or `invalid`; exports says whether it announces anything but Services.",
        [],
    )


@record(kw_only=True)
class BgpClusterConfig(Entity):
    """A CiliumBGPClusterConfig."""

    ENTITY: ClassVar[str] = "bgpClusterConfig"

    name: str | None | Unknown = fact("`metadata.name`.")
    late: Late
    node_selector: list[dict[str, Any]] = late_fact(
        "node_selector", "Requirements on nodes: `{key, operator, values}`; none: every node."
    )
    instances: list[dict[str, Any]] = late_fact("instances", "`{at, name, localASN, peers}`; peers is a number.")
    peer_configs: list[str] = late_fact("peer_configs", "The PeerConfigs that its peers name.", entity="bgpPeerConfig")


@record(kw_only=True)
class BgpPeerConfig(Entity):
    """A CiliumBGPPeerConfig."""

    ENTITY: ClassVar[str] = "bgpPeerConfig"

    name: str | None | Unknown = fact("`metadata.name`.")
    late: Late
    families: list[dict[str, Any]] | None | Unknown = late_fact(
        "families",
        "`{at, family, advertisements}`: addresses of the Advertisements that it selects; null where none are listed.",
    )
    used_by: list[str] = late_fact("used_by", "The ClusterConfigs that name it.", entity="bgpClusterConfig")


@record(kw_only=True)
class BgpAdvertisement(Entity):
    """A CiliumBGPAdvertisement."""

    ENTITY: ClassVar[str] = "bgpAdvertisement"

    name: str | None | Unknown = fact("`metadata.name`.")
    labels: dict[str, Any] | Unknown = fact("`metadata.labels`: by these PeerConfigs select it.")
    late: Late
    entries: list[dict[str, Any]] = late_fact("entries", "`{at, type, addresses}` of `spec.advertisements`.")
    selected_by: list[str] = late_fact("selected_by", "The PeerConfigs that select it.", entity="bgpPeerConfig")


@record(kw_only=True)
class BgpNeighbor(Entity):
    """A neighbor of a CiliumBGPPeeringPolicy, or a peer of a CiliumBGPClusterConfig."""

    ENTITY: ClassVar[str] = "bgpNeighbor"

    api: str = fact("`v1` or `v2`.")
    owner: str = fact("The object that it stands in.", entity="bgpObject")
    name: str | None | Unknown = fact("Its name; null in v1.")
    peer_address: str | None | Unknown = fact("`peerAddress` as written.")
    peer_address_at: str = fact("Its address.")
    form: str | None = fact(
        "`host` (a bare IP address), `hostCidr`, `network` (a longer range), or null for other text."
    )
    host: str | None = fact("The IP address alone.", None)
    host_cidr: str | None = fact("The IP address as a CIDR of one host.", None)
    local_asn: int | None | Unknown = fact("AS number of its router.")
    peer_asn: int | None | Unknown = fact("Its own AS number.")
    external: bool | Unknown = fact("Whether the two differ (eBGP).")
    hops: int | Unknown = fact("How many hops away it may be: `eBGPMultihopTTL`, `ebgpMultihop`, 1 where not written.")
    hops_at: str | None = fact("Address of that number, also where it is absent; null without a PeerConfig.", None)
    subnet: bool | Unknown = fact("Whether it lies in a subnet of the nodes of each of its clusters.")
    subnets: list[str] = fact("These subnets.", [])


@record(kw_only=True)
class Announcement(Entity):
    """A selector by which addresses of Services are announced: of a policy's router, of an Advertisement's entry."""

    ENTITY: ClassVar[str] = "announcement"

    owner: str = fact("The object that it stands in.", entity="bgpObject")
    owner_id: str = fact("Its id.")
    addresses: list[str] = fact("Which addresses: `LoadBalancerIP`, `ClusterIP`, `ExternalIP`.", [])
    selector_at: str = fact("Address of the selector of Services.")
    services: list[str] = fact("The known Services that it takes: the first 100.", [], entity="service")
    fits: list[dict[str, Any]] = fact(
        "Whether Services can have both an address and this announcement: `{at, fault, what, other, otherAt, to}`; "
        "fault is null, `disjoint` (no Service can satisfy both selectors) or `nearMiss` (the only Services that can "
        "be meant have another label: `key`, `value`, `wantedKey`, `wanted`); to is the value that mends it.",
        [],
    )
    supplies: list[dict[str, Any]] = fact(
        "Where its Services get addresses: `{at, fault, service, pool, poolAt, known, asked}`; fault is null, "
        "`noPool`, `disabled`, `unmatched`, `family` or `requested`; known says that there is such a Service; asked "
        "are, without an enabled pool, the addresses that its Services ask for, where each of them does.",
        [],
    )


@record(kw_only=True)
class LbPool(Entity):
    """A CiliumLoadBalancerIPPool."""

    ENTITY: ClassVar[str] = "lbPool"

    name: str | None | Unknown = fact("`metadata.name`.")
    disabled: bool | Unknown = fact("`spec.disabled`.")
    release: str = fact("Cilium's release, as in bgpObject.")
    assumed: bool = fact("True where that release is only the newest known.", False)
    served: bool = fact("Whether that release serves its API version.", True)
    selector: str | Unknown = fact(
        "State of `spec.serviceSelector`: `nil` and `empty` (both take every Service), `valid`, `invalid`."
    )
    blocks: list[dict[str, Any]] = fact(
        "Its ranges: `{at, value, overlaps}`; overlaps are up to 20 of `{what, value, at, peer}`: other pools, nodes, "
        "endpoints, pods, services and peers.",
        [],
    )
    fields: list[dict[str, Any]] = fact(
        "Which of `cidrs` and `blocks` are written: `{field, at, fits}` its release.", []
    )
    services: list[str] = fact("The known Services that it may serve: the first 100.", [], entity="service")


@record(kw_only=True)
class Service(Entity):
    """A Service of type LoadBalancer in Git."""

    ENTITY: ClassVar[str] = "service"

    name: str | None | Unknown = fact("`metadata.name`.")
    namespace: str | None | Unknown = fact("`metadata.namespace` as written.")
    labels: dict[str, Any] | Unknown = fact("`metadata.labels`.")
    load_balancer_class: str | None | Unknown = fact("`spec.loadBalancerClass`.")
    class_at: str = fact("Its address, also where it is absent.")
    class_known: bool = fact("Whether it is none of Cilium's, or one that a release of Cilium knows.", True)
    class_meant: str = fact("The class that may be meant by one that nobody knows.", "")
    class_served: bool | Unknown = fact("Whether the feature behind a class of Cilium's is on; true for others.")
    managed: bool | Unknown = fact("Whether Cilium gives it its address.")
    announced: bool | Unknown = fact("Whether a policy, an Advertisement or an L2 policy takes it.")
    wanted: list[dict[str, Any]] = fact(
        "The announcements that it could be meant for: `{id, at, key, value, exact}`; exact where that one label is "
        "all that is missing; empty where there are none, or where its labels say that it is none of them.",
        [],
    )
