"""The questions of `crslint new`, asked on a terminal until each answer can be."""

from __future__ import annotations

import copy
import json
import os
import re
from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any

import click

from crslint.data import data_dir
from crslint.fix.new import answers as defaults
from crslint.fix.new.agreement import command
from crslint.fix.new.answers import Versions, cluster_of, versions_of
from crslint.fix.new.validity import Step, faults
from crslint.fleet.applications import production_word

Data = dict[str, Any]
# What is wrong with a manifest: its path, and the cluster's answers for one of Cilium, None for one of Argo CD.
Refusal = Callable[[str, Data | None, Data], str | None]

_RELEASES = {
    "kubernetes": "Kubernetes",
    "capi": "Cluster API",
    "capm3": "Metal3's provider (CAPM3)",
    "cilium": "Cilium",
    "argocd": "Argo CD",
}
_SHORT = {"production": "prod", "development": "dev"}
_NAMES = ("production", "staging", "development")


def ask(refusal: Refusal) -> Data:
    """The answers, as they would stand in a file."""
    return _Interview(refusal).answers()


class _Interview:
    def __init__(self, refusal: Refusal) -> None:
        schema = json.loads((data_dir("schemas") / "answers.json").read_text(encoding="utf-8"))
        self._kinds: Mapping[str, Mapping[str, Any]] = schema["$defs"]
        self._data: Data = {}
        self._refusal = refusal
        self._clusters = 0

    def answers(self) -> Data:
        _say("Enter takes what is in brackets; an answer that cannot be is asked for again. Ctrl-C writes nothing.")
        _head("The repository")
        self._ask(("repository",), "URL of the Git repository that will hold all of this", "repository")
        self._ask(("namespace",), "Namespace of the clusters on the management cluster", "name", defaults.NAMESPACE)
        _head("Releases")
        for name, default in Versions()._asdict().items():
            kind = "version" if name in ("capi", "capm3") else "exact"
            self._ask(("versions", name), _RELEASES[name], kind, default)
        _head("The image that Metal3 writes to the hosts")
        url = self._ask(("image", "url"), "Its URL", "url")
        self._ask(("image", "checksum"), "Its SHA-256, or a URL of it", "word", f"{url}.sha256sum")
        _head("Argo CD")
        _say("Its install.yaml, as downloaded. Enter leaves it for later.")
        self._manifest(("argocd",), None)
        number = 0
        while number == 0 or click.confirm("Another environment?", default=False, err=True):
            self._environment(number)
            number += 1
        return self._data

    def _environment(self, number: int) -> None:
        at: tuple[Step, ...] = ("environments", number)
        _head("An environment")
        name = self._ask((*at, "name"), "Its name", "name", _NAMES[number] if number < len(_NAMES) else None)
        default = defaults.TAG if production_word(f"/{name}/") else defaults.BRANCH
        self._ask((*at, "revision"), f"What {name} follows: a tag, a commit or a branch", "revision", default)
        place = 0
        while place == 0 or click.confirm(f"Another cluster in {name}?", default=False, err=True):
            self._cluster((*at, "clusters", place), str(name), place)
            place += 1

    def _cluster(self, at: tuple[Step, ...], environment: str, place: int) -> None:
        self._clusters += 1
        number = self._clusters
        _head(f"A cluster of {environment}")
        name = f"{_SHORT.get(environment, environment)[:36]}-{place + 1:02}"
        self._ask((*at, "name"), "Its name", "name", name)
        self._ask((*at, "controlPlanes"), "Control-plane machines", "", str(defaults.CONTROL_PLANES))
        self._ask((*at, "workers"), "Workers", "", str(defaults.WORKERS))
        subnet = self._ask((*at, "nodes", "subnet"), "Network of the nodes", "cidr", f"192.168.{number * 10}.0/24")
        near = str(subnet).removesuffix(".0/24") if str(subnet).endswith(".0/24") else None
        self._ask((*at, "nodes", "gateway"), "Its gateway", "address", near and f"{near}.1")
        self._ask((*at, "nodes", "first"), "First address that a node may get", "address", near and f"{near}.101")
        self._ask((*at, "nodes", "last"), "Last address that a node may get", "address", near and f"{near}.199")
        self._ask((*at, "nodes", "interface"), "The nodes' network interface", "interface", defaults.INTERFACE)
        self._ask((*at, "endpoint"), "Address for the API server", "address", near and f"{near}.10")
        self._ask((*at, "pods"), "Network of the pods", "cidr", f"10.{(243 + number) % 256}.0.0/16")
        self._ask((*at, "services"), "Network of the Services", "cidr", defaults.SERVICES)
        self._peers((*at, "bgp"), near)
        self._ask((*at, "pools"), "Network for LoadBalancer Services", "cidr", f"172.20.{number * 10 % 256}.0/24")
        cluster: Data = _value(self._data, at)
        versions = versions_of(self._data)
        _say(f"Cilium for {cluster['name']} is rendered with:\n\n{command(cluster_of(cluster), versions)}\n")
        _say("Enter leaves it for later.")
        self._manifest((*at, "cilium"), cluster)

    def _peers(self, at: tuple[Step, ...], near: str | None) -> None:
        self._ask((*at, "localASN"), "AS number of the nodes", "asn", str(64511 + self._clusters))
        if not click.confirm("Are their BGP peers in the nodes' network?", default=True, err=True):
            self._ask((*at, "multihop"), "How many hops away are they", "", "2")
            near = None
        number = 0
        asn: object = 64700
        while number == 0 or click.confirm("Another BGP peer?", default=False, err=True):
            place = (*at, "peers", number)
            asn = self._ask((*place, "asn"), "AS number of the peer", "asn", str(asn))
            self._ask((*place, "address"), "Its address", "address", near and f"{near}.{number + 2}")
            number += 1

    def _manifest(self, path: tuple[Step, ...], cluster: Data | None) -> None:
        while answer := click.prompt("Path of the manifest", default="", show_default=False, err=True).strip():
            refused = self._refusal(answer, cluster, self._data)
            if refused is None:
                _put(self._data, path, answer)
                return
            _say(refused)

    def _ask(self, path: tuple[Step, ...], text: str, kind: str, default: str | None = None) -> str | int:
        while True:
            written = click.prompt(text, default=default, err=True).strip()
            value, reason = self._read(path, written, kind)
            if reason is None:
                _put(self._data, path, value)
                answer: str | int = value
                return answer
            _say(f"  {reason}")

    def _read(self, path: tuple[Step, ...], written: str, kind: str) -> tuple[Any, str | None]:
        """The value, and why it cannot be."""
        schema = self._kinds[kind] if kind else self._kinds["cluster"]["properties"].get(path[-1], _HOPS)
        value: Any = written
        if schema["type"] == "integer":
            least, most = schema["minimum"], schema["maximum"]
            if not (written.isascii() and written.isdigit() and least <= int(written) <= most):
                return value, f'"{written}" is no number from {least} to {most}'
            value = int(written)
        elif not re.search(schema["pattern"], written):
            return value, f'"{written}" is not {schema["description"]}'
        if path[-1] == "pools":
            value = [value]
        tried = copy.deepcopy(self._data)
        _put(tried, path, value)
        found = (reason for place, reason in faults(tried) if place[: len(path)] == path)
        return value, next(found, None)


_HOPS = {"type": "integer", "minimum": 2, "maximum": 255}


def _put(data: Data, path: tuple[Step, ...], value: object) -> None:
    inner: Any = data
    for step, following in pairwise(path):
        empty: Any = [] if isinstance(following, int) else {}
        if isinstance(step, int) and step == len(inner):
            inner.append(empty)
        elif not isinstance(step, int):
            inner.setdefault(step, empty)
        inner = inner[step]
    inner[path[-1]] = value


def _value(data: Data, path: tuple[Step, ...]) -> Any:
    inner: Any = data
    for step in path:
        inner = inner[step]
    return inner


def _head(text: str) -> None:
    click.echo(err=True)
    click.echo(text if os.environ.get("NO_COLOR") else click.style(text, bold=True), err=True)


def _say(text: str) -> None:
    click.echo(text, err=True)
