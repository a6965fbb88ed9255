"""A fleet's objects against their schemas, by what the configuration and the fleet say of releases."""

from __future__ import annotations

from itertools import chain
from pathlib import Path

from crslint.config.model import Config
from crslint.fleet.entities.objects import Object
from crslint.fleet.fleet import Fleet
from crslint.schema.registry import Registry
from crslint.schema.validation import Judgement, validate


def validated(fleet: Fleet, config: Config, *, files: tuple[Path, ...] = ()) -> Judgement:
    """``files`` come before the configuration's schemas.

    Raises SchemaFileError for a file that is no schema.
    """
    found = fleet.entities.get("object", ())
    # What is not served is refused whatever it says (SCH005).
    served = [item for item in found if isinstance(item, Object) and item.served is not False]
    definitions = [item.data for item in served if item.kind == "CustomResourceDefinition"]
    registry = Registry(
        crds=definitions,
        folders=(*config.schema_files(), *files),
        kubernetes=config.versions.get("kubernetes"),
        releases=fleet.releases,
    )
    return validate(chain(served, fleet.patches), registry)
