"""The fleet: every entity of the input, resolved once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

from crslint.finding import Problem
from crslint.fleet.access import with_access
from crslint.fleet.apiservers import api_servers
from crslint.fleet.applications import application_entities
from crslint.fleet.arrivals import Arrivals
from crslint.fleet.bgp import peering_entities
from crslint.fleet.clusters import cluster_entities
from crslint.fleet.contents import payload_entities
from crslint.fleet.day2 import Day2
from crslint.fleet.entities.objects import Object
from crslint.fleet.entity import Entity
from crslint.fleet.environments import with_environments
from crslint.fleet.exports import pod_exports
from crslint.fleet.folders import Folders, Listing
from crslint.fleet.fragile import with_fragile
from crslint.fleet.gitops import GitOps
from crslint.fleet.handovers import handovers
from crslint.fleet.kustomizations import kustomization_entities
from crslint.fleet.links import link
from crslint.fleet.payloads import Read, read_payloads
from crslint.fleet.resourcesets import resource_sets
from crslint.fleet.sealing import external_secrets, sealed_secrets
from crslint.fleet.secrets import secrets
from crslint.fleet.served import releases, with_releases
from crslint.fleet.settings import FleetSettings
from crslint.fleet.sharing import with_specific_values
from crslint.fleet.world import World
from crslint.record import field, record
from crslint.source.document import File


@record
class Fleet:
    """``entities`` by entity name; ``problems`` are the faults of the text of payloads in use (YML001, YML002, ...).

    ``releases`` are those in use by component, ``patches`` the objects that kustomizations name as patches.

    ``whole`` is false where the input cannot be whole (stdin, single files alone): no rule may then miss anything.
    """

    entities: Mapping[str, Sequence[Entity]]
    problems: tuple[Problem, ...]
    whole: bool
    payload_documents: int
    index: Mapping[tuple[str, str], Entity]
    releases: Mapping[str, str] = field(default_factory=dict)
    patches: Sequence[Object] = ()

    def entity(self, at: str, kind: str) -> Entity | None:
        """The entity of that name whose document is at an address."""
        return self.index.get((kind, at))


def resolve(
    files: Sequence[File],
    settings: FleetSettings | None = None,
    text_of: Callable[[str], str] = lambda _path: "",
    listing: Listing | None = None,
) -> Fleet:
    """``text_of`` gives a file's decoded text, ``listing`` the names in a folder (None for no folder); without it there
    are the files alone."""
    settings = settings or FleetSettings()
    world = World(files, settings, text_of)
    links = link(world)
    reads = read_payloads(world, links)
    gitops = GitOps(world, reads, Folders(world, files, text_of, listing))
    arrivals, day2 = Arrivals(world, links, reads), Day2(gitops)
    made = cluster_entities(world, links, reads, gitops, arrivals, day2)
    clusters = with_environments(with_specific_values(made), gitops)
    payloads, payload_objects = payload_entities(world, links, reads, clusters)
    in_use = releases(settings, reads)
    brought = application_entities(gitops, clusters, in_use.get("argocd"), text_of)
    applications = with_access(brought, world, links, reads, gitops)
    members = (member.object for read in reads if read.in_use for member in read.members)
    found: list[Entity] = [
        *with_releases((*world.objects, *members), in_use),
        *with_fragile(resource_sets(world, links, reads, payload_objects), links, gitops, reads, clusters),
        *payloads,
        *payload_objects,
        *clusters,
        *applications,
        *kustomization_entities(gitops, links, reads),
        *peering_entities(world, reads, gitops, [*clusters, *applications], in_use),
        *secrets(world, reads),
        *sealed_secrets(world, links, reads),
        *external_secrets(world, reads),
    ]
    found += [*api_servers(world, clusters), *pod_exports(world, reads, found), *handovers(arrivals, day2, clusters)]
    entities: dict[str, list[Entity]] = defaultdict(list)
    for entity in found:
        entities[entity.ENTITY].append(entity)
    return Fleet(
        entities=entities,
        problems=(
            *(problem for read in reads if read.in_use for problem in read.problems),
            *gitops.problems(),
            *world.problems,
        ),
        whole=settings.folder,
        payload_documents=_count(reads),
        index={(entity.ENTITY, entity.at): entity for entity in found},
        releases=in_use,
        patches=world.patches,
    )


def _count(reads: Sequence[Read]) -> int:
    return sum(len(read.members) for read in reads if read.in_use)
