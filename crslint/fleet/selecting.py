"""What the labels of a selector say: a switch for an add-on, or a slip of the pen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from crslint import address
from crslint.fleet import spelling, values
from crslint.fleet.entities.objects import Object
from crslint.fleet.entity import Unknown
from crslint.fleet.links import Link, cluster_name
from crslint.fleet.selector import Requirement, Selector, match

_ON = frozenset({"", "1", "enable", "enabled", "install", "installed", "on", "true", "yes"})
_NONE = dict.fromkeys(("cluster", "key", "value", "wantedKey", "wanted", "at")) | {"slip": False}
_OFF = frozenset({"0", "disable", "disabled", "false", "no", "none", "off"})


def asks_to_opt_in(selector: Selector | None) -> bool:
    """Whether it asks only for labels that switch something on: nobody needs to have done so."""
    return (
        selector is not None
        and bool(selector.requirements)
        and all(
            one.operator == "Exists" or (one.operator == "In" and all(value.lower() in _ON for value in one.values))
            for one in selector.requirements
        )
    )


def is_idle(link: Link) -> bool:
    """Whether a valid selector is known to select none of the Clusters of its namespace, though there are some."""
    return (
        link.selector == "valid"
        and link.clusters == ()
        and not isinstance(link.selectable, Unknown)
        and bool(link.selectable)
    )


def near_label(link: Link) -> dict[str, Any]:
    """The label of a Cluster that may be meant by a selector that selects none; slips first, then other values."""
    if link.compiled is None or isinstance(link.selectable, Unknown) or not is_idle(link):
        return _NONE
    found = [label for cluster in link.selectable for label in _near(link.compiled, cluster)]
    return min(found, key=lambda label: not label["slip"], default=_NONE)


def lacking_label(link: Link) -> dict[str, Any] | None:
    """The one label that a Cluster would need to be selected by a set that selects none, and has nothing like."""
    if link.compiled is None or isinstance(link.selectable, Unknown) or not is_idle(link):
        return None
    return next(filter(None, (_lacking(link.compiled, cluster) for cluster in link.selectable)), None)


def _lacking(selector: Selector, cluster: Object) -> dict[str, Any] | None:
    labels = values.label_map(cluster.labels)
    if isinstance(labels, Unknown) or len(selector.requirements) < 2:
        return None
    missing = [one for one in selector.requirements if match(Selector((one,)), labels) is not True]
    if len(missing) != 1 or missing[0].operator != "In" or missing[0].key in labels:
        return None
    (one,) = missing
    return {
        "cluster": cluster_name(cluster),
        "key": one.key,
        "wanted": min(one.values, default=""),
        "at": address.at(cluster.at, ("metadata", "labels")),
    }


def _near(selector: Selector, cluster: Object) -> Iterator[dict[str, Any]]:
    labels = values.label_map(cluster.labels)
    if isinstance(labels, Unknown):
        return
    for one in selector.requirements:
        if one.operator not in ("In", "Exists"):
            continue
        value = labels.get(one.key)
        if value is None:
            key = next((key for key in labels if _is_slip(one.key, key)), None)
            if key is not None and (one.operator == "Exists" or labels[key] in one.values):
                yield _label(cluster, one, key, labels[key], True)
        elif one.operator == "In" and value not in one.values and not (value.lower() in _OFF and _switches(one)):
            slip = any(_is_slip(wanted, value) for wanted in one.values) or (value.lower() in _ON and _switches(one))
            yield _label(cluster, one, one.key, value, slip)


def _switches(one: Requirement) -> bool:
    return all(value.lower() in _ON for value in one.values)


def _is_slip(wanted: str, written: str) -> bool:
    return wanted.lower() == written.lower() or (
        min(len(wanted), len(written)) >= 4 and spelling.meant(wanted, [written]) is not None
    )


def _label(cluster: Object, one: Requirement, key: str, value: str, slip: bool) -> dict[str, Any]:
    return {
        "cluster": cluster_name(cluster),
        "key": key,
        "value": value,
        "wantedKey": one.key,
        "wanted": min(one.values, default=""),
        "slip": slip,
        "at": address.at(cluster.at, ("metadata", "labels", key)),
    }
