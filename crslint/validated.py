"""A fleet's objects against their schemas, by what the configuration and the fleet say of releases."""

from __future__ import annotations

from pathlib import Path

from crslint.config.model import Config
from crslint.fleet.entities.objects import Object
from crslint.fleet.fleet import Fleet
from crslint.schema.registry import Registry
from crslint.schema.validation import Judgement, Subject, validate


def validated(fleet: Fleet, config: Config, *, files: tuple[Path, ...] = ()) -> Judgement:
    """``files`` come before the configuration's schemas.

    Raises SchemaFileError for a file that is no schema.
    """
    # What is not served is refused whatever it says (SCH005).
    objects = [
        item
        for item in fleet.entities.get("object", ())
        if isinstance(item, Object) and item.kind and item.served is not False
    ]
    registry = Registry(
        crds=[item.data for item in objects if item.kind == "CustomResourceDefinition"],
        folders=(*config.schema_files(), *files),
        kubernetes=config.versions.get("kubernetes"),
        releases=fleet.releases,
    )
    subjects = [Subject(item.at, item.data) for item in objects]
    patches = [Subject(item.at, item.data, partial=True) for item in fleet.patches]
    return validate((*subjects, *patches), registry)
