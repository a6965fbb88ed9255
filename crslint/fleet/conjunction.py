"""What label selectors say together: can one set of labels satisfy all of them, does one imply another?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from crslint.fleet import spelling, values
from crslint.fleet.entity import UNKNOWN, Unknown
from crslint.fleet.selector import Requirement, Selector
from crslint.record import record

_OPPOSITE = {"In": "NotIn", "NotIn": "In", "Exists": "DoesNotExist", "DoesNotExist": "Exists"}


def compatible(selectors: Iterable[Selector], always: Collection[str] = ()) -> bool | Unknown:
    """Whether some labels satisfy all of them; ``always`` are keys that every object has, with whatever value.

    UNKNOWN where a template variable decides.
    """
    by_key: dict[str, list[Requirement]] = defaultdict(list)
    for selector in selectors:
        if selector.nothing:
            return False
        for one in selector.requirements:
            by_key[one.key].append(one)
    answer: bool | Unknown = not any(map(values.is_template, by_key)) or UNKNOWN
    for key, requirements in by_key.items():
        fits = _fits(requirements, present=key in always)
        if fits is False:
            return False
        if isinstance(fits, Unknown):
            answer = UNKNOWN
    return answer


def implies(one: Selector, other: Selector) -> bool:
    """Whether all labels that the first selects are known to be selected by the second; false if it selects none."""
    if compatible([one]) is not True or other.nothing:
        return False
    contrary = (
        Selector((Requirement(each.key, _OPPOSITE[each.operator], each.values),)) for each in other.requirements
    )
    return all(compatible([one, each]) is False for each in contrary)


@record
class Slip:
    """A label that differs from what a selector wants as a slip of the pen does."""

    key: str
    value: str
    wanted_key: str
    wanted: str


def slip(selector: Selector, labels: Mapping[str, str]) -> Slip | None:
    """The one label whose correction would let the selector match; None where more is missing."""
    missing = [one for one in selector.requirements if not _holds(one, labels)]
    if len(missing) != 1 or missing[0].operator != "In":
        return None
    (one,) = missing
    wanted = sorted(one.values)
    value = labels.get(one.key)
    if value is not None:
        meant = next((each for each in wanted if is_slip(each, value)), None)
        return Slip(one.key, value, one.key, meant) if meant is not None else None
    for key, found in labels.items():
        if found in one.values and is_slip(one.key, key):
            return Slip(key, found, one.key, found)
    return None


def is_slip(wanted: str, written: str) -> bool:
    """Letters of another case, or one letter lost, added, swapped or changed in a word of five letters at least."""
    if wanted == written:
        return False
    return (
        wanted.lower() == written.lower()
        or wanted.replace("_", "-") == written.replace("_", "-")
        or (min(len(wanted), len(written)) >= 5 and spelling.slipped(wanted, written))
    )


def _holds(one: Requirement, labels: Mapping[str, str]) -> bool:
    value = labels.get(one.key)
    match one.operator:
        case "In":
            return value in one.values
        case "NotIn":
            return value not in one.values
        case "Exists":
            return value is not None
    return value is None


def _fits(requirements: Iterable[Requirement], *, present: bool) -> bool | Unknown:
    """Whether one value of a key, or its absence, satisfies all of them."""
    wanted: frozenset[str] | None = None
    excluded: set[str] = set()
    absent = False
    for one in requirements:
        match one.operator:
            case "In":
                present = True
                wanted = one.values if wanted is None else _common(wanted, one.values)
            case "NotIn":
                excluded |= one.values
            case "Exists":
                present = True
            case "DoesNotExist":
                absent = True
    if absent and present:
        return False
    if wanted is None:
        return True
    left = wanted - excluded
    if any(map(values.is_template, (*wanted, *excluded))):
        return UNKNOWN
    return bool(left)


def _common(one: frozenset[str], other: frozenset[str]) -> frozenset[str]:
    """What both have; a variable may become anything, and stays."""
    variables = {value for value in one | other if values.is_template(value)}
    return (one & other) | variables
