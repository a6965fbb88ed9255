"""The functions that expressions can call, besides CEL's own.

A parameter's kind is ``string``, ``int``, ``bool``, ``double``, ``list``, ``map``, ``null``, ``address`` or ``any``.
Everything here answers from its arguments and the fleet alone; what cannot be decided (a CIDR that is a template
variable) raises UnknownValue, and the rule is silent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import product
from typing import TYPE_CHECKING

from crslint import address
from crslint.fleet.entity import UNKNOWN, attribute_of
from crslint.policy import networks, words
from crslint.policy.unknown import UnknownValue
from crslint.row import NamedTuple

if TYPE_CHECKING:
    from crslint.fleet.fleet import Fleet

_ANY = ("string", "int", "double", "bool", "null", "list", "map")


# A parent is removed from the third step on: `spec.x.y`.
_KEPT_STEPS = 3

Overload = tuple[tuple[str, ...], str]


class Function(NamedTuple):
    """``overloads`` are (kinds of the parameters, kind of the result); ``of_fleet``: the first argument of
    ``implementation`` is the fleet, which the expression does not give."""

    name: str
    overloads: tuple[Overload, ...]
    implementation: Callable[..., object]
    doc: str
    of_fleet: bool = False

    def bound(self, fleet_of: Callable[[], Fleet]) -> Callable[..., object]:
        implementation = self.implementation
        if not self.of_fleet:
            return implementation
        return lambda *arguments: implementation(fleet_of(), *arguments)


def _overloads(result: str, *signatures: str) -> tuple[Overload, ...]:
    """Signatures as ``address list``. CEL's own conversions need each concrete kind; an address may be null, and then
    the answer is unknown."""
    wide = {"any": _ANY, "address": ("address", "null")}
    kinds = (tuple(wide.get(kind, (kind,)) for kind in signature.split()) for signature in signatures)
    return tuple((parameters, result) for signature in kinds for parameters in product(*signature))


def _at(base: str | None, steps: Sequence[str | int]) -> str:
    return address.at(_given(base), steps)


def _path_of(text: str | None) -> str:
    return address.path_of(_given(text))


def _parent_of(text: str | None) -> str:
    """One step up; the host scalar of a layer's document; the document itself where there is nothing above it."""
    given = _given(text)
    document, _, pointer = given.partition("#")
    if pointer:
        return f"{document}#{pointer.rpartition('/')[0]}"
    return address.host_of(given) or given


def _document_of(text: str | None) -> str:
    return address.document_of(_given(text))


def _given(text: str | None) -> str:
    if text is None:
        raise UnknownValue("an address that is null")
    return text


def _get(values: Mapping[str, object], key: str, default: object = None) -> object:
    return values.get(key, default)


def _value(fleet: Fleet, base: str | None, steps: Sequence[str | int]) -> object:
    entity = fleet.entity(_given(base), "object")
    value: object = getattr(entity, "data", UNKNOWN)
    if value is UNKNOWN:
        raise UnknownValue(f"the document {base}")
    for step in steps:
        if isinstance(value, dict):
            value = value.get(str(step))
        elif isinstance(value, list) and isinstance(step, int):
            value = value[step] if step < len(value) else None
        else:
            return None
    return value


def _pruned(fleet: Fleet, text: str | None) -> str:
    """Up while the parent holds nothing else, as far as below the fields of the object's spec."""
    document, _, pointer = _given(text).partition("#")
    entity = fleet.entity(f"{document}#", "object")
    data: object = getattr(entity, "data", UNKNOWN)
    if data is UNKNOWN:
        raise UnknownValue(f"the document {document}#")
    steps = address.steps(pointer)
    holders = [data]
    for step in steps[:-1]:
        data = data[int(step)] if isinstance(data, list) else data.get(step) if isinstance(data, dict) else None
        holders.append(data)
    while len(steps) > _KEPT_STEPS and isinstance(holders[-1], dict | list) and len(holders[-1]) == 1:
        holders.pop()
        steps = steps[:-1]
    return address.at(f"{document}#", steps)


FUNCTIONS: tuple[Function, ...] = (
    Function("at", _overloads("address", "address list"), _at, "The address below one: `at(x.at, ['spec', 'name'])`."),
    Function("parentOf", _overloads("address", "address"), _parent_of, "The address one step up, through layers too."),
    Function("documentOf", _overloads("address", "address"), _document_of, "The address of the document around."),
    Function("pathOf", _overloads("string", "address"), _path_of, "The path of the file."),
    Function(
        "within",
        _overloads("bool", "address address"),
        lambda text, above: address.within(_given(text), _given(above)),
        "Whether the first address is the second or lies below it.",
    ),
    Function(
        "get", _overloads("dyn", "map string", "map string any"), _get, "The value of a key, else null or the default."
    ),
    Function(
        "value",
        _overloads("dyn", "address list"),
        _value,
        "What stands in the object at an address, by steps: `value(x.at, ['spec', 'replicas'])`, null where absent.",
        of_fleet=True,
    ),
    Function(
        "pruned",
        _overloads("address", "address"),
        _pruned,
        "The address to remove so that nothing empty stays: its own, or a parent that holds nothing else.",
        of_fleet=True,
    ),
    Function(
        "cidrContains",
        _overloads("bool", "string string"),
        networks.cidr_contains,
        "Whether the first CIDR contains the second (a bare address is a CIDR too).",
    ),
    Function("cidrOverlaps", _overloads("bool", "string string"), networks.cidr_overlaps, "Whether two CIDRs overlap."),
    Function("cidrFamily", _overloads("int", "string"), networks.cidr_family, "4 or 6."),
    Function(
        "cidrNormalized", _overloads("string", "string"), networks.cidr_normalized, "`10.0.0.0/16` for `10.0.0.1/16`."
    ),
    Function("ipInCidr", _overloads("bool", "string string"), networks.ip_in_cidr, "Whether an IP lies in a CIDR."),
    Function(
        "ipInRange",
        _overloads("bool", "string string string"),
        networks.ip_in_range,
        "Whether an IP lies between two others: `ipInRange(ip, start, end)`, ends included.",
    ),
    Function(
        "rangesOverlap",
        _overloads("bool", "string string string string"),
        networks.ranges_overlap,
        "Whether two ranges of IPs overlap: `rangesOverlap(start, end, otherStart, otherEnd)`.",
    ),
    Function(
        "rangeInCidr",
        _overloads("bool", "string string string"),
        networks.range_in_cidr,
        "Whether any IP of a range lies in a CIDR: `rangeInCidr(start, end, cidr)`.",
    ),
    Function("isCidr", _overloads("bool", "string"), networks.is_cidr, "Whether it is a CIDR; host bits are allowed."),
    Function("isIp", _overloads("bool", "string"), networks.is_ip, "Whether it is an IP address."),
    Function(
        "versionAtLeast",
        _overloads("bool", "string string"),
        words.version_at_least,
        "With `1.15` any 1.15 is enough, pre-releases too; with `1.15.2` that release or a later one.",
    ),
    Function(
        "versionCompare", _overloads("int", "string string"), words.version_compare, "-1, 0 or 1, by semantic version."
    ),
    Function("minor", _overloads("string", "string"), words.minor, "`1.14` of `v1.14.5`."),
    Function(
        "nearest",
        _overloads("string", "string list"),
        words.nearest,
        "The entry of a list that may have been meant (did you mean ...), empty where none is near.",
    ),
    Function(
        "plural",
        _overloads("string", "int string string"),
        words.plural,
        '`plural(n, "object", "objects")` is `1 object` or `2,000 objects`.',
    ),
    Function("number", _overloads("string", "int"), words.number, "`1,917,766`."),
    Function("quote", _overloads("string", "any"), words.quote, "As JSON, text in double quotes."),
)


def lookup(entity: str, fact: str, kind: str) -> Function:
    """What `entity(address).fact` calls: a fact of another entity, unknown where there is none at that address."""

    def read(fleet: Fleet, at: str | None) -> object:
        found = fleet.entity(_given(at), entity)
        value = UNKNOWN if found is None else getattr(found, attribute_of(type(found), fact))
        if value is UNKNOWN:
            raise UnknownValue(f"{entity}({at}).{fact}")
        return value

    doc = f"`{entity}(address).{fact}`."
    return Function(f"{entity}.{fact}", _overloads(kind, "address"), read, doc, of_fleet=True)


def function_of(name: str) -> Function:
    """The function of that name; ``entity.fact`` is a lookup."""
    entity, _, fact = name.partition(".")
    return lookup(entity, fact, "dyn") if fact else next(item for item in FUNCTIONS if item.name == name)
