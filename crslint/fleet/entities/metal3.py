"""Metal3: a cluster's infrastructure, its pools of addresses, and what its webhooks check."""

from __future__ import annotations

from typing import Any, ClassVar

from crslint.fleet import values
from crslint.fleet.entities.objects import Object
from crslint.fleet.entity import Entity, Unknown, derived_fact, derived_id, fact
from crslint.record import record


@record(kw_only=True)
class Metal3Cluster(Entity):
    """A Metal3Cluster (facts/capi.md 5.2)."""

    ENTITY: ClassVar[str] = "metal3Cluster"

    name: str | None | Unknown = fact("`metadata.name`.")
    namespace: str | None | Unknown = fact("`metadata.namespace` as written.")
    host: str | None | Unknown = fact("`spec.controlPlaneEndpoint.host`.")
    host_at: str = fact("Address of the host; of the endpoint where that has none.")
    port: int | None | Unknown = fact("`spec.controlPlaneEndpoint.port`.")
    cloud_provider: bool | Unknown = fact(
        "Whether an external cloud provider sets the provider ids: as written, else the default of the pinned CAPM3."
    )
    cloud_provider_at: str = fact("Address of `cloudProviderEnabled` or `noCloudProvider`, also where both are absent.")
    cloud_provider_written: bool | Unknown = fact("Whether one of the two is written.")
    cloud_provider_default: bool | None = fact("The default of the pinned CAPM3; null where none is pinned.", None)
    vip: list[dict[str, Any]] = fact(
        "Its endpoint where that is an address: `{aspect, value, at, fault, grave, other, otherAt}`; aspect is `pool` "
        "(a pool of its nodes may give it away: other is the range) or `owner` (who of its control plane announces it: "
        "other is what is announced instead); fault is null where it is fine.",
        [],
    )


@record(kw_only=True)
class IpPool(Entity):
    """An IPPool of ipam.metal3.io."""

    ENTITY: ClassVar[str] = "ipPool"

    name: str | None | Unknown = fact("`metadata.name`.")
    namespace: str | None | Unknown = fact("`metadata.namespace` as written.")
    ranges: list[dict[str, Any]] | Unknown = fact(
        "`{start, end, at}`: the addresses that it gives to nodes, `preAllocations` too (start and end are one)."
    )
    checks: list[dict[str, Any]] = fact(
        "Its addresses: `{what, value, at, fault, other, otherAt}`; what is `start`, `end`, `gateway` or `range`; "
        "fault is null where it is fine, other what it contradicts.",
        [],
    )


@record(kw_only=True)
class Metal3Object(Entity):
    """An object about which Metal3's webhooks and controllers ask more than its schema (facts/capi.md 5.3-5.6)."""

    ENTITY: ClassVar[str] = "metal3Object"

    source: Object

    id: str = derived_id(lambda item: item.source.id)
    kind: str = fact("`Metal3MachineTemplate`, `Metal3Machine`, `Metal3DataTemplate` or `BareMetalHost`.")
    name: str | None | Unknown = derived_fact(
        "`metadata.name`.", lambda item: values.text(item.source.data, "metadata", "name")
    )
    namespace: str | None | Unknown = fact("`metadata.namespace` as written.")
    host_selector: dict[str, Any] | Unknown = derived_fact(
        "`hostSelector` of machines, empty where absent.",
        lambda item: values.mapping(item.source.data, "spec", "template", "spec", "hostSelector"),
    )
    checks: list[dict[str, Any]] = fact(
        "What is asked of machines and hosts: `{what, value, at, fault}`; fault is null where it is fine, value where "
        "it is absent.",
        [],
    )
    sources: list[dict[str, Any]] = fact(
        "The same of a data template: where networks and metadata take their addresses from.", []
    )
