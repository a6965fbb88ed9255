"""Resolves small trees of text, without a process and without rules."""

from __future__ import annotations

from collections.abc import Mapping

from crslint.fleet.entity import Entity
from crslint.fleet.fleet import Fleet, resolve
from crslint.fleet.settings import FleetSettings
from crslint.source.reader import read_file


def resolved(files: Mapping[str, str], settings: FleetSettings | None = None) -> Fleet:
    """``files`` are texts by path."""
    read = [read_file(path, text.encode()) for path, text in files.items()]
    return resolve(read, settings, lambda path: files[path])


def only(fleet: Fleet, entity: str, name: str | None = None) -> Entity:
    """The one entity of that kind (and name)."""
    (found,) = [item for item in fleet.entities[entity] if name in (None, getattr(item, "name", None))]
    return found
