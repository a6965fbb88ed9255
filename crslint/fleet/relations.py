"""The entities of an input whose objects relate to each other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from crslint.finding import Problem
from crslint.fleet.apiservers import api_servers
from crslint.fleet.arrivals import Arrivals
from crslint.fleet.clusters import cluster_entities
from crslint.fleet.contents import payload_entities
from crslint.fleet.day2 import Day2
from crslint.fleet.entity import Entity
from crslint.fleet.environments import with_environments
from crslint.fleet.exports import pod_exports
from crslint.fleet.folders import Folders
from crslint.fleet.fragile import with_fragile
from crslint.fleet.gitops import GitOps
from crslint.fleet.handovers import handovers
from crslint.fleet.links import Link, link
from crslint.fleet.payloads import Read, read_payloads
from crslint.fleet.repositories import is_over_ssh
from crslint.fleet.resourcesets import resource_sets
from crslint.fleet.routes import pod_routes
from crslint.fleet.sealing import external_secrets, sealed_secrets
from crslint.fleet.secrets import secrets
from crslint.fleet.served import releases, with_releases
from crslint.fleet.sharing import with_specific_values
from crslint.fleet.world import World
from crslint.record import record

if TYPE_CHECKING:
    from crslint.fleet.renderings import Unrendered
    from crslint.render.renderer import Renderer

_CILIUM, _KUSTOMIZE = "cilium.io", "kustomize.config.k8s.io"


@record
class Relations:
    """``entities`` in an order that is the same for the same input, ``releases`` those in use by component."""

    entities: Sequence[Entity]
    problems: tuple[Problem, ...]
    payload_documents: int
    releases: Mapping[str, str]
    unrendered: tuple[Unrendered, ...] = ()


def relations(
    world: World, folders: Folders, text_of: Callable[[str], str], renderer: Renderer | None = None
) -> Relations:
    links = link(world)
    reads = read_payloads(world, links)
    gitops = GitOps(world, reads, folders, renderer)
    arrivals, day2 = Arrivals(world, links, reads), Day2(gitops)
    made = cluster_entities(world, links, reads, gitops, arrivals, day2)
    clusters = with_environments(with_specific_values(made), gitops)
    payloads, payload_objects = payload_entities(world, links, reads, clusters)
    in_use = releases(world.settings, reads)
    applications = list(_applications(world, links, reads, gitops, clusters, in_use, text_of))
    members = (member.object for read in reads if read.in_use for member in read.members)
    objects = list(with_releases((*world.objects, *members), in_use))
    found: list[Entity] = [
        *with_fragile(resource_sets(world, links, reads, payload_objects), links, gitops, reads, clusters),
        *payloads,
        *payload_objects,
        *clusters,
        *applications,
        *_kustomizations(gitops, links, reads),
        *_peering(world, reads, gitops, [*clusters, *applications], in_use),
        *secrets(world, reads),
        *sealed_secrets(world, links, reads),
        *external_secrets(world, reads),
    ]
    found += [
        *api_servers(world, clusters),
        *pod_exports(world, reads, found),
        *pod_routes(world, reads, found),
        *handovers(gitops, arrivals, day2, clusters),
    ]
    problems = (problem for read in reads if read.in_use for problem in read.problems)
    return Relations(
        entities=[*objects, *found],
        problems=(*problems, *gitops.problems(), *world.problems),
        payload_documents=sum(len(read.members) for read in reads if read.in_use),
        releases=in_use,
        unrendered=tuple(gitops.renderings.unrendered.values()) if gitops.renderings else (),
    )


# Families that many inputs lack are loaded where there is something for them.


def _applications(
    world: World,
    links: Sequence[Link],
    reads: Sequence[Read],
    gitops: GitOps,
    clusters: Sequence[Entity],
    in_use: Mapping[str, str],
    text_of: Callable[[str], str],
) -> Iterable[Entity]:
    if not (gitops.applications or gitops.application_sets or gitops.projects):
        return ()
    from crslint.fleet.applications import application_entities

    found = application_entities(gitops, clusters, in_use.get("argocd"), text_of)
    if not any(_needs_key(at, gitops) for at in gitops.payload_of):
        return found
    from crslint.fleet.access import with_access

    return with_access(found, world, links, reads, gitops)


def _needs_key(at: str, gitops: GitOps) -> bool:
    """Whether a root of a payload is an Application that reads a repository over SSH."""
    every = gitops.sources(at) if at in gitops.applications else ()
    return any(isinstance(source.repository, str) and is_over_ssh(source.repository) for source in every)


def _kustomizations(gitops: GitOps, links: Sequence[Link], reads: Sequence[Read]) -> Iterable[Entity]:
    if not any(group == _KUSTOMIZE for group, _ in gitops.world.kinds):
        return ()
    from crslint.fleet.kustomizations import kustomization_entities

    return kustomization_entities(gitops, links, reads)


def _peering(
    world: World, reads: Sequence[Read], gitops: GitOps, entities: Sequence[Entity], in_use: Mapping[str, str]
) -> Iterable[Entity]:
    if not reads and not any(group == _CILIUM or kind == "Service" for group, kind in world.kinds):
        return ()
    from crslint.fleet.bgp import peering_entities

    return peering_entities(world, reads, gitops, entities, in_use)
