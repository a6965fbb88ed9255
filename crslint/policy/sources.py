"""From which files a rule's answer comes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from crslint import address
from crslint.fleet.entity import Entity
from crslint.policy.merge import Raw

if TYPE_CHECKING:
    from crslint.policy.rule import Rule

# In the place of a path: a document that is not there.
ABSENCE = ""


def traced(raws: Iterable[Raw], rule: Rule, entity: Entity) -> Iterator[Raw]:
    """What a rule says of an entity, with the paths that it comes from: of the places that it names, and
    of the addresses in the facts that the rule reads. ABSENCE is among them for a rule that needs the whole input to
    miss something."""
    read: set[str] | None = None
    for raw in raws:
        if read is None:
            names = {name for expression in rule.expressions() for name in expression.facts}
            facts = {f"{entity.ENTITY}.{name}": value for name, value in entity.facts().items()}
            read = {path for name in names & facts.keys() for path in _paths(facts[name])}
        places = [entity.at, raw.at, *(item.at for item in raw.related)]
        places += [edit.at for edit in raw.fix.edits] if raw.fix else []
        found = read.union(map(address.path_of, places))
        yield raw._replace(sources=frozenset({*found, ABSENCE} if rule.whole else found))


def _paths(value: object) -> Iterator[str]:
    if isinstance(value, str):
        if "#" in value:
            try:
                yield address.parse(value).path
            except ValueError:
                return
    elif isinstance(value, dict):
        for item in value.values():
            yield from _paths(item)
    elif isinstance(value, list):
        for item in value:
            yield from _paths(item)
