"""The first configuration of a repository that is there already, from what is found in it."""

from __future__ import annotations

from collections.abc import Mapping

from crslint.fix.templates import filled, scalar
from crslint.fleet.entities.clusters import Cluster
from crslint.fleet.entities.gitops import Application
from crslint.fleet.entity import Unknown
from crslint.fleet.fleet import Fleet
from crslint.fleet.versions import release

_EXAMPLES = {"kubernetes": "1.34", "capi": "1.13", "capm3": "1.13", "cilium": "1.18.9", "argocd": "3.5.1"}
_EXAMPLE_REPOSITORY = ("https://github.com/your-org/cluster-configs", "cluster-configs")


def configuration_text(fleet: Fleet) -> str:
    """``fleet`` was resolved without a configuration: what it says was detected."""
    return filled("init.yaml", {"versions": _versions(fleet), "repositories": _repositories(fleet)})


def _versions(fleet: Fleet) -> str:
    lines = []
    kubernetes = _kubernetes(fleet)
    for name, example in _EXAMPLES.items():
        if name == "kubernetes" and kubernetes:
            lines.append(f'kubernetes: "{kubernetes}" # what all control planes here run')
        elif name in fleet.releases:
            lines.append(
                f'# {name}: "{fleet.releases[name]}" # what the images here say; detected without being pinned'
            )
        else:
            lines.append(f'# {name}: "{example}"')
    pinned = any(not line.startswith("#") for line in lines)
    return "\n".join(lines if pinned else ["{}", *lines])


def _kubernetes(fleet: Fleet) -> str | None:
    """The minor release of every control plane, where it is one."""
    found = {release(item.version) for item in fleet.entities.get("cluster", ()) if isinstance(item, Cluster)}
    minors = {each and each[:2] for each in found}
    only = next(iter(minors)) if len(minors) == 1 else None
    return f"{only[0]}.{only[1]}" if only else None


def _repositories(fleet: Fleet) -> str:
    found = _places(fleet)
    lines = [f"#   {scalar(url)}: {scalar(folder)} # found by its paths" for url, folder in found.items()]
    if not lines:
        lines = ["#   {}: {}".format(*_EXAMPLE_REPOSITORY)]
    return "\n".join(["# repositories:", *lines])


def _places(fleet: Fleet) -> Mapping[str, str]:
    """Repositories whose folder was found."""
    found: dict[str, str] = {}
    for item in fleet.entities.get("application", ()):
        sources = item.sources if isinstance(item, Application) else ()
        for source in () if isinstance(sources, Unknown) else sources:
            place, path, url = source.get("place"), source.get("path"), source.get("repository")
            is_local = source.get("state") == "local"
            if is_local and isinstance(place, str) and isinstance(path, str) and isinstance(url, str):
                folder = place.removesuffix(path.strip("/")).rstrip("/")
                found.setdefault(url, folder or ".")
    return found
