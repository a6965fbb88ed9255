"""What rules can see, printed: the entities of a fleet as plain data, without the values of Secrets."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import yaml

from crslint.fleet.entities.bootstrap import Payload
from crslint.fleet.entities.objects import Object
from crslint.fleet.entity import Entity
from crslint.fleet.payloads import contract
from crslint.report.json import dumped
from crslint.source.document import Document
from crslint.source.secrets import MASK, is_secret, masked

Chain = Callable[[str], Sequence[Document]]


def render(entities: Sequence[Entity], chain: Chain, form: str) -> str:
    """As ``yaml`` or ``json``; ``chain`` gives the documents that an address lies in, from the file inward."""
    views = [view(entity, chain) for entity in entities]
    if form == "json":
        return dumped(views)
    return yaml.dump(views, Dumper=_Dumper, sort_keys=False, allow_unicode=False, width=120)


def view(entity: Entity, chain: Chain) -> Mapping[str, object]:
    if isinstance(entity, Payload):
        return contract(entity)
    facts = entity.facts()
    documents = chain(entity.at)
    if isinstance(entity, Object) and documents and is_secret(documents[-1]):
        data = masked(documents[-1])
        metadata = data.get("metadata") if isinstance(data, dict) else None
        annotations = metadata.get("annotations") if isinstance(metadata, dict) else None
        return {**facts, "data": data, **({"annotations": annotations} if isinstance(annotations, dict) else {})}
    if any(map(is_secret, documents)):
        return {name: _hidden(value) for name, value in facts.items()}
    return facts


def _hidden(value: object) -> object:
    """Maps hold what is written in the documents: only their keys are shown."""
    return dict.fromkeys(value, MASK) if isinstance(value, dict) else value


class _Dumper(yaml.CSafeDumper):
    def ignore_aliases(self, _data: object) -> bool:
        return True
