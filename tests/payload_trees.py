"""Small management repositories for tests of what payloads bring."""

from __future__ import annotations

from textwrap import indent

from crslint.fleet.entities.bootstrap import Payload, PayloadObject
from crslint.fleet.entity import Entity
from crslint.fleet.fleet import Fleet, resolve
from crslint.fleet.settings import FleetSettings
from crslint.source.reader import read_file


def resource_set(*names: str, name: str = "bootstrap", label: str = "bootstrap", strategy: str = "ApplyOnce") -> str:
    """A set of ConfigMaps; a name of the form ``secret/x`` is a Secret's."""
    entries = "".join(
        f"    - {{kind: {'Secret' if entry.startswith('secret/') else 'ConfigMap'}, name: {entry.split('/')[-1]}}}\n"
        for entry in names
    )
    return (
        "apiVersion: addons.cluster.x-k8s.io/v1beta2\nkind: ClusterResourceSet\n"
        f"metadata: {{name: {name}, namespace: fleet}}\nspec:\n  strategy: {strategy}\n"
        f'  clusterSelector:\n    matchLabels: {{{label}: "true"}}\n  resources:\n{entries}'
    )


def cluster(name: str, *labels: str) -> str:
    pairs = ", ".join(f'{label}: "true"' for label in labels)
    return (
        "apiVersion: cluster.x-k8s.io/v1beta2\nkind: Cluster\n"
        f"metadata: {{name: {name}, namespace: fleet, labels: {{{pairs}}}}}\nspec: {{}}\n"
    )


def config_map(values: dict[str, str], name: str = "payload") -> str:
    data = "".join(f"  {key}: |\n{indent(value, '    ')}" for key, value in values.items())
    return f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, namespace: fleet}}\ndata:\n{data}"


def manifest(
    kind: str = "ServiceAccount", name: str = "agent", namespace: str = "tools", api: str = "v1", rest: str = ""
) -> str:
    place = f", namespace: {namespace}" if namespace else ""
    return f"apiVersion: {api}\nkind: {kind}\nmetadata: {{name: {name}{place}}}\n{rest}"


def crd(group: str = "example.com", kind: str = "Widget", scope: str = "Namespaced") -> str:
    return (
        f"apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\n"
        f"metadata: {{name: {kind.lower()}s.{group}}}\n"
        f"spec: {{group: {group}, scope: {scope}, names: {{kind: {kind}, plural: {kind.lower()}s}}}}\n"
    )


def documents(*texts: str) -> str:
    return "---\n".join(texts)


def fleet(settings: FleetSettings | None = None, **texts: str) -> Fleet:
    """Each text is a file of that name."""
    files = [read_file(f"{name}.yaml", text.encode()) for name, text in texts.items()]
    sources = {f"{name}.yaml": text for name, text in texts.items()}
    return resolve(files, settings, lambda path: sources.get(path, ""))


def payloads(found: Fleet) -> list[Payload]:
    return [item for item in _of(found, "payload") if isinstance(item, Payload)]


def payload_object(found: Fleet, name: str) -> PayloadObject:
    """The one object of that name in all payloads."""
    (item,) = [item for item in _of(found, "payloadObject") if isinstance(item, PayloadObject) and item.name == name]
    return item


def _of(found: Fleet, entity: str) -> list[Entity]:
    return list(found.entities.get(entity, ()))
