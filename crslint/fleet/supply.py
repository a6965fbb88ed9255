"""What the sets bring to a cluster together, and in which order: the ground for every "nobody brings it".

Order exists within one set only: the places in its list, then the order of application in each payload. Sets that
reach the same cluster have none between them (facts/capi.md 1.2).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, cached_property, lru_cache
from itertools import islice

from crslint.fleet import pods, values
from crslint.fleet.entities.objects import Object
from crslint.fleet.entity import Unknown
from crslint.fleet.links import Link
from crslint.fleet.payloads import CRD_GROUP, Member, Read
from crslint.fleet.workload import workload
from crslint.fleet.world import World
from crslint.record import record

# ("namespace", name), ("crd", group, kind), ("group", group), ("operator", group), ("object", kind, namespace, name)
Key = tuple[str, ...]

# The first provider of each thing: the place of its payload in the set's list, and the member.
Brings = Mapping[Key, tuple[int, Member]]

_CHART = ("addons.cluster.x-k8s.io", "HelmChartProxy")
_WORST = ("nowhere", "after", "otherSet", "unknown", "before")
# How many sets of one namespace are compared by their selectors where no Cluster says which belong together.
_MANY = 100
_COMMANDS = ("files", "preKubeadmCommands", "postKubeadmCommands", "bootCommands")
_BOOTSTRAP = (
    ("controlplane.cluster.x-k8s.io", "KubeadmControlPlane", ("spec", "kubeadmConfigSpec")),
    ("controlplane.cluster.x-k8s.io", "KubeadmControlPlaneTemplate", ("spec", "template", "spec", "kubeadmConfigSpec")),
    ("bootstrap.cluster.x-k8s.io", "KubeadmConfigTemplate", ("spec", "template", "spec")),
)


@record
class Provider:
    """Who brings something: the object at ``at``, by the set ``link``."""

    at: str
    link: Link | None
    place: int
    position: int


@record
class Trace:
    """What somebody who brings a thing by other ways must spell: ``word`` is its name, ``namespace`` the one that it
    lies in or is, empty where it has none."""

    word: str
    namespace: str = ""


@record
class Answer:
    """``state`` is before, after (later in the same set), otherSet, nowhere or unknown."""

    state: str
    provider: Provider | None = None


@record
class _Set:
    """One set and what it brings; ``lost`` is what it would bring if no documents were merged, ``gaps`` are the places
    in its list whose content cannot be told."""

    number: int
    link: Link
    steps: tuple[tuple[int, Read], ...]
    brings: Brings
    lost: frozenset[Key]
    gaps: tuple[int, ...]


class Supply:
    def __init__(self, world: World, links: Sequence[Link], reads: Sequence[Read]) -> None:
        self._world = world
        by_payload = {read.source.at: read for read in reads}
        self._keys = {read.source.at: _keys(read) for read in reads}
        self._sets = [self._set(number, link, by_payload) for number, link in enumerate(links)]
        self._users: dict[str, list[tuple[_Set, int]]] = defaultdict(list)
        self._bringers: dict[Key, list[_Set]] = defaultdict(list)
        self._losers: dict[Key, list[_Set]] = defaultdict(list)
        for item in self._sets:
            for place, read in item.steps:
                self._users[read.source.at].append((item, place))
            for key in item.brings:
                self._bringers[key].append(item)
            for key in item.lost:
                self._losers[key].append(item)
        self._reach = self._reached()
        self._has_other_ways = any(world.of_kind(group, kind) for group, kind in workload().deliverers)

    def ask(self, read: Read, member: Member, keys: Sequence[Key], trace: Trace | None = None) -> Answer:
        """Who brings one of ``keys`` to the clusters of a member of a payload: the worst answer of all its sets."""
        users = self._users.get(read.source.at)
        if not users:
            own = _first(keys, None, self._brings([(0, read)]))
            return _in_order(own, 0, member.position) if own else Answer("unknown")
        answers = [self._ask(item, place, member.position, keys, trace) for item, place in users]
        return min(answers, key=lambda answer: _WORST.index(answer.state))

    def companions(self, read: Read) -> Iterator[Read]:
        """All payloads that reach a cluster together with this one, itself included, each once."""
        seen: set[str] = set()
        for item, _ in self._users.get(read.source.at, ()):
            for other in self._beside(item):
                for _, companion in other.steps:
                    if companion.source.at not in seen:
                        seen.add(companion.source.at)
                        yield companion

    def sets_beside(self, read: Read) -> frozenset[int]:
        """The sets that reach a cluster together with a payload: what they have in common they bring to all of it."""
        return frozenset(
            other.number for item, _ in self._users.get(read.source.at, ()) for other in self._beside(item)
        )

    def _beside(self, item: _Set) -> Iterator[_Set]:
        """The sets that reach its clusters, itself included; without Clusters those whose selectors say so."""
        reach = self._reach.get(item.number)
        if reach:
            yield from (self._sets[number] for number in sorted(frozenset().union(*reach)))
            return
        yield item
        for other in islice(self._by_namespace[item.link.set.namespace], _MANY):
            implied = _implies(item.link, other.link) or _implies(other.link, item.link)
            if other is not item and implied and self._is_near(item, other):
                yield other

    def _ask(self, item: _Set, place: int, position: int, keys: Sequence[Key], trace: Trace | None) -> Answer:
        own = _first(keys, item.link, item.brings)
        if own:
            answer = _in_order(own, place, position)
            hidden = answer.state == "after" and (any(gap < place for gap in item.gaps) or item.lost.intersection(keys))
            return Answer("unknown") if hidden else answer
        others = [other for key in keys for other in self._bringers.get(key, ())]
        sure = [other for other in others if self._surely_with(item, other)]
        groups = self._reach.get(item.number) or (frozenset(other.number for other in sure),)
        bringing = frozenset(other.number for other in sure)
        lacking = [together for together in groups if together.isdisjoint(bringing)]
        if not lacking:
            return Answer("otherSet", _first(keys, sure[0].link, sure[0].brings))
        losers = [other for key in keys for other in self._losers.get(key, ())]
        doubtful = any(self._may_come_to(item, other) for other in (*others, *losers)) or any(
            loser.number in together for together in lacking for loser in losers
        )
        open_to_more = self._is_open(item) or (trace is not None and self._may_be_elsewhere(trace, item))
        return Answer("unknown" if doubtful or open_to_more else "nowhere")

    def _may_be_elsewhere(self, trace: Trace, item: _Set) -> bool:
        """Whether something that is no payload may bring it."""
        return (
            self._has_other_ways
            or (trace.namespace in self._chart_namespaces if trace.namespace else bool(self._chart_namespaces))
            or trace.word in self._commands
            or any(external.name == trace.word for external in self._world.settings.external)
            or self._world.may_hide_some(_deliverers(), item.link.set.at)
        )

    def _surely_with(self, one: _Set, other: _Set) -> bool:
        """Whether there is a cluster that both reach; without Clusters in the input, whether the selectors say so."""
        reach = self._reach.get(one.number)
        if reach:
            return any(other.number in together for together in reach)
        same = self._world.same_namespace(one.link.set, other.link.set)
        return same is True and self._is_near(one, other) and _implies(one.link, other.link)

    def _may_come_to(self, one: _Set, other: _Set) -> bool:
        """Whether it cannot be told that the other set does not reach the clusters of the one."""
        if self._reach.get(one.number) and not other.link.unsure:
            return False
        return self._is_near(one, other)

    def _is_near(self, one: _Set, other: _Set) -> bool:
        same = self._world.same_namespace(one.link.set, other.link.set)
        return same is not False and self._world.together(one.link.set, other.link.set)

    def _is_open(self, item: _Set) -> bool:
        """Whether its clusters may get something that the input does not show."""
        link = item.link
        if isinstance(link.clusters, Unknown) or link.elsewhere or link.selector != "valid":
            return True
        reach = self._reach.get(item.number)
        if reach:
            return any(self._sets[number].gaps for together in reach for number in together)
        return link.selectable != () or bool(item.gaps) or link.set.namespace in self._open_namespaces

    def _set(self, number: int, link: Link, by_payload: Mapping[str, Read]) -> _Set:
        steps: list[tuple[int, Read]] = []
        gaps: list[int] = []
        if isinstance(link.resources, Unknown):
            gaps.append(-1)
        else:
            for place, resource in enumerate(link.resources):
                read = by_payload.get(resource.payload.at) if resource.payload and resource.state == "present" else None
                if read is not None:
                    steps.append((place, read))
                if read is None or not read.whole:
                    gaps.append(place)
        lost = frozenset(key for _, read in steps for item in read.lost for key in keys_of(item))
        return _Set(number, link, tuple(steps), self._brings(steps), lost, tuple(gaps))

    def _brings(self, steps: Iterable[tuple[int, Read]]) -> Brings:
        found: dict[Key, tuple[int, Member]] = {}
        for place, read in steps:
            for key, member in self._keys[read.source.at]:
                if key not in found:
                    found[key] = place, member
        return found

    @cached_property
    def _by_namespace(self) -> Mapping[str | Unknown | None, list[_Set]]:
        found: dict[str | Unknown | None, list[_Set]] = defaultdict(list)
        for item in self._sets:
            found[item.link.set.namespace].append(item)
        return found

    @cached_property
    def _open_namespaces(self) -> frozenset[str | Unknown | None]:
        return frozenset(item.link.set.namespace for item in self._sets if item.gaps)

    def _reached(self) -> dict[int, tuple[frozenset[int], ...]]:
        """By set: the groups of sets that reach one cluster together, each once."""
        by_cluster: dict[str, list[int]] = defaultdict(list)
        for item in self._sets:
            for cluster in item.link.known:
                by_cluster[cluster.at].append(item.number)
        found: dict[int, list[frozenset[int]]] = defaultdict(list)
        for numbers in {tuple(numbers) for numbers in by_cluster.values()}:
            for number in numbers:
                found[number].append(frozenset(numbers))
        return {number: tuple(groups) for number, groups in found.items()}

    @cached_property
    def _chart_namespaces(self) -> frozenset[str]:
        """Where Helm installs charts on workload clusters; a chart may bring anything into its namespace, and CRDs."""
        written = (values.child(item.data, "spec", "namespace") for item in self._world.of_kind(*_CHART))
        return frozenset(name if isinstance(name, str) else "default" for name in written)

    @cached_property
    def _commands(self) -> str:
        """What machines run or write at boot: it may bring anything that it names."""
        texts: list[str] = []
        for group, kind, steps in _BOOTSTRAP:
            for item in self._world.of_kind(group, kind):
                spec = values.child(item.data, *steps)
                for field in _COMMANDS:
                    texts += _strings(values.child(spec, field))
        return "\n".join(texts)


def _keys(read: Read) -> list[tuple[Key, Member]]:
    """What its members bring; nothing of a payload that is refused."""
    return [(key, member) for member in (() if read.refused else read.members) for key in keys_of(member.object)]


def keys_of(item: Object) -> Iterator[Key]:
    """What an object brings to the cluster besides itself, and itself where others ask for it."""
    if item.group == "" and item.kind == "Namespace":
        if isinstance(item.name, str):
            yield "namespace", item.name
    elif item.group == CRD_GROUP:
        key = crd_key(item)
        if key:
            yield key
    elif item.group == "apiregistration.k8s.io":
        group = values.text(item.data, "spec", "group")
        if isinstance(group, str):
            yield "group", group
    elif isinstance(item.name, str) and isinstance(item.namespace, str):
        yield "object", item.kind, item.namespace, item.name
    for group in _operated(item):
        yield "operator", group


def crd_key(item: Object) -> Key | None:
    """The kind that a CustomResourceDefinition brings; None for another object."""
    if item.group != CRD_GROUP:
        return None
    group, kind = values.text(item.data, "spec", "group"), values.text(item.data, "spec", "names", "kind")
    return ("crd", group, kind) if isinstance(group, str) and isinstance(kind, str) else None


def _operated(item: Object) -> Iterator[str]:
    pod = pods.pod_spec(item)
    for container in pods.containers(pod) if pod else ():
        yield from _operated_by(pods.repository(container.data.get("image")))


@lru_cache(maxsize=4096)
def _operated_by(image: str) -> tuple[str, ...]:
    """The groups whose kinds a program registers, by its image without tag."""
    words = "-" + image.replace("/", "-")
    rows = workload().operators.items()
    return tuple(group for end, groups in rows if words.endswith("-" + end.replace("/", "-")) for group in groups)


def _first(keys: Sequence[Key], link: Link | None, brings: Brings) -> Provider | None:
    found = [brings[key] for key in keys if key in brings]
    if not found:
        return None
    place, member = min(found, key=lambda provider: (provider[0], provider[1].position))
    return Provider(member.object.at, link, place, member.position)


def _in_order(provider: Provider, place: int, position: int) -> Answer:
    earlier = (provider.place, provider.position) < (place, position)
    return Answer("before" if earlier else "after", provider)


def _implies(one: Link, other: Link) -> bool:
    """Whether every cluster that the first set selects is selected by the other one, by the text of the selectors."""
    narrow, wide = (values.mapping(link.set.data, "spec", "clusterSelector") for link in (one, other))
    if isinstance(narrow, Unknown) or isinstance(wide, Unknown):
        return False
    have, want = (values.mapping(selector, "matchLabels") for selector in (narrow, wide))
    if isinstance(have, Unknown) or isinstance(want, Unknown) or not want.items() <= have.items():
        return False
    given = [item for _, item in values.mappings(narrow, "matchExpressions")]
    return all(item in given for _, item in values.mappings(wide, "matchExpressions"))


@cache
def _deliverers() -> frozenset[str]:
    return frozenset({"ClusterResourceSet", _CHART[1], *(kind for _, kind in workload().deliverers)})


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, dict)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _strings(item)
