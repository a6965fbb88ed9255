"""`docs/facts.md`, generated from the entity classes; a test keeps the file true."""

from __future__ import annotations

from inspect import cleandoc
from types import UnionType
from typing import Union, get_args, get_origin, get_type_hints

from crslint.fleet.entities.apiservers import ApiServer
from crslint.fleet.entities.bootstrap import Payload, PayloadObject, ResourceSet
from crslint.fleet.entities.changes import Change
from crslint.fleet.entities.cilium import CiliumSetting
from crslint.fleet.entities.clusters import Cluster, ControlPlane, NodePool
from crslint.fleet.entities.exports import PodExport, PodRoute
from crslint.fleet.entities.gitops import Application, ApplicationSet, AppProject, Kustomization, Manifest
from crslint.fleet.entities.handover import Handover
from crslint.fleet.entities.machines import Admission, KubeadmConfig, Reference
from crslint.fleet.entities.metal3 import IpPool, Metal3Cluster, Metal3Object
from crslint.fleet.entities.objects import Object
from crslint.fleet.entities.peering import (
    Announcement,
    BgpAdvertisement,
    BgpCapability,
    BgpClusterConfig,
    BgpNeighbor,
    BgpObject,
    BgpPeerConfig,
    BgpPolicy,
    LbPool,
    PeeringSource,
    Service,
)
from crslint.fleet.entities.secrets import ExternalSecret, SealedSecret, Secret
from crslint.fleet.entity import Entity, Statement, Unknown, camel, facts_of

ENTITIES: dict[str, type[Entity]] = {
    entity.ENTITY: entity
    for entity in (
        Object,
        ResourceSet,
        Payload,
        PayloadObject,
        Cluster,
        ApiServer,
        PodExport,
        PodRoute,
        ControlPlane,
        NodePool,
        Metal3Cluster,
        IpPool,
        Metal3Object,
        CiliumSetting,
        Handover,
        KubeadmConfig,
        Reference,
        Admission,
        Application,
        ApplicationSet,
        AppProject,
        Kustomization,
        Manifest,
        Secret,
        SealedSecret,
        ExternalSecret,
        BgpObject,
        BgpPolicy,
        BgpClusterConfig,
        BgpPeerConfig,
        BgpAdvertisement,
        BgpNeighbor,
        Announcement,
        LbPool,
        Service,
        BgpCapability,
        PeeringSource,
        Change,
    )
}

_HEAD = """\
# Facts

What a rule can see, entity by entity: `for: resourceSet` in a rule.yaml evaluates it once for each resourceSet, whose
facts are `resourceSet.name`, `resourceSet.strategy` and so on. `crslint facts ENTITY` prints them for real files. This
page is generated from `crslint/fleet/entities/`; fact names are an API.

A fact has a value, is null (known to be absent), or is unknown: left out, because the other half may live elsewhere. A
rule that needs an unknown fact stays silent and the place is counted as not checked. A *statement* is
`{value, at, via}`: what is stated, the address of the place, and through what. An address leads to another entity where
the last column names one.
"""


def facts_page() -> str:
    """The whole page as Markdown."""
    return "\n".join([_HEAD, *(_section(entity) for entity in ENTITIES.values())])


def _section(entity: type[Entity]) -> str:
    hints = get_type_hints(entity)
    rows = []
    for item in facts_of(entity):
        kinds = _alternatives(hints[item.name])
        name = " or ".join(_type_name(kind) for kind in kinds if kind not in (type(None), Unknown))
        null = "null" if type(None) in kinds else ""
        unknown = "unknown" if Unknown in kinds else ""
        cells = (f"`{camel(item.name)}`", name, null, unknown, item.metadata["doc"], item.metadata["entity"])
        rows.append("| " + " | ".join(cells) + " |")
    head = "| fact | type | may be | may be | what it says | leads to |\n|---|---|---|---|---|---|"
    return f"## {entity.ENTITY}\n\n{cleandoc(entity.__doc__ or '')}\n\n{head}\n" + "\n".join(rows) + "\n"


def _alternatives(hint: object) -> tuple[object, ...]:
    """The members of a union, or the type alone."""
    return get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)


def _type_name(kind: object) -> str:
    names = {str: "string", int: "integer", bool: "boolean", float: "number", Statement: "statement"}
    if kind in names:
        return names[kind]
    if get_origin(kind) is list:
        return f"list of {_type_name(get_args(kind)[0])}"
    return "map"
