"""What reaches a cluster on day 0: the sets that select it, what their payloads bring, what is installed besides."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from crslint.fleet import values
from crslint.fleet.cilium import Installation, Settings, installation
from crslint.fleet.delivery import KINDS, Delivery
from crslint.fleet.entities.objects import Object
from crslint.fleet.entity import UNKNOWN, Statement, Unknown
from crslint.fleet.links import Link, Resource
from crslint.fleet.payloads import Read
from crslint.fleet.proxies import brings_kube_proxy, replacement
from crslint.fleet.selecting import asks_to_opt_in, is_idle, near_label
from crslint.fleet.selector import Selector, match, read_selector
from crslint.fleet.world import ADDONS_GROUP, World
from crslint.record import derived, record


@record
class Content:
    """One payload: what can be read of it, and whether that is all."""

    read: Read
    complete: bool
    delivers: tuple[Delivery, ...]
    cilium: Installation | None
    kube_proxy: bool = derived(lambda content: brings_kube_proxy(content.read.members))


@record
class Arrival:
    """What reaches a cluster; clusters that the same sets select share one.

    ``cnis`` are those that are known, ``complete`` says whether there can be no others. ``cilium`` is null where Cilium
    is known not to be among them; ``roots`` are the addresses of root Applications.
    """

    steps: list[dict[str, Any]] | Unknown
    delivers: list[str] | Unknown
    complete: bool
    cnis: list[dict[str, Any]]
    cilium: Settings | None | Unknown
    replacements: list[Statement] | Unknown
    roots: tuple[str, ...] = ()


class Arrivals:
    def __init__(self, world: World, links: Sequence[Link], reads: Sequence[Read]) -> None:
        self._world = world
        self._links = links
        self._contents = {read.source.at: _content(read) for read in reads}
        self._selecting: dict[str, list[int]] = defaultdict(list)
        self._doubtful: set[str] = set()
        # Sets by namespace that select nothing and are meant for a Cluster, and what they bring if that is known.
        self._missing: dict[object, list[tuple[Link, frozenset[str] | None]]] = defaultdict(list)
        self._reaching: dict[tuple[int, ...], frozenset[str]] = {}
        for number, link in enumerate(links):
            for cluster in link.known:
                self._selecting[cluster.at].append(number)
            self._doubtful.update(cluster.at for cluster in (*link.unsure, *link.elsewhere))
            if link.compiled is None:
                self._missing[link.set.namespace].append((link, None))
            elif is_idle(link) and (not asks_to_opt_in(link.compiled) or near_label(link)["slip"]):
                self._missing[link.set.namespace].append((link, self._brings(link)))
        self._charts = [_chart(item) for item in world.of_kind(ADDONS_GROUP, "HelmChartProxy")]
        self._shared: dict[tuple[object, ...], Arrival] = {}
        self._settings: dict[tuple[str | None, str | None], Settings] = {}

    def settings(self) -> Iterator[tuple[Content, Settings]]:
        """Cilium's settings, each at the payload that has its cilium-config, else its agent."""
        told: set[str] = set()
        for content in self._contents.values():
            found = self._installation([content, *self._companions(content.read)]) if content.cilium else None
            if found is not None and found.at not in told:
                told.add(found.at)
                yield content, self._read(found)

    def of(self, cluster: Object) -> Arrival:
        numbers = tuple(self._selecting.get(cluster.at, ()))
        charts = frozenset(chart.name for chart in self._charts if self._may_reach(chart, cluster))
        complete = not charts and cluster.at not in self._doubtful and not self._is_missed(cluster, numbers)
        key = (numbers, complete, charts)
        found = self._shared.get(key)
        if found is None:
            links = [self._links[number] for number in numbers]
            found = self._shared[key] = self._arrival(links, complete, charts)
        return found

    def _arrival(self, links: Sequence[Link], complete: bool, charts: frozenset[str]) -> Arrival:
        steps: list[dict[str, Any]] = []
        contents: dict[str, Content] = {}
        for link in links:
            complete = complete and not isinstance(link.resources, Unknown) and link.resources != ()
            for resource in () if isinstance(link.resources, Unknown) else link.resources:
                content = self._content_of(resource)
                complete = complete and content is not None and content.complete
                if content is not None:
                    contents[content.read.source.at] = content
                    kinds = _kinds([content])
                    steps.append({"set": link.set.at, "payload": content.read.source.at, "delivers": kinds})
        every = list(contents.values())
        cilium = self._cilium(every, complete)
        if any("cilium" in chart for chart in charts):
            cilium = UNKNOWN
        return Arrival(
            steps=steps if complete else UNKNOWN,
            delivers=_kinds(every) if complete else UNKNOWN,
            complete=complete,
            cnis=_cnis(every),
            cilium=cilium,
            replacements=_replacements(every, cilium, complete),
            roots=tuple(one.at for content in every for one in content.delivers if one.kind == "rootApplication"),
        )

    def _content_of(self, resource: Resource) -> Content | None:
        """None where it is not known to be there."""
        if resource.state != "present" or resource.payload is None:
            return None
        return self._contents.get(resource.payload.at)

    def _cilium(self, contents: Sequence[Content], complete: bool) -> Settings | None | Unknown:
        having = [content for content in contents if content.cilium is not None]
        if not having:
            return None if complete else UNKNOWN
        found = self._installation(having)
        return UNKNOWN if found is None else self._read(found)

    def _read(self, found: Installation) -> Settings:
        """Read once, however many clusters it reaches."""
        key = (found.config.at if found.config else None, found.agent.at if found.agent else None)
        if key not in self._settings:
            self._settings[key] = Settings(found, self._world.settings.versions.get("cilium"))
        return self._settings[key]

    def _companions(self, read: Read) -> Iterator[Content]:
        """The other payloads of the sets that name this one."""
        for link in read.used_by:
            for resource in () if isinstance(link.resources, Unknown) else link.resources:
                content = self._content_of(resource)
                if content is not None and content.read is not read:
                    yield content

    def _installation(self, contents: Iterable[Content]) -> Installation | None:
        """What these payloads have of Cilium together; None where they have more than one of a kind."""
        parts = [content.cilium for content in contents if content.cilium is not None]
        configs = {part.config.at: part.config for part in parts if part.config is not None}
        agents = {part.agent.at: part.agent for part in parts if part.agent is not None}
        if len(configs) > 1 or len(agents) > 1:
            return None
        return Installation(next(iter(configs.values()), None), next(iter(agents.values()), None))

    def _is_missed(self, cluster: Object, numbers: tuple[int, ...]) -> bool:
        """Whether a set of this cluster's namespace that selects nothing (its selector is refused, cannot be read, or
        fits no Cluster) is to bring what no other one brings."""
        missing = self._missing.get(cluster.namespace)
        if not missing:
            return False
        if numbers not in self._reaching:
            brought = (self._brings(self._links[number]) for number in numbers)
            self._reaching[numbers] = frozenset[str]().union(*(kinds or () for kinds in brought))
        have = self._reaching[numbers]
        return any(
            self._world.together(link.set, cluster) for link, kinds in missing if kinds is None or not kinds <= have
        )

    def _brings(self, link: Link) -> frozenset[str] | None:
        """None where it is not known."""
        if isinstance(link.resources, Unknown):
            return None
        contents = [self._content_of(resource) for resource in link.resources]
        if any(content is None or not content.complete for content in contents):
            return None
        return frozenset(_kinds(content for content in contents if content is not None))

    def _may_reach(self, chart: _Chart, cluster: Object) -> bool:
        if self._world.same_namespace(chart.proxy, cluster) is False:
            return False
        if chart.selector is None:
            return True
        return match(chart.selector, values.label_map(cluster.labels)) is not False


@record
class _Chart:
    """A HelmChartProxy: its chart, and its selector where it can be read. What its values say is not read."""

    proxy: Object
    name: str
    selector: Selector | None


def _chart(proxy: Object) -> _Chart:
    name = values.spelled(proxy.data, "spec", "chartName")
    selector = read_selector(values.child(proxy.data, "spec", "clusterSelector"))
    return _Chart(proxy, name if isinstance(name, str) else "", selector if isinstance(selector, Selector) else None)


def _content(read: Read) -> Content:
    return Content(read, read.whole, read.delivered, None if read.refused else installation(read.members))


def _kinds(contents: Iterable[Content]) -> list[str]:
    found = {delivery.kind for content in contents for delivery in content.delivers}
    return [kind for kind in KINDS if kind in found]


def _cnis(contents: Iterable[Content]) -> list[dict[str, Any]]:
    return [
        {"name": delivery.name, "payload": content.read.source.at, "at": delivery.at}
        for content in contents
        for delivery in content.delivers
        if delivery.kind == "cni" and delivery.primary
    ]


def _replacements(
    contents: Sequence[Content], cilium: Settings | None | Unknown, complete: bool
) -> list[Statement] | Unknown:
    """Statements of what replaces kube-proxy; UNKNOWN where something may."""
    if isinstance(cilium, Settings):
        answer = cilium.kube_proxy_replacement()
        if answer is True:
            return [{"value": "cilium", "at": cilium.at("kube-proxy-replacement"), "via": "cilium-config"}]
        known = complete and not isinstance(answer, Unknown)
    else:
        known = complete and cilium is None
    return [] if known and not any(map(_may_replace, contents)) else UNKNOWN


def _may_replace(content: Content) -> bool:
    """Whether something in a payload besides Cilium may stand in for kube-proxy, or is kube-proxy."""
    others = [one for one in content.delivers if one.kind == "cni" and one.name != "cilium"]
    return content.kube_proxy or any(replacement(one, content.read.members) is not False for one in others)
