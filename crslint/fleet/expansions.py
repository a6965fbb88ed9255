"""What ApplicationSets expand to: the Applications of their elements, as far as the input says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from crslint import address
from crslint.fleet import values
from crslint.fleet.entities.objects import Object
from crslint.fleet.entity import UNKNOWN, Unknown
from crslint.fleet.generators import Elements, Surroundings, elements
from crslint.fleet.repositories import Wanted
from crslint.fleet.templating import Params, rendered, texts
from crslint.record import record

_MOST = 500
_STRICT = "missingkey=error"


@record
class Branch:
    """One generator: its elements, and the template as it is for them; ``own`` is what the generator itself adds."""

    at: str
    data: Mapping[str, Any]
    elements: Elements
    template: dict[str, Any]
    own: Mapping[str, Any]


@record
class Generated:
    """One Application: ``object`` has the template's address, and UNKNOWN where a text cannot be told."""

    object: Object
    params: Params
    branch: Branch


@record
class Expansion:
    """``go`` is UNKNOWN where `goTemplate` has a wrong type: then there are no branches."""

    set: Object
    go: bool | Unknown
    strict: bool
    branches: tuple[Branch, ...]
    applications: tuple[Generated, ...]
    complete: bool


def expand(item: Object, surroundings: Surroundings) -> Expansion:
    go = values.boolean(item.data, "spec", "goTemplate")
    go = False if go is None else go
    strict = _is_strict(values.items(item.data, "spec", "goTemplateOptions"))
    written, template = values.items(item.data, "spec", "generators"), values.mapping(item.data, "spec", "template")
    if isinstance(go, Unknown) or isinstance(written, Unknown) or isinstance(template, Unknown):
        return Expansion(item, UNKNOWN, strict, (), (), False)
    branches = tuple(
        _branch(generator, address.at(item.at, ("spec", "generators", number)), template, surroundings, go=go)
        for number, generator in enumerate(written)
    )
    every = [(branch, params) for branch in branches for params in branch.elements.known]
    patched = values.child(item.data, "spec", "templatePatch") not in (None, "")
    return Expansion(
        item,
        go,
        strict,
        branches,
        tuple(_application(item, branch, params, go=go, patched=patched) for branch, params in every[:_MOST]),
        len(every) <= _MOST and all(branch.elements.complete for branch in branches),
    )


def wanted_by(item: Object) -> Iterator[Wanted]:
    """What it expects in Git repositories: the fixed beginnings of its paths."""
    by = address.path_of(item.at)
    for _, generator in values.mappings(item.data, "spec", "generators"):
        yield from _wanted_by_git(generator, by)
        for kind in ("matrix", "merge"):
            for _, child in values.mappings(generator.get(kind), "generators"):
                yield from _wanted_by_git(child, by)
    spec = values.child(item.data, "spec", "template", "spec")
    for source in (values.child(spec, "source"), *(each for _, each in values.mappings(spec, "sources"))):
        url, path = values.text(source, "repoURL"), values.text(source, "path")
        if isinstance(url, str) and isinstance(path, str):
            yield Wanted(url, path, by)


def _wanted_by_git(generator: Mapping[str, Any], by: str) -> Iterator[Wanted]:
    git = generator.get("git")
    url = values.text(git, "repoURL")
    for field in ("directories", "files"):
        for _, entry in values.mappings(git, field):
            path = values.text(entry, "path")
            if isinstance(url, str) and isinstance(path, str) and entry.get("exclude") is not True:
                fixed = path.split("*")[0].split("?")[0].split("[")[0]
                if fixed != path:
                    fixed = fixed.rpartition("/")[0]
                if fixed:
                    yield Wanted(url, fixed, by)


def _branch(generator: object, at: str, template: dict[str, Any], surroundings: Surroundings, *, go: bool) -> Branch:
    data = generator if isinstance(generator, dict) else {}
    found = elements(generator, at, surroundings, go=go)
    own = next((inner for kind in data.values() if (inner := values.child(kind, "template")) is not None), None)
    own = own if isinstance(own, dict) else {}
    return Branch(at, data, found, _overlaid(template, own), own)


def _overlaid(base: dict[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """A generator's template wins wherever it says something."""
    found = dict(base)
    for key, value in over.items():
        inner = found.get(key)
        if isinstance(inner, dict) and isinstance(value, dict):
            found[key] = _overlaid(inner, value)
        elif value not in (None, "", [], {}):
            found[key] = value
    return found


def _application(item: Object, branch: Branch, params: Params, *, go: bool, patched: bool) -> Generated:
    made = rendered(branch.template, params, go=go)
    data = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", **made}
    if patched:
        data["spec"] = UNKNOWN
    name = values.text(data, "metadata", "name")
    made_object = Object(
        at=address.at(item.at, ("spec", "template")),
        api_version="argoproj.io/v1alpha1",
        group="argoproj.io",
        kind="Application",
        namespace=item.namespace,
        name=name,
        data=data,
        scope="Namespaced",
    )
    return Generated(made_object, params, branch)


def template_texts(expansion: Expansion) -> Iterator[tuple[str, tuple[str | int, ...], str, Sequence[Params]]]:
    """Address, way in the template, text, and the parameters that fill it in: of the set's template and of those that
    generators bring along."""
    spec = values.child(expansion.set.data, "spec")
    for steps, text in texts(values.child(spec, "template")):
        params = [
            each for branch in expansion.branches if not _is_replaced(branch.own, steps) for each in _params(branch)
        ]
        yield address.at(expansion.set.at, ("spec", "template", *steps)), steps, text, params
    patch = values.child(spec, "templatePatch")
    if isinstance(patch, str):
        every = [each for branch in expansion.branches for each in _params(branch)]
        yield address.at(expansion.set.at, ("spec", "templatePatch")), ("templatePatch",), patch, every
    for branch in expansion.branches:
        kind = next((key for key, value in branch.data.items() if values.child(value, "template") is not None), "")
        for steps, text in texts(dict(branch.own)):
            yield address.at(branch.at, (kind, "template", *steps)), steps, text, _params(branch)


def _params(branch: Branch) -> Sequence[Params]:
    return branch.elements.params


def _is_replaced(own: Mapping[str, Any], steps: tuple[str | int, ...]) -> bool:
    """Whether a generator's template has something else in a place."""
    value: Any = own
    for step in steps:
        if not isinstance(value, dict) or step not in value:
            return isinstance(value, list)
        value = value[step]
    return value not in (None, "", [], {})


def _is_strict(options: list[Any] | Unknown) -> bool:
    """Unknown options are taken for strict ones: then nothing is said about missing parameters."""
    return isinstance(options, Unknown) or _STRICT in options
