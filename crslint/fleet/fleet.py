"""The fleet: every entity of the input, resolved once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from crslint.finding import Problem
from crslint.fleet import values
from crslint.fleet.entities.objects import Object
from crslint.fleet.entity import Entity
from crslint.fleet.folders import Folders, Listing
from crslint.fleet.served import releases, with_releases
from crslint.fleet.settings import FleetSettings
from crslint.fleet.world import World
from crslint.record import derived, record

if TYPE_CHECKING:
    from crslint.fleet.renderings import Unrendered
    from crslint.render.renderer import Renderer
    from crslint.source.document import File


@record
class Fleet:
    """``entities`` by entity name; ``problems`` are the faults of the text of payloads in use (YML001, YML002, ...).

    ``releases`` are those in use by component, ``patches`` the objects that kustomizations name as patches.

    ``whole`` is false where the input cannot be whole (stdin, single files alone): no rule may then miss anything.

    ``unrendered`` is what was to be rendered and could not be.
    """

    entities: Mapping[str, Sequence[Entity]]
    problems: tuple[Problem, ...]
    whole: bool
    payload_documents: int
    releases: Mapping[str, str] = {}
    patches: Sequence[Object] = ()
    unrendered: tuple[Unrendered, ...] = ()
    indexed: dict[str, dict[str, Entity]] = derived(lambda _fleet: {})

    def entity(self, at: str, kind: str) -> Entity | None:
        """The entity of that name whose document is at an address; those of a name are indexed when one is sought."""
        if kind not in self.indexed:
            self.indexed[kind] = {entity.at: entity for entity in self.entities.get(kind, ())}
        return self.indexed[kind].get(at)


def resolve(
    files: Sequence[File],
    settings: FleetSettings | None = None,
    text_of: Callable[[str], str] = lambda _path: "",
    listing: Listing | None = None,
    renderer: Renderer | None = None,
) -> Fleet:
    """``text_of`` gives a file's decoded text, ``listing`` the names in a folder (None for no folder); without it there
    are the files alone. With a ``renderer``, kustomizations and charts of Applications are rendered."""
    settings = settings or FleetSettings()
    world = World(files, settings, text_of)
    found: Sequence[Entity]
    unrendered: tuple[Unrendered, ...] = ()
    if _relates(world):
        # A hundred modules, which the objects of a lone workload do without.
        from crslint.fleet.relations import relations

        related = relations(world, Folders(world, files, text_of, listing), text_of, renderer)
        unrendered = related.unrendered
        found, problems = related.entities, related.problems
        documents, in_use = related.payload_documents, related.releases
    else:
        in_use = releases(settings, ())
        found, problems, documents = list(with_releases(world.objects, in_use)), tuple(world.problems), 0
    entities: dict[str, list[Entity]] = defaultdict(list)
    for entity in found:
        entities[entity.ENTITY].append(entity)
    return Fleet(
        entities=entities,
        problems=problems,
        whole=settings.folder,
        payload_documents=documents,
        releases=in_use,
        patches=world.patches,
        unrendered=unrendered,
    )


# Nothing follows from objects of other groups and kinds for any other object.
_GROUPS = ("argoproj.io", "bitnami.com", "cilium.io", "external-secrets.io", "kustomize.config.k8s.io")
_FAMILIES = ("cluster.x-k8s.io", "metal3.io")
_CORE = ("ConfigMap", "Secret")


def _relates(world: World) -> bool:
    """Whether there is an object from which something follows for another one."""
    if world.patches or world.kustomizations.inputs:
        return True
    return any(
        group in _GROUPS or group.endswith(_FAMILIES) or (group == "" and (kind in _CORE or _is_announced(kind, items)))
        for (group, kind), items in world.kinds.items()
    )


def _is_announced(kind: str, items: Sequence[Object]) -> bool:
    """Whether some of them are Services that get addresses from pools."""
    return kind == "Service" and any(values.child(item.data, "spec", "type") == "LoadBalancer" for item in items)
