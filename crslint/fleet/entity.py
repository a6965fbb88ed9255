"""The base of all entities and the three states of a fact.

A fact has a value, is ``None`` (known to be absent), or is ``UNKNOWN`` (the other half may live elsewhere): then it is
left out of the view. Views are plain data in lowerCamelCase and hold references as addresses, never entities.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from functools import cache
from typing import Any, ClassVar, TypedDict

from crslint.record import MISSING, Field, derived, field, fields, record


class Unknown(Enum):
    UNKNOWN = "unknown"

    def __bool__(self) -> bool:
        raise TypeError("an unknown fact has no truth value: compare with UNKNOWN")


UNKNOWN = Unknown.UNKNOWN


class Statement(TypedDict):
    """A value that several documents can state: where, and through what (``Cluster``, ``cilium-config``, ...)."""

    value: str
    at: str
    via: str


def fact(doc: str, default: Any = MISSING, *, entity: str = "") -> Any:
    """A field of an entity; ``entity`` names the entity that the addresses in it lead to."""
    return field(default=default, metadata={"doc": doc, "entity": entity})


def derived_fact(doc: str, derive: Callable[[Any], Any], *, entity: str = "") -> Any:
    """A fact that follows from the entity's other fields, computed when something first reads it."""
    return derived(derive, metadata={"doc": doc, "entity": entity})


_ID = "Kind and name, for people: `ClusterResourceSet default/01-cilium`."


def derived_id(derive: Callable[[Any], str]) -> Any:
    return derived_fact(_ID, derive)


Late = Mapping[str, Callable[[], Any]]


def late_fact(name: str, doc: str, *, entity: str = "") -> Any:
    """A fact of this name that is made when something first reads it, by the function of that name in the entity's
    ``late``: most runs never do."""
    return derived(lambda item: item.late[name](), metadata={"doc": doc, "entity": entity})


@record(kw_only=True)
class Entity:
    ENTITY: ClassVar[str]

    id: str = fact(_ID)
    at: str = fact("Address of the document.")
    clusters: list[str] = fact("The `namespace/name` of each Cluster that it reaches.", [])
    complete: bool = fact("False where the input may lack the other half.", True)

    def facts(self) -> dict[str, object]:
        """The view: known facts only."""
        names = fact_names(type(self))  # type: ignore[arg-type]  # mypy: a slotted class is no Hashable
        values = ((name, getattr(self, attribute)) for attribute, name in names)
        return {name: value for name, value in values if value is not UNKNOWN}


@cache
def fact_names(entity: type[Entity]) -> tuple[tuple[str, str], ...]:
    """Each field's attribute and its name in views: ``pod_cidrs`` is ``podCidrs``."""
    return tuple((item.name, camel(item.name)) for item in facts_of(entity))


def facts_of(entity: type[Entity]) -> tuple[Field, ...]:
    """The fields that are facts: all but what derived and late ones are made of."""
    return tuple(item for item in fields(entity) if "doc" in item.metadata)


@cache
def _attributes(entity: type[Entity]) -> Mapping[str, str]:
    """The attribute of each fact, by its name in views."""
    names = fact_names(entity)  # type: ignore[arg-type]  # mypy: a slotted class is no Hashable
    return {name: attribute for attribute, name in names}


def attribute_of(entity: type[Entity], fact: str) -> str:
    return _attributes(entity)[fact]  # type: ignore[arg-type]


def camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(map(str.capitalize, rest))
